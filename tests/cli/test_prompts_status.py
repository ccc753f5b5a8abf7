"""`prompts status`: what is recorded, what is spoken, what is not used."""

from pathlib import Path

from tests.cli.conftest import Command


def test_the_state_of_every_prompt(project: Path, switchboard: Command) -> None:
    sounds = project / "ivr_flows/sounds/en"
    sounds.mkdir(parents=True)
    (sounds / "welcome.wav").write_bytes(b"RIFF")
    ran = switchboard("prompts", "status")
    assert ran.code == 0
    rows = {line.split()[0]: line for line in ran.out.splitlines() if line}
    assert "recorded" in rows["welcome"]
    assert "spoken" in rows["choose"]
    assert "hello" in rows["choose"]
    assert "0 of" in ran.out
