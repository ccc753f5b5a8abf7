"""The step `menu`."""

from functools import lru_cache, partial
from typing import ClassVar

from pydantic import Field

from engine.core.prompts import Prompt
from engine.core.steps import Step
from engine.flow.asking import Judge, State, Timing, gather
from engine.flow.attempts import Attempt, InputKind, attempts
from engine.flow.fields import Jump, Keys, Store, Target, TargetValue
from engine.flow.view import View


class Menu(InputKind):
    """Let the caller choose by a key, or several. A choice ends as soon as no longer one can be meant.

    `reprompt` is heard instead of `prompt` after a failed attempt. A choice of `repeat` plays the prompt again without
    counting a try. Where there is no `then`, too many failures are the errors `input.no_input` and `input.invalid`.

    ```yaml
    - menu:
        prompt: "For sales press 1, for support press 2, to hear this again press star."
        choices:
          "1": sales
          "2": [{set: {reason: support}}, {goto: support}]
          "*": repeat
        timeout: 5s
        no_input: {prompt: "I did not hear you.", then: operator}
        invalid: {prompt: "There is no such choice.", tries: 2, then: operator}
        store: choice
    ```
    """

    word: ClassVar[str] = "menu"
    waits: ClassVar[bool] = True
    listens: ClassVar[bool] = True
    media: ClassVar[bool] = True
    errors: ClassVar[tuple[str, ...]] = (
        "input.no_input",
        "input.invalid",
        "prompt.missing",
        "freeswitch.command",
        "freeswitch.lost",
    )

    choices: dict[Keys, Target] = Field(min_length=1)
    store: Store | None = None

    def run(self, view: View) -> Step[TargetValue | None]:
        """Ask until a choice is made; go where it leads."""
        judge = choice_judge((*self.choices, *view.flow.events.keys))
        once = partial(self._once, view, judge, Timing(self.timeout, self.interdigit))
        result = yield from attempts(view, self, once, private=self.store is not None and view.secret(self.store))
        return None if isinstance(result, Attempt) else result

    def _once(self, view: View, judge: Judge, timing: Timing, prompt: Prompt) -> Step[Attempt]:
        entry = yield from gather(view, prompt, judge, timing, barge_in=self.barge_in)
        keys = entry.digits
        target = self.choices.get(keys)
        if target is not None:
            if type(target) is Jump and target.name == "repeat":
                return Attempt("repeat", keys)
            if self.store is not None:
                view.store(self.store, keys)
            return Attempt("ok", keys, target)
        always = view.flow.events.keys
        if keys in always:
            return Attempt("key", keys, Jump(always[keys]))
        return Attempt("no_input" if entry.silent else "invalid", keys)


@lru_cache(maxsize=1024)
def choice_judge(choices: tuple[str, ...]) -> Judge:
    """Closed at a choice that no longer one begins with, and at what begins none."""
    beginnings = frozenset(choice[:length] for choice in choices for length in range(1, len(choice)))
    whole = frozenset(choices)

    def judge(typed: str) -> State:
        if typed not in beginnings:
            return "closed"
        return "match" if typed in whole else "open"

    return judge
