"""One call in the world: written down before it acts, one turn at a time, whatever breaks around it."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent import socket
from gevent.server import StreamServer

from engine.call.timers import STEP
from engine.core.effects import DiscardRecording, HttpCall, Play
from engine.core.ids import AskId, CallId, LegId, new_leg_id
from engine.core.signals import (
    Answered,
    DigitPressed,
    HangupRequested,
    HttpReply,
    LegEnded,
    LegFailed,
    LegHeld,
    Played,
    Refused,
    TimerFired,
)
from engine.shell.live_call import LiveCall
from engine.shell.store import Store
from tests.esl.frames import event_frame, reply
from tests.shell.line import Line, bundle, settle
from tests.shell.redis_server import RedisServer
from tests.shell.scripted_switch import ScriptedSwitch
from tests.shell.waiting import eventually


def answers_of(line: Line, call: CallId) -> dict[int, object]:
    """The answers of a call's asks, from its journal."""
    return {signal.ask: signal.answer for signal in line.kept(call) if isinstance(signal, Answered)}


def is_answered(line: Line, call: CallId, ask: int) -> object:
    return eventually(lambda: answers_of(line, call).get(ask), f"an answer to ask {ask}")


# Write, then act


def test_what_a_call_learned_is_kept_before_it_acts_on_it(line: Line) -> None:
    kept_at_command: list[tuple[str, int, int]] = []

    def look(block: str) -> bytes:
        call = CallId(block.split("\n")[0].removeprefix("sendmsg "))
        kept_at_command.append((block, len(line.kept(call)), len(line.told(call))))
        return reply("+OK")

    line.server.answers["sendmsg "] = look
    live = line.arrives("say")
    line.is_sent(f"{live.call}:1")
    line.completes(live.call, 1)
    line.is_sent(f"{live.call}:2")
    for block, signals, events in kept_at_command:
        assert signals >= (1, 2)[f"{live.call}:2" in block], block
        assert events >= 2, block


