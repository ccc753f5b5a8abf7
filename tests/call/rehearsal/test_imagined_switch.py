from collections import deque
from typing import Any

import pytest

from engine.call.rehearsal.hearing import FOR_EVER
from engine.call.rehearsal.imagined_switch import ImaginedSwitch
from engine.core.effects import (
    AnswerLeg,
    BridgeLegs,
    CancelAsk,
    CloseCall,
    CollectSecret,
    Deflect,
    Dial,
    DiscardRecording,
    HangUp,
    HttpCall,
    Play,
    RegisteredUser,
    SetMasked,
    StartRecording,
    StopPlay,
    StopRecording,
    WriteLog,
)
from engine.core.ids import AskId, LegId
from engine.core.prompts import Music, Speech
from engine.core.signals import (
    Answered,
    Deflected,
    DigitPressed,
    HttpReply,
    LegAnswered,
    LegBridged,
    LegEnded,
    LegFailed,
    LegRang,
    LegUnbridged,
    Played,
    Recorded,
    SecretDigits,
)

CALLER, OTHER = LegId("caller"), LegId("other")
HELLO = (Speech("0123456789", "en"),)
ONE, TWO = AskId(1), AskId(2)


def switch(**options: Any) -> ImaginedSwitch:
    return ImaginedSwitch(CALLER, lambda *_: None, 100.0, lambda _: HttpReply(200, ms=500), **options)


def let_happen(world: ImaginedSwitch) -> None:
    while world.next_due() != FOR_EVER:
        world.happen()


def signals(world: ImaginedSwitch) -> list[Any]:
    found = list(world.signals)
    world.signals.clear()
    return found


def answers(world: ImaginedSwitch) -> list[Any]:
    return [signal.answer for signal in signals(world) if isinstance(signal, Answered)]


def test_a_prompt_ends_by_itself_or_by_a_key() -> None:
    world = switch()
    world.perform(Play(CALLER, HELLO, ask=ONE))
    let_happen(world)
    assert signals(world) == [Answered(101.0, ONE, Played("done"))]
    world.perform(Play(CALLER, HELLO, ask=ONE))
    world.press(CALLER, "1")
    assert signals(world) == [DigitPressed(101.0, CALLER, "1"), Answered(101.0, ONE, Played("interrupted"))]
    world.perform(Play(CALLER, HELLO, interruptible=False, ask=ONE))
    world.press(CALLER, "1")
    assert signals(world) == [DigitPressed(101.0, CALLER, "1")]
    world.perform(StopPlay(CALLER))
    assert answers(world) == [Played("interrupted")]


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        ("", SecretDigits("")),
        ("12#", SecretDigits("12", "#")),
        ("1234", SecretDigits("1234")),
        ("12", SecretDigits("12")),
    ],
)
def test_secret_keys_are_told_as_one_answer_only(keys: str, answer: SecretDigits) -> None:
    world = switch()
    world.perform(CollectSecret(CALLER, HELLO, 4, 5000, 2000, ask=ONE))
    for key in keys:
        world.press(CALLER, key)
    let_happen(world)
    assert [signal.answer for signal in signals(world)] == [answer]
    assert world.secret is None


def test_dialled_people() -> None:
    world = switch(people=deque(["no_answer", "busy"]), whom=lambda dial: "rejects" if dial.timeout > 20 else "answers")
    for timeout, expected in (
        (20, [LegRang, LegFailed]),
        (20, [LegFailed]),
        (20, [LegRang, LegAnswered]),
        (21, [LegFailed]),
    ):
        world.perform(Dial(OTHER, RegisteredUser("a"), timeout))
        let_happen(world)
        assert [type(signal) for signal in signals(world)] == expected


def test_a_talk_and_its_end() -> None:
    world = switch()
    world.perform(Play(CALLER, (Music(),), ask=ONE))
    world.perform(Dial(OTHER, RegisteredUser("a"), 20))
    let_happen(world)
    signals(world)
    world.perform(BridgeLegs(CALLER, OTHER))
    assert world.talking_to == OTHER
    assert signals(world) == [Answered(103.0, ONE, Played("interrupted")), LegBridged(103.0, CALLER, OTHER)]
    world.leg_ends(OTHER, "NORMAL_CLEARING", by_them=True)
    assert world.talking_to is None
    world.leg_ends(OTHER, "again")
    assert signals(world) == [LegEnded(103.0, OTHER, "NORMAL_CLEARING", True), LegUnbridged(103.0, CALLER, OTHER)]


def test_a_leg_hung_up_while_it_rings_never_answers() -> None:
    world = switch()
    world.perform(Dial(OTHER, RegisteredUser("a"), 20))
    world.perform(HangUp(OTHER, "LOSE_RACE"))
    let_happen(world)
    world.perform(BridgeLegs(CALLER, OTHER))
    assert signals(world) == [LegEnded(100.0, OTHER, "LOSE_RACE")]


def test_a_caller_leaves_once_and_everything_with_them() -> None:
    world = switch()
    world.perform(Dial(OTHER, RegisteredUser("a"), 20))
    world.perform(StartRecording(CALLER, "/r.wav", ask=ONE))
    world.perform(HangUp(CALLER, "USER_BUSY"))
    world.caller_leaves("NORMAL_CLEARING", by_them=True)
    assert signals(world) == [
        LegEnded(100.0, CALLER, "USER_BUSY"),
        Answered(100.0, ONE, Recorded(0, "hangup", "/r.wav")),
        LegEnded(100.0, OTHER, "ORIGINATOR_CANCEL"),
    ]


def test_recordings_end_in_every_way() -> None:
    start = StartRecording(
        CALLER, "/r.wav", sides="caller", max_ms=60_000, silence_ms=3000, first_sound_ms=5000, ask=ONE
    )
    for does, ms, cause in (
        (lambda world: None, 5000, "no_input"),
        (lambda world: world.speak(10), 13_000, "silence"),
        (lambda world: world.speak(100), 60_000, "max"),
        (lambda world: world.perform(StopRecording(CALLER, "/r.wav")), 0, "stopped"),
        (lambda world: world.caller_leaves("X", by_them=True), 0, "hangup"),
    ):
        world = switch()
        world.perform(start)
        does(world)
        let_happen(world)
        assert answers(world) == [Recorded(ms, cause, "/r.wav")]  # type: ignore[arg-type]
        assert not world.speak(1)


def test_the_rest_of_what_a_flow_asks_for() -> None:
    lines: list[tuple[str, str]] = []
    world = switch()
    world.told = lambda what, text: lines.append((what, text))
    world.perform(AnswerLeg(CALLER, early_media=True))
    assert signals(world) == []
    world.perform(AnswerLeg(CALLER))
    assert signals(world) == [LegAnswered(100.0, CALLER)]
    world.perform(WriteLog("info", "hello"))
    world.perform(DiscardRecording("/r.wav"))
    world.perform(SetMasked(CALLER, "/r.wav", True))
    world.perform(HttpCall("GET", "http://x.test", ask=ONE))
    world.perform(HttpCall("GET", "http://x.test", ask=TWO))
    world.perform(CancelAsk(TWO))
    let_happen(world)
    assert signals(world) == [Answered(100.5, ONE, HttpReply(200, ms=500))]
    world.perform(Deflect(CALLER, "sip:a@b", True, ask=ONE))
    let_happen(world)
    assert answers(world) == [Deflected(True)]
    assert ("log", "info: hello") in lines
    assert ("note", "early media") in lines
    assert not world.closed
    world.perform(CloseCall())
    assert world.closed
