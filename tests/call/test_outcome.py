"""What handling one signal gave."""

from engine.call.outcome import Outcome
from engine.core.effects import CloseCall


def test_each_signal_has_an_outcome_of_its_own() -> None:
    first, second = Outcome(), Outcome()
    first.effects.append(CloseCall())
    assert first.effects == [CloseCall()]
    assert (second.effects, second.events) == ([], [])
