"""The step `if`."""

from typing import ClassVar

from engine.core.steps import Step
from engine.flow.fields import Condition, TargetValue
from engine.flow.kind import Kind
from engine.flow.view import View


class If(Kind):
    """Go one way when an expression is true, another when it is not; a way left out is the next step.

    ```yaml
    - if: vars.failures >= 3
      then: give_up
      else: [{play: "Please try again."}, {goto: ask}]
    ```
    """

    word: ClassVar[str] = "if"
    short: ClassVar[str | None] = "condition"
    siblings: ClassVar[tuple[str, ...]] = ("then", "else")
    branches: ClassVar[bool] = True
    errors: ClassVar[tuple[str, ...]] = ("expr.undefined", "expr.type")

    condition: Condition

    def run(self, view: View) -> Step[TargetValue | None]:
        """Evaluate and choose."""
        yield from ()
        return view.step.siblings.get("then" if view.evaluate(self.condition) else "else")
