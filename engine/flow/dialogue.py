"""A call without a switch, as a dialogue: what the caller hears, and what caller and other people do about it.

The same runner as in a live call, in imagined time. It is what `switchboard flow try` and the tests of flows talk to.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.core.effects import Ask, Effect, HttpCall, StartRecording
from engine.core.ids import AskId, CallId, LegId, new_leg_id
from engine.core.signals import HttpReply, Json
from engine.core.steps import Happened, Step, TimedOut, Wait
from engine.flow.bundle import Bundle
from engine.flow.dialogue_switch import FOR_EVER, DialogueSwitch, PersonDoes
from engine.flow.facts import CallFacts, FlowResult
from engine.flow.runner import Runner

CALL = CallId("00000000-0000-4000-8000-000000000001")
KEY_TIME = 0.2
"""Seconds between two keys of one text."""
MOST_EVENTS = 10_000

Needs = Literal["caller", "agent", "talk", "nothing"]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened: seconds since the call began, what it is, and how to show it."""

    at: float
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Event:
    """A CallEvent a step told."""

    type: str
    fields: Mapping[str, Json]


def no_replies(call: HttpCall) -> HttpReply:
    """The answer to a request nobody gave a reply for."""
    return HttpReply(0, error="http.connect", detail=f"no reply was given for {call.method} {call.url}")