def test_while_nothing_can_be_kept_nothing_is_done_until_patience_ends(
    own_redis: RedisServer, switch_server: ScriptedSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.shell.store.PATIENCE", 3600.0)
    store = Store(own_redis.url)
    store.start()
    line = Line(own_redis, switch_server, store)
    line.start()
    own_redis.freeze()
    call = line.parks("say")
    eventually(lambda: store.backlog == 1, "a turn to be written")
    settle()
    assert line.sent() == []
    own_redis.thaw()
    line.is_sent(f"{call}:1")
    assert len(line.kept(call)) == 1
    line.close()
    store.stop()


def test_without_redis_calls_go_on_and_their_story_is_kept_afterwards(
    own_redis: RedisServer, switch_server: ScriptedSwitch
) -> None:
    store = Store(own_redis.url)
    store.start()
    line = Line(own_redis, switch_server, store)
    line.start()
    own_redis.kill()
    call = line.parks("say")
    line.is_sent(f"{call}:1")
    line.completes(call, 1)
    line.is_sent(f"{call}:2")
    own_redis.start()
    eventually(lambda: store.backlog == 0, "everything written")
    assert [event["n"] for event in line.told(call)] == list(range(1, len(line.told(call)) + 1))
    assert len(line.kept(call)) == 2
    line.close()
    store.stop()


def test_what_comes_together_is_one_turn_one_write_and_one_sending(line: Line) -> None:
    live = line.arrives("say")
    line.is_sent(f"{live.call}:1")
    eventually(lambda: len(line.kept(live.call)) == 2, "the answered leg written")

    def writes() -> int:
        stats: Any = line.redis.client().info("commandstats")
        return sum(int(stats.get(f"cmdstat_{name}", {}).get("calls", 0)) for name in ("evalsha", "eval"))

    before, sendings = writes(), len(line.switch.sendings)
    keys = [{"Event-Name": "DTMF", "Unique-ID": live.call, "DTMF-Digit": digit} for digit in "123"]
    completion = {
        "Event-Name": "CHANNEL_EXECUTE_COMPLETE", "Unique-ID": live.call, "Application": "playback",
        "Application-UUID": f"{live.call}:1", "Application-Response": "FILE PLAYED",
    }  # fmt: skip
    line.server.events_peer().say(b"".join(event_frame(event) for event in [*keys, completion]))
    line.is_sent(f"{live.call}:2")
    assert len(line.kept(live.call)) == 6
    assert writes() - before == 1
    assert len(line.switch.sendings) - sendings == 1


def test_the_commands_of_one_turn_leave_in_one_piece(line: Line) -> None:
    line.parks("say")
    line.is_sent(":1")
    (sending,) = line.switch.sendings
    assert [type(command).__name__ for command in sending] == ["Api", "Execute", "Execute"]


# The switch says no, or says nothing


def test_an_ask_the_switch_refuses_is_answered(line: Line) -> None:
    line.server.answers["sendmsg "] = lambda block: reply("-ERR no such thing" if ":1" in block else "+OK")
    live = line.arrives("say")
    assert is_answered(line, live.call, 1) == Refused("-ERR no such thing")
    line.is_sent(f"{live.call}:2")


def test_a_refusal_of_what_is_no_ask_is_left_alone(line: Line) -> None:
    line.server.answers["api sched_del"] = "-ERR no such task"
    live = line.arrives("say")
    line.is_sent(f"{live.call}:1")
    settle()
    assert answers_of(line, live.call) == {}
    assert AskId(1) in live.machine.pending


def test_a_dial_that_is_refused_is_a_leg_that_failed(line: Line) -> None:
    line.server.answers["bgapi originate"] = lambda block: reply("-ERR not now")
    live = line.arrives("ring")
    line.is_sent("uuid_kill")
    failed = [signal for signal in line.kept(live.call) if isinstance(signal, LegFailed)]
    assert [(one.leg, one.cause) for one in failed] == [(new_leg_id(live.call, 1), "NORMAL_TEMPORARY_FAILURE")]


def test_an_ask_for_a_switch_that_is_away_stays_pending(line: Line) -> None:
    live = line.arrives("say")
    line.is_sent(f"{live.call}:1")
    line.server.stop()
    eventually(lambda: line.switch.state == "down", "the loss of the switch")
    live.post(Answered(0.0, AskId(1), Played("done")))
    eventually(lambda: AskId(2) in live.machine.pending, "the next ask")
    settle()
    assert answers_of(line, live.call).keys() == {1}
    assert isinstance(live.machine.pending[AskId(2)], Play)


def test_a_command_that_cannot_be_sent_is_a_refusal(line: Line) -> None:
    line.sounds.path = "/var/sounds/a name with spaces.wav"
    live = line.arrives("say")
    first = is_answered(line, live.call, 1)
    assert isinstance(first, Refused)
    assert "not a path" in first.detail
    line.is_sent("uuid_kill")


# Prompts


def test_a_prompt_that_is_rendered_later_is_played_then(line: Line) -> None:
    line.sounds.known = False
    live = line.arrives("say")
    line.is_sent("execute-app-name: answer")
    settle()
    assert line.sent("playback") == []
    line.sounds.finished.set()
    assert line.sounds.path in line.is_sent(f"{live.call}:1")


def test_other_signals_are_handled_while_a_prompt_is_rendered(line: Line) -> None:
    line.sounds.known = False
    live = line.arrives("say")
    line.server.tell({"Event-Name": "DTMF", "Unique-ID": live.call, "DTMF-Digit": "5"})
    eventually(lambda: any(isinstance(one, DigitPressed) for one in line.kept(live.call)), "the key")


def test_a_prompt_that_cannot_be_rendered_is_answered(line: Line) -> None:
    line.sounds.known = False
    line.sounds.problem = "no voice today"
    line.sounds.finished.set()
    live = line.arrives("say")
    assert is_answered(line, live.call, 1) == Played("failed", "tts.failed: no voice today")
    line.is_sent("uuid_kill")
    assert line.sent("playback") == []


def test_a_prompt_rendered_for_a_caller_who_left_is_not_played(line: Line) -> None:
    line.sounds.known = False
    live = line.arrives("say")
    line.is_sent("execute-app-name: answer")
    line.hangs_up(live.call)
    line.closed(live)
    line.sounds.finished.set()
    settle()
    assert line.sent("playback") == []


# Web services


class Web:
    """A web service that answers when it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.left = 0
        self.body: bytes | None = None
        self._server = StreamServer(("127.0.0.1", 0), self._serve)
        self._server.start()
        self.port = self._server.server_port

    def _serve(self, sock: socket.socket, _address: object) -> None:
        sock.recv(65536)
        self.asked += 1
        if self.body is not None:
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(self.body), self.body))
        elif not sock.recv(1):
            self.left += 1
        sock.close()

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture
def web(line: Line) -> Iterator[Web]:
    web = Web()
    line.bundle = bundle(web.port)
    yield web
    web.stop()


def test_the_reply_of_a_web_service_reaches_its_call(line: Line, web: Web) -> None:
    web.body = b"hello"
    live = line.arrives("ask")
    found = is_answered(line, live.call, 1)
    assert isinstance(found, HttpReply)
    assert (found.status, found.body) == (200, "hello")
    line.is_sent(f"{live.call}:2")


def test_a_request_nobody_waits_for_is_dropped(line: Line, web: Web) -> None:
    live = line.arrives("ask")
    eventually(lambda: web.asked, "the request")
    assert isinstance(live.machine.pending[AskId(1)], HttpCall)
    line.hangs_up(live.call)
    eventually(lambda: web.left, "the end of its connection")
    line.closed(live)
    assert answers_of(line, live.call) == {}


def test_a_stopped_call_drops_its_requests(line: Line, web: Web) -> None:
    live = line.arrives("ask")
    eventually(lambda: web.asked, "the request")
    live.stop()
    eventually(lambda: web.left, "the end of its connection")
    assert line.kept_live() == [live.call]


# Time


def test_timers_fire_and_never_early(line: Line) -> None:
    live = line.arrives("brief")
    due = eventually(live.machine.next_timer, "the pause")
    assert due[0] == STEP

    def is_over() -> bool:
        live.post(DigitPressed(time.time(), LegId(live.call), "5"))  # each of them makes the call look at its timers
        return bool(line.sent(f"{live.call}:1"))

    eventually(is_over, "the end of the pause")
    (fired,) = [signal for signal in line.kept(live.call) if isinstance(signal, TimerFired)]
    assert fired.timer == STEP
    assert fired.at >= due[1]


def test_a_timer_that_is_due_does_not_wait_for_the_next_signal(line: Line) -> None:
    for _ in range(3):
        live = line.arrives("brief")
        line.server.tell({"Event-Name": "DTMF", "Unique-ID": live.call, "DTMF-Digit": "5"})
        line.is_sent(f"{live.call}:1")
    assert len(line.calls.alarm) == 3, "a call has one alarm"


def test_a_call_that_is_over_leaves_no_alarm(line: Line) -> None:
    live = line.arrives("wait")
    eventually(lambda: len(line.calls.alarm) == 1, "an alarm for the pause")
    line.hangs_up(live.call)
    line.closed(live)
    eventually(lambda: len(line.calls.alarm) == 0, "no alarm")


# Faults


class NoJson:
    """Nothing a journal can hold."""


def test_a_signal_that_cannot_be_kept_costs_nothing_but_itself(line: Line) -> None:
    live = line.arrives("wait")
    eventually(lambda: len(line.kept(live.call)) == 2, "the answered leg written")
    live.post(LegHeld(0.0, live.machine.arrival.leg, NoJson()))  # type: ignore[arg-type, union-attr]
    live.post(HangupRequested(0.0, reason="operator"))
    line.is_sent("uuid_kill")
    line.hangs_up(live.call)
    line.closed(live)
    numbers = [event["n"] for event in line.told(live.call)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [type(signal) for signal in line.kept(live.call)][-2:] == [HangupRequested, LegEnded]


def test_a_turn_that_fails_leaves_the_call_alive(line: Line) -> None:
    def fail(live: LiveCall, events: object) -> None:
        if line.calls.get(live.call) is not None and not failed:
            failed.append(live.call)
            raise RuntimeError("a watcher with a fault")

    failed: list[str] = []
    line.calls.watch(fail)
    live = line.arrives("wait")
    eventually(lambda: failed, "the fault")
    live.post(HangupRequested(0.0))
    line.is_sent("uuid_kill")
    line.hangs_up(live.call)
    line.closed(live)


def test_a_recording_nobody_shall_hear_is_deleted(line: Line, tmp_path: Path) -> None:
    live = line.arrives("wait")
    line.is_sent("answer")
    file = tmp_path / "take.wav"
    file.write_bytes(b"RIFF")
    folder = tmp_path / "folder"
    folder.mkdir()
    live.perform([DiscardRecording(str(folder)), DiscardRecording(str(tmp_path / "none")), DiscardRecording(str(file))])
    assert not file.exists()
    assert folder.exists()


def test_a_call_begins_once(line: Line) -> None:
    live = line.arrives("wait")
    line.is_sent("answer")
    live.start()
    live.post(HangupRequested(0.0))
    line.is_sent("uuid_kill")
    with gevent.Timeout(10):
        line.hangs_up(live.call)
        line.closed(live)
    assert line.types(live.call).count("call.ended") == 1
