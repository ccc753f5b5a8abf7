"""`docs`: written once they are current, and a change is noticed."""

from pathlib import Path

from tests.cli.conftest import Command


def test_pages_are_written_and_compared(project: Path, switchboard: Command) -> None:
    assert switchboard("docs", "--check", "--output", "ref").code == 1
    assert switchboard("docs", "--output", "ref").code == 0
    assert switchboard("docs", "--check", "--output", "ref").code == 0
    page = project / "ref/events.md"
    assert "`call.ended`" in page.read_text()
    page.write_text("old")
    stale = switchboard("docs", "--check", "--output", "ref")
    assert stale.code == 1
    assert "ref/events.md is not current: run `make docs`" in stale.out


def test_settings_and_commands_are_all_there(project: Path, switchboard: Command) -> None:
    switchboard("docs", "--output", "ref")
    settings = (project / "ref/settings.md").read_text()
    for name in ("redis_url", "metrics_port", "password_file", "concurrency", "secrets_dir", "sip_port"):
        assert f"| `{name}` |" in settings
    assert "alice-at-home" not in settings
    commands = (project / "ref/commands.md").read_text()
    assert "## switchboard flow check" in commands
    assert str(project) not in commands
