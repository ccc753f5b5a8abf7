"""Calls that go out, told from the called side."""

import re
from collections.abc import Callable

import pytest

from tests.sim.conftest import World
from tests.sim.sip_peer import Incoming, SipPeer, answers_after, only_rings, refuses


def originate(world: World, agent: SipPeer, variables: str = "", more: str = "") -> str:
    reply = world.client.command(
        f"bgapi originate {{ignore_early_media=true,{variables}}}sofia/trunk/agent@127.0.0.1:{agent.port}{more} &park()"
    )
    event = world.client.event("BACKGROUND_JOB", Job_UUID=reply["Job-UUID"])
    return str(event["_body"]).strip()


def test_an_answered_leg_is_parked_and_hears_what_is_played(world: World) -> None:
    agent = world.phone("agent", behaviour=answers_after(0))
    leg = originate(world, agent, "origination_caller_id_number=+15551234567,origination_caller_id_name='Bob \"B\"'")
    call = leg.removeprefix("+OK ")
    assert agent.answered.wait(5)
    assert agent.invited is not None
    assert re.match(r'"Bob \\"B\\"" <sip:\+15551234567@127\.0\.0\.1>;tag=', agent.invited.get("From"))
    world.client.event("CHANNEL_PARK", Unique_ID=call)
    world.client.run(call, "playback", "tone_stream://%(200,0,440)")
    assert len(agent.heard) >= 1600
    agent.bye_as_callee()
    assert world.client.event("CHANNEL_HANGUP_COMPLETE", Unique_ID=call)["Hangup-Cause"] == "NORMAL_CLEARING"


@pytest.mark.parametrize(
    ("code", "cause"),
    [(486, "USER_BUSY"), (603, "CALL_REJECTED"), (404, "UNALLOCATED_NUMBER"), (488, "INCOMPATIBLE_DESTINATION")],
)
def test_a_refusal_is_its_cause(world: World, code: int, cause: str) -> None:
    agent = world.phone("agent", behaviour=refuses(code, "No"))
    assert originate(world, agent) == f"-ERR {cause}"
    done = world.client.event("CHANNEL_HANGUP_COMPLETE")
    assert done["variable_sip_invite_failure_status"] == str(code)


def test_a_phone_that_only_rings_is_cancelled(world: World) -> None:
    agent = world.phone("agent", behaviour=only_rings)
    assert originate(world, agent, "originate_timeout=1") == "-ERR NO_ANSWER"
    assert agent.ended.wait(5)
    assert any(message.method == "CANCEL" for message in agent.log)


def test_a_silent_phone_times_out(make_world: Callable[..., World]) -> None:
    world = make_world(sip_t1=0.01)
    agent = world.phone("agent")
    assert originate(world, agent) == "-ERR RECOVERY_ON_TIMER_EXPIRE"
    invites = [message for message in agent.log if message.method == "INVITE"]
    assert len(invites) >= 3


def test_early_media_counts_unless_it_is_ignored(world: World) -> None:
    def early(peer: SipPeer, message: Incoming) -> None:
        peer.reply(183, "Session Progress", body=peer.sdp())

    agent = world.phone("agent", behaviour=early)
    leg = f"sofia/trunk/agent@127.0.0.1:{agent.port}"
    answer = world.client.api(f"originate {leg} &park()")
    assert answer.startswith("+OK ")
    call = answer[4:].strip()
    assert world.client.event("CHANNEL_PROGRESS_MEDIA", Unique_ID=call)["Answer-State"] == "early"
    world.client.api(f"uuid_kill {call}")
    assert agent.ended.wait(5)


def test_an_answer_that_crosses_the_cancel_is_ended_by_bye(world: World) -> None:
    def late(peer: SipPeer, message: Incoming) -> None:
        peer.reply(180, "Ringing")
        world.client.event("CHANNEL_HANGUP")
        peer.reply(200, "OK", body=peer.sdp())

    agent = world.phone("agent", behaviour=late)
    assert originate(world, agent, "originate_timeout=1") == "-ERR NO_ANSWER"
    world.client.wait(lambda: any(message.method == "BYE" for message in agent.log) or agent.ended.is_set(), "the end")


def test_headers_of_our_own_travel(world: World) -> None:
    agent = world.phone("agent", behaviour=answers_after(0))
    originate(world, agent, "sip_h_X-Queue=sales")
    assert agent.invited is not None
    assert agent.invited.get("X-Queue") == "sales"


def test_hold_from_our_side_is_a_reinvite(world: World) -> None:
    agent = world.phone("agent", behaviour=answers_after(0))
    call = originate(world, agent).removeprefix("+OK ")
    assert world.client.api(f"uuid_hold {call}") == "+OK Success\n"
    world.client.wait(lambda: agent.invited is not None and "a=sendonly" in agent.invited.body, "the re-INVITE")
    assert world.client.event("CHANNEL_HOLD")["Unique-ID"] == call
    assert world.client.api(f"uuid_hold off {call}") == "+OK Success\n"
    world.client.wait(lambda: agent.invited is not None and "a=sendrecv" in agent.invited.body, "the re-INVITE")


def test_an_application_runs_on_the_answer(world: World) -> None:
    agent = world.phone("agent", behaviour=answers_after(0))
    leg = originate(world, agent, "execute_on_answer='sched_hangup +0.2 ALLOTTED_TIMEOUT'").removeprefix("+OK ")
    ended = world.client.event("CHANNEL_HANGUP_COMPLETE", Unique_ID=leg)
    assert ended["Hangup-Cause"] == "ALLOTTED_TIMEOUT"
