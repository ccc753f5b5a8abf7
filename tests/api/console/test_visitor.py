"""Whoever is signed in has their key's tenant, scopes and limits, as long as the key is good."""

from dataclasses import replace

import pytest

from engine.api.console.visitor import COOKIE, LONGEST_TOKEN, MORE_OFTEN, Visitor, form_token
from engine.api.services import Services
from tests.api.console.browsing import Browser
from tests.api.console.conftest import SignIn
from tests.api.memory import MemoryKeys, caller


def test_a_session_ends_with_its_key(sign_in: SignIn, world: Services) -> None:
    browser = sign_in("calls:read")
    assert browser.open("/console/live").status == 200
    assert isinstance(world.keys, MemoryKeys)
    world.keys.known.clear()
    assert browser.open("/console/live").at.startswith("/console/sign-in")


def test_scopes_are_those_the_key_has_now(sign_in: SignIn, world: Services) -> None:
    browser = sign_in("calls:read", "events:read")
    assert browser.open("/console/events").status == 200
    assert isinstance(world.keys, MemoryKeys)
    for text, one in list(world.keys.known.items()):
        world.keys.known[text] = replace(one, scopes=frozenset({"calls:read"}))
    assert browser.open("/console/events").status == 403
    assert "/console/events" not in browser.open("/console/live").links


@pytest.mark.parametrize("token", ["", "x", "x" * (LONGEST_TOKEN + 1), "../..", "\N{SNOWMAN}"])
def test_what_is_no_token_signs_nobody_in(world: Services, token: str) -> None:
    browser = Browser(world)
    browser.client.set_cookie(COOKIE, token)
    assert browser.open("/console/live").at.startswith("/console/sign-in")


def test_pages_are_counted_apart_from_the_api_and_in_bounds(sign_in: SignIn) -> None:
    browser = sign_in("calls:read", per_minute=2)
    codes = [browser.open("/console/live").status for _ in range(2 * MORE_OFTEN)]
    assert set(codes) == {200, 429}  # signing in led to a page, too
    refused = browser.open("/console/live")
    assert refused.status == 429
    assert refused.reply.headers["Retry-After"] == "60"
    assert "too many pages" in refused.text.lower()


def test_the_token_of_forms_does_not_reveal_that_of_the_session() -> None:
    visitor = Visitor(caller(), "the token")
    assert visitor.form_token == form_token("the token") != form_token("another")
    assert "the token" not in repr(visitor)
    assert "the token" not in visitor.form_token
