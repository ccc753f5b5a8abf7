"""Performing a case of a test file: the dialogue it tells, held with the machine of a live call, and judged."""

from collections.abc import Iterator

from engine.call.rehearsal.dialogue import CALLED, CALLER, Dialogue
from engine.call.rehearsal.judging import Judge, endings
from engine.call.rehearsal.listening import Listener, shown
from engine.call.rehearsal.stand_in import People, Replies, set_stage
from engine.call.rehearsal.verdict import Failure, Verdict
from engine.flow.bundle import Bundle
from engine.flow.rehearsal.request_key import request_name
from engine.flow.rehearsal.script import (
    Action,
    AgentLeaves,
    AgentPresses,
    AgentWill,
    Case,
    Check,
    HangUp,
    Hear,
    Item,
    Pause,
    Press,
    Silence,
    Speak,
)

LAST_LINES = 14
"""Lines of a failed dialogue that are kept."""


def faulty(case: Case, error: Exception) -> Verdict:
    """The verdict on a case that could not be performed, which is our fault."""
    fault = Failure(case.place, "case", "a call", f"a fault of the engine: {type(error).__name__}: {error}")
    return Verdict(case.name, case.flow, case.place, (fault,))


class Performance:
    """One case being performed."""

    __slots__ = ("_case", "_dialogue", "_judge", "_listener", "_replies", "_services", "_told")

    def __init__(self, case: Case, bundle: Bundle) -> None:
        self._case = case
        call = case.call
        staged, switches = set_stage(bundle, case.mocks, call.language)
        self._services = bundle.project.services
        self._replies = Replies(case.mocks.http, self._services)
        self._dialogue = Dialogue(
            staged,
            case.flow,
            at=call.at,
            caller=call.caller or CALLER,
            called=call.called or CALLED,
            inputs=call.inputs,
            switches=switches,
            people=[action.does for action in case.actions if isinstance(action, AgentWill)],
            answer_http=self._replies.answer,
            whom=People(case.mocks.transfer).whom,
            answered=call.answered,
            headers=call.headers,
            records=case.mocks.records,
        )
        self._listener = Listener(self._dialogue, staged.prompts)
        self._judge = Judge(self._dialogue, case.flow, self._listener, self._services)
        self._told = 0

    @property
    def dialogue(self) -> Dialogue:
        """The dialogue as it stands."""
        return self._dialogue

    def run(self) -> Verdict:
        """Perform and judge. The first action that goes wrong ends it; what is expected at the end is told together."""
        failures: list[Failure] = []
        self._dialogue.begin()
        failures += self._strangers(self._case.actions[0] if self._case.actions else None)
        for action in self._case.actions:
            if failures:
                break
            failures += self._act(action)
            failures += self._strangers(action)
        self._look()
        if not failures and self._case.strict and (rest := self._listener.rest()):
            failures.append(Failure(self._case.place, "strict", "nothing more to be heard", shown(rest)))
        self._dialogue.hang_up()
        if not failures:
            failures += self._judge.failures(self._case.expectations)
            failures += self._strangers(None)
        return self._verdict(failures)

    def _verdict(self, failures: list[Failure]) -> Verdict:
        dialogue, case = self._dialogue, self._case
        lines = [f"{line.at:7.1f}  {line.what:>8}  {line.text}" for line in dialogue.lines] if failures else []
        steps = sum(event.type == "flow.step" for event in dialogue.events)
        return Verdict(
            case.name, case.flow, case.place, tuple(failures), tuple(lines[-LAST_LINES:]), self._judge.seconds, steps
        )

    def _look(self) -> None:
        """Note how the call stands, for what is expected of it."""
        self._judge.ends = endings(self._dialogue)
        self._judge.seconds = self._dialogue.now - self._case.call.at

    def _strangers(self, action: Action | None) -> Iterator[Failure]:
        """Requests that the test has no reply to, since the last look."""
        place = action.place if action is not None else self._case.place
        for call in self._replies.strange[self._told :]:
            name = request_name(call.method, call.url, self._services)
            yield Failure(place, "request", "a reply under mocks.http", f"none for {name}")
        self._told = len(self._replies.strange)

    # What happens

    def _act(self, action: Action) -> Iterator[Failure]:
        dialogue = self._dialogue
        match action:
            case Hear():
                yield from self._hear(action)
            case Press(entries=entries):
                for keys in entries:
                    if dialogue.result is not None:
                        yield self._over(action, f"the caller to press {keys}")
                        return
                    dialogue.press(keys)
            case Silence(times=times):
                for _ in range(times):
                    failures = list(self._silence(action))
                    yield from failures
                    if failures:
                        break
            case Pause(seconds=seconds):
                dialogue.wait(seconds)
                dialogue.settle()
            case Speak(seconds=seconds):
                if not dialogue.recording:
                    yield Failure(action.place, "speak", "the caller to be recorded", self._state())
                dialogue.speak(seconds)
            case HangUp():
                if dialogue.result is not None:
                    yield self._over(action, "the caller to hang up")
                dialogue.hang_up()
            case AgentPresses(keys=keys):
                if dialogue.needs not in ("agent", "talk"):
                    yield Failure(action.place, "agent", "somebody who was rung", self._state())
                dialogue.agent_presses(keys)
            case AgentLeaves():
                if dialogue.needs not in ("agent", "talk"):
                    yield Failure(action.place, "agent", "somebody who was rung", self._state())
                dialogue.agent_hangs_up()
            case Check(expectations=expectations):
                self._look()
                yield from self._judge.failures(expectations)
            case AgentWill():
                pass

    def _silence(self, action: Silence) -> Iterator[Failure]:
        needs = self._dialogue.needs
        if self._dialogue.result is not None:
            yield self._over(action, "somebody to wait for the caller")
        elif needs == "talk":
            yield Failure(action.place, "silence", "somebody to wait for the caller", self._state())
        else:
            self._dialogue.silence()

    def _hear(self, action: Hear) -> Iterator[Failure]:
        language = self._dialogue.runner.language
        items = next((action.items[name] for name in (language, language[:2], "") if name in action.items), None)
        if items is None:
            expected = f"something in {' or '.join(action.items)}"
            yield Failure(action.place, "hear", expected, f"the language {language}")
            return
        for item in items:
            if not self._hears(item):
                expected = f"{item.source} next" if self._case.strict else item.source
                yield Failure(item.place, "hear", expected, shown(self._listener.rest()))
                return

    def _hears(self, item: Item) -> bool:
        return self._listener.finds_next(item) if self._case.strict else self._listener.finds(item)

    def _over(self, action: Action, expected: str) -> Failure:
        word = type(action).__name__.lower()
        return Failure(action.place, word, expected, self._state())

    def _state(self) -> str:
        """How the call stands, in words."""
        ends = endings(self._dialogue)
        if self._dialogue.result is not None:
            return f"the call is over: {ends[0]}"
        position = self._dialogue.runner.position
        where = f"{position.flow}/{position.block}, line {position.line}" if position is not None else "nowhere"
        return f"{ends[0]} ({position.kind if position else ''} in {where})"
