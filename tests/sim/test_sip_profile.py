"""What each of the two SIP ports accepts."""

import pytest

from tests.sim.conftest import World
from tests.sim.digest_peer import authorization
from tests.sim.registering import ask


def test_options_are_answered(world: World) -> None:
    phone = world.phone()
    assert ask(world, phone, "OPTIONS", port=world.simulation.trunk_sip_port) == 200
    assert "INVITE" in phone.log[-1].get("Allow")


@pytest.mark.parametrize(
    ("method", "code"), [("PUBLISH", 405), ("FANCY", 405), ("REFER", 603), ("NOTIFY", 481), ("BYE", 481)]
)
def test_requests_without_a_call(world: World, method: str, code: int) -> None:
    assert ask(world, world.phone(), method, port=world.simulation.trunk_sip_port) == code


def test_a_cancel_of_nothing_is_481(world: World) -> None:
    assert ask(world, world.phone(), "CANCEL", port=world.simulation.trunk_sip_port) == 481


def test_an_agent_must_prove_who_he_is_to_call(world: World) -> None:
    phone = world.phone("1001")
    port = world.simulation.agent_sip_port
    phone.call(port, "5000")
    assert phone.ended.wait(5)
    assert phone.final == 407

    proof = authorization(phone.log[-1], "INVITE", phone.invite, "1001", "secret")
    phone.ended.clear()
    phone.to = ""
    phone.call(port, "5000", extra=proof)

    parked = world.client.event("CHANNEL_PARK")
    assert parked["Caller-Username"] == "1001"
    assert parked["Channel-Name"].startswith("sofia/agents/")
    assert parked["Caller-Destination-Number"] == "5000"


def test_a_wrong_password_does_not_call(world: World) -> None:
    phone = world.phone("1001")
    port = world.simulation.agent_sip_port
    phone.call(port, "5000")
    assert phone.ended.wait(5)
    proof = authorization(phone.log[-1], "INVITE", phone.invite, "1001", "wrong")
    phone.ended.clear()
    phone.to = ""
    phone.call(port, "5000", extra=proof)
    assert phone.ended.wait(5)
    assert phone.final == 403
    assert world.client.api("show channels as json") == '{"row_count":0}'
