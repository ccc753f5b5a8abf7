"""How a running step talks to its call: it yields a request and is sent the reply.

    number = yield Start(Play(...))                  an ask begins; its number comes back at once
    yield Do(HangUp(...))                            an effect nobody answers
    yield Tell("call.tag", {...})                    a CallEvent
    happened = yield Wait(asks=(number,), timeout=5) the step sleeps until the first of these happens

A step reads no clock and draws no lots: run again with the same replies it makes the same requests. That is what
lets another process take a call over in the middle of a step.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from engine.core.effects import Ask, Effect
from engine.core.ids import AskId, LegId
from engine.core.signals import Answer, Json


@dataclass(slots=True)
class Start:
    """Begin an ask; replied at once with its `AskId`."""

    ask: Ask


@dataclass(slots=True)
class Do:
    """Perform an effect; replied at once with None."""

    effect: Effect


@dataclass(slots=True)
class NewLeg:
    """Reserve the id of a leg to dial; replied at once with its `LegId`."""


@dataclass(slots=True)
class Tell:
    """Publish a CallEvent; replied at once with None."""

    type: str
    fields: Mapping[str, Json]


@dataclass(slots=True)
class Flush:
    """Forget the keys pressed so far and not yet used; replied at once with None."""


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


Request = Start | Do | NewLeg | Tell | Flush | Wait


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
Step = Generator[Request, Any, R]
"""A running step: yields requests, is sent their replies, returns its result."""


def start(ask: Ask) -> Step[AskId]:
    """Begin an ask and return its number."""
    number: AskId = yield Start(ask)
    return number


def wait(request: Wait) -> Step[Happened]:
    """Sleep as the request says and return what happened."""
    happened: Happened = yield request
    return happened


def new_leg() -> Step[LegId]:
    """Reserve the id of a leg to dial."""
    leg: LegId = yield NewLeg()
    return leg
