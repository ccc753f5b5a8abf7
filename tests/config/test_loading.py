"""Settings: from a file and the environment, wrong ones explained, secrets hidden."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import Settings, load_settings
from engine.core.errors import SettingsError


def read(tmp_path: Path, text: str, **environment: str) -> Settings:
    (tmp_path / "switchboard.toml").write_text(text, "utf-8")
    return load_settings(environment=environment, directory=tmp_path)


def wrong(tmp_path: Path, text: str, **environment: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, text, **environment)
    return str(caught.value)


def test_nothing_configured_is_the_simulated_switch_and_an_embedded_redis(tmp_path: Path) -> None:
    settings = load_settings(environment={}, directory=tmp_path)
    assert settings.switches == ()
    assert settings.redis_url.get_secret_value() == ""
    assert settings.name
    assert settings.recordings == tmp_path / "var" / "recordings"
    assert settings.prompt_cache == tmp_path / "var" / "prompts"


def test_paths_are_relative_to_the_file_not_to_the_working_directory(tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    file = folder / "mine.toml"
    file.write_text('project_dir = "../project"\nrecordings_dir = "/srv/calls"\n[tts]\nfallback = "sorry.wav"\n')
    settings = load_settings(file, environment={}, directory=tmp_path)
    assert settings.project_dir == tmp_path / "project"
    assert settings.state_dir == folder / "var"
    assert settings.recordings == Path("/srv/calls")
    assert settings.tts.fallback == folder / "sorry.wav"


def test_the_environment_names_the_file_and_a_missing_one_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text('tenant = "acme"')
    assert load_settings(environment={"SWITCHBOARD_CONFIG": str(file)}, directory=tmp_path).tenant == "acme"
    with pytest.raises(SettingsError, match=r"gone\.toml: cannot be read"):
        load_settings(environment={"SWITCHBOARD_CONFIG": str(tmp_path / "gone.toml")}, directory=tmp_path)


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        'tenant = "acme"\n[log]\nlevel = "warning"\nformat = "json"',
        SWITCHBOARD_TENANT="other",
        SWITCHBOARD_LOG__LEVEL="debug",
        SWITCHBOARD_METRICS_PORT="9100",
        SWITCHBOARD_TTS__VOICES='{"en": "en-us"}',
        SWITCHBOARD_SWITCHES='[{"name": "fs1", "password": "long-and-random"}]',
        SWITCHBOARD_SECRET_CRM="not a setting",
        PATH="/bin",
    )
    assert settings.tenant == "other"
    assert (settings.log.level, settings.log.format) == ("debug", "json")
    assert settings.metrics_port == 9100
    assert settings.tts.voices == {"en": "en-us"}
    assert settings.switches[0].read_password() == "long-and-random"


def test_an_unknown_setting_is_an_error_with_a_suggestion(tmp_path: Path) -> None:
    assert wrong(tmp_path, 'tenent = "x"').endswith('switchboard.toml: no such setting: tenent, did you mean "tenant"?')
    assert 'no such setting: log.levle, did you mean "level"?' in wrong(tmp_path, '[log]\nlevle = "info"')
    text = wrong(tmp_path, '[[switches]]\nname = "a"\npassword = "x"\nprot = 8021')
    assert 'no such setting: switches.0.prot, did you mean "port"?' in text
    assert "(known: format, level)" in wrong(tmp_path, "[log]\nzzz = 1")


def test_an_unknown_variable_is_named_as_the_place_of_the_mistake(tmp_path: Path) -> None:
    text = wrong(tmp_path, "", SWITCHBOARD_REDIS_ULR="redis://h")
    assert text == 'SWITCHBOARD_REDIS_ULR: no such setting: redis_ulr, did you mean "redis_url"?'
    assert wrong(tmp_path, "", SWITCHBOARD_LOG__LEVEL="loud").startswith("SWITCHBOARD_LOG__LEVEL: log.level: ")
    assert "not valid JSON" in wrong(tmp_path, "", SWITCHBOARD_SWITCHES="fs1")
    assert "tenant is not a section" in wrong(tmp_path, 'tenant = "a"', SWITCHBOARD_TENANT__X="1")


def test_every_mistake_is_reported_at_once(tmp_path: Path) -> None:
    text = wrong(tmp_path, 'metrics_port = 70000\ncountry = "England"\nredis_url = "http://x"')
    assert len(text.splitlines()) == 3
    assert "metrics_port" in text
    assert "write a country as two letters" in text
    assert "redis://" in text


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    assert "at line 2" in wrong(tmp_path, 'tenant = "a"\nnot toml')


@given(
    st.dictionaries(
        st.sampled_from(["name", "log", "switches", "tts", "metrics_port", "junk", "sim"]),
        st.sampled_from([None, 1, -1, "", "x", [], ["x"], [{}], {}, {"level": 1}, {"rate": []}, [{"name": {}}], [[1]]]),
        max_size=3,
    )
)
def test_any_json_in_the_environment_gives_settings_or_an_explanation(values: dict[str, object]) -> None:
    environment = {f"SWITCHBOARD_{key.upper()}": json.dumps(value) for key, value in values.items()}
    explanation = "none needed"
    try:
        load_settings(environment=environment, directory=Path("/nonexistent"))
    except SettingsError as error:
        explanation = str(error)
    assert explanation
