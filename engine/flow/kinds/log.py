"""The step `log`."""

from typing import ClassVar, Literal

from engine.core.effects import WriteLog
from engine.core.steps import Step
from engine.flow.fields import TargetValue, Text
from engine.flow.kind import Kind
from engine.flow.values import to_text
from engine.flow.view import View


class Log(Kind):
    """Write a line into the engine's log. A text made from a secret is `[secret]`.

    ```yaml
    - log: "the caller chose ${vars.reason}"
    - log: {text: "no such account", level: warning}
    ```
    """

    word: ClassVar[str] = "log"
    short: ClassVar[str | None] = "text"
    errors: ClassVar[tuple[str, ...]] = ("expr.undefined", "expr.type")

    text: Text
    level: Literal["debug", "info", "warning", "error"] = "info"

    def run(self, view: View) -> Step[TargetValue | None]:
        """Write it."""
        yield from ()
        view.do(WriteLog(self.level, to_text(view.public(self.text))))
        return None
