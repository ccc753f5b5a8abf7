"""The step `hours`."""

from typing import ClassVar

from engine.core.errors import FlowError
from engine.core.steps import Step
from engine.flow.fields import Target, TargetValue
from engine.flow.kind import Kind
from engine.flow.view import View


class Hours(Kind):
    """Go one way when a calendar of the project is open, another when it is closed or has a holiday.

    `open` left out is the next step; `holiday` left out is the way of `closed`.

    ```yaml
    - hours: {calendar: support, open: main_menu, closed: after_hours, holiday: holiday_greeting}
    ```
    """

    word: ClassVar[str] = "hours"
    branches: ClassVar[bool] = True

    calendar: str
    open: Target | None = None
    closed: Target
    holiday: Target | None = None

    def run(self, view: View) -> Step[TargetValue | None]:
        """Ask the calendar and choose."""
        yield from ()
        calendar = view.bundle.calendars.get(self.calendar)
        if calendar is None:
            raise FlowError("expr.undefined", f'no calendar "{self.calendar}"')
        state = calendar.state(view.now, view.state.switches)
        if state == "open":
            return self.open
        if state == "holiday" and self.holiday is not None:
            return self.holiday
        return self.closed
