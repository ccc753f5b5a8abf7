"""What a step waits for and what has come meanwhile: unread keys, answers nobody took yet, changes of legs."""

from collections import deque

from engine.core.ids import AskId, LegId
from engine.core.signals import Answer
from engine.core.steps import Digit, Done, Happened, LegChange, Wait

MAX_UNREAD = 64
"""Keys kept for later input; a caller leaning on the keypad loses the oldest."""


class Waiting:
    """The mailbox of one running step. `match` answers a wait from what is there; arrivals are kept until wanted."""

    __slots__ = ("_answers", "_changes", "_digits", "_fresh")

    def __init__(self) -> None:
        self._digits: dict[LegId, deque[str]] = {}
        self._answers: dict[AskId, Answer] = {}
        self._changes: deque[LegChange] = deque()
        self._fresh: set[LegId] = set()

    def press(self, leg: LegId, digit: str) -> None:
        """A key came in."""
        self._digits.setdefault(leg, deque(maxlen=MAX_UNREAD)).append(digit)
        self._fresh.add(leg)

    def flush(self, leg: LegId) -> None:
        """Forget a leg's unread keys."""
        self._digits.pop(leg, None)
        self._fresh.discard(leg)

    def answer(self, ask: AskId, answer: Answer) -> None:
        """An ask was answered."""
        self._answers[ask] = answer

    def change(self, change: LegChange) -> None:
        """A leg changed."""
        self._changes.append(change)

    def begin(self, leg: LegId) -> None:
        """A wait begins: only keys pressed from now on are fresh."""
        self._fresh.discard(leg)

    def match(self, wait: Wait, caller: LegId) -> Happened | None:
        """What the wait was waiting for, or None. Changes of legs nobody waits for stay until somebody does."""
        leg = wait.digits_of or caller
        if wait.digits == "take":
            unread = self._digits.get(leg)
            if unread:
                self._fresh.discard(leg)
                return Digit(unread.popleft())
        elif wait.digits == "fresh" and leg in self._fresh:
            self._fresh.discard(leg)
            return Digit(self._digits[leg][-1])
        for ask in wait.asks:
            if ask in self._answers:
                return Done(ask, self._answers.pop(ask))
        if wait.legs:
            for change in self._changes:
                if change.leg in wait.legs:
                    self._changes.remove(change)
                    return change
        return None
