"""`prompts render`: the cache is filled; a second time there is nothing to do; failures fail."""

from pathlib import Path

from tests.cli.conftest import Command


def test_every_constant_prompt_is_spoken(project: Path, switchboard: Command) -> None:
    ran = switchboard("prompts", "render")
    assert ran.code == 0
    files = {file: file.stat().st_mtime_ns for file in (project / "var/prompts").glob("*.wav")}
    assert len(files) >= 3
    assert switchboard("prompts", "render").code == 0
    assert {file: file.stat().st_mtime_ns for file in files} == files
    assert "0 of" not in switchboard("prompts", "status").out.splitlines()[-1]


def test_a_voice_that_does_not_exist(project: Path, switchboard: Command) -> None:
    (project / "switchboard.toml").write_text('[tts.voices]\nen = "klingon-opera"\n')
    ran = switchboard("prompts", "render")
    assert ran.code == 1
    assert "cannot be spoken" in ran.out
