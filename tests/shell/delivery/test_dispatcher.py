"""Events are handed to the endpoints that want them, each once, in order, from where the last one stopped."""

from collections.abc import Callable, Iterator

import gevent
import pytest

from engine.shell.delivery.dispatcher import GROUP, Dispatcher, event_of
from engine.shell.delivery.endpoints import EndpointStore, EndpointView
from engine.shell.delivery.queue import EndpointQueue
from engine.shell.keys import Keys
from engine.shell.store import connect
from tests.shell.delivery.stand import endpoint, publish, record
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually

EVENTS = Keys(0).events


class Work:
    """A dispatcher and what it said."""

    def __init__(self, server: RedisServer, store: EndpointStore, owner: str, limit: int) -> None:
        self.full: list[str] = []
        self.fenced = 0
        self.dispatcher = Dispatcher(
            connect(server.url), 0, owner, EndpointView(store), queue_limit=limit,
            on_full=lambda one: self.full.append(one.id), on_fenced=self._fenced,
        )  # fmt: skip

    def _fenced(self) -> None:
        self.fenced += 1


@pytest.fixture
def work(redis_server: RedisServer, store: EndpointStore) -> Iterator[Callable[..., Work]]:
    made: list[Work] = []

    def make(owner: str = "me", *, epoch: int = 7, limit: int = 10_000, start: bool = True) -> Work:
        made.append(Work(redis_server, store, owner, limit))
        if start:
            redis_server.client().hset(Keys(0).dispatcher, mapping={"owner": owner, "epoch": epoch})
            made[-1].dispatcher.start(epoch)
        return made[-1]

    yield make
    for one in made:
        one.dispatcher.stop()


def queued(server: RedisServer, name: str = "one") -> list[str]:
    entries = server.client().xrange(EndpointQueue(f"ep_{name}").streams[0])
    return [fields[b"i"].decode() for _, fields in entries]  # type: ignore[union-attr]


def handed_to(server: RedisServer) -> bytes:
    groups = {group["name"]: group["last-delivered-id"] for group in server.client().xinfo_groups(EVENTS)}
    return bytes(groups.get(GROUP.encode(), b""))


def newest(server: RedisServer) -> bytes:
    ((position, _),) = server.client().xrevrange(EVENTS, count=1)
    return bytes(position)


def test_each_endpoint_gets_what_it_wants_of_its_tenant(
    redis_server: RedisServer, store: EndpointStore, work: Callable[..., Work]
) -> None:
    store.create("default", endpoint("all"))
    store.create("default", endpoint("some", events=("flow.*",)))
    store.create("default", endpoint("off", is_active=False))
    store.create("other", endpoint("foreign"))
    work()
    publish(redis_server, "a", 1, 2)
    publish(redis_server, "a", 3, kind="flow.step")
    publish(redis_server, "b", 1, tenant="other")
    eventually(lambda: queued(redis_server, "foreign") == ["evt_b_1"], "all handed out")
    assert queued(redis_server, "all") == ["evt_a_1", "evt_a_2", "evt_a_3"]
    assert queued(redis_server, "some") == ["evt_a_3"]
    assert queued(redis_server, "off") == []


def test_an_entry_has_the_id_of_its_event_in_the_stream(
    redis_server: RedisServer, store: EndpointStore, work: Callable[..., Work]
) -> None:
    store.create("default", endpoint("one"))
    work()
    publish(redis_server, "a", 1)
    eventually(lambda: queued(redis_server), "the event")
    ((position, fields),) = redis_server.client().xrange(EndpointQueue("ep_one").streams[0])
    assert position == newest(redis_server)
    assert (fields[b"c"], fields[b"t"]) == (b"a", b"call.tagged")
    assert fields[b"b"].startswith(b'{"id":"evt_a_1","type":"call.tagged","version":1,"timestamp":"2023-')


def test_an_endpoint_gets_nothing_of_the_time_before_it(
    redis_server: RedisServer, store: EndpointStore, work: Callable[..., Work]
) -> None:
    publish(redis_server, "a", 1)
    gevent.sleep(0.002)
    store.create("default", endpoint("one"))
    publish(redis_server, "a", 2)
    gevent.sleep(0.002)
    store.create("default", endpoint("two"))
    publish(redis_server, "a", 3)
    work()
    eventually(lambda: "evt_a_3" in queued(redis_server, "two"), "the last")
    assert queued(redis_server, "one") == ["evt_a_2", "evt_a_3"]
    assert queued(redis_server, "two") == ["evt_a_3"]


def test_an_endpoint_is_told_from_the_moment_it_is_known(
    redis_server: RedisServer, store: EndpointStore, work: Callable[..., Work]
) -> None:
    store.create("default", endpoint("first"))
    work()
    for number in range(10):
        store.create("default", endpoint(f"n{number}"))
        publish(redis_server, f"c{number}", 1)
    eventually(lambda: len(queued(redis_server, "first")) == 10, "all events")
    for number in range(10):
        assert f"evt_c{number}_1" in queued(redis_server, f"n{number}"), "told after it was known"


