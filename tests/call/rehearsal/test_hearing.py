import pytest

from engine.call.rehearsal.hearing import FOR_EVER, duration, target_text, words
from engine.core.effects import Dial, GatewayNumber, RegisteredUser, SipUri
from engine.core.ids import LegId
from engine.core.prompts import Music, Prompt, Silence, SoundFile, Speech, Tone

OTHER = LegId("other")


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
