"""One switch kept up: subscribed before it is looked at, reconnected, and never deaf because of one bad event."""

from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest

from engine.core.errors import NotSentError, RefusedError, SwitchError, UnsafeTextError
from engine.core.ids import LegId
from engine.core.signals import DigitPressed, LegEnded, Signal
from engine.esl.command import Api, Command, Execute
from engine.esl.link import Reply
from engine.esl.translate import FILTERS, SUBSCRIPTION
from engine.shell.switch import Switch, SwitchAddress
from tests.esl import recorded
from tests.shell.scripted_switch import PASSWORD, ScriptedSwitch
from tests.shell.waiting import eventually

HEARTBEAT = {"Event-Name": "HEARTBEAT", "Core-UUID": "core-1", "Session-Count": "7", "Idle-CPU": "93.5"}


def key(digit: str) -> dict[str, Any]:
    return {"Event-Name": "DTMF", "Unique-ID": "leg-a", "DTMF-Digit": digit}


class Told:
    """What a switch told, in order, and what to do when it is up."""

    def __init__(self, port: int, **options: Any) -> None:
        self.log: list[object] = []
        self.when_up: Callable[[Switch], None] = lambda _switch: None
        self.on_signal: Callable[[Signal], None] = lambda _signal: None
        self.switch = Switch(
            SwitchAddress("fs1", "127.0.0.1", port, PASSWORD), on_signal=self._signal, on_up=self._up,
            first_retry=0.01, **options,
        )  # fmt: skip

    def _signal(self, switch: Switch, leg: str, signal: Signal) -> None:
        assert switch is self.switch
        self.on_signal(signal)
        self.log.append((leg, getattr(signal, "digit", type(signal).__name__)))

    def _up(self, switch: Switch, restarted: bool) -> None:
        self.log.append("restarted" if restarted else "up")
        self.when_up(switch)


@pytest.fixture
def make(switch_server: ScriptedSwitch) -> Iterator[Callable[..., Told]]:
    made: list[Told] = []

    def make(**options: Any) -> Told:
        made.append(Told(switch_server.port, **options))
        return made[-1]

    yield make
    for told in made:
        told.switch.stop()


@pytest.fixture
def told(make: Callable[..., Told]) -> Told:
    """A switch that is up."""
    told = make()
    told.switch.start()
    assert told.switch.wait_up(10)
    return told


def test_events_and_commands_have_a_connection_each(switch_server: ScriptedSwitch, told: Told) -> None:
    assert len(switch_server.peers) == 2
    filters = [f"filter {header} {value}" for header, value in FILTERS]
    subscription = "event json " + " ".join(SUBSCRIPTION)
    assert switch_server.events_peer().received == [f"auth {PASSWORD}", *filters, subscription]
    assert told.switch.api("status").ok
    assert switch_server.commands_peer().received[-1] == "api status"
    assert (told.switch.core_uuid, told.switch.version) == ("core-1", "FreeSWITCH Version 1.10.12-release")


def test_a_switch_that_refuses_a_filter_is_not_served(switch_server: ScriptedSwitch, make: Callable[..., Told]) -> None:
    answers = iter(["-ERR invalid syntax"])
    switch_server.answers["filter Event-Name DTMF"] = lambda _block: next(answers, "+OK")
    told = make()
    told.switch.start()
    assert told.switch.wait_up(10), "it is tried again"
    assert next(answers, None) is None


def test_signals_are_told_with_their_leg(switch_server: ScriptedSwitch, told: Told) -> None:
    ended = recorded.events("originate_busy", "CHANNEL_HANGUP_COMPLETE")[0]
    switch_server.tell(key("5"), {"Event-Name": "CHANNEL_STATE"}, ended)
    eventually(lambda: len(told.log) == 3, "two signals")
    assert told.log == ["up", ("leg-a", "5"), (ended["Unique-ID"], LegEnded.__name__)]


