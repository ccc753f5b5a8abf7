"""Test files as read: immutable, every part with its place, so that what fails can be shown where it was asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.core.signals import Json
from engine.flow.document import Place
from engine.flow.pattern import Pattern
from engine.flow.rehearsal.source import PersonDoes


@dataclass(frozen=True, slots=True)
class Item:
    """Something to be heard: a prompt by its id, words, a pattern, or a value said in the way `how` names."""

    kind: Literal["prompt", "words", "pattern", "say"]
    source: str
    place: Place
    pattern: Pattern | None = None
    how: str = ""
    value: Json = None


@dataclass(frozen=True, slots=True)
class Hear:
    """The caller hears these, in order. `items` by language; the empty one is for any."""

    place: Place
    items: Mapping[str, tuple[Item, ...]]


@dataclass(frozen=True, slots=True)
class Press:
    """The caller presses keys, one entry after the other."""

    place: Place
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Silence:
    """The caller presses nothing, until that is given up, so many times."""

    place: Place
    times: int = 1


@dataclass(frozen=True, slots=True)
class Pause:
    """Time passes."""

    place: Place
    seconds: float


@dataclass(frozen=True, slots=True)
class Speak:
    """The caller speaks."""

    place: Place
    seconds: float


@dataclass(frozen=True, slots=True)
class HangUp:
    """The caller hangs up."""

    place: Place


@dataclass(frozen=True, slots=True)
class AgentWill:
    """What the party rung next will do."""

    place: Place
    does: PersonDoes


@dataclass(frozen=True, slots=True)
class AgentPresses:
    """The other party presses keys."""

    place: Place
    keys: str


@dataclass(frozen=True, slots=True)
class AgentLeaves:
    """The other party hangs up."""

    place: Place


@dataclass(frozen=True, slots=True)
class RequestWanted:
    """A request that must have been made: its key, and what its JSON body must hold (None: anything)."""

    key: str
    json: Json = None
    looks: bool = False


@dataclass(frozen=True, slots=True)
class EventWanted:
    """An event that must have been told, and what its fields must hold."""

    type: str
    fields: Mapping[str, Json] = field(default_factory=dict)


Wanted = Json | Item | RequestWanted | EventWanted | tuple[Item, ...] | tuple[RequestWanted, ...]
About = Literal[
    "end", "vars", "session", "outputs", "tags", "language", "heard", "not_heard", "requests", "visited",
    "not_visited", "events", "errors", "max_seconds",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing that must be so: `about` names what, `key` which of several (a variable), `wanted` is the value."""

    place: Place
    about: About
    key: str
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Check:
    """What must be so in the middle of a dialogue."""

    place: Place
    expectations: tuple[Expectation, ...]


Action = Hear | Press | Silence | Pause | Speak | HangUp | AgentWill | AgentPresses | AgentLeaves | Check


@dataclass(frozen=True, slots=True)
class CallSetup:
    """The call of a case. `at` in seconds since 1970; empty texts and None are the ordinary."""

    at: float
    caller: str = ""
    called: str = ""
    language: str = ""
    inputs: Mapping[str, Json] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply to a request. `delay` in seconds; `error` is an error's name, empty for a reply."""

    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Mocks:
    """What stands in for the world. Of several replies or doings the last is for all further requests or rings.

    `records` is whether the switch can.
    """

    http: Mapping[str, tuple[Reply, ...]] = field(default_factory=dict)
    transfer: Mapping[str, tuple[PersonDoes, ...]] = field(default_factory=dict)
    hours: Mapping[str, str] = field(default_factory=dict)
    records: bool = True
    session: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """One call, from beginning to end."""

    name: str
    place: Place
    flow: str
    call: CallSetup
    mocks: Mocks
    actions: tuple[Action, ...]
    expectations: tuple[Expectation, ...]
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """A test file."""

    file: str
    flow: str
    cases: tuple[Case, ...]
