"""Children of an engine: started again when they die, ended with their parent however it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest

from engine.shell.supervisor import Supervisor, next_pause
from tests.shell.waiting import eventually

PACKAGE = """
import os, signal, sys, time
from gevent import monkey
monkey.patch_all()
import gevent, gevent.event
from pathlib import Path
sys.path.insert(0, {root!r})
from engine.shell.supervisor import when_parent_ends
name, *words = sys.argv[1:]
log = Path(os.environ["LOG"])
def say(word):
    with log.open("a") as file:
        file.write(word + "\\n")
over = gevent.event.Event()
gevent.signal_handler(signal.SIGTERM, over.set)
say(f"{{name}} {{os.getpid()}} {{' '.join(words)}} {{os.environ.get('TOLD', '')}}")
if name == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)
if name == "brief":
    sys.exit(3)
when_parent_ends(over.set)
over.wait()
say("ended in order")
"""

PARENT = """
from gevent import monkey
monkey.patch_all()
import gevent, sys
sys.path.insert(0, {root!r})
from engine.shell.supervisor import Supervisor
children = Supervisor({{}})
children.keep("steady", [])
gevent.sleep(60)
"""

ROOT = str(Path(__file__).parents[2])


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the children say; they run a package named as ours, which is found first."""
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine/__main__.py").write_text(PACKAGE.format(root=ROOT))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "log"
    path.touch()
    monkeypatch.setenv("LOG", str(path))
    return path


@pytest.fixture
def supervisor(log: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor({"TOLD": "by-environment"})
    yield supervisor
    supervisor.stop()


def said(log: Path) -> list[str]:
    return log.read_text().splitlines()


def test_a_child_is_told_what_it_needs_and_ends_in_order(log: Path, supervisor: Supervisor) -> None:
    supervisor.keep("steady", ["--config", "there"])
    first = eventually(lambda: said(log), "the child")[0]
    assert first == f"steady {supervisor.running['steady']} --config there --supervised by-environment"
    supervisor.stop()
    assert said(log)[1:] == ["ended in order"]
    assert supervisor.running == {}


def test_a_child_that_dies_is_started_again(log: Path, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.shell.supervisor.FIRST_PAUSE", 0.01)
    supervisor.keep("steady", [])
    eventually(lambda: len(said(log)) == 1, "the child")
    first = supervisor.running["steady"]
    os.kill(first, signal.SIGKILL)
    eventually(lambda: len(said(log)) == 2, "its successor")
    assert supervisor.running["steady"] != first


def test_a_child_that_dies_again_and_again_is_started_ever_more_seldom(
    log: Path, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.shell.supervisor.FIRST_PAUSE", 0.01)
    supervisor.keep("brief", [])
    eventually(lambda: len(said(log)) >= 3, "some deaths", 20)
    waits = [0.0]
    for _ in range(14):
        waits.append(next_pause(waits[-1], lived=1.0))
    assert waits[1:5] == [0.01, 0.02, 0.04, 0.08]
    assert waits[-1] == 30.0
    assert next_pause(30.0, lived=61.0) == 0.01, "it had been well"


def test_a_child_that_does_not_want_to_end_is_killed(log: Path, supervisor: Supervisor) -> None:
    supervisor.keep("stubborn", [])
    eventually(lambda: said(log), "the child")
    pid = supervisor.running["stubborn"]
    supervisor.stop(0.1)
    assert not Path(f"/proc/{pid}").exists()


def test_a_child_that_is_just_being_started_ends_too(log: Path, supervisor: Supervisor) -> None:
    supervisor.keep("stubborn", [])
    while not supervisor._keepers[0].started:
        gevent.sleep(0)
    with gevent.Timeout(20.0):
        supervisor.stop(60.0)
    assert supervisor.running == {}


def test_the_death_of_the_parent_is_the_end_of_the_child(log: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT.format(root=ROOT)], env=os.environ)
    first = eventually(lambda: said(log), "the child")[0]
    parent.kill()
    parent.wait()
    eventually(lambda: said(log)[-1] == "ended in order", "the end of the child")
    pid = first.split()[1]
    gone: Callable[[], bool] = lambda: not Path(f"/proc/{pid}").exists() or "Z" in state(pid)  # noqa: E731
    eventually(gone, "nobody left behind")


def state(pid: str) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
