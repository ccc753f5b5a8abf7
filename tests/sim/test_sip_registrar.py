"""Registering by digest, as phones do it."""

from tests.sim.conftest import World
from tests.sim.digest_peer import authorization
from tests.sim.registering import ask, register


def test_a_phone_registers_and_unregisters(world: World) -> None:
    phone = world.phone("1001")

    assert register(world, phone, "secret") == 200
    assert "expires=" in phone.log[-1].get("Contact")
    found = world.client.api("sofia_contact agents/1001@switchboard.local")
    assert found == f"sofia/agents/sip:1001@127.0.0.1:{phone.port}"
    assert '"reg_user":"1001"' in world.client.api("show registrations as json")
    event = world.client.event("CUSTOM", Event_Subclass="sofia::register")
    assert (event["from-user"], event["profile-name"]) == ("1001", "agents")

    assert register(world, phone, "secret", expires=0) == 200
    assert world.client.api("sofia_contact agents/1001@switchboard.local") == "error/user_not_registered"
    assert world.client.api("show registrations as json") == '{"row_count":0}'
    assert world.client.event("CUSTOM", Event_Subclass="sofia::unregister")


def test_a_wrong_password_is_refused(world: World) -> None:
    assert register(world, world.phone("1001"), "guess") == 403
    assert world.client.api("sofia_contact 1001@x") == "error/user_not_registered"


def test_an_unknown_user_is_refused(world: World) -> None:
    assert register(world, world.phone("9999"), "secret") == 403


def test_nobody_registers_somebody_else(world: World) -> None:
    phone = world.phone("1001")
    port = world.simulation.agent_sip_port
    phone.to = "<sip:1002@switchboard.local>"
    assert ask(world, phone, "REGISTER") == 401
    proof = authorization(phone.log[-1], "REGISTER", f"sip:127.0.0.1:{port}", "1001", "secret")
    assert ask(world, phone, "REGISTER", extra=proof) == 403


def test_a_nonce_of_nobody_is_challenged_again(world: World) -> None:
    phone = world.phone("1001")
    forged = 'Authorization: Digest username="1001", realm="x", nonce="old", uri="sip:x", response="0"\r\n'
    assert ask(world, phone, "REGISTER", extra=forged) == 401


def test_a_malformed_proof_is_a_bad_request(world: World) -> None:
    assert ask(world, world.phone("1001"), "REGISTER", extra="Authorization: Digest ===\r\n") == 400


def test_a_binding_expires(world: World) -> None:
    phone = world.phone("1001")
    assert register(world, phone, "secret", expires=1) == 200
    world.client.wait(lambda: world.client.api("sofia_contact 1001@x").startswith("error/"), "the expiry", 5)


def test_the_trunk_registers_nobody(world: World) -> None:
    phone = world.phone("1001")
    assert ask(world, phone, "REGISTER", port=world.simulation.trunk_sip_port) == 403
