"""The numbers FreeSWITCH puts in Channel-State-Number and Channel-Call-State-Number."""

from engine.sim.states import CallState, State


def test_states_are_numbered_as_in_freeswitch() -> None:
    assert [(state.name, int(state)) for state in (State.NEW, State.EXECUTE, State.PARK, State.HANGUP)] == [
        ("NEW", 0), ("EXECUTE", 4), ("PARK", 6), ("HANGUP", 10),
    ]  # fmt: skip
    assert (CallState.RINGING, CallState.ACTIVE, CallState.HANGUP, CallState.UNHELD) == (2, 4, 7, 8)
