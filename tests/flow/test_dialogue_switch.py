from collections import deque
from typing import Any

import pytest

from engine.core.effects import (
    AnswerLeg,
    BridgeLegs,
    CancelAsk,
    CollectSecret,
    Deflect,
    Dial,
    DiscardRecording,
    GatewayNumber,
    HangUp,
    HttpCall,
    Play,
    RegisteredUser,
    SetMasked,
    SipUri,
    StartRecording,
    StopPlay,
    StopRecording,
    WriteLog,
)
from engine.core.ids import LegId
from engine.core.prompts import Music, Prompt, Silence, SoundFile, Speech, Tone
from engine.core.signals import Deflected, HttpReply, Played, Recorded, SecretDigits
from engine.core.steps import Digit, Done, LegChange, Wait
from engine.flow.dialogue_switch import FOR_EVER, DialogueSwitch, duration, target_text, words

CALLER, OTHER = LegId("caller"), LegId("other")
HELLO = (Speech("0123456789", "en"),)


def switch(**options: Any) -> DialogueSwitch:
    return DialogueSwitch(CALLER, lambda *_: None, 100.0, lambda _: HttpReply(200, ms=500), **options)


def let_happen(world: DialogueSwitch) -> None:
    while world.next_due() != FOR_EVER:
        world.happen()


def test_prompts_in_words_and_seconds() -> None:
    files = (SoundFile("/a/b.wav"), SoundFile("/a/b.wav", "hi"))
    prompt: Prompt = (*files, Speech("you", "en"), Silence(500), Tone("x"), Music())
    assert words(prompt) == "[b.wav] [hi] you (tone) (music: default)"
    assert duration(prompt) == FOR_EVER
    assert duration(prompt[:4]) == pytest.approx(6 + 0.58 + 0.5)
    assert duration((Tone("x", -1),)) == FOR_EVER


def test_targets_in_words() -> None:
    targets = (RegisteredUser("a"), GatewayNumber("1", "g"), GatewayNumber("1"), SipUri("sip:a@b"))
    assert [target_text(Dial(OTHER, target, 5)) for target in targets] == ["user/a", "gateway/g/1", "1", "sip:a@b"]


def test_a_prompt_ends_by_itself_or_by_a_key() -> None:
    world = switch()
    ask = world.begin(Play(CALLER, HELLO))
    let_happen(world)
    assert (world.now, world.match(Wait(1, (ask,)))) == (101.0, Done(ask, Played("done")))
    ask = world.begin(Play(CALLER, HELLO))
    world.press(CALLER, "1")
    assert world.match(Wait(1, (ask,))) == Done(ask, Played("interrupted"))
    ask = world.begin(Play(CALLER, HELLO, interruptible=False))
    world.press(CALLER, "1")
    assert world.match(Wait(1, (ask,))) is None
    world.perform(StopPlay(CALLER))
    assert world.match(Wait(1, (ask,))) == Done(ask, Played("interrupted"))


def test_keys_are_kept_until_read() -> None:
    world = switch()
    world.press(CALLER, "1")
    world.press(CALLER, "2")
    world.begin_wait(Wait(1))
    assert world.match(Wait(1, digits="fresh")) is None
    world.press(CALLER, "3")
    assert world.match(Wait(1, digits="fresh")) == Digit("3")
    assert [world.match(Wait(1, digits="take")) for _ in range(4)] == [Digit("1"), Digit("2"), Digit("3"), None]
    world.press(OTHER, "9")
    world.press(CALLER, "4")
    world.flush()
    assert world.match(Wait(1, digits="take")) is None
    assert world.match(Wait(1, digits="take", digits_of=OTHER)) == Digit("9")


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        ("", SecretDigits("")),
        ("12#", SecretDigits("12", "#")),
        ("1234", SecretDigits("1234")),
        ("12", SecretDigits("12")),
    ],
)
def test_secret_keys_never_reach_the_buffer(keys: str, answer: SecretDigits) -> None:
    world = switch()
    ask = world.begin(CollectSecret(CALLER, HELLO, 4, 5000, 2000))
    for key in keys:
        world.press(CALLER, key)
    let_happen(world)
    assert world.match(Wait(1, (ask,), digits="take")) == Done(ask, answer)
    assert world.secret is None


