"""Deliver processes over one Redis: everything arrives, in order per call, whoever dies in between."""

import time
import urllib.request

import gevent
import gevent.event
import pytest

from engine.shell.delivery.process import DeliverProcess
from engine.webhooks.attempt import Attempt
from engine.webhooks.endpoint import Endpoint
from tests.shell.delivery.stand import Receivers, Sent, Stand, die, endpoint
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually


def delivered(stand: Stand, name: str = "one") -> list[str]:
    return stand.receivers.to(name)


def test_events_reach_the_endpoints_that_want_them(stand: Stand) -> None:
    process = stand.process()
    process.store.create("default", endpoint("one"))
    process.store.create("default", endpoint("two", events=("call.ended", "flow.*")))
    process.store.create("other", endpoint("three", tenant="other"))
    stand.publish("c1", 1, 2)
    stand.publish("c1", 3, kind="call.ended")
    stand.publish("c2", 1, kind="flow.step")
    eventually(lambda: len(delivered(stand)) == 4 and len(delivered(stand, "two")) == 2, "deliveries")
    assert delivered(stand, "two") in (["evt_c1_3", "evt_c2_1"], ["evt_c2_1", "evt_c1_3"])
    assert [event for event in delivered(stand) if "c1" in event] == ["evt_c1_1", "evt_c1_2", "evt_c1_3"]
    assert delivered(stand, "three") == []
    body = stand.receivers.sent[0].body
    assert body == {
        "id": body["id"], "type": "call.tagged", "version": 1, "timestamp": "2023-11-14T22:13:20.500Z", "call": "c1",
        "n": 1, "tenant": "default", "data": {"tags": {"n": 1}},
    }  # fmt: skip


def test_every_call_is_told_in_order_one_event_at_a_time(stand: Stand) -> None:
    process = stand.process()
    process.store.create("default", endpoint("one"))
    stand.receivers.hold = lambda sent: 0.2 if sent.event.endswith("_1") else 0.005
    for n in range(1, 11):
        for call in range(12):
            stand.publish(f"c{call}", n)
    eventually(lambda: len(delivered(stand)) == 120, "everything")
    for call in range(12):
        told = [event for event in delivered(stand) if event.startswith(f"evt_c{call}_")]
        assert told == [f"evt_c{call}_{n}" for n in range(1, 11)]
    assert stand.receivers.overlaps == []
    assert stand.receivers.most_busy["ep_one"] == 8
    eventually(lambda: process.store.backlog("ep_one") == {"waiting": 0, "slow": 0, "dead": 0}, "nothing left")
    assert process.store.health("ep_one")["delivered"] == "120"


def test_endpoints_that_hang_hold_nothing_up_for_other_tenants(stand: Stand) -> None:
    process = stand.process()
    over = gevent.event.Event()

    def hold(sent: Sent) -> float:
        if sent.endpoint != "ep_one":
            over.wait()
        return 0.0

    stand.receivers.hold = hold
    for number in range(70):
        process.store.create("slow", endpoint(f"h{number}", tenant="slow"))
    process.store.create("default", endpoint("one"))
    eventually(lambda: len(process._deliverer.owned) == 71, "all endpoints")
    for call in range(8):
        stand.publish(f"s{call}", 1, tenant="slow")
    hanging = stand.receivers.busy
    eventually(lambda: process.store.backlog("ep_h69")["waiting"] == 8, "all handed out")
    eventually(lambda: sum(hanging.values()) == 64, "as many as one tenant may have")
    for call in range(10):
        stand.publish(f"c{call}", *range(1, 6))
    eventually(lambda: len(delivered(stand)) == 50, "everything of the other tenant")
    assert sum(hanging.values()) == 64
    assert len([name for name, busy in hanging.items() if busy]) > 8, "and its endpoints share them"
    over.set()
    eventually(lambda: len(stand.receivers.sent) == 50 + 70 * 8, "the rest")
    assert stand.receivers.overlaps == []


