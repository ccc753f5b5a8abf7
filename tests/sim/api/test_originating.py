"""Placing calls from the event socket."""

from tests.sim.conftest import World
from tests.sim.registering import register
from tests.sim.sip_peer import answers_after, only_rings, refuses


def test_a_registered_phone_is_reached_by_its_name(world: World) -> None:
    agent = world.phone("1001")
    register(world, agent, "secret")
    agent.behaviour = answers_after(0)
    for number, address in enumerate(
        ("sofia/agents/1001%switchboard.local", "sofia/agents/1001@switchboard.local", "user/1001@switchboard.local")
    ):
        answer = world.client.api(f"originate {{origination_uuid=leg{number}}}{address} &park()")
        assert answer == f"+OK leg{number}\n"
        world.client.api(f"uuid_kill leg{number}")
        assert agent.ended.wait(5)
        agent.ended.clear()
        agent.invited = None


def test_what_cannot_be_reached_has_its_cause(world: World) -> None:
    for address, cause in (
        ("sofia/agents/1001%switchboard.local", "USER_NOT_REGISTERED"),
        ("user/nobody", "USER_NOT_REGISTERED"),
        ("sofia/gateway/none/123", "INVALID_GATEWAY"),
        ("sofia/nowhere/1@127.0.0.1", "INVALID_PROFILE"),
        ("loopback/1", "CHAN_NOT_IMPLEMENTED"),
        ("sofia/trunk/", "INVALID_URL"),
    ):
        assert world.client.api(f"originate {address} &park()") == f"-ERR {cause}\n"


def test_the_first_answer_wins_and_the_others_are_cancelled(world: World) -> None:
    slow, quick = world.phone("a", behaviour=only_rings), world.phone("b", behaviour=answers_after(0.1))
    legs = ",".join(
        f"[origination_uuid={phone.name}]sofia/trunk/{phone.name}@127.0.0.1:{phone.port}" for phone in (slow, quick)
    )
    assert world.client.api(f"originate {{ignore_early_media=true}}{legs} &park()") == "+OK b\n"
    assert slow.ended.wait(5)
    assert world.client.event("CHANNEL_HANGUP_COMPLETE", Unique_ID="a")["Hangup-Cause"] == "LOSE_RACE"


def test_the_next_one_is_called_when_the_first_refuses(world: World) -> None:
    busy, free = world.phone("a", behaviour=refuses(486, "Busy")), world.phone("b", behaviour=answers_after(0))
    legs = "|".join(f"sofia/trunk/{phone.name}@127.0.0.1:{phone.port}" for phone in (busy, free))
    assert world.client.api(f"originate {legs} &park()").startswith("+OK ")
    assert busy.called.is_set()


def test_a_gateway_leads_to_its_host(make_world) -> None:  # type: ignore[no-untyped-def]
    world = make_world()
    carrier = world.phone("carrier", behaviour=answers_after(0))
    world.simulation.core.settings = type(world.simulation.settings)(
        gateways={"main": f"127.0.0.1:{carrier.port}"}, treatment_after=0
    )
    assert world.client.api("originate sofia/gateway/main/15551234567 &park()").startswith("+OK ")
    assert carrier.invited is not None
    assert carrier.invited.first.startswith("INVITE sip:15551234567@127.0.0.1:")


def test_a_uuid_is_used_once(world: World) -> None:
    agent = world.phone("agent", behaviour=answers_after(0))
    address = f"{{origination_uuid=mine}}sofia/trunk/agent@127.0.0.1:{agent.port}"
    assert world.client.api(f"originate {address} &park()") == "+OK mine\n"
    assert world.client.api(f"originate {address} &park()") == "-ERR DESTINATION_OUT_OF_ORDER\n"


def test_the_answered_leg_runs_its_application(world: World) -> None:
    agent = world.phone("agent", behaviour=answers_after(0))
    address = f"sofia/trunk/agent@127.0.0.1:{agent.port}"
    answer = world.client.api(
        f"originate {address} &playback(tone_stream://%(100,0,440)) XML default 'Some One' 5551234"
    )
    call = answer[4:].strip()
    done = world.client.event("CHANNEL_EXECUTE_COMPLETE", Unique_ID=call)
    assert done["Application-Data"] == "tone_stream://%(100,0,440)"
    assert agent.invited is not None
    assert "Some One" in agent.invited.get("From")
    assert "sip:5551234@" in agent.invited.get("From")
    assert world.client.event("CHANNEL_HANGUP_COMPLETE", Unique_ID=call)


def test_an_extension_instead_of_an_application_parks(world: World) -> None:
    agent = world.phone("agent", behaviour=answers_after(0))
    call = world.client.api(f"originate sofia/trunk/agent@127.0.0.1:{agent.port} 1000")[4:].strip()
    assert world.client.event("CHANNEL_PARK", Unique_ID=call)["Caller-Destination-Number"] == "1000"
    assert len(world.client.api("create_uuid")) == 36