class Dialogue:
    """One imagined call. `lines` is all that happened, `result` is set when the flow has ended."""

    def __init__(
        self,
        bundle: Bundle,
        flow: str,
        *,
        at: float,
        caller: str = "+442079460123",
        called: str = "+442079460000",
        inputs: Mapping[str, Json] | None = None,
        switches: Mapping[str, str] | None = None,
        people: Iterable[PersonDoes] = (),
        answer_http: Callable[[HttpCall], HttpReply] = no_replies,
        answered: bool = False,
    ) -> None:
        self.lines: list[Line] = []
        self.events: list[Event] = []
        self.requests: list[HttpCall] = []
        self.result: FlowResult | None = None
        self._began = at
        self._wait: Wait | None = None
        self._due = FOR_EVER
        self._answer_http = answer_http
        self._switch = DialogueSwitch(LegId(CALL), self._tell_line, at, self._http)
        self._switch.people.extend(people)
        facts = CallFacts(CALL, LegId(CALL), caller, called, called_e164=called, at=at, bundle_id=bundle.id)
        hands = _Hands(self._switch, self._told)
        self.runner = Runner(bundle, facts, hands, flow, inputs or {}, lambda: self._switch.now, switches)
        self.runner.answered = answered
        self._switch.on_answered = self._answered
        self._limit = at + self.runner.time_limit
        self._steps: Step[Any] | None = self.runner.run()
        self._over_time = False

    # What is to be seen

    @property
    def now(self) -> float:
        """Seconds since 1970 in the dialogue."""
        return self._switch.now

    @property
    def people(self) -> Any:
        """What those who are rung next will do, in order; without any they answer."""
        return self._switch.people

    @property
    def heard(self) -> list[str]:
        """What the caller heard, in order."""
        return [line.text for line in self.lines if line.what == "hear"]

    @property
    def recording(self) -> bool:
        """Whether the caller is being recorded, so that speaking means something."""
        return any(isinstance(ask, StartRecording) and ask.sides == "caller" for ask in self._switch.asks.values())

    @property
    def needs(self) -> Needs:
        """Who can act now: the caller by keys, an agent by keys, the two who talk, or nobody any more."""
        if self._steps is None:
            return "nothing"
        if self._switch.talking_to is not None:
            return "talk"
        if self._switch.secret is not None:
            return "caller"
        if self._wait is not None and self._wait.digits == "take":
            return "caller" if self._wait.digits_of in (None, self._switch.caller) else "agent"
        return "nothing"

    # What people do

    def begin(self) -> None:
        """The call arrives; time passes until somebody can act."""
        self._go_on(None)
        self.settle()

    def press(self, keys: str) -> None:
        """The caller presses keys, then waits until somebody can act."""
        self._keys(self._switch.caller, keys)
        self.settle()

    def agent_presses(self, keys: str) -> None:
        """The agent who listens, or talks, presses keys."""
        leg = self._switch.talking_to
        if leg is None and self._wait is not None:
            leg = self._wait.digits_of
        if leg is not None:
            self._keys(leg, keys)
        self.settle()

    def agent_hangs_up(self, cause: str = "NORMAL_CLEARING") -> None:
        """The other party ends the talk, or lays down before it took the call."""
        leg = self._switch.talking_to
        if leg is None and self._wait is not None:
            leg = self._wait.digits_of or next(iter(self._wait.legs), None)
        if leg is not None:
            self._tell_line("note", "the other party hangs up")
            self._switch.leg_ends(leg, cause)
            self._look()
        self.settle()

    def silence(self) -> None:
        """Nobody does anything until what is waited for is given up."""
        waited = self._wait
        for _ in range(MOST_EVENTS):
            if self._steps is None or not self._pass():
                break
            if self._wait is not waited and (waited is None or not _same_input(waited, self._wait)):
                break
        self.settle()

    def wait(self, seconds: float) -> None:
        """Let so much time pass."""
        self._until(self.now + seconds)

    def speak(self, seconds: float) -> None:
        """The caller speaks for so long and is silent then."""
        if not self._switch.speak(seconds):
            self.wait(seconds)
            return
        while self.recording and self._pass():
            pass
        self.settle()

    def until_heard(self, text: str) -> bool:
        """Let time pass until the caller hears a prompt with this text in it; False when that does not come."""
        seen = len(self.lines)
        for _ in range(MOST_EVENTS):
            if any(line.what == "hear" and text in line.text for line in self.lines[seen:]):
                return True
            if self._steps is None or not self._pass():
                break
        return any(line.what == "hear" and text in line.text for line in self.lines[seen:])

    def hang_up(self) -> None:
        """The caller hangs up: the flow is cut short and its hang-up blocks run."""
        if self._steps is None:
            return
        self._tell_line("note", "the caller hangs up")
        self._steps.close()
        self._finish(FlowResult("caller_hangup"))

    def settle(self) -> None:
        """Let time pass until somebody can act, or the call is over."""
        for _ in range(MOST_EVENTS):
            if self._steps is None or self.needs != "nothing":
                return
            if not self._pass():
                return

    # How it goes on

    def _keys(self, leg: LegId, keys: str) -> None:
        for key in keys:
            if self._steps is None:
                return
            self._tell_line("press" if leg == self._switch.caller else "agent presses", key)
            self._switch.press(leg, key)
            self._look()
            self._until(self.now + KEY_TIME)

    def _until(self, time: float) -> None:
        while self._steps is not None and min(self._switch.next_due(), self._due, self._limit) <= time:
            if not self._pass():
                break
        self._switch.now = max(self._switch.now, time)

    def _pass(self) -> bool:
        """Let the next thing happen by itself; False when nothing ever will."""
        due = min(self._switch.next_due(), self._due, self._limit)
        if due == FOR_EVER:
            return False
        if due == self._limit and not self._over_time:
            self._time_is_over()
        elif self._due <= self._switch.next_due():
            self._switch.now = max(self._switch.now, self._due)
            self._go_on(TimedOut())
        else:
            self._switch.happen()
            self._look()
        return True

    def _look(self) -> None:
        while self._wait is not None and self._steps is not None:
            happened = self._switch.match(self._wait)
            if happened is None:
                return
            self._go_on(happened)

    def _go_on(self, happened: Happened | None) -> None:
        """Let the steps go on with what happened until they wait or end."""
        steps = self._steps
        if steps is None:
            return
        self._wait, self._due = None, FOR_EVER
        try:
            while True:
                wait = steps.send(happened)  # type: ignore[arg-type]
                self._switch.begin_wait(wait)
                happened = self._switch.match(wait)
                if happened is None and wait.timeout <= 0:
                    happened = TimedOut()
                if happened is None:
                    self._wait, self._due = wait, self._switch.now + wait.timeout
                    return
        except StopIteration as stop:
            if self.result is None:
                self._finish(stop.value or FlowResult("finished"))
            else:
                self._steps = None

    def _told(self, kind: str, fields: Mapping[str, Json]) -> None:
        self.events.append(Event(kind, fields))
        self._show(kind, fields)

    def _show(self, kind: str, fields: Mapping[str, Json]) -> None:
        if kind == "flow.step":
            name = f" {fields['name']}" if fields["name"] else ""
            self._tell_line("step", f"{fields['flow']}/{fields['block']}: {fields['kind']}{name}")
        elif kind == "flow.error":
            self._tell_line("error", f"{fields['error']}: {fields['message']} (line {fields['line']})")
        elif kind in ("flow.event", "call.tagged", "call.transferred"):
            self._tell_line("event", f"{kind} {dict(fields)}")

    def _time_is_over(self) -> None:
        self._over_time = True
        self._switch.now = max(self._switch.now, self._limit)
        self._limit = FOR_EVER
        self._tell_line("note", "the call's time is over")
        if self._steps is not None:
            self._steps.close()
        steps = self.runner.timeout_steps()
        if steps is None:
            self._finish(FlowResult("hangup", "ALLOTTED_TIMEOUT"))
        else:
            self._steps = steps
            self._go_on(None)

    def _finish(self, result: FlowResult) -> None:
        """The caller's leg ends: hang-up blocks, then the last line."""
        self.result = result
        self._limit = FOR_EVER
        self._wait, self._due = None, FOR_EVER
        self._switch.caller_gone()
        self._steps = self.runner.hangup_steps()
        self._go_on(None)
        while self._steps is not None and self._pass():
            pass
        self._steps = None
        self._tell_line("end", f"{result.how} ({result.cause})")

    def _answered(self) -> None:
        self.runner.answered = True

    def _http(self, call: HttpCall) -> HttpReply:
        self.requests.append(call)
        return self._answer_http(call)

    def _tell_line(self, what: str, text: str) -> None:
        self.lines.append(
            Line(round(self._switch.now - self._began, 3) if hasattr(self, "_switch") else 0.0, what, text)
        )


class _Hands:
    """The hands of the steps of a dialogue."""

    def __init__(self, switch: DialogueSwitch, tell: Callable[[str, Mapping[str, Json]], None]) -> None:
        self._switch = switch
        self._legs = 0
        self.tell = tell

    def start(self, ask: Ask) -> AskId:
        return self._switch.begin(ask)

    def do(self, effect: Effect) -> None:
        self._switch.perform(effect)

    def flush(self) -> None:
        self._switch.flush()

    def new_leg(self) -> LegId:
        self._legs += 1
        return new_leg_id(CALL, self._legs)


def _same_input(before: Wait, after: Wait | None) -> bool:
    """Whether the second wait is the same attempt going on: the prompt ended and its silence began."""
    if after is None or (before.digits, before.digits_of) != ("take", after.digits_of) or after.digits != "take":
        return False
    return set(after.asks) < set(before.asks)
