"""Endpoints with the health of their deliveries, and one with its log: all of one's own tenant."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from engine.api.services import Services
from tests.api.console.conftest import SignIn
from tests.api.console.endings import (
    SECRET,
    MemoryAttempt,
    MemoryDeliveries,
    MemoryEndpoints,
    MemoryLetter,
    endpoint,
    world_of_endpoints,
)

HOSTILE = '"><script>alert(1)</script>\u202e'


@pytest.fixture
def world(world: Services) -> Services:
    return replace(world, **world_of_endpoints())


@pytest.fixture
def ids(world: Services) -> Sequence[str]:
    assert isinstance(world.endpoints, MemoryEndpoints)
    return list(world.endpoints.known)


@pytest.fixture
def deliveries(world: Services) -> MemoryDeliveries:
    assert isinstance(world.deliveries, MemoryDeliveries)
    return world.deliveries


def test_endpoints_are_listed_with_their_health(sign_in: SignIn) -> None:
    page = sign_in().open("/console/webhooks")
    for words in (
        "4 endpoints", "https://hooks1.example.com/in", "active", "breaker open", "disabled", "paused", "1,234",
        "99.9 %", "25 %", "nothing sent yet", "10,000 / 10,000 ms", "never",
    ):  # fmt: skip
        assert words in page.text
    assert SECRET not in page.html


def test_one_endpoint_with_its_log_and_dead_letters(sign_in: SignIn, ids: Sequence[str]) -> None:
    page = sign_in().open(f"/console/webhooks/{ids[1]}")
    for words in (
        "left alone for a while", "1,200 events, 34 more on the slow schedule", "no answer in time", "status 503",
        "<h1>down</h1>", "tried again soon", "tried again later", "given up", "all retries failed", "evt_call-1_2",
        "the endpoint is gone (410)",
    ):  # fmt: skip
        assert words in page.text
    assert "<h1>down" not in page.html
    assert SECRET not in page.html


def test_the_log_is_shown_in_parts(sign_in: SignIn, ids: Sequence[str]) -> None:
    where = f"/console/webhooks/{ids[0]}"
    page = sign_in().open(where)
    assert "1\N{EN DASH}50 of 60" in page.text
    assert f"{where}?offset=50" in page.links
    assert "51\N{EN DASH}60 of 60" in sign_in(key="b").open(f"{where}?offset=50").text


def test_who_may_only_read_sees_no_forms(sign_in: SignIn, ids: Sequence[str]) -> None:
    browser = sign_in("webhooks:read")
    for path in ("/console/webhooks", *(f"/console/webhooks/{known}" for known in ids)):
        page = browser.open(path)
        assert [form.action for form in page.forms] == ["/console/sign-out"]
        assert not any(link.endswith(("/new", "/edit", "/secret", "/delete")) for link in page.links)
        assert not any(link.startswith("/console/calls") for link in page.links)


def test_endpoints_of_others_are_not_there(sign_in: SignIn, ids: Sequence[str]) -> None:
    browser = sign_in(tenant="else")
    assert "No endpoints yet" in browser.open("/console/webhooks").text
    for path in ("", "/edit", "/secret", "/delete"):
        assert browser.open(f"/console/webhooks/{ids[0]}{path}").status == 404
    token = browser.open("/console/webhooks").form("/console/sign-out").fields["_token"]
    for path in ("edit", "secret", "delete", "test", "active", "replay"):
        fields = {"_token": token, "_once": "x" * 32, "event": "evt_call-1_2"}
        assert browser.post(f"/console/webhooks/{ids[0]}/{path}", fields).status == 404


@pytest.mark.parametrize("name", ["ep_none", "x" * 300, "%00", "new/x"])
def test_an_endpoint_that_is_not_there(sign_in: SignIn, name: str) -> None:
    assert sign_in().open(f"/console/webhooks/{name}").status == 404


def test_what_receivers_and_owners_wrote_stays_text(
    sign_in: SignIn, world: Services, deliveries: MemoryDeliveries
) -> None:
    assert isinstance(world.endpoints, MemoryEndpoints)
    one = endpoint(9, url=f"https://x.example/{HOSTILE}", events=(HOSTILE,))
    world.endpoints.known[one.id] = one
    world.endpoints.healths[one.id] = {"last_error": HOSTILE, "failing_since": "1"}
    texts = dict.fromkeys(("event", "type", "call", "error", "detail", "answer", "result"), HOSTILE)
    deliveries.log[one.id] = [MemoryAttempt(status=0, **texts)]  # type: ignore[arg-type]
    letter = dict.fromkeys(("event", "type", "call", "error", "detail", "reason"), HOSTILE)
    deliveries.dead[one.id] = [MemoryLetter(status=0, **letter)]  # type: ignore[arg-type]
    for path in ("/console/webhooks", f"/console/webhooks/{one.id}", f"/console/webhooks/{one.id}/delete"):
        page = sign_in().open(path)
        assert page.status == 200
        assert "<script>alert" not in page.html
        assert "\u202e" not in page.html


def test_many_endpoints_are_shown_in_parts(sign_in: SignIn, world: Services) -> None:
    assert isinstance(world.endpoints, MemoryEndpoints)
    for number in range(10, 40):
        one = endpoint(number)
        world.endpoints.known[one.id] = one
    page = sign_in().open("/console/webhooks")
    assert "34 endpoints" in page.text
    assert "1\N{EN DASH}20 of 34" in page.text
    assert "hooks39.example" in sign_in(key="b").open("/console/webhooks?offset=20").text
