"""Where addresses lead."""

import pytest

from engine.sim.dialling import UnreachableError, route_of
from tests.sim.conftest import World
from tests.sim.registering import register


@pytest.mark.parametrize(
    ("address", "profile", "uri", "target"),
    [
        ("sofia/trunk/5551234@192.0.2.1:5070", "trunk", "sip:5551234@192.0.2.1:5070", ("192.0.2.1", 5070)),
        ("sofia/internal/agent@192.0.2.1", "trunk", "sip:agent@192.0.2.1", ("192.0.2.1", 5060)),
        ("sofia/trunk/sip:a@192.0.2.1;transport=udp", "trunk", "sip:a@192.0.2.1;transport=udp", ("192.0.2.1", 5060)),
        ("sofia/agents/sip:a@192.0.2.9:5062", "agents", "sip:a@192.0.2.9:5062", ("192.0.2.9", 5062)),
    ],
)
def test_addresses_lead_to_hosts(world: World, address: str, profile: str, uri: str, target: tuple[str, int]) -> None:
    route = route_of(world.simulation.core, address)
    assert (route.profile.name, route.uri, route.target) == (profile, uri, target)


def test_a_registered_user_is_where_he_registered(world: World) -> None:
    phone = world.phone("1002")
    register(world, phone, "hidden")
    for address in ("sofia/agents/1002%switchboard.local", "sofia/agents/1002@switchboard.local", "user/1002"):
        assert route_of(world.simulation.core, address).target == ("127.0.0.1", phone.port)


def test_no_way_has_a_cause(world: World) -> None:
    with pytest.raises(UnreachableError, match="NETWORK_OUT_OF_ORDER"):
        route_of(world.simulation.core, "sofia/trunk/a@no-such-host.invalid")