def test_dialled_people() -> None:
    world = switch(people=deque(["no_answer", "busy", "answers"]))
    for number, expected in enumerate((["ringing", "failed"], ["failed"], ["ringing", "answered"])):
        leg = LegId(str(number))
        world.perform(Dial(leg, RegisteredUser("a"), 20))
        let_happen(world)
        seen = []
        while isinstance(change := world.match(Wait(1, legs=(leg,))), LegChange):
            seen.append(change.what)
        assert seen == expected


def test_a_talk_and_its_end() -> None:
    world = switch()
    ask = world.begin(Play(CALLER, (Music(),)))
    world.perform(Dial(OTHER, RegisteredUser("a"), 20))
    let_happen(world)
    world.perform(BridgeLegs(CALLER, OTHER))
    assert world.talking_to == OTHER
    assert world.match(Wait(1, (ask,))) == Done(ask, Played("interrupted"))
    world.perform(HangUp(OTHER, "NORMAL_CLEARING"))
    assert world.talking_to is None
    world.leg_ends(OTHER, "again")
    changes = [world.match(Wait(1, legs=(OTHER,))) for _ in range(5)]
    seen = [change.what for change in changes if isinstance(change, LegChange)]
    assert seen == ["ringing", "answered", "bridged", "ended"]


def test_a_leg_hung_up_while_it_rings_never_answers() -> None:
    world = switch()
    world.perform(Dial(OTHER, RegisteredUser("a"), 20))
    world.perform(HangUp(OTHER, "LOSE_RACE"))
    let_happen(world)
    assert world.match(Wait(1, legs=(OTHER,))) == LegChange(OTHER, "ended", "LOSE_RACE")
    assert world.match(Wait(1, legs=(OTHER,))) is None


def test_recordings_end_in_every_way() -> None:
    start = StartRecording(CALLER, "/r.wav", sides="caller", max_ms=60_000, silence_ms=3000, first_sound_ms=5000)
    for does, ms, cause in (
        (lambda world: None, 5000, "no_input"),
        (lambda world: world.speak(10), 13_000, "silence"),
        (lambda world: world.speak(100), 60_000, "max"),
        (lambda world: world.perform(StopRecording(CALLER, "/r.wav")), 0, "stopped"),
        (lambda world: world.caller_gone(), 0, "hangup"),
    ):
        world = switch()
        ask = world.begin(start)
        does(world)
        let_happen(world)
        assert world.match(Wait(1, (ask,))) == Done(ask, Recorded(ms, cause, "/r.wav"))  # type: ignore[arg-type]
        assert not world.speak(1)


def test_the_rest_of_what_a_flow_asks_for() -> None:
    lines: list[tuple[str, str]] = []
    world = switch()
    world.told = lambda what, text: lines.append((what, text))
    answered: list[bool] = []
    world.on_answered = lambda: answered.append(True)
    world.perform(AnswerLeg(CALLER, early_media=True))
    world.perform(AnswerLeg(CALLER))
    world.perform(WriteLog("info", "hello"))
    world.perform(DiscardRecording("/r.wav"))
    world.perform(SetMasked(CALLER, "/r.wav", True))
    http = world.begin(HttpCall("GET", "http://x.test"))
    dropped = world.begin(HttpCall("GET", "http://x.test"))
    world.perform(CancelAsk(dropped))
    deflect = world.begin(Deflect(CALLER, "sip:a@b", True))
    let_happen(world)
    assert answered == [True]
    assert world.match(Wait(1, (http,))) == Done(http, HttpReply(200, ms=500))
    assert world.match(Wait(1, (dropped,))) is None
    assert world.match(Wait(1, (deflect,))) == Done(deflect, Deflected(True))
    assert ("log", "info: hello") in lines
    assert ("note", "early media") in lines
