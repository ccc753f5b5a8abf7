"""The step `call`."""

from typing import ClassVar

from pydantic import Field

from engine.core.errors import FlowError
from engine.core.signals import Json
from engine.core.steps import Step
from engine.flow.fields import Name, TargetValue, Value
from engine.flow.frame import Frame, open_frame
from engine.flow.kind import Kind
from engine.flow.variable import initial
from engine.flow.view import View

MAX_DEPTH = 8
"""How many flows may be within each other."""


class Call(Kind):
    """Run another flow and come back. `with` gives its inputs; its outputs are known as `NAME.output` by `save: NAME`.

    ```yaml
    - call: {flow: verify_account, with: {attempts: 3}, save: who}
    - if: who.ok
      then: main_menu
    ```
    """

    word: ClassVar[str] = "call"
    short: ClassVar[str | None] = "flow"
    errors: ClassVar[tuple[str, ...]] = ("limit.depth", "expr.undefined", "expr.type")

    flow: str
    with_: dict[Name, Value] = Field(default={}, alias="with")
    save: Name | None = None

    def run(self, view: View) -> Step[TargetValue | None]:
        """Run the other flow; keep its outputs when it returns."""
        if len(view.frame.stack()) > MAX_DEPTH:
            raise FlowError("limit.depth", f"more than {MAX_DEPTH} flows are within each other")
        child = self._frame(view)
        elsewhere = yield from view.run_flow(child)
        if elsewhere is not None:
            return elsewhere
        if self.save is not None:
            missing = {name: initial(output) for name, output in child.flow.outputs.items()}
            view.frame.saved[self.save] = {**missing, **child.outputs}
            if child.secret_outputs:
                view.frame.secrets.add(self.save)
                view.remember_secret(child.outputs)
        return None

    def _frame(self, view: View) -> Frame:
        flow = view.bundle.flows.get(self.flow)
        if flow is None:
            raise FlowError("expr.undefined", f'no flow "{self.flow}"')
        given: dict[str, Json] = {name: view.value(written) for name, written in self.with_.items()}
        child = open_frame(flow, given, view.now, view.frame, view.step)
        for name, written in self.with_.items():
            if view.reads_secret(written):
                child.secrets.add(f"inputs.{name}")
            if flow.inputs[name].secret:
                view.remember_secret(given[name])
        return child
