"""A stage for call machines: a project with a flow for each story, and a call that is told what happens."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from engine.call.machine import CallMachine
from engine.core.effects import Ask, Effect, RegisteredUser
from engine.core.events import CallEvent
from engine.core.ids import AskId, CallId, LegId, new_leg_id
from engine.core.signals import Answer, Answered, DialRequested, LegArrived, LegEnded, Signal, TimerFired
from engine.flow.bundle import Bundle
from tests.flow.author import loaded, project

CALL = CallId("4990ca92-a3de-4111-b419-87ceaf4f9c90")
A = LegId(CALL)
B = new_leg_id(CALL, 1)
START = 1_795_176_000.0

NUMBERS = {
    "menu": "100",
    "transfer": "101",
    "message": "102",
    "lookup": "103",
    "secret": "104",
    "short": "105",
    "hasty": "106",
}

_MENU = """\
flow: menu
schema: 1
start: greet
events: {hangup: wrap_up}
blocks:
  greet:
    - answer:
    - play: Welcome.
    - menu:
        prompt: Press one or two.
        timeout: 5s
        choices: {"1": talk, "2": bye}
        no_input: {then: bye}
        invalid: {then: bye}
  talk:
    - transfer: {to: user/alice, timeout: 20s, failed: bye, after: bye}
  bye:
    - play: Goodbye.
    - hangup:
  wrap_up:
    - tag: {done: true}
"""
_TRANSFER = """\
flow: transfer
schema: 1
start: go
blocks:
  go:
    - answer:
    - transfer: {to: user/alice, timeout: 20s, record: true, failed: bye, after: bye}
  bye:
    - play: Goodbye.
    - hangup:
"""
_MESSAGE = """\
flow: message
schema: 1
start: go
vars: {file: {type: file}}
blocks:
  go:
    - answer:
    - record: {prompt: Speak., store: file, beep: false, max: 60s}
    - play: Thank you.
    - hangup:
"""
_LOOKUP = """\
flow: lookup
schema: 1
start: go
blocks:
  go:
    - answer:
    - http: {url: "https://crm.example.com/who", timeout: 5s}
      on_error: {any: next}
    - play: Found.
    - http: {method: POST, url: "https://crm.example.com/seen", timeout: 5s}
      on_error: {any: next}
    - hangup:
"""
_SECRET = """\
flow: secret
schema: 1
start: go
vars: {pin: {type: string, default: ""}}
blocks:
  go:
    - answer:
    - collect: {prompt: Your PIN., store: pin, length: 4, mask: true}
    - play: Thank you.
    - hangup:
"""
_SHORT = """\
flow: short
schema: 1
start: go
events: {timeout: late, hangup: wrap_up}
limits: {max_duration: 30s}
blocks:
  go:
    - answer:
    - pause: 10m
    - hangup:
  late:
    - play: Time is over.
    - hangup: {cause: USER_BUSY}
  wrap_up:
    - http: {method: POST, url: "https://crm.example.com/ended", timeout: 5s}
      on_error: {any: next}
    - tag: {wrapped: true}
"""
_HASTY = """\
flow: hasty
schema: 1
start: go
vars: {file: {type: file}}
events: {timeout: late}
limits: {max_duration: 30s}
blocks:
  go:
    - answer:
    - record: {prompt: Speak., store: file, beep: false, max: 10m, silence: 60s}
    - hangup:
  late:
    - play: Time is over.
    - hangup:
"""
_DIALPLAN = "rules:\n" + "".join(f'  - {{number: "{number}", flow: {flow}}}\n' for flow, number in NUMBERS.items())

E = TypeVar("E")


@cache
def bundle() -> Bundle:
    """All the flows."""
    sources = project(
        menu=_MENU, transfer=_TRANSFER, message=_MESSAGE, lookup=_LOOKUP, secret=_SECRET, short=_SHORT, hasty=_HASTY,
        dialplans__main=_DIALPLAN,
    )  # fmt: skip
    result = loaded(sources)
    assert result.bundle is not None, "\n".join(map(str, result.findings))
    return result.bundle


def arrival(flow: str = "menu", **changed: Any) -> LegArrived:
    """A caller for a flow."""
    values: dict[str, Any] = {
        "at": START, "leg": A, "switch": "fs1", "caller": "+441632960123", "caller_name": "Ann",
        "called": NUMBERS.get(flow, flow), "recordings": "/rec",
    }  # fmt: skip
    return LegArrived(**values | changed)


def order(flow: str = "menu", **changed: Any) -> DialRequested:
    """A call placed for a flow."""
    values: dict[str, Any] = {
        "at": START, "leg": A, "switch": "fs1", "target": RegisteredUser("zoe"), "flow": flow, "inputs": {},
        "ring_time": 20.0, "max_duration": 600.0, "caller": "+441632960999", "caller_name": "Shop",
        "recordings": "/rec",
    }  # fmt: skip
    return DialRequested(**values | changed)


@dataclass
class Stage:
    """One call; everything it was told and everything it did and said."""

    machine: CallMachine = field(default_factory=lambda: CallMachine(CALL, bundle()))
    now: float = START
    signals: list[Signal] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    events: list[CallEvent] = field(default_factory=list)

    def tell(self, signal: Signal) -> list[Effect]:
        """Let something happen; what follows from it."""
        self.signals.append(signal)
        outcome = self.machine.handle(signal)
        self.effects += outcome.effects
        self.events += outcome.events
        return outcome.effects

    def happen(self, cls: type[Signal], *fields: Any, after: float = 0.1, **more: Any) -> list[Effect]:
        """Let something happen a little later."""
        self.now += after
        return self.tell(cls(self.now, *fields, **more))

    def arrive(self, flow: str = "menu", **changed: Any) -> list[Effect]:
        return self.tell(arrival(flow, **changed))

    def place(self, flow: str = "menu", **changed: Any) -> list[Effect]:
        """We ring somebody for a flow."""
        return self.tell(order(flow, **changed))

    def begin(self, how: str) -> list[Effect]:
        """A caller for a flow, or `we call: FLOW`."""
        flow = how.removeprefix("we call: ")
        return self.arrive(flow) if flow == how else self.place(flow)

    def answer(self, answer: Answer, ask: AskId | None = None, after: float = 0.1) -> list[Effect]:
        """Answer the newest pending ask, or the one named."""
        return self.happen(Answered, max(self.machine.pending) if ask is None else ask, answer, after=after)

    def wait_out(self) -> list[Effect]:
        """Let the time pass to the next timer, and fire it."""
        timer = self.machine.next_timer()
        assert timer is not None, "nothing to wait for"
        self.now = max(self.now, timer[1])
        return self.tell(TimerFired(self.now, timer[0]))

    def caller_hangs_up(self) -> list[Effect]:
        return self.happen(LegEnded, A, "NORMAL_CLEARING", True)

    def pending(self) -> list[type[Ask]]:
        return [type(ask) for ask in self.machine.pending.values()]

    def told(self) -> list[str]:
        """The types of all events."""
        return [event.type for event in self.events]

    def event(self, kind: str) -> dict[str, Any]:
        """The fields of the only event of a type."""
        (found,) = [event for event in self.events if event.type == kind]
        return dict(found.fields)

    def done(self, cls: type[E]) -> list[E]:
        """The effects of a class, of all so far."""
        return [effect for effect in self.effects if isinstance(effect, cls)]

    def replayed(self) -> "Stage":
        """Another machine told the same."""
        other = Stage()
        for signal in self.signals:
            other.tell(signal)
        other.now = self.now
        return other
