"""Defaults that others rely on."""

import re
from pathlib import Path

from engine.sim import SimSettings

CONFIGURATION = Path(__file__).parents[2] / "freeswitch-conf"


def test_defaults() -> None:
    settings = SimSettings()
    assert (settings.host, settings.esl_port, settings.esl_password) == ("127.0.0.1", 0, "ClueCon")
    assert settings.treatment_after == 5.0
    assert settings.rtp_ports == (16384, 32768)


def test_the_variables_are_those_of_the_configuration_for_freeswitch() -> None:
    text = (CONFIGURATION / "vars.xml").read_text(encoding="utf-8")
    configured = set(re.findall(r'cmd="set" data="(\w+)=([^"]*)"', text))
    assert set(SimSettings().global_variables.items()) <= configured


def test_contexts_and_what_is_set_before_parking_are_those_of_the_configuration() -> None:
    settings = SimSettings()
    for profile, context in settings.contexts.items():
        assert f'name="context" value="{context}"' in (CONFIGURATION / f"sip_profiles/{profile}.xml").read_text()
        dialplan = (CONFIGURATION / f"dialplan/{context}.xml").read_text(encoding="utf-8")
        assert dict(re.findall(r'application="set" data="(\w+)=(\w+)"', dialplan)) == dict(settings.park_variables)
