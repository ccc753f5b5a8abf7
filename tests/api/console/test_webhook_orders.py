"""Testing, pausing, giving a new secret to, replaying to and deleting an endpoint."""

import re
from datetime import UTC, datetime

import pytest

from engine.api.services import Services
from engine.core.errors import ControlError
from tests.api.console.browsing import Browser
from tests.api.console.conftest import SignIn
from tests.api.console.endings import MemoryAttempt, MemoryDeliveries, MemoryEndpoints, endpoint

ID = endpoint().id
WHERE = f"/console/webhooks/{ID}"


@pytest.fixture
def endpoints(world: Services) -> MemoryEndpoints:
    assert isinstance(world.endpoints, MemoryEndpoints)
    world.endpoints.known[ID] = endpoint()
    return world.endpoints


@pytest.fixture
def deliveries(world: Services) -> MemoryDeliveries:
    assert isinstance(world.deliveries, MemoryDeliveries)
    world.deliveries.log[ID] = [MemoryAttempt()]
    return world.deliveries


@pytest.fixture
def browser(sign_in: SignIn, endpoints: MemoryEndpoints, deliveries: MemoryDeliveries) -> Browser:
    return sign_in()


def test_a_test_is_sent(browser: Browser, deliveries: MemoryDeliveries) -> None:
    page = browser.send(browser.open(WHERE), f"{WHERE}/test")
    assert deliveries.asked == [("test", ID)]
    assert "A test event is on its way" in page.text


def test_it_is_paused_and_goes_on(browser: Browser, endpoints: MemoryEndpoints) -> None:
    page = browser.send(browser.open(WHERE), f"{WHERE}/active", active="no")
    assert (endpoints.known[ID].is_active, endpoints.known[ID].disabled_reason) == (False, "paused")
    assert "paused by hand" in page.text
    browser.send(page, f"{WHERE}/active", active="yes")
    assert endpoints.known[ID].is_active


@pytest.mark.parametrize("leaked", [False, True])
def test_a_new_secret_is_shown_once(browser: Browser, endpoints: MemoryEndpoints, leaked: bool) -> None:
    before = endpoints.known[ID].secrets
    question = browser.open(f"{WHERE}/secret")
    assert endpoints.known[ID].secrets == before
    page = browser.send(question, f"{WHERE}/secret", **({"leaked": "yes"} if leaked else {}))
    after = endpoints.known[ID].secrets
    assert re.findall(r"whsec_[A-Za-z0-9+/=]+", page.text) == [after[0].text]
    assert [old.text for old in after[1:]] == ([] if leaked else [before[0].text])
    again = browser.send(question, f"{WHERE}/secret")
    assert "whsec_" not in again.html
    assert endpoints.known[ID].secrets == after


def test_it_is_deleted_after_a_question(browser: Browser, endpoints: MemoryEndpoints) -> None:
    endpoints.backlogs[ID] = {"waiting": 3, "slow": 1, "dead": 0}
    question = browser.open(f"{WHERE}/delete")
    assert "4 events still to be delivered will not be" in question.text
    assert ID in endpoints.known
    page = browser.send(question, f"{WHERE}/delete")
    assert endpoints.known == {}
    assert (page.at, "The endpoint has been deleted." in page.text) == ("/console/webhooks?done=deleted", True)


def test_one_event_is_sent_again(browser: Browser, deliveries: MemoryDeliveries) -> None:
    page = browser.send(browser.open(WHERE), f"{WHERE}/replay", event="evt_call-1_3")
    assert deliveries.asked == [("one", ID, "evt_call-1_3")]
    assert "being sent again" in page.text
    deliveries.sends = 0
    gone = browser.send(browser.open(WHERE), f"{WHERE}/replay", event="evt_none_1")
    assert gone.status == 404
    assert "This event is not known any more." in gone.text


def replays(browser: Browser) -> list[dict[str, str]]:
    """The two forms that send many events again, as they are offered."""
    page = browser.open(WHERE)
    forms = [form.fields for form in page.forms if form.action == f"{WHERE}/replay"]
    return [fields for fields in forms if "event" not in fields]


def test_what_failed_is_sent_again_once(browser: Browser, deliveries: MemoryDeliveries) -> None:
    failed, _ = replays(browser)
    failed["failed_since"] = "2026-11-20T22:00"
    for _ in range(2):
        assert "being sent again" in browser.post(f"{WHERE}/replay", failed).text
    at = datetime(2026, 11, 20, 22, tzinfo=UTC).timestamp()
    assert deliveries.asked == [("failed", ID, at)]


def test_what_happened_in_a_time_is_sent_again(browser: Browser, deliveries: MemoryDeliveries) -> None:
    _, between = replays(browser)
    browser.post(f"{WHERE}/replay", {**between, "from": "2020-01-01T00:00", "to": "2020-01-01T01:00"})
    ((what, which, start, end),) = deliveries.asked
    assert (what, which, end - start) == ("between", ID, 3660.0)


def test_the_last_minute_is_part_of_what_happened_until_now(browser: Browser, deliveries: MemoryDeliveries) -> None:
    browser.post(f"{WHERE}/replay", replays(browser)[1])
    ((_, _, start, end),) = deliveries.asked
    assert 3600 <= end - start < 3600 + 120


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"from": "", "to": "2020-01-01T01:00"}, "Write a date and a time"),
        ({"from": "soon", "to": "2020-01-01T01:00"}, "Write a date and a time"),
        ({"from": "2020-01-02T00:00", "to": "2020-01-01T01:00"}, "The end is before the beginning."),
    ],
)
def test_times_that_are_none_are_said(
    browser: Browser, deliveries: MemoryDeliveries, typed: dict[str, str], words: str
) -> None:
    page = browser.post(f"{WHERE}/replay", {**replays(browser)[1], **typed})
    assert page.status == 400
    assert words in page.text
    assert deliveries.asked == []


def test_that_nothing_fits_is_said(browser: Browser, deliveries: MemoryDeliveries) -> None:
    deliveries.sends = 0
    assert "Nothing fits" in browser.post(f"{WHERE}/replay", replays(browser)[0]).text


@pytest.mark.parametrize("path", ["test", "replay"])
def test_what_is_refused_is_said(browser: Browser, deliveries: MemoryDeliveries, path: str) -> None:
    deliveries.wrong = ControlError("too much waits for the endpoint already", "limit_reached")
    page = browser.send(browser.open(WHERE), f"{WHERE}/{path}")
    assert page.status == 429
    assert "Too much waits for the endpoint already." in page.text


@pytest.mark.parametrize("path", ["test", "active", "secret", "delete", "replay"])
def test_each_needs_the_scope(
    sign_in: SignIn, endpoints: MemoryEndpoints, deliveries: MemoryDeliveries, path: str
) -> None:
    reader = sign_in("webhooks:read")
    token = reader.open(WHERE).form("/console/sign-out").fields["_token"]
    before = dict(endpoints.known)
    fields = {"_token": token, "_once": "x" * 32, "event": "evt_call-1_3"}
    assert reader.post(f"{WHERE}/{path}", fields).status == 403
    assert endpoints.known == before
    assert deliveries.asked == []
