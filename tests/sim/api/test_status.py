"""What the switch says of itself."""

from tests.sim.conftest import World
from tests.sim.registering import register


def test_it_never_claims_to_be_the_real_one(world: World) -> None:
    assert "simulated switch, not FreeSWITCH" in world.client.api("version")
    assert "simulated" in world.client.api("status")
    assert world.client.api("version short") == "1.10.12-release"


def test_small_questions(world: World) -> None:
    assert world.client.api("echo a b") == "a b"
    assert world.client.api("uptime").isdigit()
    assert world.client.api("hostname") == "simulated-switch"
    assert world.client.api("fsctl loglevel 3") == "+OK\n"


def test_profiles_and_registrations(make_world) -> None:  # type: ignore[no-untyped-def]
    world = make_world(users={"1001": "secret"}, gateways={"main": "192.0.2.1:5060"})
    register(world, world.phone("1001"), "secret")
    text = world.client.api("sofia status")
    assert "trunk" in text
    assert "agents" in text
    assert "trunk::main" in text
    assert "User:       \t1001@switchboard.local" in world.client.api("sofia status profile agents reg")
    assert f":{world.simulation.trunk_sip_port}" in world.client.api("sofia status profile trunk")
    assert world.client.api("sofia status profile nowhere") == "Invalid Profile!\n"
    assert world.client.api("sofia").startswith("-USAGE")
    assert world.client.api("sofia_contact nowhere/1001@x") == "error/user_not_registered"