def test_the_next_one_goes_on_where_the_last_one_was(
    redis_server: RedisServer, store: EndpointStore, work: Callable[..., Work]
) -> None:
    store.create("default", endpoint("one"))
    first = work()
    publish(redis_server, "a", *range(1, 600))
    eventually(lambda: handed_to(redis_server) == newest(redis_server), "how far it came, told")
    first.dispatcher.stop()
    publish(redis_server, "a", *range(600, 700))
    work("you", epoch=8)
    eventually(lambda: len(queued(redis_server)) == 699, "the rest")
    assert queued(redis_server) == [f"evt_a_{n}" for n in range(1, 700)]


def test_what_a_dead_one_had_half_done_is_done_once(
    redis_server: RedisServer, store: EndpointStore, work: Callable[..., Work]
) -> None:
    store.create("default", endpoint("one"))
    first = work()
    publish(redis_server, "a", *range(1, 50))
    eventually(lambda: len(queued(redis_server)) == 49, "all in the queue")
    first.dispatcher.stop()
    redis_server.client().xgroup_setid(EVENTS, GROUP, "0")  # as if it had died before it told
    work("you", epoch=8)
    eventually(lambda: handed_to(redis_server) == newest(redis_server), "all handed out again")
    assert queued(redis_server) == [f"evt_a_{n}" for n in range(1, 50)]


def test_one_that_lost_its_lease_stops_and_says_so(
    redis_server: RedisServer, store: EndpointStore, work: Callable[..., Work]
) -> None:
    store.create("default", endpoint("one"))
    first = work()
    publish(redis_server, "a", 1)
    eventually(lambda: handed_to(redis_server) == newest(redis_server), "the first")
    before = handed_to(redis_server)
    redis_server.client().hset(Keys(0).dispatcher, mapping={"owner": "you", "epoch": 8})
    publish(redis_server, "a", 2)
    eventually(lambda: first.fenced == 1, "the end")
    assert handed_to(redis_server) == before, "how far it came is for the next one to say"
    work("you", epoch=8)
    publish(redis_server, "a", 3)
    eventually(lambda: len(queued(redis_server)) == 3, "the rest")
    assert queued(redis_server) == ["evt_a_1", "evt_a_2", "evt_a_3"]


def test_a_queue_that_is_full_is_told(
    redis_server: RedisServer, store: EndpointStore, work: Callable[..., Work]
) -> None:
    store.create("default", endpoint("one"))
    store.create("default", endpoint("two", events=("call.ended",)))
    one = work(limit=2)
    publish(redis_server, "a", 1, 2, 3)
    eventually(lambda: len(queued(redis_server)) >= 2, "a full queue")
    publish(redis_server, "a", 4)
    publish(redis_server, "a", 5, kind="call.ended")
    eventually(lambda: queued(redis_server, "two") == ["evt_a_5"], "the other")
    eventually(lambda: "ep_one" in one.full, "said")


@pytest.mark.parametrize(
    "odd",
    [
        {"event": b"not json"}, {"other": b"{}"}, {"event": b"[]"}, {"event": b'"id"'}, {"event": b"{}"},
        {"event": record("a", 1).replace(b'"default"', b"[1]")}, {"event": record("a", 1).replace(b'"a"', b"7")},
        {"event": record("a", 1).replace(b"1700000000.5", b'"noon"')},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_event_holds_up_nothing(
    redis_server: RedisServer, store: EndpointStore, work: Callable[..., Work], odd: dict[str, bytes]
) -> None:
    store.create("default", endpoint("one"))
    redis_server.client().xadd(EVENTS, odd)  # type: ignore[arg-type]
    publish(redis_server, "b", 1)
    work()
    eventually(lambda: queued(redis_server) == ["evt_b_1"], "the event behind it")


def test_an_event_about_an_endpoint_belongs_to_no_call() -> None:
    event = event_of([b"event", record(None, None, "endpoint.disabled")])
    assert (event["call"], event["n"]) == (None, None)


def test_redis_killed_and_started_again(own_redis: RedisServer) -> None:
    client = connect(own_redis.url)
    store = EndpointStore(client, str, str)
    store.create("default", endpoint("one"))
    work = Work(own_redis, store, "me", 10_000)
    own_redis.client().hset(Keys(0).dispatcher, mapping={"owner": "me", "epoch": 7})
    work.dispatcher.start(7)
    publish(own_redis, "a", *range(1, 30))
    eventually(lambda: len(queued(own_redis)) > 0, "some")
    own_redis.kill()
    own_redis.start()
    publish(own_redis, "a", *range(30, 60))
    eventually(lambda: len(queued(own_redis)) == 59, "all of them")
    assert queued(own_redis) == [f"evt_a_{n}" for n in range(1, 60)]
    work.dispatcher.stop()
