"""`flow diff`: folders and kept versions compared, as a tree and for programs."""

import json
import shutil
from pathlib import Path

import pytest

from engine.config import Settings
from engine.shell.embedded_redis import EmbeddedRedis
from engine.shell.project_files import ProjectFiles
from engine.shell.store import Store
from tests.cli.conftest import FLOW, Command


@pytest.fixture
def older(project: Path) -> Path:
    """The project as it was, in a folder beside what it is now."""
    folder = project / "older"
    for name in ("ivr_flows", "dialplans"):
        shutil.copytree(project / name, folder / name)
    (project / "ivr_flows/hello.flow.yaml").write_text(FLOW.replace('"1": sales', '"1": sales, "2": bye'))
    return folder


def test_two_folders(project: Path, older: Path, switchboard: Command) -> None:
    ran = switchboard("flow", "diff", "older", ".")
    assert ran.code == 1
    (line,) = [line for line in ran.out.splitlines() if "choices.2" in line]
    assert line.strip(" │└├─") == "+ choices.2  bye"
    assert "~ block greet  ivr_flows/hello.flow.yaml:4" in ran.out
    assert switchboard("flow", "diff", "older").out == ran.out, "the project is what is compared with"


def test_colours(project: Path, older: Path, switchboard: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[32m+ " in switchboard("flow", "diff", "older").out


def test_for_programs(project: Path, older: Path, switchboard: Command) -> None:
    (flow,) = json.loads(switchboard("flow", "diff", "older", "--json").out)
    assert (flow["change"], flow["what"]) == ("changed", "flow hello")


def test_no_difference(project: Path, older: Path, switchboard: Command) -> None:
    assert switchboard("flow", "diff", "older", "older").out == "no difference\n"
    (project / "ivr_flows/hello.flow.yaml").write_text("# a comment\n" + FLOW)
    ran = switchboard("flow", "diff", "older")
    assert (ran.code, ran.out) == (0, "no difference but in how it is written\n")


def test_a_kept_version(project: Path, older: Path, switchboard: Command) -> None:
    files = ProjectFiles(Settings(project_dir=older))
    files.load()
    redis = EmbeddedRedis(project / "var/redis")
    Store(redis.start()).keep_bundle(files.bundle.id, files.kept_sources(files.bundle))
    try:
        assert "+ choices.2  bye" in switchboard("flow", "diff", files.bundle.id[:6]).out
        assert "neither a folder nor a version" in switchboard("flow", "diff", "ffffff").err
    finally:
        redis.stop()


def test_what_cannot_be_compared(project: Path, older: Path, switchboard: Command) -> None:
    assert "no project here" in switchboard("flow", "diff", "nowhere").err
    (older / "ivr_flows/hello.flow.yaml").write_text("flow: [")
    ran = switchboard("flow", "diff", "older")
    assert ran.code == 2
    assert "see: flow check older" in ran.err
