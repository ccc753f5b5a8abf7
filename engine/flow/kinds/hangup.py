"""The step `hangup`."""

from typing import ClassVar

from engine.core.steps import Step
from engine.flow.asking import play
from engine.flow.fields import TargetValue
from engine.flow.hangup_cause import Cause
from engine.flow.kind import Kind
from engine.flow.prompt import PromptSpec
from engine.flow.view import View


class Hangup(Kind):
    """End the call, after a last prompt if there is one.

    ```yaml
    - hangup: {prompt: "Goodbye.", cause: NORMAL_CLEARING}
    ```
    """

    word: ClassVar[str] = "hangup"
    short: ClassVar[str | None] = "cause"
    final: ClassVar[bool] = True
    media: ClassVar[bool] = True
    errors: ClassVar[tuple[str, ...]] = ("prompt.missing", "freeswitch.command", "freeswitch.lost")

    prompt: PromptSpec | None = None
    cause: Cause = "NORMAL_CLEARING"

    def run(self, view: View) -> Step[TargetValue | None]:
        """Say goodbye and end the flow."""
        jump = yield from play(view, view.prompt(self.prompt))
        return jump or view.end("hangup", self.cause)
