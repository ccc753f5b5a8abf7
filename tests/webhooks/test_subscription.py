"""Who wants which event, and what is said to who asks for one that does not exist."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.events import EVENT_TYPES
from engine.webhooks.subscription import ENDPOINT_EVENTS, Subscription, known_types, wish_problem

TYPES = st.sampled_from(known_types())


@pytest.mark.parametrize(
    ("wishes", "event_type", "wanted"),
    [
        (["call.ended"], "call.ended", True),
        (["call.ended"], "call.answered", False),
        (["call.*"], "call.ended", True),
        (["call.*"], "callback.started", False),
        (["call.*"], "call", False),
        (["call.*"], "flow.step", False),
        (["*"], "flow.step", True),
        (["*"], "queue.entry.joined", True),
        (["queue.*"], "queue.entry.joined", True),
        (["queue.entry.*"], "queue.left", False),
        (["flow.step", "call.*"], "call.dtmf", True),
        ([], "call.ended", False),
    ],
)
def test_wishes(wishes: list[str], event_type: str, wanted: bool) -> None:
    assert Subscription(wishes).wants(event_type) is wanted


@given(st.lists(TYPES), TYPES)
def test_exact_wishes_are_exact(wishes: list[str], event_type: str) -> None:
    assert Subscription(wishes).wants(event_type) is (event_type in wishes)


@given(TYPES)
def test_every_event_can_be_asked_for(event_type: str) -> None:
    assert wish_problem(event_type) is None
    assert wish_problem(event_type.partition(".")[0] + ".*") is None


def test_everything_can_be_asked_for() -> None:
    assert wish_problem("*") is None


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ("call.answerd", 'there is no event "call.answerd", did you mean "call.answered"?'),
        ("cal.*", 'no events are called "cal.*", did you mean "call.*"?'),
        ("sms.*", "families: call,"),
        ("zzzz", 'there is no event "zzzz"'),
        ("", 'there is no event ""'),
        ("call.", 'there is no event "call."'),
        ("**", "no event"),
    ],
)
def test_a_wish_that_can_never_be_met_is_explained(wish: str, words: str) -> None:
    assert words in (wish_problem(wish) or "")


def test_events_about_endpoints_are_not_events_of_calls() -> None:
    assert not set(ENDPOINT_EVENTS) & set(EVENT_TYPES)
