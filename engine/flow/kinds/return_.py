"""The step `return`."""

from typing import ClassVar

from engine.core.steps import Step
from engine.flow.fields import Jump, Name, TargetValue, Value
from engine.flow.kind import Kind
from engine.flow.variable import checked
from engine.flow.view import View


class Return(Kind):
    """Go back to the flow that called this one, with its outputs. In the flow that began the call, the call ends.

    ```yaml
    - return: {ok: true}
    ```
    """

    word: ClassVar[str] = "return"
    whole: ClassVar[str | None] = "outputs"
    final: ClassVar[bool] = True
    branches: ClassVar[bool] = True
    errors: ClassVar[tuple[str, ...]] = ("expr.undefined", "expr.type")

    outputs: dict[Name, Value] = {}

    def run(self, view: View) -> Step[TargetValue | None]:
        """Leave the outputs and go back."""
        yield from ()
        frame = view.frame
        for name, written in self.outputs.items():
            value = view.value(written)
            declared = view.flow.outputs.get(name)
            frame.outputs[name] = checked(value, declared, name) if declared else value
            if view.reads_secret(written) or (declared is not None and declared.secret):
                frame.secret_outputs = True
        return Jump("return")
