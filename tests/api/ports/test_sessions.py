"""Sessions as the console is promised them: they end within a working day."""

from engine.api.ports.sessions import LIFETIME


def test_a_session_outlives_a_shift_and_no_more() -> None:
    assert 8 * 3600 <= LIFETIME <= 12 * 3600