def test_an_event_that_fails_holds_its_call_alone(stand: Stand) -> None:
    process = stand.process()
    process.store.create("default", endpoint("one"))
    stand.receivers.answer = lambda sent: 500 if sent.event == "evt_a_1" and sent.attempt == 1 else 200
    stand.publish("a", 1, 2)
    stand.publish("b", 1, 2)
    eventually(lambda: delivered(stand).count("evt_b_2") == 1, "the other call")
    assert "evt_a_2" not in delivered(stand)
    eventually(lambda: "evt_a_2" in delivered(stand), "the call that was held")
    assert [event for event in delivered(stand) if "_a_" in event] == ["evt_a_1", "evt_a_1", "evt_a_2"]
    assert [sent.attempt for sent in stand.receivers.sent if sent.event == "evt_a_1"] == [1, 2]


def test_an_event_that_breaks_our_own_bookkeeping_holds_up_nothing_for_long(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.shell.supervisor.FIRST_PAUSE", 0.01)
    process = stand.process()
    original = process.metrics.attempted

    def attempted(attempt: Attempt, result: str) -> None:
        if attempt.event == "evt_a_1":
            raise ZeroDivisionError
        original(attempt, result)

    process.metrics.attempted = attempted  # type: ignore[method-assign]
    process.store.create("default", endpoint("one", retry_delay_seconds=0, max_retries=1))
    for n in range(1, 4):
        for call in "abc":
            stand.publish(call, n)
    eventually(lambda: process.store.backlog("ep_one") == {"waiting": 0, "slow": 0, "dead": 1}, "all but the one", 20)
    told = list(dict.fromkeys(delivered(stand)))
    assert len(told) == 9
    for call in "abc":
        assert [event for event in told if f"_{call}_" in event] == [f"evt_{call}_{n}" for n in range(1, 4)]
    assert [sent.attempt for sent in stand.receivers.sent if sent.event == "evt_a_1"] == [1, 2, 3, 4, 5, 6]
    assert not process.failed
    assert process._slots.taken == 0


def test_what_is_refused_waits_on_the_slow_schedule_and_is_given_up_in_the_end(stand: Stand) -> None:
    process = stand.process()
    process.store.create("default", endpoint("one", retry_delay_seconds=0, max_retries=2))
    stand.receivers.answer = lambda sent: 400 if sent.event == "evt_a_1" else 200
    stand.publish("a", 1, 2)
    eventually(lambda: process.store.backlog("ep_one")["dead"] == 1, "a dead letter")
    assert process.store.backlog("ep_one") == {"waiting": 0, "slow": 0, "dead": 1}
    assert [sent.attempt for sent in stand.receivers.sent if sent.event == "evt_a_1"] == [1, 2, 3]
    assert delivered(stand).count("evt_a_2") == 1
    assert process.store.health("ep_one")["failed"] == "3"


def test_an_endpoint_without_retries_gives_up_at_once(stand: Stand) -> None:
    process = stand.process()
    process.store.create("default", endpoint("one", retry_enabled=False))
    stand.receivers.answer = lambda sent: 503
    stand.publish("a", 1)
    eventually(lambda: process.store.backlog("ep_one")["dead"] == 1, "a dead letter")
    assert delivered(stand) == ["evt_a_1"]


def test_an_outage_costs_no_event_its_tries(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.webhooks.breaker.FIRST_PAUSE", 0.05)
    monkeypatch.setattr("engine.webhooks.breaker.LONGEST_PAUSE", 0.05)
    process = stand.process()
    process.store.create("default", endpoint("one"))
    process.store.create("default", endpoint("watch", events=("endpoint.*",)))
    down = True
    stand.receivers.answer = lambda sent: 503 if down and sent.endpoint == "ep_one" else 200
    for n in (1, 2, 3):
        for call in range(20):
            stand.publish(f"c{call}", n)
    eventually(lambda: len(delivered(stand)) > 40, "a breaker that opened and probes")
    eventually(lambda: process.store.health("ep_one").get("breaker") in ("open", "half_open"), "the state told")
    down = False
    eventually(lambda: process.store.backlog("ep_one")["waiting"] == 0, "everything delivered", 20)
    assert process.store.backlog("ep_one") == {"waiting": 0, "slow": 0, "dead": 0}
    for call in range(20):
        told = [event for event in dict.fromkeys(reversed(delivered(stand))) if event.startswith(f"evt_c{call}_")]
        assert sorted(told) == [f"evt_c{call}_{n}" for n in (1, 2, 3)]
        assert delivered(stand).index(f"evt_c{call}_1") < delivered(stand).index(f"evt_c{call}_2")
    eventually(lambda: delivered(stand, "watch"), "the recovery told")
    recovered = next(sent for sent in stand.receivers.sent if sent.endpoint == "ep_watch")
    assert recovered.body["type"] == "endpoint.recovered"
    assert recovered.body["data"]["endpoint"] == "ep_one"
    assert recovered.body["call"] is None
    assert process.store.health("ep_one")["breaker"] == "closed"


def test_an_endpoint_that_hangs_delays_nobody_else(stand: Stand) -> None:
    process = stand.process()
    for name in ("hangs", "one", "two"):
        process.store.create("default", endpoint(name))
    stand.receivers.hold = lambda sent: 30.0 if sent.endpoint == "ep_hangs" else 0.0
    for n in range(1, 101):
        stand.publish(f"c{n % 7}", n)
    eventually(lambda: len(delivered(stand, "one")) == len(delivered(stand, "two")) == 100, "the others")
    assert len(delivered(stand, "hangs")) == 7, "one for each call"
    die(process)  # a stop would wait for what hangs


def test_an_endpoint_that_is_gone_is_disabled_and_that_is_told(stand: Stand) -> None:
    process = stand.process()
    process.store.create("default", endpoint("one", events=("call.*",)))
    process.store.create("default", endpoint("watch", events=("endpoint.disabled",)))
    stand.receivers.answer = lambda sent: 410 if sent.endpoint == "ep_one" else 200
    stand.publish("a", 1, 2)
    eventually(lambda: delivered(stand, "watch"), "the news")
    told = next(sent for sent in stand.receivers.sent if sent.endpoint == "ep_watch").body
    assert (told["type"], told["data"]["reason"]) == ("endpoint.disabled", "gone")
    one = eventually(lambda: (one := process.store.get("default", "ep_one")) and not one.is_active and one)
    assert (one.disabled_reason, delivered(stand)) == ("gone", ["evt_a_1"])
    assert process.store.backlog("ep_one") == {"waiting": 1, "slow": 0, "dead": 1}, "what waits is kept"
    stand.receivers.answer = lambda sent: 200
    process.store.change("default", "ep_one", lambda known: known.enabled(2.0))
    eventually(lambda: delivered(stand) == ["evt_a_1", "evt_a_2"], "delivered once it is enabled again")


def test_an_endpoint_that_failed_for_days_is_disabled(stand: Stand) -> None:
    process = stand.process(disable_after_days=5)
    process.store.create("default", endpoint("one"))
    stand.server.client().hset("sb:{ep_one}:state", "failing_since", time.time() - 5 * 86400 - 1)
    stand.receivers.answer = lambda sent: 500
    stand.publish("a", 1)
    one = eventually(lambda: (one := process.store.get("default", "ep_one")) and not one.is_active and one)
    assert one.disabled_reason == "failing"


def test_a_success_ends_the_days_of_failing(stand: Stand) -> None:
    process = stand.process()
    process.store.create("default", endpoint("one"))
    stand.server.client().hset("sb:{ep_one}:state", "failing_since", time.time() - 6 * 86400)
    stand.publish("a", 1)
    eventually(lambda: process.store.health("ep_one")["failing_since"] == "", "the success written down")
    assert process.store.get("default", "ep_one") == endpoint_of(process)


def endpoint_of(process: DeliverProcess) -> Endpoint:
    (known,) = process.store.list("default")
    assert known.is_active
    return known


# Death


def test_what_was_under_way_when_a_process_died_is_sent_again_by_the_next(stand: Stand) -> None:
    first = stand.process()
    first.store.create("default", endpoint("one"))
    hanging = Receivers(hold=lambda sent: 60.0 if sent.event.endswith("_3") else 0.0)
    first._deliverer._around.transport = hanging
    stand.publish("a", 1, 2, 3, 4)
    eventually(lambda: hanging.to("one") == ["evt_a_1", "evt_a_2", "evt_a_3"], "one on its way")
    eventually(lambda: first.store.health("ep_one").get("delivered") == "2", "what was done, written down")
    die(first)
    stand.process()
    eventually(lambda: delivered(stand) == ["evt_a_3", "evt_a_4"], "the rest by the next")


def test_tries_outlive_the_process(stand: Stand) -> None:
    first = stand.process()
    first.store.create("default", endpoint("one"))
    stand.receivers.answer = lambda sent: 503
    stand.publish("a", 1)
    eventually(lambda: stand.server.client().hgetall("sb:{ep_one}:tries"), "what was tried, written down")
    die(first)
    stand.process()
    eventually(lambda: len(delivered(stand)) >= 2, "tried again")
    assert [sent.attempt for sent in stand.receivers.sent][:2] == [1, 2]


def test_slow_retries_outlive_the_process(stand: Stand) -> None:
    first = stand.process()
    first.store.create("default", endpoint("one", retry_delay_seconds=2))
    stand.receivers.answer = lambda sent: 400 if sent.attempt == 1 else 200
    stand.publish("a", 1)
    eventually(lambda: first.store.backlog("ep_one")["slow"] == 1, "parked")
    die(first)
    second = stand.process()
    eventually(lambda: delivered(stand) == ["evt_a_1", "evt_a_1"], "tried again when it was due")
    eventually(lambda: second.store.backlog("ep_one") == {"waiting": 0, "slow": 0, "dead": 0}, "and done")


def test_two_processes_share_the_endpoints_and_one_takes_over_all(stand: Stand) -> None:
    first, second = stand.process(), stand.process()
    for number in range(10):
        first.store.create("default", endpoint(f"n{number}"))
    eventually(lambda: len(first._deliverer.owned) + len(second._deliverer.owned) == 10, "all owned")
    eventually(lambda: first._deliverer.owned and second._deliverer.owned, "shared")
    stand.publish("a", 1)
    eventually(lambda: len(stand.receivers.sent) == 10, "one delivery each")
    die(first)
    stand.publish("a", 2, 3)
    told = [f"evt_a_{n}" for n in (1, 2, 3)]
    eventually(lambda: all(list(dict.fromkeys(delivered(stand, f"n{number}"))) == told for number in range(10)))


def test_a_process_that_joins_under_load_doubles_and_loses_nothing(stand: Stand) -> None:
    first = stand.process()
    for number in range(6):
        first.store.create("default", endpoint(f"n{number}"))
    stand.receivers.hold = lambda sent: 0.005
    for n in range(1, 41):
        stand.publish(f"c{n % 5}", n)
        if n == 20:
            stand.process()
        gevent.sleep(0.01)
    everything = [f"evt_c{n % 5}_{n}" for n in range(1, 41)]
    eventually(lambda: all(len(delivered(stand, f"n{number}")) >= 40 for number in range(6)), "everything")
    for number in range(6):
        assert sorted(delivered(stand, f"n{number}")) == sorted(everything), "handed over without a repetition"
    assert stand.receivers.overlaps == []


def test_redis_killed_under_load_loses_nothing_and_keeps_the_order(own_redis: RedisServer) -> None:
    stand = Stand(own_redis)
    process = stand.process()
    process.store.create("default", endpoint("one"))
    stand.receivers.hold = lambda sent: 0.01
    for n in range(1, 61):
        stand.publish(f"c{n % 4}", n)
    eventually(lambda: len(delivered(stand)) > 20, "some")
    own_redis.kill()
    gevent.sleep(0.1)
    own_redis.start()
    eventually(lambda: set(delivered(stand)) == {f"evt_c{n % 4}_{n}" for n in range(1, 61)}, "everything")
    for call in range(4):
        told = list(dict.fromkeys(event for event in delivered(stand) if event.startswith(f"evt_c{call}_")))
        assert told == [f"evt_c{call}_{n}" for n in range(1, 61) if n % 4 == call]
    eventually(lambda: process.store.backlog("ep_one")["waiting"] == 0, "written down")
    stand.close()


def test_what_a_failed_part_leaves_is_a_process_that_wants_to_end(stand: Stand) -> None:
    process = stand.process()

    def fail() -> None:
        raise ZeroDivisionError

    failing = gevent.spawn(fail)
    failing.link(process._ended)
    eventually(process.stopped.is_set, "the end")
    assert process.failed


def test_metrics_have_a_page(stand: Stand, free_port: int) -> None:
    process = stand.process(metrics_port=free_port)
    process.store.create("default", endpoint("one"))
    stand.publish("a", 1)

    def page() -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{free_port}/metrics") as answer:
            return str(answer.read(), "utf-8")

    eventually(lambda: 'switchboard_webhook_attempts_total{error="",result="delivered"} 1.0' in page(), "the count")
