"""Defaults that others rely on."""

from engine.sim import SimSettings


def test_defaults() -> None:
    settings = SimSettings()
    assert (settings.host, settings.esl_port, settings.esl_password) == ("127.0.0.1", 0, "ClueCon")
    assert settings.treatment_after == 5.0
    assert settings.rtp_ports == (16384, 32768)
