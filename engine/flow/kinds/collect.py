"""The step `collect`."""

from functools import partial
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from engine.core.effects import SetMasked
from engine.core.errors import FlowError
from engine.core.prompts import Prompt
from engine.core.steps import Step
from engine.flow.asking import Entry, State, Timing, gather, gather_secret
from engine.flow.attempts import MOST_TRIES, Attempt, InputKind, attempts
from engine.flow.digit_check import CheckName, passes
from engine.flow.fields import Condition, Keys, KeySet, Store, Target, TargetValue
from engine.flow.kinds.menu import choice_judge
from engine.flow.pattern import Pattern
from engine.flow.prompt import PromptSpec
from engine.flow.view import View

_KEYS = frozenset("0123456789*#")


class Length(BaseModel):
    """How many keys an entry has at least and at most."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min: Annotated[int, Field(ge=1, le=128)] = 1
    max: Annotated[int, Field(ge=1, le=128)] = 32

    @model_validator(mode="after")
    def _ordered(self) -> "Length":
        if self.min > self.max:
            raise PydanticCustomError("length-impossible", "no entry is that long: min is more than max")
        return self


def _length(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return {"min": value, "max": value}
    return value


class Confirm(BaseModel):
    """A question whether the entry (`value` in its prompt) is right, and the keys that say so."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    prompt: PromptSpec
    yes: Keys = "1"
    no: Keys = "2"


def _pattern(value: Any) -> Pattern:
    if not isinstance(value, str):
        raise PydanticCustomError("bad-pattern", 'write the pattern in quotes, such as "[1-9][0-9]{4}"')
    return Pattern.compile(value)


PatternField = Annotated[Pattern, PlainValidator(_pattern), WithJsonSchema({"type": "string"})]


class Collect(InputKind):
    """Let the caller key in digits: an account number, a PIN, a date.

    An entry ends at `length`, at a key of `terminators`, or when `interdigit` passes without a key. It is then held to
    `pattern` (the whole entry), `check` (luhn, phone, date, mod11, mod97) and `valid_when`, an expression that knows it
    as `value`. `empty` and `too_short` name where to go for a lone terminator and for too few keys; left out, these
    count as no input and as invalid. With `confirm` the caller is asked whether it is right; no starts over without
    counting a try. `mask` hides the keys from events, logs and traces; `pause_recording` keeps them out of a running
    recording. `return_terminator` keeps the terminator at the end of what is stored.

    ```yaml
    - collect:
        prompt: "Please key in your account number."
        length: 8
        check: luhn
        store: account_no
        no_input: {prompt: "I did not hear you.", then: operator}
        invalid: {prompt: ["That is not valid.", "It has eight digits."], then: operator}
        confirm: {prompt: [{text: "You keyed"}, {say: "${value}", as: digits}, {text: "Press 1 if that is right."}]}
    ```
    """

    word: ClassVar[str] = "collect"
    waits: ClassVar[bool] = True
    listens: ClassVar[bool] = True
    media: ClassVar[bool] = True
    errors: ClassVar[tuple[str, ...]] = (
        "input.no_input",
        "input.invalid",
        "prompt.missing",
        "freeswitch.command",
        "freeswitch.lost",
        "expr.undefined",
        "expr.type",
    )

    store: Store
    length: Annotated[Length, BeforeValidator(_length)] = Length()
    terminators: KeySet = "#"
    pattern: PatternField | None = None
    check: CheckName | None = None
    valid_when: Condition | None = None
    empty: Target | None = None
    too_short: Target | None = None
    confirm: Confirm | None = None
    mask: bool = False
    pause_recording: bool = False
    return_terminator: bool = False

    def run(self, view: View) -> Step[TargetValue | None]:
        """Ask until an entry is good; store it. What was masked is unmasked whatever happens."""
        recording = view.recording if self.pause_recording else ""
        if recording:
            view.do(SetMasked(view.leg, recording, True))
        try:
            result = yield from self._ask(view)
        except FlowError:
            if recording:
                view.do(SetMasked(view.leg, recording, False))
            raise
        if recording:
            view.do(SetMasked(view.leg, recording, False))
        return result

    def _ask(self, view: View) -> Step[TargetValue | None]:
        private = self.mask or view.secret(self.store)
        once = partial(self._once, view, Timing(self.timeout, self.interdigit), private)
        result = yield from attempts(view, self, once, private=private)
        if not isinstance(result, Attempt):
            return result
        value = result.digits + (result.terminator if self.return_terminator else "")
        view.store(self.store, value, secret=self.mask)
        return None

    def _once(self, view: View, timing: Timing, private: bool, prompt: Prompt) -> Step[Attempt]:
        if self.mask:
            entry = yield from gather_secret(view, prompt, self.length.max, timing, terminators=self.terminators)
        else:
            entry = yield from gather(
                view, prompt, self._judge, timing, terminators=self.terminators, barge_in=self.barge_in
            )
        attempt = self._judged(view, entry, private)
        if attempt.outcome == "ok" and self.confirm is not None:
            return (yield from self._confirmed(view, self.confirm, attempt, timing))
        return attempt

    def _judge(self, typed: str) -> State:
        return "closed" if len(typed) >= self.length.max else "open"

    def _judged(self, view: View, entry: Entry, private: bool) -> Attempt:
        digits = entry.digits
        if entry.silent:
            return Attempt("no_input")
        if not digits:
            return Attempt("empty", go=self.empty)
        if len(digits) < self.length.min:
            return Attempt("too_short", digits, self.too_short)
        if private:
            view.remember_secret(digits)
        good = (
            _KEYS.issuperset(digits)
            and (self.pattern is None or self.pattern.matches(digits))
            and (self.check is None or passes(self.check, digits, view.country))
            and (self.valid_when is None or bool(view.evaluate(self.valid_when, value=digits)))
        )
        return Attempt("ok" if good else "invalid", digits, terminator=entry.terminator)

    def _confirmed(self, view: View, confirm: Confirm, attempt: Attempt, timing: Timing) -> Step[Attempt]:
        """Ask whether the entry is right. Keys typed ahead do not answer it; silence is asked again, `tries` times."""
        judge = choice_judge((confirm.yes, confirm.no))
        entry = Entry("")
        for _ in range(view.whole(self.tries, 1, MOST_TRIES)):
            view.flush()
            prompt = view.prompt(confirm.prompt, value=attempt.digits)
            entry = yield from gather(view, prompt, judge, timing, barge_in=self.barge_in)
            if entry.digits == confirm.yes:
                return attempt
            if entry.digits == confirm.no:
                return Attempt("repeat")
        return Attempt("no_input" if entry.silent else "invalid", attempt.digits)
