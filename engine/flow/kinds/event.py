"""The step `event`."""

from typing import ClassVar

from pydantic import Field

from engine.core.steps import Step
from engine.flow.fields import TargetValue, Value
from engine.flow.kind import Kind
from engine.flow.view import View


class Event(Kind):
    """Publish an event of your own, `flow.event` with this name and these fields. A secret becomes `[secret]`.

    ```yaml
    - event: {name: order.placed, fields: {order: "${vars.order}"}}
    ```
    """

    word: ClassVar[str] = "event"
    short: ClassVar[str | None] = "name"
    errors: ClassVar[tuple[str, ...]] = ("expr.undefined", "expr.type")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$", max_length=64)
    fields: dict[str, Value] = {}

    def run(self, view: View) -> Step[TargetValue | None]:
        """Publish it."""
        yield from ()
        view.tell("flow.event", {"name": self.name, "fields": view.public(self.fields)})
        return None
