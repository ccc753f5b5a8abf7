"""Sections of the settings: what they refuse, what they derive, and what they hide."""

from pathlib import Path

import pytest

from engine.config import Settings, load_settings
from engine.core.errors import SettingsError
from tests.config.test_loading import read, wrong


def test_a_switch_needs_one_password_and_not_the_default_one(tmp_path: Path) -> None:
    assert "either password or password_file" in wrong(tmp_path, '[[switches]]\nname = "a"')
    assert "lets anybody in" in wrong(tmp_path, '[[switches]]\nname = "a"\npassword = "ClueCon"')
    two = '[[switches]]\nname = "a"\npassword = "x"\n[[switches]]\nname = "a"\npassword = "y"'
    assert 'two switches are named "a"' in wrong(tmp_path, two)


def test_a_password_file_is_read_when_it_is_needed(tmp_path: Path) -> None:
    switch = read(tmp_path, '[[switches]]\nname = "a"\npassword_file = "esl.password"').switches[0]
    with pytest.raises(SettingsError, match=r"password_file of switch a: cannot read .*esl\.password"):
        switch.read_password()
    (tmp_path / "esl.password").write_text("secret-word\n")
    assert switch.read_password() == "secret-word"
    (tmp_path / "esl.password").write_text("\n")
    with pytest.raises(SettingsError, match="must hold one line"):
        switch.read_password()


def test_secrets_never_show(tmp_path: Path) -> None:
    settings = read(tmp_path, 'redis_url = "redis://:hunter2@h:6379/1"\n[[switches]]\nname = "a"\npassword = "hunter3"')
    shown = repr(settings) + str(settings) + str(settings.redacted())
    assert "hunter" not in shown
    assert settings.redacted()["redis_url"] == "redis://**********@h:6379/1"
    bad = wrong(tmp_path, '[[switches]]\nname = "a b"\npassword = "hunter3"\n')
    assert "hunter" not in bad


def test_a_network_that_is_none_is_named() -> None:
    with pytest.raises(SettingsError, match=r"WEBHOOKS__ALLOW_NETWORKS: webhooks\.allow_networks: write a network as"):
        load_settings(environment={"SWITCHBOARD_WEBHOOKS__ALLOW_NETWORKS": '["10.0.0.1/8"]'})


def test_the_outbox_is_in_the_state_folder_unless_it_has_a_place_of_its_own(tmp_path: Path) -> None:
    assert read(tmp_path, "").outbox_dir == tmp_path / "var" / "outbox"
    assert read(tmp_path, '[outbox]\ndir = "fast-disk"').outbox_dir == tmp_path / "fast-disk"
    assert Settings().outbox.max_bytes == 2 * 1024**3
    assert "outbox.max_bytes" in wrong(tmp_path, "[outbox]\nmax_bytes = 1000")


def test_what_programs_may_dial_is_held_to_its_form(tmp_path: Path) -> None:
    """A pattern that no number can ever match would refuse nothing."""
    found = read(
        tmp_path, '[dialling]\ncountries = ["gb", "*"]\nnumbers = ["1571", "*98", "2*"]\nrefused = ["+447700*"]'
    )
    assert found.dialling.countries == ("GB", "*")
    assert "dialling.countries: write a country as two letters" in wrong(tmp_path, '[dialling]\ncountries = ["GBR"]')
    for bad in ("+44 7700*", "+44-7700*", "07700x", ""):
        assert "dialling.refused: write a number without spaces" in wrong(tmp_path, f'[dialling]\nrefused = ["{bad}"]')
