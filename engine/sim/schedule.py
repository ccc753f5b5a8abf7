"""Things to be done later, in groups that can be called off."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import gevent


class Schedule:
    """Timers with a number each and a group; a channel's timers are in the group of its uuid."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._tasks: dict[int, tuple[str, gevent.Greenlet[..., None]]] = {}

    def after(self, seconds: float, group: str, action: Callable[[], None]) -> int:
        """Do something after so many seconds; the number calls it off."""
        number = next(self._numbers)

        def run() -> None:
            self._tasks.pop(number, None)
            action()

        self._tasks[number] = (group, gevent.spawn_later(max(0.0, seconds), run))
        return number

    def cancel(self, number: int) -> bool:
        """Call one off; False when there is none of that number."""
        task = self._tasks.pop(number, None)
        if task is not None:
            task[1].kill(block=False)
        return task is not None

    def cancel_group(self, group: str) -> int:
        """Call off all of a group; how many there were."""
        numbers = [number for number, (name, _) in self._tasks.items() if name == group]
        for number in numbers:
            self.cancel(number)
        return len(numbers)

    def cancel_all(self) -> None:
        """Call off everything."""
        for number in list(self._tasks):
            self.cancel(number)
