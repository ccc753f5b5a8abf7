"""The step `goto`."""

from typing import ClassVar

from engine.core.steps import Step
from engine.flow.fields import Target, TargetValue
from engine.flow.kind import Kind
from engine.flow.view import View


class Goto(Kind):
    """Go on elsewhere: a block, `flow:OTHER` (without coming back), `return`, `hangup`, or `repeat`.

    `repeat` in the steps of a menu's choice means that menu; elsewhere it starts the block again.

    ```yaml
    - goto: goodbye
    ```
    """

    word: ClassVar[str] = "goto"
    short: ClassVar[str | None] = "target"
    branches: ClassVar[bool] = True
    final: ClassVar[bool] = True

    target: Target

    def run(self, view: View) -> Step[TargetValue | None]:
        """Go."""
        yield from ()
        return self.target
