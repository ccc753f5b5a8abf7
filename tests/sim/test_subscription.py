"""Which events reach a client."""

from engine.sim.event import Event
from engine.sim.subscription import Subscription


def event(name: str, subclass: str | None = None, **headers: str) -> Event:
    return Event(
        name, {"Event-Name": name, **{key.replace("_", "-"): value for key, value in headers.items()}}, subclass
    )


def test_names_are_additive_and_after_custom_come_subclasses() -> None:
    wanted = Subscription()
    assert wanted.add(["CHANNEL_PARK"])
    assert wanted.add(["DTMF", "CUSTOM", "a::b", "CHANNEL_ANSWER"])
    assert wanted.wants(event("CHANNEL_PARK"))
    assert wanted.wants(event("CUSTOM", "a::b"))
    assert not wanted.wants(event("CUSTOM", "c::d"))
    assert not wanted.wants(event("CHANNEL_ANSWER"))
    assert not wanted.add(["NO_SUCH_EVENT"])


def test_all_takes_everything_and_nixing_takes_one_out() -> None:
    wanted = Subscription()
    wanted.add(["all"])
    assert wanted.wants(event("CUSTOM", "x::y"))
    wanted.remove(["DTMF"])
    assert not wanted.wants(event("DTMF"))
    assert wanted.wants(event("HEARTBEAT"))
    wanted.clear()
    assert not wanted.wants(event("HEARTBEAT"))


def test_one_positive_filter_is_enough_and_what_matches_none_is_dropped() -> None:
    wanted = Subscription(everything=True)
    wanted.add_filter("Unique-ID", "1")
    wanted.add_filter("Event-Name", "HEARTBEAT")
    assert wanted.wants(event("DTMF", Unique_ID="1"))
    assert wanted.wants(event("HEARTBEAT"))
    assert not wanted.wants(event("DTMF", Unique_ID="2"))
    assert not wanted.wants(event("BACKGROUND_JOB"))


def test_a_negative_filter_vetoes_and_alone_drops_everything() -> None:
    wanted = Subscription(everything=True)
    wanted.add_filter("Event-Name", "-DTMF")
    assert not wanted.wants(event("HEARTBEAT"))
    wanted.add_filter("Event-Name", "/^(DTMF|HEART)/")
    assert wanted.wants(event("HEARTBEAT"))
    assert not wanted.wants(event("DTMF"))
    wanted.delete_filter("Event-Name", "-DTMF")
    assert wanted.wants(event("DTMF"))
    wanted.delete_filter("all", "")
    assert wanted.wants(event("CHANNEL_PARK"))
