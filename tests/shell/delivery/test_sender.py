"""One endpoint: what is read ahead, what is remembered, when it begins and when it stops."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import gevent
import orjson
import pytest

from engine.shell.delivery.finisher import Finisher
from engine.shell.delivery.queue import APPEND, EndpointQueue, Entry, packed
from engine.shell.delivery.redis_line import RedisLine
from engine.shell.delivery.sender import WINDOW, Sender, Surroundings
from engine.shell.delivery.slots import Slots
from engine.shell.store import connect
from engine.webhooks.attempt import Attempt, Failure
from engine.webhooks.endpoint import DisabledReason, Endpoint
from tests.shell.delivery.stand import Receivers, endpoint
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually

QUEUE = EndpointQueue("ep_one")
KEYS = QUEUE.keys
DAY = 86_400.0


@dataclass
class Desk:
    """What a sender is surrounded by, and what it told."""

    server: RedisServer
    receivers: Receivers = field(default_factory=Receivers)
    results: list[str] = field(default_factory=list)
    breakers: int = 0
    disabled: list[DisabledReason] = field(default_factory=list)
    recoveries: list[float] = field(default_factory=list)
    good: bool = True
    fenced: int = 0
    broken: list[Sender] = field(default_factory=list)
    slots: Slots = field(default_factory=Slots)

    def __post_init__(self) -> None:
        self.finisher = Finisher(connect(self.server.url), "me", "sb:wake:me")
        self.finisher.start()
        self.line = RedisLine(connect(self.server.url), (APPEND,))
        self.line.ask([("HSET", KEYS.state, "tenant", "default"), ("HSET", KEYS.owner, "owner", "me", "epoch", 7)])
        self.around = Surroundings(
            self.receivers, self.finisher, self.slots, self, 8, 5 * DAY, self._disable, self._recovered
        )

    def attempted(self, attempt: Attempt, result: str) -> None:
        self.results.append(result)

    def opened(self) -> None:
        self.breakers += 1

    def _disable(self, endpoint: Endpoint, reason: DisabledReason, since: float) -> None:
        self.disabled.append(reason)

    def _recovered(self, endpoint: Endpoint, seconds: float) -> None:
        self.recoveries.append(seconds)

    def sender(self, **fields: object) -> Sender:
        return Sender(
            endpoint("one", **fields), QUEUE, 7, self.around, good=lambda: self.good,
            on_fenced=self._fenced, on_fault=self.broken.append,
        )  # fmt: skip

    def _fenced(self) -> None:
        self.fenced += 1

    def wait(self, calls: int, numbers: range) -> None:
        """Events that wait in the queue."""
        entries = [
            Entry(f"evt_c{call}_{n}", f"c{call}", "call.tagged", body(call, n), 1, b"%d-%d" % (n, call + 1))
            for n in numbers
            for call in range(calls)
        ]
        self.line.ask_one(QUEUE.append(1, 100_000, entries))

    @property
    def left(self) -> int:
        return int(self.line.ask_one(("XLEN", QUEUE.streams[0])))

    def close(self) -> None:
        self.finisher.stop()
        self.line.close()


def body(call: int, n: int) -> bytes:
    return orjson.dumps({"call": f"c{call}", "n": n})


@pytest.fixture
def desk(redis_server: RedisServer) -> Iterator[Desk]:
    desk = Desk(redis_server)
    yield desk
    desk.close()


def test_what_waits_is_sent_a_window_at_a_time_and_in_order(desk: Desk) -> None:
    desk.wait(10, range(1, 101))
    ahead: list[int] = []
    desk.receivers.hold = lambda sent: ahead.append(len(sender._outgoing)) or 0.0  # type: ignore[func-returns-value]
    sender = desk.sender()
    eventually(lambda: desk.left == 0, "everything", 20)
    assert max(ahead) <= 2 * WINDOW
    for call in range(10):
        told = [event for event in desk.receivers.to("one") if event.startswith(f"evt_c{call}_")]
        assert told == [f"evt_c{call}_{n}" for n in range(1, 101)]
    assert desk.receivers.overlaps == []
    eventually(lambda: all(tap.caught_up for tap in sender.taps), "read to the end")


def test_a_call_that_is_held_with_all_it_has_holds_up_no_other(desk: Desk) -> None:
    talkative = [Entry(f"evt_c0_{n}", "c0", "call.tagged", body(0, n), 1, b"1-%d" % n) for n in range(1, 1501)]
    others = [Entry(f"evt_c{call}_1", f"c{call}", "call.tagged", body(call, 1), 1, b"2-%d" % call) for call in (1, 2)]
    desk.line.ask_one(QUEUE.append(1, 100_000, [*talkative, *others]))
    desk.receivers.answer = lambda sent: 503 if sent.event == "evt_c0_1" and sent.attempt == 1 else 200
    sender = desk.sender()
    eventually(lambda: {"evt_c1_1", "evt_c2_1"} <= set(desk.receivers.to("one")), "the others")
    assert desk.receivers.to("one")[0] == "evt_c0_1"
    assert "evt_c0_2" not in desk.receivers.to("one"), "which waits for the first"
    eventually(lambda: "evt_c0_1000" in desk.receivers.to("one"), "its turn", 30)
    sender.close()


def test_what_waits_for_an_endpoint_that_is_left_alone_is_not_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.webhooks.breaker.FIRST_PAUSE", 0.02)
    desk.receivers.answer = lambda sent: Failure.CONNECT
    desk.wait(40, range(1, 101))
    sender = desk.sender()
    eventually(lambda: desk.results.count("probe") > 3, "an open breaker")
    assert len(sender._outgoing) <= 2 * WINDOW


def test_nothing_begins_while_the_lease_is_not_good(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.shell.delivery.sender.UNSURE", 0.02)
    desk.wait(3, range(1, 3))
    desk.good = False
    sender = desk.sender()
    gevent.sleep(0.1)
    assert (desk.receivers.sent, sender.in_flight) == ([], 0)
    desk.good = True
    eventually(lambda: desk.left == 0, "everything, once it is good again")


def test_a_drained_sender_ends_what_is_under_way_and_writes_it_down(desk: Desk) -> None:
    desk.receivers.hold = lambda sent: 0.2
    desk.wait(3, range(1, 5))
    sender = desk.sender()
    eventually(lambda: sender.in_flight == 3, "three on their way")
    sender.drain(5.0)
    assert (sender.in_flight, desk.left, len(desk.receivers.sent)) == (0, 9, 3)
    sender.close()
    assert not sender.wants_news


def test_a_closed_sender_writes_nothing_more(desk: Desk) -> None:
    desk.receivers.hold = lambda sent: 0.05
    desk.wait(1, range(1, 3))
    sender = desk.sender()
    eventually(lambda: sender.in_flight == 1, "one on its way")
    sender.close()
    eventually(lambda: sender.in_flight == 0, "its end")
    gevent.sleep(0.05)
    assert (desk.left, len(desk.receivers.sent), desk.slots.taken) == (2, 1, 0)


def test_a_fault_of_ours_costs_one_attempt(desk: Desk) -> None:
    def answer(sent: object) -> int:
        if len(desk.receivers.sent) == 1:
            raise ZeroDivisionError
        return 200

    desk.receivers.answer = answer
    desk.wait(1, range(1, 3))
    desk.sender()
    eventually(lambda: desk.left == 0, "everything")
    assert desk.results == ["retry", "delivered", "delivered"]


def test_an_attempt_that_cannot_be_kept_counts_as_failed_and_another_sender_is_asked_for(desk: Desk) -> None:
    original = desk.attempted

    def attempted(attempt: Attempt, result: str) -> None:
        if attempt.event == "evt_c0_1":
            raise ZeroDivisionError
        original(attempt, result)

    desk.attempted = attempted  # type: ignore[method-assign]
    desk.receivers.hold = lambda sent: 0.0 if sent.event == "evt_c0_1" else 0.1
    desk.wait(3, range(1, 3))
    sender = desk.sender()
    eventually(lambda: desk.broken == [sender], "the fault told")
    sender.drain(5.0)
    assert desk.results == ["delivered"] * 2, "what was under way is kept"
    assert (sender.in_flight, sender.wants_news, desk.slots.taken, desk.left) == (0, False, 0, 4)
    assert desk.broken == [sender], "once"
    attempts, quick, slow, _ = desk.line.ask_one(("HGET", KEYS.tries, "evt_c0_1")).split()
    assert (attempts, quick, slow) == (b"1", b"1", b"0")
    sender.close()
    desk.attempted = original  # type: ignore[method-assign]
    desk.sender()
    eventually(lambda: desk.left == 0, "everything, by the next one")
    assert [sent.attempt for sent in desk.receivers.sent if sent.event == "evt_c0_1"] == [1, 2]
    assert desk.receivers.to("one").index("evt_c0_2") > desk.receivers.to("one").index("evt_c0_1")


def test_a_fault_that_cannot_even_be_written_down_leaves_the_event_to_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("engine.shell.delivery.sender.conclude", None)
        desk.wait(2, range(1, 3))
        sender = desk.sender()
        eventually(lambda: desk.broken == [sender] and not sender.in_flight, "the fault told")
    sender.close()
    assert (desk.left, desk.slots.taken) == (4, 0)
    desk.sender()
    eventually(lambda: desk.left == 0, "everything, by the next one")


def test_a_fault_in_what_may_go_keeps_no_slot(desk: Desk) -> None:
    desk.wait(2, range(1, 3))
    sender = desk.sender()
    sender._outgoing.take = lambda now: 1 // 0  # type: ignore[method-assign,assignment,return-value]
    eventually(lambda: desk.broken == [sender], "the fault told")
    assert (sender.in_flight, desk.slots.taken) == (0, 0)


def test_what_cannot_be_read_is_told_too(desk: Desk) -> None:
    desk.line.ask_one(("HSET", KEYS.tries, "evt_c0_1", "not what we wrote"))
    first = desk.sender()
    eventually(lambda: desk.broken == [first], "the state")
    desk.line.ask_one(("DEL", KEYS.tries))
    second = desk.sender()
    eventually(lambda: all(tap.caught_up for tap in second.taps), "read to the end")
    second.offer(second.taps[0], [[b"9-1", [b"half"]]])
    assert desk.broken == [first, second]
    second.close()
    second.offer(second.taps[0], [[b"9-1", [b"half"]]])
    assert desk.broken == [first, second], "one that is closed needs nobody in its place"


def test_an_endpoint_that_fails_is_left_alone_and_asked_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.webhooks.breaker.FIRST_PAUSE", 0.1)
    down = True
    desk.receivers.answer = lambda sent: Failure.TIMEOUT if down else 200
    desk.wait(20, range(1, 2))
    sender = desk.sender()
    eventually(lambda: desk.breakers == 1, "the breaker")
    eventually(lambda: "probe" in desk.results, "a probe")
    down = False
    eventually(lambda: desk.recoveries, "the recovery")
    eventually(lambda: desk.left == 0, "everything", 20)
    assert desk.results.count("dead") == desk.results.count("later") == 0
    assert sender._condition.failing_since is None


def test_a_slot_is_waited_for(desk: Desk) -> None:
    desk.slots.most = 1
    desk.receivers.hold = lambda sent: 0.01
    desk.wait(5, range(1, 4))
    desk.sender()
    eventually(lambda: desk.left == 0, "everything, one by one")
    assert desk.receivers.most_busy["ep_one"] == 1
    assert desk.slots.taken == 0


def test_more_slow_retries_than_fit_at_once_all_come(desk: Desk) -> None:
    for n in range(300):
        entry = Entry(f"evt_s{n}_1", f"s{n}", "call.tagged", body(n, 1))
        kept = packed(entry, attempts=5, quick=5, slow=0)
        desk.line.ask([("ZADD", KEYS.slow, 1000 + n, entry.event), ("HSET", KEYS.parked, entry.event, kept)])
    desk.sender()
    eventually(lambda: desk.line.ask_one(("ZCARD", KEYS.slow)) == 0, "every one", 20)
    assert sorted(desk.receivers.to("one")) == sorted(f"evt_s{n}_1" for n in range(300))
    assert {sent.attempt for sent in desk.receivers.sent} == {6}


def test_a_slow_retry_parked_while_others_are_fetched_is_not_forgotten(desk: Desk) -> None:
    first: list[str] = []
    desk.receivers.answer = lambda sent: 200 if sent.event in first else (first.append(sent.event), 400)[1]  # type: ignore[func-returns-value]
    desk.wait(30, range(1, 3))
    desk.sender(retry_delay_seconds=0)
    eventually(lambda: desk.left == 0 and desk.line.ask_one(("ZCARD", KEYS.slow)) == 0, "everything", 20)
    assert len(desk.receivers.sent) == 120, "each refused once and taken the second time"


def test_what_was_tried_before_goes_on_from_there(desk: Desk) -> None:
    desk.line.ask_one(("HSET", KEYS.tries, "evt_c0_1", "3 3 0 1700000000.0"))
    desk.receivers.answer = lambda sent: 500
    desk.wait(1, range(1, 2))
    desk.sender()
    eventually(lambda: desk.results == ["later"], "no more than a minute in the lane, over both owners")
    assert [sent.attempt for sent in desk.receivers.sent] == [4]


def test_an_endpoint_about_to_be_disabled_is_sent_nothing_until_it_is_another(desk: Desk) -> None:
    desk.receivers.answer = lambda sent: 410 if len(desk.receivers.sent) == 1 else 200
    desk.wait(1, range(1, 3))
    sender = desk.sender()
    eventually(lambda: desk.disabled == ["gone"], "asked for")
    sender.change(sender.endpoint)
    gevent.sleep(0.05)
    assert (len(desk.receivers.sent), sender.wants_news) == (1, False)
    sender.change(replace(sender.endpoint, updated_at=5.0))
    eventually(lambda: len(desk.receivers.sent) == 2, "it is enabled again")


def test_another_owner_is_told_of(desk: Desk) -> None:
    desk.wait(1, range(1, 2))
    desk.line.ask_one(("HSET", KEYS.owner, "owner", "you", "epoch", 8))
    sender = desk.sender()
    original = sender.account.on_fenced
    sender.account.on_fenced = lambda: (original(), sender.close())  # type: ignore[func-returns-value,assignment,return-value]
    eventually(lambda: desk.fenced == 1, "fenced")
    assert desk.left == 1


def test_the_policy_may_change_at_any_time(desk: Desk) -> None:
    desk.receivers.answer = lambda sent: 400
    sender = desk.sender()
    sender.change(replace(sender.endpoint, retry_enabled=False))
    desk.wait(1, range(1, 2))
    eventually(lambda: desk.results == ["dead"], "given up at once")
