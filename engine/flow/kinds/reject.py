"""The step `reject`."""

from typing import Annotated, ClassVar

from pydantic import Field

from engine.core.steps import Step
from engine.flow.fields import TargetValue
from engine.flow.hangup_cause import Cause
from engine.flow.kind import Kind
from engine.flow.view import View


class Reject(Kind):
    """Refuse the call without answering it. `sip` is the SIP status to refuse with, when the cause's own is not meant.

    ```yaml
    - reject: {cause: USER_BUSY, sip: 486}
    ```
    """

    word: ClassVar[str] = "reject"
    short: ClassVar[str | None] = "cause"
    final: ClassVar[bool] = True
    media: ClassVar[bool] = True

    cause: Cause = "USER_BUSY"
    sip: Annotated[int, Field(ge=400, le=699)] | None = None

    def run(self, view: View) -> Step[TargetValue | None]:
        """End the flow; a call already answered is hung up with the cause."""
        yield from ()
        return view.end("hangup", self.cause, 0 if view.answered else self.sip or 0)
