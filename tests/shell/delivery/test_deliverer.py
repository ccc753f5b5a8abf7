"""The senders of one process: one read for all of them, and only as many as it holds leases."""

from dataclasses import replace

import gevent

from engine.shell.keys import EndpointKeys
from tests.shell.delivery.stand import Stand, endpoint
from tests.shell.waiting import eventually


def reads(stand: Stand) -> int:
    return int(stand.server.client().info("commandstats").get("cmdstat_xread", {}).get("calls", 0))


def test_an_active_endpoint_is_a_task_and_one_that_is_not_is_none(stand: Stand) -> None:
    process = stand.process()
    process.store.create("default", endpoint("one"))
    process.store.create("default", endpoint("two"))
    eventually(lambda: sorted(process._deliverer.owned) == ["ep_one", "ep_two"], "both")
    process.store.disable("default", "ep_one", "paused", 1.0)
    eventually(lambda: process._deliverer.owned == ["ep_two"], "one")
    process.store.delete("default", "ep_two")
    eventually(lambda: process._deliverer.owned == [], "none")
    assert list(process._deliverer.tasks) == []


def test_many_endpoints_share_one_read(stand: Stand) -> None:
    process = stand.process()
    for number in range(40):
        process.store.create("default", endpoint(f"n{number}"))
    eventually(lambda: len(process._deliverer.owned) == 40, "all")
    stand.publish("a", 1)
    eventually(lambda: len(stand.receivers.sent) == 40, "one each")
    gevent.sleep(0.1)
    before = reads(stand)
    stand.publish("a", 2)
    eventually(lambda: len(stand.receivers.sent) == 80, "the second")
    assert reads(stand) - before <= 60, "a few reads, not one for each endpoint and second"


def test_an_idle_process_asks_redis_a_few_times_a_second(stand: Stand) -> None:
    process = stand.process(lease_seconds=6.0)
    for number in range(20):
        process.store.create("default", endpoint(f"n{number}"))
    eventually(lambda: len(process._deliverer.owned) == 20, "all")
    gevent.sleep(0.3)
    client = stand.server.client()
    before = client.info("stats")["total_commands_processed"]
    gevent.sleep(1.0)
    # Two reads and a look at the version for each of its two readers, the recorder's, and perhaps one round of leases.
    assert client.info("stats")["total_commands_processed"] - before < 20 + 40


def test_a_changed_address_is_used_from_the_next_request_on(stand: Stand) -> None:
    urls: list[str] = []
    process = stand.process()
    original = stand.receivers.post

    def post(endpoint, body, event_id, attempt):  # type: ignore[no-untyped-def]
        urls.append(endpoint.url)
        return original(endpoint, body, event_id, attempt)

    stand.receivers.post = post  # type: ignore[method-assign]
    one = process.store.create("default", endpoint("one"))
    stand.publish("a", 1)
    eventually(lambda: len(urls) == 1, "the first")
    process.store.update("default", replace(one, url="https://moved.example/"))
    eventually(lambda: process._view.by_id["ep_one"].url == "https://moved.example/", "the change seen")
    stand.publish("a", 2)
    eventually(lambda: len(urls) == 2, "the second")
    assert urls == ["https://one.example/", "https://moved.example/"]


def test_a_lease_proved_to_be_anothers_is_let_go(stand: Stand) -> None:
    process = stand.process(lease_seconds=60.0)
    process.store.create("default", endpoint("one"))
    eventually(lambda: process._deliverer.owned == ["ep_one"], "the lease")
    client = stand.server.client()
    client.hset(EndpointKeys("ep_one").owner, mapping={"owner": "you", "epoch": 2**52, "until": 2**52})
    stand.publish("a", 1)
    eventually(lambda: process._deliverer.owned == [], "let go, long before the lease was to be renewed")
    client.hset(EndpointKeys("ep_one").owner, mapping={"until": 0})
    eventually(lambda: process.store.backlog("ep_one")["waiting"] == 0, "taken again, and the event written down")


def test_a_sender_that_breaks_down_is_replaced_once(stand: Stand) -> None:
    process = stand.process()
    process.store.create("default", endpoint("one"))
    eventually(lambda: process._deliverer.owned == ["ep_one"], "the endpoint")
    task = EndpointKeys("ep_one").owner
    first = process._deliverer._senders[task]
    first._break_down()
    first._break_down()
    stand.publish("a", 1)
    eventually(lambda: stand.receivers.to("one") == ["evt_a_1"], "the event, by another sender")
    assert process._deliverer._senders[task] is not first
    assert process._deliverer.owned == ["ep_one"]


def test_a_sender_that_lost_its_endpoint_is_not_replaced(stand: Stand) -> None:
    process = stand.process()
    process.store.create("default", endpoint("one"))
    eventually(lambda: process._deliverer.owned == ["ep_one"], "the endpoint")
    process._deliverer._senders[EndpointKeys("ep_one").owner]._break_down()
    process.store.delete("default", "ep_one")
    eventually(lambda: process._deliverer.owned == [], "let go")
    eventually(lambda: not process._deliverer._repairs, "nothing left to do")
    assert process._deliverer.owned == []
