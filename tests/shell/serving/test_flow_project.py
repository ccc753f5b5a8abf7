"""The flows on disk, as a process sees them that runs none."""

from pathlib import Path

import gevent
import pytest

from engine.config import Settings
from engine.shell.serving.flow_project import LOOK, FlowProject

FLOW = "flow: {name}\nstart: a\nblocks:\n  a:\n    - answer:\n    - hangup:\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ivr_flows").mkdir()
    (tmp_path / "ivr_flows/one.flow.yaml").write_text(FLOW.format(name="one"))
    return tmp_path


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def names(project: FlowProject) -> set[str]:
    bundle = project.bundle()
    assert bundle is not None
    return {name for name, flow in bundle.flows.items() if flow.place.file.startswith("ivr_flows/")}


def test_a_change_is_seen_when_the_files_rest(folder: Path) -> None:
    clock = Clock()
    project = FlowProject(Settings(project_dir=folder), clock)
    assert names(project) == {"one"}
    (folder / "ivr_flows/two.flow.yaml").write_text(FLOW.format(name="two"))
    assert names(project) == {"one"}
    for _ in range(2):
        clock.now += LOOK
        seen = names(project)
    assert seen == {"one", "two"}


def test_a_version_with_errors_changes_nothing(folder: Path) -> None:
    clock = Clock()
    project = FlowProject(Settings(project_dir=folder), clock)
    before = project.bundle()
    (folder / "ivr_flows/one.flow.yaml").write_text("flow: [")
    for _ in range(3):
        clock.now += LOOK
        assert project.bundle() is before
    assert [finding.severity for finding in project.check("default")].count("error") >= 1


def test_before_there_is_a_version_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "ivr_flows").mkdir()
    (tmp_path / "ivr_flows/one.flow.yaml").write_text("flow: one\n")
    assert FlowProject(Settings(project_dir=tmp_path)).bundle() is None


def test_many_who_ask_at_once_wait_for_one_look(folder: Path) -> None:
    project = FlowProject(Settings(project_dir=folder))
    jobs = [gevent.spawn(project.bundle) for _ in range(20)]
    gevent.joinall(jobs, raise_error=True)
    assert len({id(job.value) for job in jobs}) == 1
    assert jobs[0].value is not None


def test_a_text_is_checked_in_place_of_its_file(folder: Path) -> None:
    project = FlowProject(Settings(project_dir=folder))
    found = project.check("default", "ivr_flows/one.flow.yaml", "flow: one\nstart: b\nblocks:\n  a:\n    - hangup:\n")
    assert {finding.place.file for finding in found} == {"ivr_flows/one.flow.yaml"}
    assert any(finding.severity == "error" for finding in found)
    assert not any(finding.severity == "error" for finding in project.check("default"))
