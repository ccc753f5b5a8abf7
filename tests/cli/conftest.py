"""A small project in a folder of its own, and the command line as a function."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.cli.main import run_command
from tests.shell.control.engines import Engines
from tests.shell.redis_server import RedisServer

FLOW = """\
flow: hello
start: greet
blocks:
  greet:
    - answer:
    - play: {id: welcome}
    - menu:
        prompt: {id: choose}
        choices: {"1": sales}
        no_input: {then: bye}
        invalid: {then: bye}
  sales:
    - transfer: {to: user/alice, failed: bye}
  bye:
    - play: Goodbye
    - hangup:
"""


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


Command = Callable[..., Ran]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without mistakes, as the working directory."""
    files = {
        "ivr_flows/project.yaml": "name: Test\nlanguages: [en]\ncountry: GB\ntimezone: Europe/London\n",
        "ivr_flows/prompts/en.yaml": "welcome: Welcome\nchoose: For sales, press 1.\n",
        "ivr_flows/hello.flow.yaml": FLOW,
        "dialplans/main.yaml": 'rules:\n  - name: main line\n    number: "+442079460000"\n    flow: hello\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SWITCHBOARD_CONFIG", raising=False)
    return tmp_path


@pytest.fixture
def switchboard(capfd: pytest.CaptureFixture[str]) -> Command:
    """Runs `switchboard ...` in this process."""

    def run(*arguments: str) -> Ran:
        capfd.readouterr()
        try:
            code = run_command(arguments)
        except SystemExit as stopped:  # argparse's own
            code = int(stopped.code or 0)
        captured = capfd.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


@pytest.fixture
def engines(project: Path) -> Iterator[Engines]:
    """Engines that serve the switch fs1, as far as orders to them go; the project names their Redis."""
    (project / "redis").mkdir()
    server = RedisServer(project / "redis")
    server.start()
    (project / "switchboard.toml").write_text(f'redis_url = "{server.url}"\n')
    engines = Engines(server)
    engines.serve("fs1")
    yield engines
    engines.stop()
    server.stop()
