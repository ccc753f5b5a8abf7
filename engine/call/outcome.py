"""What handling one signal gave."""

from dataclasses import dataclass

from engine.core.effects import Effect
from engine.core.events import CallEvent


@dataclass(slots=True, init=False)
class Outcome:
    """Effects to perform, in order, once the events and the signal itself are safely written down."""

    effects: list[Effect]
    events: list[CallEvent]

    def __init__(self) -> None:
        self.effects = []
        self.events = []
