"""The lease of a switch: one engine at a time, a new epoch for each, and no gap longer than the lease."""

import time
from collections.abc import Callable, Iterator

import gevent
import pytest

from engine.shell.keys import owner_key
from engine.shell.ownership import Ownership
from engine.shell.store import Store
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("RENEW_EVERY", 0.02), ("TRY_EVERY", 0.01), ("LIVES_MS", 150)):
        monkeypatch.setattr(f"engine.shell.ownership.{name}", seconds)


class Engine:
    """One engine's lease and what it was told."""

    def __init__(self, store: Store, name: str, *, hold: bool = True) -> None:
        self.told: list[str] = []
        self.lease = Ownership(
            store, "fs1", name, on_gained=lambda: self.told.append("gained"),
            on_lost=lambda: self.told.append("lost"), hold=hold,
        )  # fmt: skip

    def die(self) -> None:
        """End without a word, as a killed process does."""
        assert self.lease._greenlet is not None
        self.lease._greenlet.kill()


@pytest.fixture
def store(redis_server: RedisServer) -> Iterator[Store]:
    store = Store(redis_server.url)
    yield store
    store.redis.close()


@pytest.fixture
def engine(store: Store) -> Iterator[Callable[[str], Engine]]:
    made: list[Engine] = []

    def make(name: str) -> Engine:
        made.append(Engine(store, name))
        made[-1].lease.start()
        return made[-1]

    yield make
    for one in made:
        one.lease.release()


# The transition itself


def test_a_switch_has_one_owner(store: Store) -> None:
    epoch = store.own("fs1", "one", 0, 60_000)
    assert epoch > 0
    assert store.own("fs1", "two", 0, 60_000) == 0
    assert store.own("fs2", "two", 0, 60_000) > 0
    assert store.own("fs1", "one", epoch, 60_000) == epoch


def test_every_owner_has_a_greater_epoch(store: Store) -> None:
    first = store.own("fs1", "one", 0, 0)
    second = store.own("fs1", "two", 0, 0)
    third = store.own("fs1", "two", 0, 60_000)
    assert first < second < third


def test_an_epoch_that_was_overtaken_is_not_kept(store: Store) -> None:
    first = store.own("fs1", "one", 0, 0)
    second = store.own("fs1", "two", 0, 60_000)
    assert store.own("fs1", "one", first, 60_000) == 0
    assert store.own("fs1", "two", first, 60_000) == 0
    assert store.own("fs1", "one", second, 60_000) == 0
    assert store.own("fs1", "two", second, 60_000) == second


def test_a_lease_that_ran_out_is_still_kept_when_nobody_took_it(store: Store) -> None:
    epoch = store.own("fs1", "one", 0, 0)
    assert store.own("fs1", "one", epoch, 60_000) == epoch


def test_a_redis_that_lost_its_memory_does_not_take_the_lease_away(redis_server: RedisServer, store: Store) -> None:
    epoch = store.own("fs1", "one", 0, 60_000)
    redis_server.client().flushall()
    assert store.own("fs1", "one", epoch, 60_000) == epoch
    assert store.own("fs1", "two", 0, 60_000) == 0


def test_a_process_that_comes_back_under_its_name_has_a_new_epoch(store: Store) -> None:
    first = store.own("fs1", "one", 0, 60_000)
    assert store.own("fs1", "one", 0, 60_000) > first


def test_a_lease_is_given_back_by_its_holder_alone(store: Store) -> None:
    first = store.own("fs1", "one", 0, 0)
    second = store.own("fs1", "two", 0, 60_000)
    store.disown("fs1", "one", first)
    assert store.own("fs1", "three", 0, 60_000) == 0
    store.disown("fs1", "two", second)
    assert store.own("fs1", "three", 0, 60_000) > second


# Engines


def test_the_first_engine_owns_and_the_second_stands_by(engine: Callable[[str], Engine]) -> None:
    one = engine("one")
    eventually(lambda: one.told == ["gained"], "the lease")
    two = engine("two")
    with gevent.Timeout(0.5, False):  # longer than the lease lives: it is renewed
        while not two.told:
            gevent.sleep(0.01)
    assert (one.told, two.told) == (["gained"], [])
    assert one.lease.epoch > 0
    assert two.lease.epoch == 0


def test_a_dead_engine_is_followed(engine: Callable[[str], Engine]) -> None:
    one = engine("one")
    eventually(lambda: one.told == ["gained"], "the lease")
    two = engine("two")
    one.die()
    eventually(lambda: two.told == ["gained"], "the take-over")
    assert two.lease.epoch > one.lease.epoch


