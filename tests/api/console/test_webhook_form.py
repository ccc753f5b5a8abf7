"""Making an endpoint, whose secret is shown once, and changing one."""

import re

import pytest

from engine.api.services import Services
from tests.api.console.conftest import SignIn
from tests.api.console.endings import MemoryEndpoints, endpoint

NEW = "/console/webhooks/new"
URL = "https://hooks.example.com/in?a=1"


@pytest.fixture
def endpoints(world: Services) -> MemoryEndpoints:
    assert isinstance(world.endpoints, MemoryEndpoints)
    return world.endpoints


def test_an_endpoint_is_made_and_its_secret_shown_once(sign_in: SignIn, endpoints: MemoryEndpoints) -> None:
    browser = sign_in()
    form = browser.open(NEW)
    page = browser.send(form, NEW, url=URL)
    (made,) = endpoints.known.values()
    assert page.status == 201
    assert (made.url, made.events, made.tenant, made.max_retries) == (URL, ("*",), "acme", 5)
    assert re.findall(r"whsec_[A-Za-z0-9+/=]+", page.text) == [made.secrets[0].text]
    where = f"/console/webhooks/{made.id}"
    assert page.all("main")[0]["data-at"] == where
    again = browser.send(form, NEW, url=URL)
    assert again.at == where
    assert "whsec_" not in again.html
    assert len(endpoints.known) == 1


def test_events_can_be_families_and_single_types(sign_in: SignIn, endpoints: MemoryEndpoints) -> None:
    browser = sign_in()
    typed = {"url": URL, "events": ["call.*", "flow.*"], "more_events": "recording.saved, call.*  flow.error"}
    browser.send(browser.open(NEW), NEW, **typed, max_retries="2", retry_delay_seconds="30", _without="retry_enabled")
    (made,) = endpoints.known.values()
    assert made.events == ("call.*", "flow.*", "recording.saved", "flow.error")
    assert (made.retry_enabled, made.max_retries, made.retry_delay_seconds) == (False, 2, 30)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"url": "http://hooks.example.com"}, "The address must begin with https://"),
        ({"url": "https://127.0.0.1/"}, "The address leads to 127.0.0.1"),
        ({"url": "no url"}, "The address holds a space"),
        ({"url": "https://x.example/" + "a" * 3000}, "The address"),
        ({"events": [], "more_events": ""}, "Events: choose at least one."),
        ({"events": ["call.ende"]}, "call.ended"),
        ({"max_retries": "many"}, "The number of retries takes a whole number."),
        ({"max_retries": "21"}, "The number of retries input should be less than or equal to 20."),
        ({"retry_delay_seconds": "0"}, "The wait input should be greater than or equal to 1."),
        ({"retry_delay_seconds": "²"}, "The wait takes a whole number."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    sign_in: SignIn, endpoints: MemoryEndpoints, typed: dict[str, object], words: str
) -> None:
    browser = sign_in()
    page = browser.send(browser.open(NEW), NEW, **{"url": URL, **typed})
    assert page.status == 400
    assert words in page.text
    assert endpoints.known == {}
    assert any(field.get("aria-invalid") for field in page.all("input") + page.all("fieldset"))
    assert page.form(NEW).fields["url"] == typed.get("url", URL)


def test_what_was_refused_can_be_mended_and_sent(sign_in: SignIn, endpoints: MemoryEndpoints) -> None:
    browser = sign_in()
    refused = browser.send(browser.open(NEW), NEW, url="nothing")
    assert browser.send(refused, NEW, url=URL).status == 201
    assert len(endpoints.known) == 1


def test_there_are_not_more_than_allowed(sign_in: SignIn, endpoints: MemoryEndpoints) -> None:
    for number in range(100):
        one = endpoint(number)
        endpoints.known[one.id] = one
    browser = sign_in()
    page = browser.send(browser.open(NEW), NEW, url=URL)
    assert page.status == 409
    assert "There are 100 endpoints already" in page.text


def test_an_endpoint_is_changed_and_keeps_the_rest(sign_in: SignIn, endpoints: MemoryEndpoints) -> None:
    one = endpoint(events=("flow.error", "call.*"), max_retries=7)
    endpoints.known[one.id] = one
    where = f"/console/webhooks/{one.id}/edit"
    browser = sign_in()
    form = browser.open(where)
    fields = form.form(where).fields
    assert (fields["url"], fields["more_events"], fields["max_retries"]) == (one.url, "flow.error", "7")
    page = browser.send(form, where, url=URL)
    changed = endpoints.known[one.id]
    assert (changed.url, set(changed.events), changed.max_retries) == (URL, {"flow.error", "call.*"}, 7)
    assert changed.secrets == one.secrets
    assert "The endpoint has been changed." in page.text
    assert browser.send(form, where, url="http://x").status == 400
    assert endpoints.known[one.id] == changed


def test_it_needs_the_scope(sign_in: SignIn, endpoints: MemoryEndpoints) -> None:
    browser = sign_in("webhooks:read")
    assert browser.open(NEW).status == 403
    token = browser.open("/console/webhooks").form("/console/sign-out").fields["_token"]
    assert browser.post(NEW, {"_token": token, "_once": "x" * 32, "url": URL, "events": "*"}).status == 403
    assert endpoints.known == {}
