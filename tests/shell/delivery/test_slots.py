"""Slots are bounded, and who waits for one is served in turn."""

import gevent

from engine.shell.delivery.slots import Slots
from tests.shell.waiting import eventually


class Taker:
    def __init__(self, slots: Slots) -> None:
        self.slots = slots
        self.got = 0

    def go(self) -> None:
        if self.slots.take(self):
            self.got += 1


def test_there_are_only_so_many() -> None:
    slots = Slots(2)
    one, two, three = (Taker(slots) for _ in range(3))
    for taker in (one, two, three):
        taker.go()
    assert (one.got, two.got, three.got, slots.taken) == (1, 1, 0, 2)
    slots.give_back()
    eventually(lambda: three.got == 1, "the one that waited")
    assert slots.taken == 2


def test_who_waits_longest_is_first_and_asks_once() -> None:
    slots = Slots(1)
    takers = [Taker(slots) for _ in range(4)]
    for taker in (*takers, takers[1]):
        taker.go()
    for served in range(1, 4):
        slots.give_back()
        eventually(lambda served=served: sum(taker.got for taker in takers) == served + 1, "the next")
        assert [taker.got for taker in takers] == [1] * (served + 1) + [0] * (3 - served)


def test_who_is_forgotten_is_not_called() -> None:
    slots = Slots(1)
    one, two = Taker(slots), Taker(slots)
    one.go()
    two.go()
    slots.forget(two)
    slots.give_back()
    gevent.sleep(0)
    assert (two.got, slots.taken) == (0, 0)


def test_hundreds_that_take_and_give_back_at_once_do_not_pile_up() -> None:
    slots = Slots(1)

    class Polite(Taker):
        def go(self) -> None:
            if self.slots.take(self):
                self.got += 1
                self.slots.give_back()

    slots.take(Taker(slots))
    many = [Polite(slots) for _ in range(3000)]
    for taker in many:
        taker.go()
    slots.give_back()
    eventually(lambda: all(taker.got == 1 for taker in many), "every one")
    assert slots.taken == 0
