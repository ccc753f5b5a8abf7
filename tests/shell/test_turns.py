"""The turns of all calls: written together, then performed, and none suffers from another."""

from collections.abc import Callable, Iterator

import gevent
import pytest
from gevent.event import Event

from engine.core.effects import CloseCall, Effect, StopPlay
from engine.core.ids import CallId, LegId
from engine.shell.store import Commit
from engine.shell.turns import Turns
from tests.shell.waiting import eventually


class Book:
    """A store that says who was written down together, and in which order all things happened."""

    def __init__(self) -> None:
        self.story: list[str] = []
        self.writes: list[tuple[list[CallId], bool]] = []
        self.open = Event()
        self.open.set()

    def commit(self, *commits: Commit, wait: bool = True) -> bool:
        calls = [commit.call for commit in commits]
        self.writes.append((calls, wait))
        if wait:
            self.open.wait()
        self.story += [f"{call} written" for call in calls]
        return True


class Call:
    """A call that gives what it is told to."""

    def __init__(self, name: str, book: Book, effects: list[Effect] | None = None, closed: bool = False) -> None:
        self.name = name
        self.book = book
        self.effects: list[Effect] = [StopPlay(LegId(name))] if effects is None else effects
        self.closed = closed
        self.nothing = False
        self.faults: set[str] = set()

    def handle(self) -> tuple[Commit, list[Effect]] | None:
        self._happens("handled")
        commit = Commit(CallId(self.name), "fs1", "b1", 0, [b"[]"], [], self.closed)
        return None if self.nothing else (commit, self.effects)

    def perform(self, effects: list[Effect]) -> None:
        assert effects == self.effects
        self._happens("performed")

    def depart(self) -> None:
        self._happens("departed")

    def _happens(self, what: str) -> None:
        self.book.story.append(f"{self.name} {what}")
        if what in self.faults:
            raise RuntimeError(what)


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def turns(book: Book) -> Iterator[Turns]:
    turns = Turns(book)  # type: ignore[arg-type]
    turns.start()
    yield turns
    turns.stop()


def told(book: Book, *wanted: str) -> None:
    eventually(lambda: set(wanted) <= set(book.story), str(wanted))


def test_calls_that_come_together_share_a_write_and_act_after_it(turns: Turns, book: Book) -> None:
    for name in "abc":
        turns.ask(Call(name, book))
    told(book, "c departed")
    assert book.writes == [(["a", "b", "c"], True)]
    things = ("handled", "written", "performed", "departed")
    assert book.story == [f"{name} {thing}" for thing in things for name in "abc"]


def test_what_comes_while_a_write_is_on_its_way_is_the_next_round(turns: Turns, book: Book) -> None:
    book.open.clear()
    turns.ask(Call("a", book))
    told(book, "a handled")
    turns.ask(Call("b", book))
    turns.ask(Call("c", book))
    gevent.sleep(0)
    assert book.story == ["a handled"], "nothing is done before it is written down"
    book.open.set()
    told(book, "c departed")
    assert [calls for calls, _ in book.writes] == [["a"], ["b", "c"]]


def test_nobody_waits_for_what_nobody_acts_on(turns: Turns, book: Book) -> None:
    book.open.clear()
    turns.ask(Call("a", book, effects=[]))
    turns.ask(Call("b", book, effects=[CloseCall()], closed=True))
    told(book, "b departed")
    assert book.writes == [(["a", "b"], False)]
    assert "a performed" not in book.story


def test_a_call_with_nothing_to_say_is_not_written(turns: Turns, book: Book) -> None:
    call = Call("a", book)
    call.nothing = True
    turns.ask(call)
    told(book, "a handled")
    gevent.sleep(0)
    assert book.story == ["a handled"]
    assert book.writes == []


@pytest.mark.parametrize("fault", ["handled", "performed", "departed"])
def test_a_fault_in_one_call_is_none_of_the_others(turns: Turns, book: Book, fault: str) -> None:
    faulty = Call("a", book)
    faulty.faults.add(fault)
    turns.ask(faulty)
    turns.ask(Call("b", book))
    told(book, "b departed")
    assert ("a written" in book.story) == (fault != "handled")
    book.story.clear()
    turns.ask(Call("c", book))
    told(book, "c departed")


def test_a_store_with_a_fault_does_not_end_the_turns(turns: Turns, book: Book) -> None:
    def fail(*commits: Commit, wait: bool = True) -> bool:
        raise RuntimeError("a fault")

    whole: Callable[..., bool] = book.commit
    book.commit = fail  # type: ignore[method-assign]
    turns.ask(Call("a", book))
    told(book, "a handled")
    gevent.sleep(0)
    book.commit = whole  # type: ignore[method-assign]
    turns.ask(Call("b", book))
    told(book, "b departed")
    assert "a performed" not in book.story


def test_after_a_stop_nobody_has_a_turn(turns: Turns, book: Book) -> None:
    book.open.clear()
    turns.ask(Call("a", book))
    told(book, "a handled")
    turns.ask(Call("b", book))
    turns.stop()
    book.open.set()
    gevent.sleep(0.01)
    assert book.story == ["a handled"]
