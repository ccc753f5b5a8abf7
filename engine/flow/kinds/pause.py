"""The step `pause`."""

from typing import ClassVar

from engine.core.steps import Step, Wait
from engine.flow.fields import Duration, TargetValue
from engine.flow.kind import Kind
from engine.flow.view import View


class Pause(Kind):
    """Wait in silence. Keys pressed meanwhile are kept for the next input.

    ```yaml
    - pause: 500ms
    ```
    """

    word: ClassVar[str] = "pause"
    short: ClassVar[str | None] = "duration"
    waits: ClassVar[bool] = True
    media: ClassVar[bool] = True

    duration: Duration

    def run(self, view: View) -> Step[TargetValue | None]:
        """Sleep."""
        yield Wait(self.duration)
        return None
