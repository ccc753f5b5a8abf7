"""What a running step sees of its call: texts and values rendered, variables stored, prompts resolved."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from engine.core.errors import FlowError
from engine.core.ids import LegId
from engine.core.prompts import Prompt
from engine.core.signals import Json
from engine.core.steps import Hands, Step
from engine.flow.expression import Expression
from engine.flow.facts import CallFacts, FlowResult
from engine.flow.fields import Jump, TargetValue
from engine.flow.frame import CallState, Frame
from engine.flow.prompt import PromptSpec
from engine.flow.template import Template
from engine.flow.values import is_number, to_text
from engine.flow.variable import checked

if TYPE_CHECKING:  # the bundle and the document are made of steps
    from engine.flow.bundle import Bundle
    from engine.flow.document import Flow, StepNode

SECRET = "[secret]"  # noqa: S105 - what stands where a secret was
_SHORTEST_SECRET = 4

SubFlow = Callable[[Frame], Step[TargetValue | None]]


class View:
    """One step's window on its call. `extra` names are known to expressions in that one rendering only."""

    __slots__ = ("_frame", "_run_flow", "_state", "do", "flush", "hands", "new_leg", "start", "step", "tell")

    def __init__(self, state: CallState, frame: Frame, step: "StepNode", run_flow: SubFlow) -> None:
        self._state = state
        self._frame = frame
        self._run_flow = run_flow
        self.step = step
        self.hands: Hands = state.hands
        self.start, self.do, self.tell = state.hands.start, state.hands.do, state.hands.tell
        self.flush, self.new_leg = state.hands.flush, state.hands.new_leg

    # What is known

    @property
    def leg(self) -> LegId:
        """The caller's leg."""
        return self._state.facts.leg

    @property
    def call(self) -> CallFacts:
        """The facts of the call."""
        return self._state.facts

    @property
    def now(self) -> float:
        """The time of what happened last, in seconds since 1970."""
        return self._state.clock()

    @property
    def language(self) -> str:
        """The language the caller hears."""
        return self._state.language

    @property
    def bundle(self) -> "Bundle":
        """The version of all flows this call keeps until its end."""
        return self._state.bundle

    @property
    def flow(self) -> "Flow":
        """The flow this step belongs to."""
        return self._frame.flow

    @property
    def block(self) -> str:
        """The block this step belongs to."""
        return self._frame.block

    @property
    def frame(self) -> Frame:
        """The running of this flow."""
        return self._frame

    @property
    def state(self) -> CallState:
        """What all flows of the call share."""
        return self._state

    @property
    def answered(self) -> bool:
        """Whether the caller's leg is answered, or was told to be."""
        return self._state.answered

    @property
    def alive(self) -> bool:
        """Whether there is still a caller to hear and speak."""
        return self._state.alive

    @property
    def tags(self) -> dict[str, Json]:
        """The fields the flows have set in the call's record."""
        return self._state.tags

    @property
    def country(self) -> str:
        """The project's country, two letters."""
        return self._state.bundle.project.country

    @property
    def recording(self) -> str:
        """The path of the running recording of the whole call, empty when there is none."""
        return self._state.recording

    # Rendering

    def scope(self, **extra: Any) -> dict[str, Any]:
        """What expressions can read here."""
        state, frame = self._state, self._frame
        project = state.bundle.project
        found: dict[str, Any] = {
            **frame.saved,
            "vars": frame.vars,
            "inputs": frame.inputs,
            "session": state.session,
            "call": state.call,
            "@now": state.clock(),
            "@timezone": project.timezone,
            "@country": project.country,
            "@calendars": state.bundle.calendars,
            "@switches": state.switches,
        }
        if frame.error is not None:
            found["error"] = frame.error
        found.update(extra)
        return found

    def text(self, template: Template, **extra: Any) -> str:
        """A text of the author's, rendered. Raises FlowError `expr.*`."""
        if template.is_constant:
            return template.render({})
        return template.render(self.scope(**extra))

    def value(self, written: Any, **extra: Any) -> Json:
        """A value of the author's with every text in it rendered. Raises FlowError `expr.*`."""
        found: Json = _rendered(written, self.scope(**extra))
        return found

    def evaluate(self, expression: Expression, **extra: Any) -> Json:
        """The value of an expression. Raises FlowError `expr.*`."""
        return expression.evaluate(self.scope(**extra))

    def number(self, written: int | float | Template) -> float:
        """A number the author wrote, or gave as an expression. Raises FlowError `expr.*`."""
        if not isinstance(written, Template):
            return written
        found = written.value(self.scope())
        if not is_number(found):
            raise FlowError("expr.type", f"{written.source} is not a number")
        return found  # type: ignore[return-value]

    def whole(self, written: int | float | Template, least: int, most: int) -> int:
        """A whole number, held between two bounds. Raises FlowError `expr.*`."""
        return max(least, min(most, written if type(written) is int else int(self.number(written))))

    def prompt(self, spec: PromptSpec | None, **extra: Any) -> Prompt:
        """What to play for a prompt of the author's. Raises FlowError `prompt.missing` or `expr.*`."""
        if spec is None or not spec.items:
            return ()
        state = self._state
        if not extra:
            known = state.bundle.prompts.constant(spec, state.language)
            if known is not None:
                return known
        return spec.resolve(self.scope(**extra), state.language, state.bundle.prompts)

    # Variables

    def store(self, place: str, value: Json, *, secret: bool = False) -> None:
        """Put a value into a variable or `session.NAME`. Raises FlowError `expr.type` or `expr.undefined`.

        `secret` when the value was made from a secret: then it is one wherever it goes.
        """
        holder, dot, name = place.rpartition(".")
        if dot and holder == "session":
            declared = self._state.bundle.project.session.get(name)
            self._state.session[name] = checked(value, declared, place) if declared else value
            marked, key = self._state.session_secrets, name
        else:
            variable = self.flow.vars.get(place)
            if variable is None:
                raise FlowError("expr.undefined", f"the flow has no variable {place}")
            declared = variable
            self._frame.vars[place] = checked(value, variable, place)
            marked, key = self._frame.secrets, f"vars.{place}"
        if secret:
            marked.add(key)
        elif key in marked:
            marked.discard(key)
        if secret or (declared is not None and declared.secret):
            self.remember_secret(value)

    def load(self, place: str) -> Json:
        """What a variable or `session.NAME` holds now; null when nothing was stored."""
        if place.startswith("session."):
            return self._state.session.get(place.removeprefix("session."))
        return self._frame.vars.get(place)

    def remember_secret(self, value: Json) -> None:
        """Keep a secret's text, so that it can be taken out of what would otherwise be told."""
        if isinstance(value, Mapping):
            for part in value.values():
                self.remember_secret(part)
        elif isinstance(value, list):
            for part in value:
                self.remember_secret(part)
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            text = to_text(value)
            if len(text) >= _SHORTEST_SECRET:
                self._state.secret_values.add(text)

    def secret(self, place: str) -> bool:
        """Whether a variable or `session.NAME` holds a secret."""
        if place.startswith("session."):
            return self._is_secret(("session", place.removeprefix("session.")))
        return self._is_secret(("vars", place))

    def reads_secret(self, written: Any) -> bool:
        """Whether a text or value of the author's is made from a secret."""
        return any(self._is_secret(path) for path in _paths(written))

    def public(self, written: Any, **extra: Any) -> Json:
        """A value rendered for logs, events and tags: a text made from a secret is `[secret]`."""
        if isinstance(written, Mapping):
            return {str(key): self.public(part, **extra) for key, part in written.items()}
        if isinstance(written, list | tuple):
            return [self.public(part, **extra) for part in written]
        if self.reads_secret(written):
            return SECRET
        return self.redacted(self.value(written, **extra))

    def redacted(self, value: Json) -> Json:
        """A value without the secrets of this call."""
        return redacted(value, self._state.secret_values)

    def _is_secret(self, path: tuple[str, ...]) -> bool:
        frame, state = self._frame, self._state
        root = path[0]
        if root == "vars":
            declared, marked = frame.flow.vars, frame.secrets
        elif root == "inputs":
            declared, marked = frame.flow.inputs, frame.secrets
        elif root == "session":
            declared, marked = state.bundle.project.session, state.session_secrets
        else:
            return root in frame.secrets
        prefix = "" if root == "session" else f"{root}."
        if len(path) > 1:
            variable = declared.get(path[1])
            return (variable is not None and variable.secret) or prefix + path[1] in marked
        return any(variable.secret for variable in declared.values()) or any(name.startswith(prefix) for name in marked)

    # Acting on the call

    def set_language(self, code: str) -> None:
        """From now on the caller hears prompts in this language."""
        self._state.speak(code)

    def answer_sent(self) -> None:
        """The caller's leg was told to be answered."""
        self._state.answered = True

    def caller_acted(self) -> None:
        """The caller pressed a key: whatever goes round in circles now does so with a caller's consent."""
        for frame in self._frame.stack():
            frame.visits.clear()
            frame.handling = False

    def end(self, how: Literal["hangup", "transferred", "error"], cause: str = "NORMAL_CLEARING", sip: int = 0) -> Jump:
        """End the flow: to be returned by the step."""
        self._state.ending = FlowResult(how, cause, sip)
        return Jump("hangup")

    def recording_path(self) -> str:
        """An absolute path for the next recording of this call; the same call replayed gives the same."""
        self._state.recordings += 1
        day = datetime.fromtimestamp(self.call.at, UTC)
        return f"{self._state.recordings_root}/{day:%Y/%m/%d}/{self.call.call}-{self._state.recordings}.wav"

    def run_flow(self, frame: Frame) -> Step[TargetValue | None]:
        """Run another flow to its `return`; a target when it went elsewhere for good."""
        return self._run_flow(frame)


def redacted(value: Json, secrets: Iterable[str]) -> Json:
    """A value with every text in it that holds one of the secrets replaced."""
    if isinstance(value, dict):
        return {key: redacted(part, secrets) for key, part in value.items()}
    if isinstance(value, list):
        return [redacted(part, secrets) for part in value]
    if isinstance(value, str):
        return SECRET if any(secret in value for secret in secrets) else value
    if is_number(value) and to_text(value) in secrets:
        return SECRET
    return value


def _rendered(written: Any, scope: Mapping[str, Any]) -> Any:
    if isinstance(written, Template):
        return written.value(scope)
    if isinstance(written, Expression):
        return written.evaluate(scope)
    if isinstance(written, Mapping):
        return {key: _rendered(part, scope) for key, part in written.items()}
    if isinstance(written, list | tuple):
        return [_rendered(part, scope) for part in written]
    return written


def _paths(written: Any) -> Iterable[tuple[str, ...]]:
    if isinstance(written, Expression):
        yield from written.names
    elif isinstance(written, Template):
        for _, expression in written.expressions:
            yield from expression.names
    elif isinstance(written, Mapping):
        for part in written.values():
            yield from _paths(part)
    elif isinstance(written, list | tuple):
        for part in written:
            yield from _paths(part)
