"""The step `tag`."""

from typing import ClassVar

from pydantic import Field

from engine.core.signals import Json
from engine.core.steps import Step
from engine.flow.fields import Name, TargetValue, Value
from engine.flow.kind import Kind
from engine.flow.view import View


class Tag(Kind):
    """Set fields of the call's record, which its last event carries. A value made from a secret is `[secret]`.

    ```yaml
    - tag: {reason: "${vars.reason}", bundle: "${call.bundle}"}
    ```
    """

    word: ClassVar[str] = "tag"
    whole: ClassVar[str | None] = "fields"
    errors: ClassVar[tuple[str, ...]] = ("expr.undefined", "expr.type")

    fields: dict[Name, Value] = Field(min_length=1)

    def run(self, view: View) -> Step[TargetValue | None]:
        """Set them and tell."""
        yield from ()
        tags: dict[str, Json] = {name: view.public(written) for name, written in self.fields.items()}
        view.tags.update(tags)
        view.tell("call.tagged", {"tags": tags})
        return None
