"""All calls of one engine: callers become calls, signals find theirs, and nothing is left of a call that is over."""

import gc
import time
from uuid import uuid4

import gevent

from engine.core.effects import RegisteredUser
from engine.core.ids import CallId, LegId, new_leg_id
from engine.core.signals import DialRequested, DigitPressed, HangupRequested, LegArrived
from engine.shell.live_call import LiveCall
from tests.shell.line import Line, bundle, hung_up, parked, settle
from tests.shell.waiting import eventually


def test_a_caller_who_parks_becomes_a_call(line: Line) -> None:
    call = line.parks("wait")
    line.is_sent("execute-app-name: answer")
    assert len(line.calls) == 1
    assert [live.call for live in line.calls] == [call]
    assert line.calls.legs.keys() == {call}
    assert line.calls.taken == 1
    assert line.types(call)[:2] == ["call.initiated", "flow.started"]
    arrival = line.kept(call)[0]
    assert isinstance(arrival, LegArrived)
    assert (arrival.switch, arrival.recordings, arrival.caller) == ("fs1", "/rec", "+441632960123")
    assert line.sent()[0] == f"api sched_del {call}", "the switch's own treatment is told to stand down first"


def test_a_caller_who_parks_again_is_the_same_call(line: Line) -> None:
    live = line.arrives("wait")
    line.server.tell(parked(live.call, "100"))
    settle()
    assert line.calls.taken == 1
    assert line.calls.get(live.call) is live


def test_signals_of_nobody_are_nobodys(line: Line) -> None:
    line.server.tell({"Event-Name": "DTMF", "Unique-ID": "stranger", "DTMF-Digit": "5"}, hung_up("stranger"))
    line.completes(CallId("stranger"), 1)
    settle()
    assert len(line.calls) == 0
    assert line.sent() == []


def test_a_dialled_leg_belongs_to_its_call(line: Line) -> None:
    live = line.arrives("ring")
    other = new_leg_id(live.call, 1)
    line.is_sent(f"Job-UUID: {other}")
    assert line.calls.legs.keys() == {live.call, other}
    line.server.tell({"Event-Name": "CHANNEL_PROGRESS", "Call-Direction": "outbound", "Unique-ID": other})
    eventually(lambda: "call.ringing" in line.types(live.call), "the ringing of the leg")
    line.hangs_up(other)
    line.is_sent("uuid_kill")
    line.hangs_up(live.call)
    line.closed(live)
    eventually(lambda: not line.calls.legs, "no leg left")


def test_who_does_not_accept_leaves_callers_to_the_switch(line: Line) -> None:
    held = line.arrives("wait")
    line.is_sent("answer")
    before = line.sent()
    line.calls.accepting = False
    refused = line.parks("wait")
    line.server.tell({"Event-Name": "DTMF", "Unique-ID": held.call, "DTMF-Digit": "5"})
    eventually(lambda: any(isinstance(signal, DigitPressed) for signal in line.kept(held.call)), "the key of the other")
    assert line.calls.get(refused) is None
    assert line.sent() == before, "a caller who is not taken must not notice the engine"
    assert line.kept(refused) == []
    assert line.kept_live() == [held.call]


def test_new_callers_get_the_newest_flows_and_others_keep_theirs(line: Line) -> None:
    first = line.arrives("wait")
    newer = bundle(words="Good day.")
    assert newer.id != line.bundle.id
    line.bundle = newer
    second = line.arrives("wait")
    assert second.machine.bundle_id == newer.id
    assert first.machine.bundle_id == bundle().id
    eventually(lambda: len(line.kept_live()) == 2, "both written")
    assert line.store.journal(first.call)[0] == bundle().id
    assert line.store.journal(second.call)[0] == newer.id


def test_watchers_are_shown_every_event_in_its_order(line: Line) -> None:
    shown: list[str] = []
    line.calls.watch(lambda live, events: shown.extend(event.id for event in events))
    live = line.arrives("say")
    for ask in (1, 2):
        line.is_sent(f"{live.call}:{ask}")
        line.completes(live.call, ask)
    line.is_sent("uuid_kill")
    line.hangs_up(live.call)
    line.closed(live)
    assert shown == [event["id"] for event in line.told(live.call)]
    assert shown[-1] == f"evt_{live.call}_{len(shown)}"


def test_nothing_is_left_of_calls_that_are_over(line: Line) -> None:
    def rounds(number: int) -> None:
        flows = ["wait", "ring", "say"] * number
        living = [line.arrives(flow) for flow in flows]
        for live, flow in zip(living, flows, strict=True):
            other = new_leg_id(live.call, 1)
            if flow == "ring":
                line.is_sent(other)
                line.hangs_up(other)
            line.hangs_up(live.call)
        eventually(lambda: len(line.calls) == 0, "all over")
        eventually(lambda: not line.calls.legs and line.kept_live() == [], "all forgotten")

    def greenlets() -> int:
        gc.collect()
        return sum(isinstance(thing, gevent.Greenlet) and not thing.dead for thing in gc.get_objects())

    rounds(1)
    settle()
    before = greenlets()
    rounds(20)
    settle()
    assert line.calls.taken == 63
    assert len(line.calls.alarm) == 0, "an alarm holds its call until it rings"
    assert greenlets() == before
    gc.collect()
    assert not [thing for thing in gc.get_objects() if isinstance(thing, LiveCall)]


def test_a_stop_leaves_calls_where_they_are(line: Line) -> None:
    live = line.arrives("wait")
    line.is_sent("answer")
    eventually(lambda: len(line.kept(live.call)) == 2, "the answer written")
    before = line.sent()
    line.calls.stop()
    live.post(HangupRequested(0.0))
    settle()
    assert line.sent() == before
    assert line.kept_live() == [live.call]
    assert len(line.calls) == 0
    line.parks("wait")
    settle()
    assert len(line.calls) == 0, "no new callers either"
    assert LegId(live.call) not in line.calls.legs


def order(flow: str = "say") -> DialRequested:
    leg = LegId(str(uuid4()))
    return DialRequested(time.time(), leg, "", RegisteredUser("zoe"), flow, {}, 20.0, 600.0)


def test_somebody_is_rung_and_served(line: Line) -> None:
    placed = order()
    assert line.calls.place(line.switch, placed, bundle(), 10.0)
    call = CallId(placed.leg)
    assert f"Job-UUID: {call}" in line.is_sent("originate")
    assert line.kept(call) == [placed]
    assert (placed.switch, placed.recordings) == ("fs1", "/rec")
    line.server.tell({"Event-Name": "CHANNEL_PARK", "Call-Direction": "outbound", "Unique-ID": call})
    line.is_sent("playback")
    live = line.calls.get(call)
    assert live is not None
    line.hangs_up(call)
    line.closed(live)
    assert line.types(call)[:3] == ["call.initiated", "call.answered", "flow.started"]
    assert line.types(call)[-1] == "call.ended"


def test_a_dial_that_failed_ends_its_call(line: Line) -> None:
    placed = order()
    assert line.calls.place(line.switch, placed, bundle(), 10.0)
    line.server.tell(
        {
            "Event-Name": "BACKGROUND_JOB",
            "Job-UUID": placed.leg,
            "Job-Command": "originate",
            "_body": "-ERR USER_BUSY\n",
        }
    )
    call = CallId(placed.leg)
    eventually(lambda: line.types(call) == ["call.initiated", "call.ended"], "the end")
    eventually(lambda: line.calls.get(call) is None, "nothing left of it")
