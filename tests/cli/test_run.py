"""`run`: serves the simulated switch when none is configured, and stops in order."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.shell.embedded_redis import EmbeddedRedis, read_address
from tests.cli.conftest import FLOW
from tests.shell.waiting import eventually


@contextmanager
def running(project: Path, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """An engine on free ports."""
    sections = ("SIM__SIP_PORT", "SIM__AGENT_SIP_PORT", "API__PORT")
    ports = {**{f"SWITCHBOARD_{name}": "0" for name in sections}, **environment}
    child = subprocess.Popen(
        [sys.executable, "-m", "engine", "run"],
        cwd=project,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **ports},
    )
    try:
        yield child
    finally:
        if child.poll() is None:
            child.terminate()
        child.wait(20)
        assert child.stderr is not None
        child.stderr.close()


def read_until(child: "subprocess.Popen[str]", pattern: str) -> str:
    """What it says up to a line that matches; all of it when it ends before."""
    assert child.stderr is not None
    said = ""
    for line in child.stderr:
        said += line
        if re.search(pattern, line):
            break
    return said


def test_it_says_where_to_call_and_stops_when_told(project: Path) -> None:
    with running(project) as child:
        said = read_until(child, "stop        Ctrl-C")
        assert "simulated switch, not FreeSWITCH" in said
        assert re.search(r"call {8}sip:\+442079460000@127\.0\.0\.1:\d+ +-> flow hello", said)
        assert re.search(r"register alice@switchboard\.local, proxy 127\.0\.0\.1:\d+", said)
        assert "switch connected" in said
        assert read_address(project / "var/redis") is not None
        child.send_signal(signal.SIGTERM)
        rest = read_until(child, "$^")
        assert child.wait(20) == 0, rest
        assert "Traceback" not in rest
        assert read_address(project / "var/redis") is None, "its Redis has stopped"


def test_a_broken_project_is_not_served(project: Path) -> None:
    (project / "ivr_flows/hello.flow.yaml").write_text(FLOW.replace("play", "plya"))
    with running(project) as child:
        said = read_until(child, "$^")
        assert child.wait(20) == 2
        assert 'did you mean "play"' in said
        assert "Traceback" not in said
        assert read_address(project / "var/redis") is None


def test_a_taken_port_is_explained(project: Path) -> None:
    with running(project) as first:
        port = re.search(r"@127\.0\.0\.1:(\d+)", read_until(first, "stop        Ctrl-C"))
        assert port is not None
        with running(project, SWITCHBOARD_SIM__SIP_PORT=port[1], SWITCHBOARD_NAME="two") as second:
            said = read_until(second, "$^")
            assert second.wait(20) == 2
            assert "SWITCHBOARD_SIM__SIP_PORT" in said


def test_a_second_engine_of_the_same_name_is_not_let_in(project: Path) -> None:
    with running(project) as first:
        read_until(first, "stop        Ctrl-C")
        with running(project) as second:
            said = read_until(second, "$^")
            assert second.wait(20) == 2
            assert f"(process {first.pid})" in said
            assert "SWITCHBOARD_NAME" in said
        assert first.poll() is None


def test_a_folder_without_flows_is_no_project(project: Path, tmp_path: Path) -> None:
    with running(project, SWITCHBOARD_PROJECT_DIR=str(tmp_path / "nowhere")) as child:
        said = read_until(child, "$^")
        assert child.wait(20) == 2
        assert re.search(r"project_dir: .*/nowhere has no folder ivr_flows", said)


def test_a_taken_port_of_metrics_is_explained(project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with running(project, SWITCHBOARD_METRICS_PORT=str(taken.getsockname()[1])) as child:
            said = read_until(child, "$^")
            assert child.wait(20) == 2
        assert "metrics_port: cannot listen at" in said
        assert "Traceback" not in said
        assert read_address(project / "var/redis") is None, "its Redis has stopped"


def test_an_edit_is_served_and_a_broken_one_is_not(project: Path) -> None:
    with running(project) as child:
        read_until(child, "stop        Ctrl-C")
        (project / "ivr_flows/hello.flow.yaml").write_text(FLOW + "# better\n")
        assert "new version" in read_until(child, "new version")
        (project / "ivr_flows/hello.flow.yaml").write_text("flow: [")
        assert "the version before stays" in read_until(child, "the version before stays")
        assert child.poll() is None


def test_the_processes_beside_it_come_and_go_with_it(project: Path) -> None:
    with running(project) as child:
        said = read_until(child, "serves the API")
        said += "" if "delivers events" in said else read_until(child, "delivers events")
        children = [int(pid) for pid in re.findall(r"child started.*pid=(\d+)", said)]
        assert len(children) == 2
        child.kill()
        child.wait(20)
        eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children), "the end of both", 20)
    found = EmbeddedRedis(project / "var/redis")  # which a killed engine leaves behind for its successor
    found.start()
    found.stop()


def test_what_is_not_wanted_beside_it_is_not_started(project: Path) -> None:
    none = {"SWITCHBOARD_API__EMBEDDED": "false", "SWITCHBOARD_WEBHOOKS__EMBEDDED": "false"}
    with running(project, **none) as child:
        assert "child started" not in read_until(child, "stop        Ctrl-C")
        child.terminate()
        assert "child started" not in read_until(child, "$^")