def test_it_subscribes_first_then_looks_around_then_tells(
    switch_server: ScriptedSwitch, make: Callable[..., Told]
) -> None:
    told = make()

    def look(switch: Switch) -> None:
        assert switch.state == "syncing"
        switch_server.tell(key("1"), key("2"))
        switch.channels()
        told.log.append("looked")

    told.when_up = look
    told.switch.start()
    assert told.switch.wait_up(10)
    switch_server.tell(key("3"))
    eventually(lambda: len(told.log) == 5, "three keys")
    assert told.log == ["up", "looked", ("leg-a", "1"), ("leg-a", "2"), ("leg-a", "3")]
    assert told.switch.state == "up"


@pytest.mark.parametrize("lost", ["events_peer", "commands_peer"])
def test_when_either_connection_goes_both_are_made_anew(switch_server: ScriptedSwitch, told: Told, lost: str) -> None:
    getattr(switch_server, lost)().cut()
    eventually(lambda: told.log == ["up", "up"] and told.switch.state == "up", "the second connection")
    assert told.switch.reconnections == 1
    switch_server.tell(key("9"))
    eventually(lambda: ("leg-a", "9") in told.log, "events after the reconnection")
    assert told.switch.api("status").ok
    eventually(lambda: len(switch_server.peers) == 2, "the old connections gone")


def test_another_core_means_that_freeswitch_was_restarted(switch_server: ScriptedSwitch, told: Told) -> None:
    switch_server.core = "core-2"
    switch_server.events_peer().cut()
    eventually(lambda: told.log == ["up", "restarted"], "the restart")
    switch_server.events_peer().cut()
    eventually(lambda: told.log == ["up", "restarted", "up"], "the same core again")


def test_a_heartbeat_of_another_core_is_a_restart_too(switch_server: ScriptedSwitch, told: Told) -> None:
    switch_server.core = "core-2"
    switch_server.tell(HEARTBEAT | {"Core-UUID": "core-2"})
    eventually(lambda: told.log == ["up", "restarted"], "the restart")


def test_heartbeats_tell_the_load(switch_server: ScriptedSwitch, told: Told) -> None:
    switch_server.tell(HEARTBEAT)
    eventually(lambda: told.switch.load.get("Session-Count") == "7", "the load")
    assert told.switch.load["Idle-CPU"] == "93.5"
    assert told.log == ["up"]


def test_a_switch_that_falls_silent_is_connected_anew(switch_server: ScriptedSwitch, make: Callable[..., Told]) -> None:
    told = make(heartbeat_patience=0.1)
    told.switch.start()
    eventually(lambda: told.log[:2] == ["up", "up"], "the second connection")


def test_a_switch_that_is_heard_is_left_alone(switch_server: ScriptedSwitch, make: Callable[..., Told]) -> None:
    told = make(heartbeat_patience=0.5)
    told.switch.start()
    assert told.switch.wait_up(10)
    with gevent.Timeout(0.8, False):
        while True:
            switch_server.tell(HEARTBEAT)
            gevent.sleep(0.05)
    assert told.log == ["up"]


def test_a_switch_that_is_down_is_tried_until_it_is_up(
    switch_server: ScriptedSwitch, make: Callable[..., Told]
) -> None:
    switch_server.stop()
    told = make()
    told.switch.start()
    assert not told.switch.wait_up(0.05)
    switch_server.start()
    assert told.switch.wait_up(10)
    assert told.log == ["up"]


@pytest.mark.parametrize("refused", ["auth", "event", "api global_getvar"])
def test_a_refusal_is_tried_again(switch_server: ScriptedSwitch, make: Callable[..., Told], refused: str) -> None:
    usual = iter([False])
    switch_server.answers[refused] = lambda block: switch_server.usual(block) if next(usual, True) else "-ERR no"
    told = make()
    told.switch.start()
    assert told.switch.wait_up(10)
    assert next(usual, None) is None, "it was not refused"
    assert told.log == ["up"]
    assert told.switch.core_uuid == "core-1"


def test_a_look_around_that_fails_is_made_again(make: Callable[..., Told]) -> None:
    told = make()
    attempts = iter([RuntimeError("redis is away"), SwitchError("gone"), None])

    def look(_switch: Switch) -> None:
        error = next(attempts)
        if error is not None:
            raise error

    told.when_up = look
    told.switch.start()
    assert told.switch.wait_up(10)
    assert told.log == ["up", "up", "up"]


