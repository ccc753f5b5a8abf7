"""Moving calls about from outside."""

from collections.abc import Callable

from tests.sim.conftest import World
from tests.sim.sip_peer import SipPeer, answers_after


def two_legs(world: World) -> tuple[SipPeer, str, SipPeer, str]:
    caller, a = world.answered()
    agent = world.phone("agent", behaviour=answers_after(0))
    b = world.client.api(f"originate sofia/trunk/agent@127.0.0.1:{agent.port} &park()")[4:].strip()
    world.client.event("CHANNEL_PARK", Unique_ID=b)
    return caller, a, agent, b


def bridge(world: World, a: str, b: str) -> None:
    assert world.client.api(f"uuid_bridge {a} {b}") == f"+OK {b}\n"
    world.client.event("CHANNEL_BRIDGE", Unique_ID=a)
    world.client.event("CALL_UPDATE", Unique_ID=b, Direction="SEND")


def test_a_b_leg_hangs_up_by_itself_and_the_caller_when_it_shall_not_park(make_world: Callable[..., World]) -> None:
    world = make_world(park_variables={})
    caller, a, _, b = two_legs(world)
    bridge(world, a, b)
    caller.bye()
    assert world.client.event("CHANNEL_HANGUP_COMPLETE", Unique_ID=b)["Hangup-Cause"] == "NORMAL_CLEARING"
    _, a, agent, b = two_legs(world)
    bridge(world, a, b)
    agent.bye_as_callee()
    assert world.client.event("CHANNEL_HANGUP_COMPLETE", Unique_ID=a)["Hangup-Cause"] == "NORMAL_CLEARING"


def test_a_caller_whose_agent_hangs_up_parks_again(world: World) -> None:
    _, a, agent, b = two_legs(world)
    parked = world.client.names(a).count("CHANNEL_PARK")
    bridge(world, a, b)
    agent.bye_as_callee()
    world.client.wait(lambda: world.client.names(a).count("CHANNEL_PARK") > parked, "the caller's second park")
    assert "CHANNEL_HANGUP" not in world.client.names(a)


def test_hangup_after_bridge_takes_the_cause_of_the_other(make_world: Callable[..., World]) -> None:
    world = make_world(park_variables={})
    _, a, _, b = two_legs(world)
    world.client.api(f"uuid_setvar {a} hangup_after_bridge true")
    bridge(world, a, b)
    world.client.api(f"uuid_kill {b} USER_BUSY")
    assert world.client.event("CHANNEL_HANGUP_COMPLETE", Unique_ID=a)["Hangup-Cause"] == "USER_BUSY"


def test_transfer_after_bridge(world: World) -> None:
    _, a, agent, b = two_legs(world)
    world.client.api(f"uuid_setvar {a} transfer_after_bridge set:went=on,park:inline")
    bridge(world, a, b)
    agent.bye_as_callee()
    world.client.event("CHANNEL_UNBRIDGE", Unique_ID=a)
    world.client.wait(lambda: world.client.api(f"uuid_exists {a}") == "true", "the caller")


def test_a_leg_may_be_taken_from_one_talk_to_another(world: World) -> None:
    _, a, _, b = two_legs(world)
    bridge(world, a, b)
    world.client.api(f"uuid_setvar {b} park_after_bridge true")
    other, c = world.answered()
    assert world.client.api(f"uuid_bridge {c} {a}").startswith("+OK")
    world.client.event("CHANNEL_BRIDGE", Unique_ID=c)
    assert world.client.api(f"uuid_exists {b}") == "true"
    other.bye()
    assert world.client.event("CHANNEL_HANGUP_COMPLETE", Unique_ID=c)


def test_transfer_of_both_legs_to_park(world: World) -> None:
    _, a, _, b = two_legs(world)
    bridge(world, a, b)
    before = [world.client.names(leg).count("CHANNEL_PARK") for leg in (a, b)]
    assert world.client.api(f"uuid_transfer {a} -both park inline") == "+OK\n"
    world.client.wait(
        lambda: [world.client.names(leg).count("CHANNEL_PARK") for leg in (a, b)] == [count + 1 for count in before],
        "both parked",
    )
    world.client.run(a, "set", "x=1")
    world.client.run(b, "set", "x=1")


def test_park_stops_what_is_played(world: World) -> None:
    _, call = world.answered()
    world.client.execute(call, "playback", "silence_stream://20000")
    world.client.event("PLAYBACK_START")
    assert world.client.api(f"uuid_park {call}") == "+OK\n"
    world.client.wait(lambda: world.client.names(call).count("CHANNEL_PARK") == 2, "the second park")
    assert world.client.run(call, "set", "x=1")


def test_bridging_needs_two_calls_with_audio(world: World) -> None:
    _, a = world.parked()
    _, b = world.parked()
    for pair in (f"{a} {b}", f"{a} {a}", f"{a} nobody"):
        assert world.client.api(f"uuid_bridge {pair}") == "-ERR Invalid uuid\n"
    assert world.client.api(f"uuid_bridge {a}").startswith("-USAGE")


def test_digits_both_ways(world: World) -> None:
    phone, call = world.answered()
    assert world.client.api(f"uuid_send_dtmf {call} 12@100") == f"+OK {call} sent DTMF 12@100.\n"
    world.client.wait(lambda: phone.digits_heard == ["1", "2"], "the digits")
    world.client.api(f"uuid_recv_dtmf {call} 5")
    assert world.client.event("DTMF")["DTMF-Source"] == "APP"
    assert world.client.api(f"uuid_flush_dtmf {call}") == "+OK\n"
    assert world.client.api("uuid_send_dtmf nobody 1") == "-ERR Cannot locate session!\n"


def test_broadcast_to_both(world: World) -> None:
    caller, a, agent, b = two_legs(world)
    bridge(world, a, b)
    assert world.client.api(f"uuid_broadcast {a} tone_stream://%(100,0,440) both") == "+OK Message sent\n"
    world.client.wait(lambda: len(caller.heard) >= 800 and len(agent.heard) >= 800, "the tone on both sides")
    assert world.client.api(f"uuid_broadcast {a} set::x=7") == "+OK Message sent\n"
    world.client.wait(lambda: world.client.api(f"uuid_getvar {a} x") == "7", "the application")
    assert world.client.api("uuid_broadcast nobody x") == "-ERR invalid uuid\n"


def test_hold_can_be_toggled(world: World) -> None:
    _, call = world.answered()
    for name in ("CHANNEL_HOLD", "CHANNEL_UNHOLD"):
        assert world.client.api(f"uuid_hold toggle {call}") == "+OK Success\n"
        world.client.event(name)
    assert world.client.api("uuid_hold nobody") == "-ERR Operation failed\n"
