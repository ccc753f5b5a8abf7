"""How a step talks to its call: what it wants done it does through its hands, and it yields when it waits.

    number = hands.start(Play(...))                  an ask begins; its number comes back at once
    hands.do(HangUp(...))                            an effect nobody answers
    hands.tell("call.tag", {...})                    a CallEvent
    happened = yield Wait(asks=(number,), timeout=5) the step sleeps until the first of these happens

A step reads no clock and draws no lots: run again with the same happenings it asks for the same things. That is what
lets another process take a call over in the middle of a step.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from engine.core.effects import Ask, Effect
from engine.core.ids import AskId, LegId
from engine.core.signals import Answer, Json


class Hands(Protocol):
    """What a step can have done, without waiting."""

    def start(self, ask: Ask) -> AskId:
        """Begin an ask; the number it is answered under."""

    def do(self, effect: Effect) -> None:
        """Have an effect performed."""

    def tell(self, kind: str, fields: Mapping[str, Json]) -> None:
        """Publish a CallEvent."""

    def flush(self) -> None:
        """Forget the caller's keys pressed so far and not yet used."""

    def new_leg(self) -> LegId:
        """Reserve the id of a leg to dial."""


Digits = Literal["no", "fresh", "take"]
"""How a wait treats keys: not at all; wake at a newly pressed one and leave it unread; or read the oldest unread."""


@dataclass(slots=True)
class Wait:
    """Sleep until the first of: one of `asks` is answered, a key, a change of one of `legs`, `timeout` seconds.

    `digits_of` names the leg whose keys count; None is the caller. Replied with a `Happened`. A `timeout` of 0 only
    looks: it is replied at once and needs no timer.
    """

    timeout: float
    asks: tuple[AskId, ...] = ()
    digits: Digits = "no"
    digits_of: LegId | None = None
    legs: tuple[LegId, ...] = ()


@dataclass(slots=True)
class Done:
    """An ask was answered."""

    ask: AskId
    answer: Answer


@dataclass(slots=True)
class Digit:
    """A key was pressed (and, with `digits="take"`, read)."""

    digit: str


@dataclass(slots=True)
class LegChange:
    """Something happened to a leg this step waits for; `cause` when it ended or failed."""

    leg: LegId
    what: Literal["ringing", "answered", "bridged", "unbridged", "failed", "ended"]
    cause: str = ""


@dataclass(slots=True)
class TimedOut:
    """None of it happened in time."""


Happened = Done | Digit | LegChange | TimedOut

R = TypeVar("R")
Step = Generator[Wait, Happened, R]
"""A running step: yields its waits, is sent what happened, returns its result."""
