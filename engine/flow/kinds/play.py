"""The step `play`."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from engine.core.steps import Step
from engine.flow.asking import play
from engine.flow.fields import TargetValue
from engine.flow.kind import Kind
from engine.flow.prompt import PromptSpec
from engine.flow.view import View


class Play(Kind):
    """Let the caller hear a prompt. A key ends it, if `barge_in`, and is kept for the next input step.

    ```yaml
    - play: "Welcome."
    - play: [{text: "Your number is"}, {say: "${call.caller}", as: digits}]
    - play: {prompt: "This call is recorded.", barge_in: false, times: 1}
    ```
    """

    word: ClassVar[str] = "play"
    short: ClassVar[str | None] = "prompt"
    waits: ClassVar[bool] = True
    media: ClassVar[bool] = True
    errors: ClassVar[tuple[str, ...]] = ("prompt.missing", "freeswitch.command", "freeswitch.lost")

    prompt: PromptSpec
    barge_in: bool = True
    times: Annotated[int, Field(ge=1, le=100)] = 1

    @classmethod
    def fields_of(cls, written: Any) -> Any:
        """A mapping without `prompt` is an item of one: `play: {id: welcome}`."""
        if isinstance(written, dict) and "prompt" not in written and not set(written) & {"barge_in", "times"}:
            return {"prompt": written}
        return super().fields_of(written)

    def run(self, view: View) -> Step[TargetValue | None]:
        """Play it `times` times, or until a key."""
        prompt = view.prompt(self.prompt)
        return (yield from play(view, prompt * self.times, barge_in=self.barge_in))
