"""The step `switch`."""

from typing import ClassVar

from pydantic import Field

from engine.core.steps import Step
from engine.flow.fields import Condition, Target, TargetValue
from engine.flow.kind import Kind
from engine.flow.values import to_text
from engine.flow.view import View


class Switch(Kind):
    """Go the way of a value: numbers, true and false are compared as they are written. No case and no `default`: next.

    ```yaml
    - switch:
        value: vars.reason
        cases: {billing: billing, technical: technical}
        default: operator
    ```
    """

    word: ClassVar[str] = "switch"
    branches: ClassVar[bool] = True
    errors: ClassVar[tuple[str, ...]] = ("expr.undefined", "expr.type")

    value: Condition
    cases: dict[str, Target] = Field(min_length=1)
    default: Target | None = None

    def run(self, view: View) -> Step[TargetValue | None]:
        """Evaluate and choose."""
        yield from ()
        value = to_text(view.evaluate(self.value))
        return self.cases.get(value, self.default)
