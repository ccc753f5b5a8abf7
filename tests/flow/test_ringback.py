import pytest

from engine.core.effects import Play, StopPlay
from engine.core.ids import AskId, LegId
from engine.core.prompts import Silence, Speech, Tone
from engine.core.signals import Played
from engine.core.steps import Done
from engine.flow.kinds import KINDS
from engine.flow.prompt import _TONE
from engine.flow.ringback import _TONES, Ringback, ringback_tone
from tests.flow.playbook import Do, Hands, Start

LEG = LegId("leg")


def test_every_country_has_a_tone_the_switch_can_play() -> None:
    assert KINDS["transfer"]
    for country in [*_TONES, "DE", ""]:
        assert _TONE.match(ringback_tone(country)), country


def test_the_country_decides() -> None:
    assert ringback_tone("us") == ringback_tone("US") != ringback_tone("GB") != ringback_tone("DE") == ringback_tone("")


def test_a_prompt_that_ends_begins_again_until_stopped() -> None:
    hands = Hands()
    ringback = Ringback(hands, LEG, (Speech("one moment", "en"),))
    ringback.start()
    first = Start(Play(LEG, (Speech("one moment", "en"), Silence(500)), interruptible=False))
    ringback.ended(Played("done"))
    assert hands.requests == [first, first]
    stop = ringback.stop()
    assert next(stop).asks == (2,)
    assert hands.requests[2:] == [Do(StopPlay(LEG))]
    with pytest.raises(StopIteration):
        stop.send(Done(AskId(2), Played("interrupted")))
    assert ringback.ask is None


@pytest.mark.parametrize("status", ["failed", "missing", "interrupted"])
def test_what_cannot_be_played_is_not_tried_for_ever(status: str) -> None:
    hands = Hands()
    ringback = Ringback(hands, LEG, (Tone("%(1,1,1)", -1),), AskId(1))
    ringback.ended(Played(status))  # type: ignore[arg-type]
    assert list(ringback.stop()) == []
    assert hands.requests == []
