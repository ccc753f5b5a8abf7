"""Attempts at an input: how often a caller may try, what is heard before each, where it goes when all have failed.

`tries` counts all failed attempts, `no_input.tries` and `invalid.tries` their own kind; the first to be reached goes to
that kind's `then` without playing its prompt. A failed attempt drops the keys not yet read. (Reference: ivr-flows §4.4,
rules 5 to 7.)
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from engine.core.errors import FlowError
from engine.core.prompts import Prompt
from engine.core.signals import Json
from engine.core.steps import Step
from engine.flow.fields import Duration, Jump, Number, Target, TargetValue
from engine.flow.kind import Kind
from engine.flow.prompt import PromptSpec
from engine.flow.view import View

MOST_TRIES = 100

Fault = Literal["no_input", "empty", "too_short", "invalid"]


@dataclass(slots=True)
class Attempt:
    """What came of one attempt. `go` is set when the flow goes elsewhere whatever the tries."""

    outcome: Literal["ok", "no_input", "empty", "too_short", "invalid", "repeat", "key"]
    digits: str = ""
    go: TargetValue | None = None
    terminator: str = ""


def _per_attempt(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else (value,)


PerAttempt = Annotated[tuple[PromptSpec, ...], BeforeValidator(_per_attempt)]
"""A prompt, or a list of prompts: one for each failure of its kind, the last for all further ones."""


class Failure(BaseModel):
    """What follows a failed attempt: a prompt before the next, how many of the kind, and where to go after them."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    prompt: PerAttempt = ()
    tries: Number | None = None
    then: Target | None = None

    def prompt_for(self, failures: int) -> PromptSpec | None:
        """The prompt after the `failures`-th failure of this kind."""
        return self.prompt[min(failures, len(self.prompt)) - 1] if self.prompt else None


class InputKind(Kind):
    """The fields that every step has which asks the caller for keys."""

    prompt: PromptSpec
    reprompt: PromptSpec | None = None
    timeout: Duration = 5.0
    interdigit: Duration = 3.0
    tries: Number = 3
    barge_in: bool = True
    type_ahead: Literal["keep", "flush"] = "keep"
    no_input: Failure = Failure()
    invalid: Failure = Failure()


@dataclass(slots=True)
class _Score:
    """Failed attempts so far: all of them, and those of each kind."""

    failed: int = 0
    no_input: int = 0
    invalid: int = 0


def attempts(
    view: View, kind: InputKind, once: Callable[[Prompt], Step[Attempt]], *, private: bool = False
) -> Step[Attempt | TargetValue]:
    """Have `once` try until it is ok, or goes elsewhere, or has failed too often.

    The good attempt is returned, or where the flow goes instead. With `private` the event of this input shows no keys.
    Raises FlowError `input.no_input` or `input.invalid` where the author named no `then`.
    """
    tries = view.whole(kind.tries, 1, MOST_TRIES)
    no_input = tries if kind.no_input.tries is None else view.whole(kind.no_input.tries, 1, MOST_TRIES)
    invalid = tries if kind.invalid.tries is None else view.whole(kind.invalid.tries, 1, MOST_TRIES)
    score = _Score()
    again: Prompt = ()
    asked = kind.prompt
    while True:
        if kind.type_ahead == "flush":
            view.flush()
        attempt = yield from once(again + view.prompt(asked))
        if attempt.outcome != "no_input":
            view.caller_acted()
        if attempt.outcome == "repeat" or (type(attempt.go) is Jump and attempt.go.name == "repeat"):
            again, asked = (), kind.prompt
            continue
        if attempt.outcome in ("ok", "key"):
            _tell(view, attempt, score.failed + 1, private)
            return attempt if attempt.go is None else attempt.go
        view.flush()
        score.failed += 1
        if attempt.go is not None:
            _tell(view, attempt, score.failed, private)
            return attempt.go
        name, failure, count = _counted(kind, attempt, score)
        if score.failed >= tries or count >= (no_input if name == "no_input" else invalid):
            _tell(view, attempt, score.failed, private)
            if failure.then is None:
                raise FlowError(f"input.{name}", _WHY[name])
            return failure.then
        again = view.prompt(failure.prompt_for(count))
        asked = kind.prompt if kind.reprompt is None else kind.reprompt


_WHY = {"no_input": "the caller pressed nothing", "invalid": "the caller pressed nothing that can be used here"}


def _counted(kind: InputKind, attempt: Attempt, score: _Score) -> tuple[str, Failure, int]:
    """Count a failure: silence and a lone terminator as no input, all else as invalid."""
    if attempt.outcome in ("no_input", "empty"):
        score.no_input += 1
        return "no_input", kind.no_input, score.no_input
    score.invalid += 1
    return "invalid", kind.invalid, score.invalid


def _tell(view: View, attempt: Attempt, tries: int, private: bool) -> None:
    fields: dict[str, Json] = {"outcome": attempt.outcome, "tries": tries}
    if not private:
        fields["digits"] = attempt.digits
    view.tell("flow.input", fields)
