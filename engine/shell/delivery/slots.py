"""How many requests one process sends at once, over all endpoints; who has to wait is served in turn."""

from typing import Protocol

import gevent

SLOTS = 512


class Waiting(Protocol):
    """Somebody who wanted a slot."""

    def go(self) -> None:
        """Try again; must not wait."""


class Slots:
    """The slots of one process."""

    def __init__(self, most: int = SLOTS) -> None:
        self.most = most
        self.taken = 0
        self._waiting: dict[Waiting, None] = {}

    def take(self, who: Waiting) -> bool:
        """Take a slot; False when there is none, and then `who.go()` is called when there is one."""
        if self.taken >= self.most:
            self._waiting[who] = None
            return False
        self.taken += 1
        return True

    def give_back(self) -> None:
        """Give a slot back, to whoever waits longest."""
        self.taken -= 1
        if self._waiting:
            first = next(iter(self._waiting))
            del self._waiting[first]
            gevent.get_hub().loop.run_callback(first.go)  # not from here: a hundred may wait, one inside the other

    def forget(self, who: Waiting) -> None:
        """It does not want one any more."""
        self._waiting.pop(who, None)
