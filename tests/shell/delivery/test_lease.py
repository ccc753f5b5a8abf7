"""Leases of deliver processes: one holder each, spread, moved in order, followed in time, never acted on when old."""

from collections.abc import Callable, Iterator

import gevent
import pytest

from engine.shell.delivery.lease import Leases, preferred
from engine.shell.keys import DELIVERERS
from engine.shell.store import connect
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually

TASKS = [f"sb:{{ep_{number}}}:owner" for number in range(12)]


class Process:
    """A deliver process as its leases see it."""

    def __init__(self, server: RedisServer, name: str, lives_ms: int = 900) -> None:
        self.log: list[tuple[str, str]] = []
        self.leases = Leases(
            connect(server.url), name, on_gained=lambda task, epoch: self.log.append(("gained", task)),
            on_lost=lambda task: self.log.append(("lost", task)),
            on_leaving=lambda task: self.log.append(("leaving", task)), lives_ms=lives_ms,
        )  # fmt: skip
        self.leases.want(TASKS)
        self.leases.start()

    @property
    def holds(self) -> set[str]:
        return {task for task in self.leases.held if self.leases.epoch(task)}

    def die(self) -> None:
        """End without a word, as a killed process does."""
        assert self.leases._greenlet is not None
        self.leases._greenlet.kill()


@pytest.fixture
def process(redis_server: RedisServer) -> Iterator[Callable[..., Process]]:
    made: list[Process] = []

    def make(name: str, **options: int) -> Process:
        made.append(Process(redis_server, name, **options))
        return made[-1]

    yield make
    for one in made:
        one.leases.stop()


def test_everybody_agrees_who_should_hold_what_and_it_is_spread() -> None:
    living = ["one", "two", "three"]
    tasks = [f"task-{number}" for number in range(300)]
    chosen = {task: preferred(task, living) for task in tasks}
    assert chosen == {task: preferred(task, reversed(living)) for task in tasks}
    assert all(70 <= list(chosen.values()).count(name) <= 130 for name in living)
    without = {task: preferred(task, ["one", "two"]) for task in tasks}
    assert all(without[task] == name for task, name in chosen.items() if name != "three"), "only its share moves"
    assert preferred("task", []) == ""


def test_one_alone_holds_everything(process: Callable[..., Process]) -> None:
    one = process("one")
    eventually(lambda: one.holds == set(TASKS), "every lease")
    assert one.leases.living == ("one",)
    assert all(epoch > 0 for epoch in one.leases.held.values())
    assert one.leases.epoch("another") == 0


def test_who_joins_gets_its_share_after_what_was_under_way_has_ended(process: Callable[..., Process]) -> None:
    one = process("one")
    eventually(lambda: one.holds == set(TASKS), "every lease")
    first = dict(one.leases.held)
    two = process("two")
    eventually(lambda: one.holds | two.holds == set(TASKS) and two.holds and not one.holds & two.holds, "a split")
    share = {task for task in TASKS if preferred(task, ("one", "two")) == "two"}
    assert two.holds == share
    for task in share:
        assert one.log.index(("leaving", task)) < one.log.index(("lost", task))
        assert two.leases.held[task] > first[task]


def test_the_leases_of_the_dead_are_taken_when_they_end_and_not_before(process: Callable[..., Process]) -> None:
    one, two = process("one"), process("two")
    eventually(lambda: len(one.holds) + len(two.holds) == len(TASKS) and two.holds, "a split")
    mine, theirs = one.holds, two.holds
    two.die()
    assert one.holds == mine
    eventually(lambda: one.holds == set(TASKS), "the take-over")
    assert not two.holds & theirs, "who did not renew does not act on what another has"


def test_who_stops_gives_everything_back_at_once(process: Callable[..., Process]) -> None:
    one, two = process("one", lives_ms=60_000), process("two", lives_ms=60_000)
    eventually(lambda: len(one.holds) + len(two.holds) == len(TASKS) and two.holds, "a split")
    two.leases.stop()
    assert not two.holds
    assert {name for what, name in two.log if what == "leaving"} <= {name for what, name in two.log if what == "lost"}
    eventually(lambda: one.holds == set(TASKS), "everything, long before a lease could end")


def test_what_is_no_longer_wanted_is_let_go(process: Callable[..., Process]) -> None:
    one = process("one")
    eventually(lambda: one.holds == set(TASKS), "every lease")
    one.leases.want(TASKS[:3])
    eventually(lambda: one.holds == set(TASKS[:3]), "the rest let go")
    one.leases.want(TASKS)
    eventually(lambda: one.holds == set(TASKS), "all of them again")


def test_who_was_held_up_learns_that_it_lost(redis_server: RedisServer, process: Callable[..., Process]) -> None:
    one = process("one")
    eventually(lambda: one.holds == set(TASKS), "every lease")
    for task in TASKS:
        redis_server.client().hset(task, mapping={"owner": "two", "epoch": 2**52, "until": 2**52})
    eventually(lambda: not one.leases.held, "the loss")
    assert {task for what, task in one.log if what == "lost"} == set(TASKS)


def test_redis_away_ends_nothing_but_the_right_to_act(own_redis: RedisServer) -> None:
    one = Process(own_redis, "one")
    eventually(lambda: one.holds == set(TASKS), "every lease")
    epochs = dict(one.leases.held)
    own_redis.kill()
    eventually(lambda: not one.holds, "leases too old to act on")
    assert ("lost", TASKS[0]) not in one.log
    own_redis.start()
    eventually(lambda: one.holds == set(TASKS), "renewed")
    assert dict(one.leases.held) == epochs
    one.leases.stop()


def test_idle_processes_ask_seldom(redis_server: RedisServer, process: Callable[..., Process]) -> None:
    one = process("one", lives_ms=6000)
    eventually(lambda: one.holds == set(TASKS), "every lease")
    before = redis_server.client().info("commandstats")["cmdstat_evalsha"]["calls"]
    gevent.sleep(0.3)
    assert redis_server.client().info("commandstats")["cmdstat_evalsha"]["calls"] == before


def test_the_list_of_the_living_forgets_who_is_silent(
    redis_server: RedisServer, process: Callable[..., Process]
) -> None:
    one, two = process("one"), process("two")
    eventually(lambda: set(one.leases.living) == {"one", "two"}, "both")
    two.die()
    eventually(lambda: one.leases.living == ("one",), "one alone")
    assert redis_server.client().zrange(DELIVERERS, 0, -1) == [b"one"]
