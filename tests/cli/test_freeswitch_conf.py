"""`freeswitch-conf`: a configuration with passwords of its own."""

import stat
import tomllib
from pathlib import Path

from tests.cli.conftest import Command

LINE = ("--agent", "alice:long-password-1", "--gateway", "carrier=192.0.2.1:5080", "--trunk-network", "192.0.2.0/24")


def test_it_is_written_with_a_new_password(project: Path, switchboard: Command) -> None:
    ran = switchboard("freeswitch-conf", "--output", "fs", *LINE)
    assert ran.code == 0, ran.err
    assert (project / "fs/freeswitch.xml").exists()
    settings = tomllib.loads(ran.out.split("switchboard.toml:")[1])
    file = Path(settings["switches"][0]["password_file"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    password = file.read_text().strip()
    assert password not in ran.out
    assert settings["switches"][0]["gateway"] == "carrier"
    assert any(password in path.read_text() for path in (project / "fs").rglob("*.xml"))


def test_the_settings_of_a_switch_are_used(project: Path, switchboard: Command) -> None:
    (project / "switchboard.toml").write_text(
        '[[switches]]\nname = "fs1"\npassword = "sixteen-letters-at-least"\nport = 8031\n'
    )
    assert switchboard("freeswitch-conf", "--output", "fs", "--switch", "fs1").code == 0
    assert any("sixteen-letters-at-least" in path.read_text() for path in (project / "fs").rglob("*.xml"))
    assert "no switch fs2" in switchboard("freeswitch-conf", "--output", "x", "--switch", "fs2").err


def test_a_password_file_that_is_not_there_yet_is_made(project: Path, switchboard: Command) -> None:
    (project / "switchboard.toml").write_text(
        '[[switches]]\nname = "fs1"\npassword_file = "fs/event-socket.password"\n'
    )
    ran = switchboard("freeswitch-conf", "--output", "fs", "--switch", "fs1")
    assert ran.code == 0, ran.err
    file = project / "fs/event-socket.password"
    assert str(file) in ran.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    password = file.read_text().strip()
    assert len(password) > 20
    assert password in (project / "fs/vars.xml").read_text()


def test_a_folder_with_files_is_left_alone(project: Path, switchboard: Command) -> None:
    (project / "fs").mkdir()
    (project / "fs/mine.xml").write_text("edited")
    assert "not empty" in switchboard("freeswitch-conf", "--output", "fs").err


def test_wrong_pairs_are_explained(project: Path, switchboard: Command) -> None:
    assert "write NAME:VALUE" in switchboard("freeswitch-conf", "--output", "fs", "--agent", "alice").err