def test_a_released_switch_is_taken_at_once(
    redis_server: RedisServer, engine: Callable[[str], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.shell.ownership.LIVES_MS", 3_600_000)
    one = engine("one")
    eventually(lambda: one.told == ["gained"], "the lease")
    two = engine("two")
    one.lease.release()
    assert one.lease.epoch == 0
    eventually(lambda: two.told == ["gained"], "the hand-over")
    assert one.told == ["gained"]
    assert redis_server.client().hget(owner_key("fs1"), "owner") == b"two"


def test_an_engine_that_was_overtaken_is_told_and_stands_by(store: Store, engine: Callable[[str], Engine]) -> None:
    one = engine("one")
    eventually(lambda: one.told == ["gained"], "the lease")
    store.redis.hset(owner_key("fs1"), mapping={"until": 0})
    stranger = store.own("fs1", "stranger", 0, 60_000)
    assert stranger > one.lease.epoch
    eventually(lambda: one.told == ["gained", "lost"], "the loss")
    assert one.lease.epoch == 0
    store.disown("fs1", "stranger", stranger)
    eventually(lambda: one.told == ["gained", "lost", "gained"], "the lease again")
    assert one.lease.epoch > stranger


def test_redis_away_is_not_the_lease_lost(own_redis: RedisServer) -> None:
    store = Store(own_redis.url)
    one = Engine(store, "one")
    one.lease.start()
    eventually(lambda: one.told == ["gained"], "the lease")
    epoch = one.lease.epoch
    until = own_redis.client().hget(owner_key("fs1"), "until")
    own_redis.kill()
    own_redis.start()
    eventually(lambda: own_redis.client().hget(owner_key("fs1"), "until") > until, "a renewed lease")  # type: ignore[operator]
    assert (one.told, one.lease.epoch) == (["gained"], epoch)
    one.lease.release()


def test_a_release_without_redis_still_ends_the_engine_s_part(own_redis: RedisServer) -> None:
    one = Engine(Store(own_redis.url), "one")
    one.lease.start()
    eventually(lambda: one.told == ["gained"], "the lease")
    own_redis.kill()
    one.lease.release()
    assert one.lease.epoch == 0


# An engine that shares its switches


@pytest.fixture
def sharing(own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The owner of a switch whose lease must not outlive Redis."""
    monkeypatch.setattr("engine.shell.ownership.LIVES_MS", 400)
    monkeypatch.setattr("engine.shell.ownership.MARGIN", 0.1)
    one = Engine(Store(own_redis.url), "one", hold=False)
    one.lease.start()
    eventually(lambda: one.told == ["gained"], "the lease")
    yield one
    own_redis.thaw()
    one.lease.release()


@pytest.mark.parametrize("way", ["kill", "freeze"])
def test_who_shares_lets_go_before_the_lease_ends(own_redis: RedisServer, sharing: Engine, way: str) -> None:
    getattr(own_redis, way)()
    eventually(lambda: sharing.told == ["gained", "lost"], "letting go", 5.0)
    assert sharing.lease.epoch == 0


def test_who_shares_takes_its_switch_again_when_redis_is_back(own_redis: RedisServer, sharing: Engine) -> None:
    epoch = sharing.lease.epoch
    own_redis.kill()
    eventually(lambda: sharing.told == ["gained", "lost"], "letting go")
    own_redis.start()
    eventually(lambda: sharing.told == ["gained", "lost", "gained"], "the switch again")
    assert sharing.lease.epoch > epoch


def test_who_shares_keeps_its_switch_over_a_short_outage(
    own_redis: RedisServer, sharing: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.shell.ownership.LIVES_MS", 3_600_000)
    until = own_redis.client().hget(owner_key("fs1"), "until")
    own_redis.kill()
    own_redis.start()
    eventually(lambda: own_redis.client().hget(owner_key("fs1"), "until") > until, "a renewed lease")  # type: ignore[operator]
    assert sharing.told == ["gained"]


def test_the_lease_still_runs_when_who_shares_has_let_go(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the real proportions: nobody else can have had the switch while it was still commanded."""
    monkeypatch.setattr("engine.shell.ownership.LIVES_MS", 1500)
    monkeypatch.setattr("engine.shell.ownership.RENEW_EVERY", 0.3)
    store = Store(own_redis.url)
    let_go: list[float] = []
    lease = Ownership(
        store, "fs1", "one", on_gained=lambda: None, on_lost=lambda: let_go.append(time.time()), hold=False
    )
    lease.start()
    eventually(lambda: lease.epoch, "the lease")
    own_redis.freeze()
    eventually(lambda: let_go, "letting go")
    own_redis.thaw()
    until = int(own_redis.client().hget(owner_key("fs1"), "until") or 0) / 1000  # type: ignore[arg-type]
    assert let_go[0] < until
    lease.release()
