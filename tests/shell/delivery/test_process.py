"""Deliver processes over one Redis: everything arrives, in order per call, whoever dies in between."""

from tests.shell.delivery.stand import Stand, endpoint
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
