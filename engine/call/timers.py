"""The timers of a call: by number, each with the time it is due, in seconds since 1970. A signal tells that one is."""

STEP, LIMIT, LEAVE, WRAP, UNBRIDGE, FILES = 1, 2, 3, 4, 5, 6
"""The running step's wait, the time limit of the ring or the flow, and the patience with a switch."""

CLOCKS = 0.0005
"""Seconds a timer may be told to be due too early: times are rounded on their way through the journal."""


class Timers(dict[int, float]):
    """When each is due; setting one anew moves it."""

    __slots__ = ()

    def first(self) -> tuple[int, float] | None:
        """The one due first, and when."""
        if not self:
            return None
        timer = min(self, key=self.__getitem__)
        return timer, self[timer]

    def fired(self, timer: int, at: float) -> bool:
        """Take off a timer that is due; False for one that is not, or was taken off or moved meanwhile."""
        due = self.get(timer)
        if due is None or due > at + CLOCKS:
            return False
        del self[timer]
        return True
