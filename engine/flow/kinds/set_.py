"""The step `set`."""

from typing import ClassVar

from pydantic import Field

from engine.core.steps import Step
from engine.flow.fields import Store, TargetValue, Value
from engine.flow.kind import Kind
from engine.flow.view import View


class Set(Kind):
    """Store values in variables of this flow, or of the call by `session.NAME`, in the order they are written.

    A value that is only `${expression}` keeps its type. A variable of another type is the error `expr.type`.

    ```yaml
    - set: {reason: billing, failures: "${vars.failures + 1}", session.vip: true}
    ```
    """

    word: ClassVar[str] = "set"
    whole: ClassVar[str | None] = "values"
    errors: ClassVar[tuple[str, ...]] = ("expr.undefined", "expr.type")

    values: dict[Store, Value] = Field(min_length=1)

    def run(self, view: View) -> Step[TargetValue | None]:
        """Store each value."""
        yield from ()
        for place, written in self.values.items():
            view.store(place, view.value(written), secret=view.reads_secret(written))
        return None
