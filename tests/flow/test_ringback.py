import pytest

from engine.core.effects import Play, StopPlay
from engine.core.ids import AskId, LegId
from engine.core.prompts import Silence, Speech, Tone
from engine.core.signals import Played
from engine.core.steps import Do, Done, Start
from engine.flow.kinds import KINDS
from engine.flow.prompt import _TONE
from engine.flow.ringback import _TONES, Ringback, ringback_tone

LEG = LegId("leg")


def test_every_country_has_a_tone_the_switch_can_play() -> None:
    assert KINDS["transfer"]
    for country in [*_TONES, "DE", ""]:
        assert _TONE.match(ringback_tone(country)), country


def test_the_country_decides() -> None:
    assert ringback_tone("us") == ringback_tone("US") != ringback_tone("GB") != ringback_tone("DE") == ringback_tone("")


def test_a_prompt_that_ends_begins_again_until_stopped() -> None:
    ringback = Ringback(LEG, (Speech("one moment", "en"),))
    steps = ringback.start()
    first = next(steps)
    assert first == Start(Play(LEG, (Speech("one moment", "en"), Silence(500)), interruptible=False))
    with pytest.raises(StopIteration):
        steps.send(AskId(1))
    again = ringback.ended(Played("done"))
    assert next(again) == first
    with pytest.raises(StopIteration):
        again.send(AskId(2))
    stop = ringback.stop()
    assert next(stop) == Do(StopPlay(LEG))
    assert stop.send(None).asks == (2,)  # type: ignore[union-attr]
    with pytest.raises(StopIteration):
        stop.send(Done(AskId(2), Played("interrupted")))
    assert ringback.ask is None


@pytest.mark.parametrize("status", ["failed", "missing", "interrupted"])
def test_what_cannot_be_played_is_not_tried_for_ever(status: str) -> None:
    ringback = Ringback(LEG, (Tone("%(1,1,1)", -1),), AskId(1))
    assert list(ringback.ended(Played(status))) == []  # type: ignore[arg-type]
    assert list(ringback.stop()) == []
