"""What handling one signal gave."""

from dataclasses import dataclass, field

from engine.core.effects import Effect
from engine.core.events import CallEvent


@dataclass(slots=True)
class Outcome:
    """Effects to perform, in order, once the events and the signal itself are safely written down."""

    effects: list[Effect] = field(default_factory=list)
    events: list[CallEvent] = field(default_factory=list)
