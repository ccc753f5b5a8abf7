"""The files of a project: read, watched, and never replaced by something broken."""

import os
from pathlib import Path

import pytest

from engine.config import Settings, load_settings
from engine.core.errors import ControlError
from engine.shell.project_files import ProjectFiles, load_project, read_project, read_tests

FLOW = """\
flow: hello
start: greet
blocks:
  greet:
    - answer:
    - play: {id: welcome}
    - hangup:
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for folder in ("ivr_flows/prompts", "ivr_flows/sounds/en", "dialplans"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "ivr_flows/project.yaml").write_text("name: test\nlanguages: [en]\ncountry: GB\n")
    (tmp_path / "ivr_flows/hello.flow.yaml").write_text(FLOW)
    (tmp_path / "ivr_flows/sounds/en/welcome.wav").write_bytes(b"RIFF")
    (tmp_path / "ivr_flows/notes.txt").write_text("not a source")
    (tmp_path / "dialplans/main.yaml").write_text('rules:\n  - name: all\n    number: "1000"\n    flow: hello\n')
    return load_settings(environment={}, directory=tmp_path)


def edit(settings: Settings, path: str, text: str) -> None:
    """Write a file so that its time differs even on a coarse clock."""
    file = settings.project_dir / path
    before = file.stat().st_mtime_ns if file.exists() else 0
    file.write_text(text)
    if file.stat().st_mtime_ns == before:
        os.utime(file, ns=(before + 1, before + 1))


def test_sources_and_sounds_are_told_apart(settings: Settings) -> None:
    sources, sounds = read_project(settings.project_dir)
    assert set(sources) == {"ivr_flows/project.yaml", "ivr_flows/hello.flow.yaml", "dialplans/main.yaml"}
    assert sounds == {"en/welcome.wav"}


def test_a_project_is_loaded(settings: Settings) -> None:
    loaded = load_project(settings.project_dir)
    assert loaded.bundle is not None, [str(finding) for finding in loaded.findings]
    sound = loaded.bundle.prompts.lookup("welcome", "en")
    assert getattr(sound, "path", "") == str(settings.project_dir / "ivr_flows/sounds/en/welcome.wav")


def test_before_the_first_good_version_there_is_none(settings: Settings) -> None:
    files = ProjectFiles(settings)
    with pytest.raises(ControlError):
        _ = files.bundle
    edit(settings, "ivr_flows/hello.flow.yaml", "flow: [")
    assert files.load().bundle is None
    with pytest.raises(ControlError):
        _ = files.bundle


def test_a_broken_edit_keeps_the_last_good_version(settings: Settings) -> None:
    files = ProjectFiles(settings)
    files.load()
    good = files.bundle
    edit(settings, "ivr_flows/hello.flow.yaml", FLOW.replace("play", "plya"))
    loaded = files.load()
    assert loaded.bundle is None
    assert any('did you mean "play"' in str(finding) for finding in loaded.findings)
    assert files.bundle is good
    edit(settings, "ivr_flows/hello.flow.yaml", FLOW.replace("greet", "welcome_them"))
    files.load()
    assert files.bundle.id != good.id


def test_a_change_is_seen_once_it_rests(settings: Settings) -> None:
    files = ProjectFiles(settings)
    files.load()
    assert not files.changed()
    edit(settings, "ivr_flows/hello.flow.yaml", FLOW + "# more\n")
    assert not files.changed(), "an editor may still be writing"
    assert files.changed()
    files.load()
    assert not files.changed()


@pytest.mark.parametrize("path", ["ivr_flows/other.flow.yaml", "dialplans/other.yaml", "ivr_flows/sounds/en/new.wav"])
def test_new_and_removed_files_are_changes(settings: Settings, path: str) -> None:
    files = ProjectFiles(settings)
    files.load()
    edit(settings, path, "x")
    assert [files.changed(), files.changed()] == [False, True]
    files.load()
    (settings.project_dir / path).unlink()
    assert [files.changed(), files.changed()] == [False, True]


def test_what_is_no_source_is_no_change(settings: Settings) -> None:
    files = ProjectFiles(settings)
    files.load()
    edit(settings, "ivr_flows/notes.txt", "other")
    edit(settings, "ivr_flows/.hello.flow.yaml.swp", "x")
    assert [files.changed(), files.changed()] == [False, False]


def test_a_kept_version_is_built_again_from_its_texts(settings: Settings) -> None:
    files = ProjectFiles(settings)
    files.load()
    kept = files.kept_sources(files.bundle)
    edit(settings, "ivr_flows/hello.flow.yaml", "flow: [")
    other = ProjectFiles(settings)
    rebuilt = other.rebuild(kept)
    assert rebuilt is not None
    assert rebuilt.id == files.bundle.id
    assert other.rebuild({"ivr_flows/hello.flow.yaml": "flow: ["}) is None


def test_a_folder_linked_into_itself_and_a_missing_one(settings: Settings, tmp_path: Path) -> None:
    (settings.project_dir / "ivr_flows/again").symlink_to(settings.project_dir / "ivr_flows")
    sources, _ = read_project(settings.project_dir)
    assert "ivr_flows/hello.flow.yaml" in sources
    assert read_project(tmp_path / "nowhere") == ({}, frozenset())


def test_a_kept_version_keeps_its_tenant_under_other_settings(settings: Settings) -> None:
    files = ProjectFiles(settings.model_copy(update={"tenant": "acme"}))
    files.load()
    assert files.bundle.tenant_of("hello") == "acme"
    rebuilt = ProjectFiles(settings).rebuild(files.kept_sources(files.bundle))
    assert rebuilt is not None
    assert (rebuilt.id, rebuilt.tenant_of("hello")) == (files.bundle.id, "acme")


FAILS = "flow: hello\ncases: [{name: it goes on, expect: {end: waiting}}]\n"


def test_tests_are_read_and_a_change_of_them_is_a_change(settings: Settings) -> None:
    files = ProjectFiles(settings)
    files.load()
    edit(settings, "ivr_flows/hello.test.yaml", FAILS)
    assert read_tests(settings.project_dir) == {"ivr_flows/hello.test.yaml": FAILS.encode()}
    assert [files.changed(), files.changed()] == [False, True]
    assert "ivr_flows/hello.test.yaml" not in read_project(settings.project_dir)[0]


def test_flows_whose_tests_fail_are_not_taken_if_the_project_says_so(settings: Settings) -> None:
    files = ProjectFiles(settings)
    files.load()
    good = files.bundle
    edit(settings, "ivr_flows/hello.test.yaml", FAILS)
    edit(settings, "ivr_flows/project.yaml", "tests: gate\n")
    refused = files.load()
    assert "test-failed" in {finding.rule for finding in refused.findings}
    assert files.bundle is good
    edit(settings, "ivr_flows/hello.test.yaml", FAILS.replace("waiting", "hangup"))
    assert files.load().bundle is not None, [str(finding) for finding in refused.findings]
    assert files.bundle is not good
