"""Slots are bounded, for all and for each tenant, and who waits for one is served in turn."""

from collections import Counter

import gevent
from hypothesis import given
from hypothesis import strategies as st

from engine.shell.delivery.slots import Slots
from tests.shell.waiting import eventually


class Taker:
    """An endpoint: takes up to `wants` and says when it has done with one."""

    def __init__(self, slots: Slots, tenant: str = "one", wants: int = 1) -> None:
        self.slots = slots
        self.tenant = tenant
        self.wants = wants
        self.has = 0
        self.got = 0

    def go(self) -> None:
        while self.has < self.wants and self.slots.take(self):
            self.has += 1
            self.got += 1

    def done(self) -> None:
        """A request ended: as a sender does, it gives back and tries at once to have another."""
        self.has -= 1
        self.slots.give_back(self)
        self.go()

    def leave(self) -> None:
        """It has nothing more to send."""
        self.wants = 0
        while self.has:
            self.done()


def told() -> None:
    """Let those go whom a slot was handed."""
    for _ in range(3):
        gevent.sleep(0)


def test_there_are_only_so_many() -> None:
    slots = Slots(2)
    one, two, three = (Taker(slots, f"t{number}") for number in range(3))
    for taker in (one, two, three):
        taker.go()
    assert (one.got, two.got, three.got, slots.taken) == (1, 1, 0, 2)
    one.leave()
    eventually(lambda: three.got == 1, "the one that waited")
    assert slots.taken == 2


def test_who_waits_longest_is_first_and_asks_once() -> None:
    slots = Slots(1)
    takers = [Taker(slots) for _ in range(4)]
    for taker in (*takers, takers[1]):
        taker.go()
    for served in range(3):
        takers[served].leave()
        told()
        assert [taker.got for taker in takers] == [1] * (served + 2) + [0] * (2 - served)


def test_who_gives_back_is_not_quicker_than_who_waits() -> None:
    slots = Slots(1)
    busy, patient = Taker(slots), Taker(slots)
    busy.go()
    patient.go()
    for turn in range(1, 4):
        busy.done()
        told()
        assert (busy.has, patient.has, patient.got) == (0, 1, turn)
        patient.done()
        told()
        assert (busy.has, patient.has) == (1, 0)


def test_who_is_forgotten_is_not_called() -> None:
    slots = Slots(1)
    one, two = Taker(slots), Taker(slots)
    one.go()
    two.go()
    slots.forget(two)
    one.leave()
    told()
    assert (two.got, slots.taken) == (0, 0)


def test_a_slot_handed_to_who_wants_none_any_more_goes_on() -> None:
    slots = Slots(1)
    one, two, three = (Taker(slots) for _ in range(3))
    for taker in (one, two, three):
        taker.go()
    one.leave()
    two.wants = 0
    told()
    assert (two.got, three.got, slots.taken) == (0, 1, 1)


def test_hundreds_that_take_and_give_back_at_once_do_not_pile_up() -> None:
    slots = Slots(1)

    class Polite(Taker):
        def go(self) -> None:
            if self.slots.take(self):
                self.got += 1
                self.slots.give_back(self)

    first = Taker(slots)
    first.go()
    many = [Polite(slots) for _ in range(3000)]
    for taker in many:
        taker.go()
    first.leave()
    eventually(lambda: all(taker.got == 1 for taker in many), "every one")
    assert slots.taken == 0


def test_a_tenant_gets_no_more_than_its_part() -> None:
    slots = Slots(512, 64)
    hanging = [Taker(slots, "a", wants=8) for _ in range(70)]
    for taker in hanging:
        taker.go()
    assert sum(taker.has for taker in hanging) == slots.taken == 64
    others = [Taker(slots, "b", wants=8) for _ in range(5)]
    for taker in others:
        taker.go()
    assert [taker.has for taker in others] == [8] * 5


def test_endpoints_that_hang_leave_their_siblings_a_turn() -> None:
    slots = Slots(512, 64)
    hanging = [Taker(slots, "a", wants=8) for _ in range(10)]
    quick = [Taker(slots, "a", wants=8) for _ in range(6)]
    for taker in (*hanging, *quick):
        taker.go()
    assert [taker.has for taker in quick] == [1] * 6
    for _ in range(20):
        for taker in quick:
            taker.done()
        told()
    assert all(taker.got == 21 for taker in quick)


def test_tenants_that_hang_leave_others_a_turn() -> None:
    slots = Slots(64, 64)
    hanging = [Taker(slots, name, wants=8) for name in "abc" for _ in range(70)]
    for taker in hanging:
        taker.go()
    quick = Taker(slots, "d", wants=8)
    quick.go()
    assert quick.has == 1
    for _ in range(20):
        quick.done()
        told()
        assert quick.has == 1


def test_what_comes_free_goes_to_the_tenant_that_has_the_fewest() -> None:
    slots = Slots(16, 16)
    takers = {name: [Taker(slots, name, wants=2) for _ in range(10)] for name in "abcd"}
    for name in "abcd":
        for taker in takers[name]:
            taker.go()
    having = {name: sum(taker.has for taker in some) for name, some in takers.items()}
    assert having["a"] > 8, "who comes first has the most"
    for _ in range(14):  # whatever ends, ends where the most is
        most = max(takers, key=lambda name: sum(taker.has for taker in takers[name]))
        next(taker for taker in takers[most] if taker.has).done()
        told()
    having = {name: sum(taker.has for taker in some) for name, some in takers.items()}
    assert sum(having.values()) == slots.taken == 14, "the rest is kept for who has none"
    assert min(having.values()) >= 3


@given(st.lists(st.tuples(st.integers(0, 11), st.sampled_from(["go", "done", "leave", "want", "forget"])), max_size=80))
def test_whatever_happens_slots_are_counted_and_nobody_is_forgotten(steps: list[tuple[int, str]]) -> None:
    slots = Slots(6, 4)
    takers = [Taker(slots, "abc"[number % 3], wants=2) for number in range(12)]
    for number, what in steps:
        taker = takers[number]
        if what == "go":
            taker.go()
        elif what == "done" and taker.has:
            taker.done()
        elif what == "leave":
            taker.leave()
        elif what == "want":
            taker.wants = 2
        elif what == "forget":
            slots.forget(taker)
        by_tenant = Counter({name: sum(one.has for one in takers if one.tenant == name) for name in "abc"})
        assert sum(by_tenant.values()) <= slots.taken <= 6
        assert max(by_tenant.values()) <= 4
    told()
    assert slots.taken == sum(taker.has for taker in takers)
    for taker in takers:
        taker.wants = 2
        taker.go()
    for _ in range(12):
        for taker in takers:
            if taker.has:
                taker.done()
        told()
    assert all(taker.got for taker in takers), "everybody had a turn"
    for taker in takers:
        taker.leave()
    told()
    assert (slots.taken, slots._tenants, slots._wanting) == (0, {}, {})
