"""Legs that ring."""

from engine.sim.originate import originate
from tests.sim.conftest import World
from tests.sim.sip_peer import only_rings, refuses


def test_a_malformed_dial_string_is_a_cause(world: World) -> None:
    assert originate(world.simulation.core, "{a=1").cause == "DESTINATION_OUT_OF_ORDER"


def test_a_leg_has_its_own_patience(world: World) -> None:
    patient, hasty = world.phone("a", behaviour=only_rings), world.phone("b", behaviour=only_rings)
    legs = (
        f"[leg_timeout=1,origination_uuid=b]sofia/trunk/b@127.0.0.1:{hasty.port},"
        f"[origination_uuid=a]sofia/trunk/a@127.0.0.1:{patient.port}"
    )
    outcome = originate(world.simulation.core, legs, timeout=2)
    assert (outcome.session, outcome.cause) == (None, "NO_ANSWER")
    assert [world.client.event("CHANNEL_HANGUP", Unique_ID=leg)["Hangup-Cause"] for leg in "ab"] == ["NO_ANSWER"] * 2


def test_the_last_cause_counts(world: World) -> None:
    busy = world.phone("a", behaviour=refuses(486, "Busy"))
    outcome = originate(world.simulation.core, f"user/1001|sofia/trunk/a@127.0.0.1:{busy.port}")
    assert outcome.cause == "USER_BUSY"