def test_one_event_that_cannot_be_told_does_not_deafen_the_others(switch_server: ScriptedSwitch, told: Told) -> None:
    def fail_once(signal: Signal) -> None:
        if isinstance(signal, DigitPressed) and signal.digit == "1":
            raise ValueError("a fault")

    told.on_signal = fail_once
    switch_server.tell(key("1"), key("2"))
    eventually(lambda: ("leg-a", "2") in told.log, "the event behind the failing one")
    assert told.log == ["up", ("leg-a", "2")]


def outcomes(switch: Switch, *commands: Command) -> list[Reply | SwitchError]:
    found: list[Reply | SwitchError] = []
    switch.send([(command, found.append) for command in commands])
    eventually(lambda: len(found) == len(commands), "all outcomes")
    return found


def test_a_batch_leaves_in_order_and_each_command_has_its_outcome(switch_server: ScriptedSwitch, told: Told) -> None:
    switch_server.answers["api uuid_break"] = "-ERR No such channel!\n"
    leg = LegId("leg-a")
    found = outcomes(told.switch, Execute(leg, "answer"), Api("uuid_break leg-a"), Api("status"))
    assert found == [Reply(True, "+OK"), Reply(False, "-ERR No such channel!"), Reply(True, "+OK")]
    assert [block.split("\n")[0] for block in switch_server.commands_peer().received[-3:]] == [
        "sendmsg leg-a", "api uuid_break leg-a", "api status",
    ]  # fmt: skip


def test_one_command_that_cannot_be_sent_does_not_hold_up_the_others(switch_server: ScriptedSwitch, told: Told) -> None:
    found: dict[str, Reply | SwitchError] = {}
    told.switch.send(
        [(Api("a\nb"), lambda outcome: found.setdefault("bad", outcome)), (Api("x\ny"), None),
         (Api("status"), lambda outcome: found.setdefault("good", outcome))]
    )  # fmt: skip
    eventually(lambda: len(found) == 2, "both outcomes")
    assert isinstance(found["bad"], UnsafeTextError)
    assert found["good"] == Reply(True, "+OK")
    assert switch_server.commands_peer().received[-1] == "api status"


def test_without_a_connection_nothing_is_sent_and_everybody_is_told(make: Callable[..., Told]) -> None:
    told = make()
    found: list[Reply | SwitchError] = []
    told.switch.send([(Api("status"), found.append), (Api("status"), None)])
    assert [type(outcome) for outcome in found] == [NotSentError]
    for ask in (lambda: told.switch.api("status"), lambda: told.switch.background("status", "j")):
        with pytest.raises(SwitchError, match="not connected"):
            ask()


def test_the_look_around(switch_server: ScriptedSwitch, told: Told) -> None:
    listing, dump = (
        recorded.answers("resync_after_reconnect", f"api {command}")[0] for command in ("show", "uuid_dump")
    )
    switch_server.answers["api show channels as json"] = listing
    switch_server.answers["api uuid_dump leg-a json"] = dump
    switch_server.answers["api uuid_dump leg-b json"] = "-ERR No such channel!\n"
    assert len(told.switch.channels()) == 2
    found = told.switch.look_at(LegId("leg-a"))
    assert found is not None
    assert found.get("Event-Name") == "CHANNEL_DATA"
    assert told.switch.look_at(LegId("leg-b")) is None
    switch_server.answers["api"] = "-ERR no reply\n"
    for look in (lambda: told.switch.look_at(LegId("leg-a")), told.switch.channels):
        with pytest.raises(RefusedError, match="no reply"):  # a switch that would not say does not end a call
            look()
    assert told.switch.background("originate x &park()", "job-1").ok


def test_after_stop_calls_are_left_alone_and_it_can_be_started_again(switch_server: ScriptedSwitch, told: Told) -> None:
    told.switch.stop()
    eventually(lambda: not switch_server.peers, "both connections closed")
    assert told.switch.state == "down"
    assert not told.switch.wait_up(0)
    told.switch.start()
    assert told.switch.wait_up(10)
    assert told.log == ["up", "up"]
