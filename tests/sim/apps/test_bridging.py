"""Calling somebody and connecting, in one application."""

from tests.sim.conftest import World
from tests.sim.sip_peer import answers_after, refuses


def test_the_two_hear_each_other_and_pass_digits(world: World) -> None:
    agent = world.phone("agent", behaviour=answers_after(0.05))
    caller, call = world.answered()
    world.client.run(call, "export", "nolocal:sip_h_X-Case=5")
    label = world.client.execute(call, "bridge", f"sofia/trunk/agent@127.0.0.1:{agent.port}")
    world.client.event("CHANNEL_BRIDGE", Unique_ID=call)
    assert agent.invited is not None
    assert agent.invited.get("X-Case") == "5"
    caller.say([b"\x90" * 160] * 5)
    agent.say([b"\x10" * 160] * 5)
    world.client.wait(lambda: len(agent.heard) >= 800 and len(caller.heard) >= 800, "audio both ways")
    assert (set(agent.heard), set(caller.heard)) == ({0x90}, {0x10})
    caller.press("9")
    world.client.wait(lambda: agent.digits_heard == ["9"], "the digit")
    agent.bye_as_callee()
    done = world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)
    assert done["variable_originate_disposition"] == "SUCCESS"
    assert done["variable_last_bridge_hangup_cause"] == "NORMAL_CLEARING"
    assert world.client.api(f"uuid_exists {call}") == "true"


def test_a_refusal_ends_the_call_unless_it_may_go_on(world: World) -> None:
    agent = world.phone("agent", behaviour=refuses(486, "Busy"))
    _, call = world.answered()
    world.client.run(call, "set", "continue_on_fail=true")
    done = world.client.run(call, "bridge", f"sofia/trunk/agent@127.0.0.1:{agent.port}")
    assert done["variable_originate_disposition"] == "USER_BUSY"
    world.client.run(call, "unset", "continue_on_fail")
    world.client.execute(call, "bridge", "user/1001")
    ended = world.client.event("CHANNEL_HANGUP_COMPLETE", Unique_ID=call)
    assert ended["Hangup-Cause"] == "USER_NOT_REGISTERED"


def test_a_caller_who_leaves_stops_the_ringing(world: World) -> None:
    agent = world.phone("agent", behaviour=answers_after(30))
    caller, call = world.answered()
    world.client.execute(call, "bridge", f"sofia/trunk/agent@127.0.0.1:{agent.port}")
    assert agent.called.wait(5)
    caller.bye()
    assert agent.ended.wait(5)
    assert world.client.event("CHANNEL_HANGUP_COMPLETE", Unique_ID=call)
