"""Providers are found by themselves, and a wrong name is explained."""

import pytest

from engine.core.errors import SettingsError
from engine.tts import make_provider, provider_names


def test_every_provider_is_found() -> None:
    assert "espeak" in provider_names()
    for name in provider_names():
        assert make_provider(name, 150).name == name


def test_an_unknown_name_is_explained() -> None:
    with pytest.raises(SettingsError, match=r'^tts\.provider: no provider named espeek, did you mean "espeak"\?$'):
        make_provider("espeek", 150)
    with pytest.raises(SettingsError, match=r"\(known: espeak"):
        make_provider("zzz", 150)
