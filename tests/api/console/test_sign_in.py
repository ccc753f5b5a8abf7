"""Signing in with a key that the browser never keeps, and signing out."""

import pytest

from engine.api.console.visitor import COOKIE, SECURE_COOKIE
from engine.api.services import Services
from tests.api.console.browsing import Browser
from tests.api.console.conftest import SignIn
from tests.api.console.lively import MemorySessions
from tests.api.memory import MemoryKeys, caller

KEY = "sb_live_AAAA1111_secretsecretsecretsecret"


@pytest.fixture
def browser(world: Services) -> Browser:
    assert isinstance(world.keys, MemoryKeys)
    world.keys.give(KEY, caller("acme", "calls:read"))
    return Browser(world)


def cookie(browser: Browser, name: str = COOKIE) -> str:
    """The cookie a sign-in sets, as the server wrote it."""
    page = browser.open("/console/sign-in")
    reply = browser.client.post(
        "/console/sign-in", data={**page.form("/console/sign-in").fields, "key": KEY},
        base_url="https://localhost" if browser.https else "http://localhost", headers=browser.headers,
    )  # fmt: skip
    assert reply.status_code == 303
    (text,) = [line for line in reply.headers.getlist("Set-Cookie") if line.startswith(f"{name}=")]
    return text


def test_who_is_not_signed_in_is_asked_to_and_led_back(browser: Browser) -> None:
    asked = browser.open("/console/calls?flow=support")
    assert asked.at.startswith("/console/sign-in?next=")
    assert "API key" in asked.text
    page = browser.send(asked, "/console/sign-in", key=KEY)
    assert page.at == "/console/calls?flow=support"
    assert browser.open("/console/sign-in").at == "/console/live"


@pytest.mark.parametrize(
    "away", ["https://evil.example/", "//evil.example/", "/console/sign-out", "/console/\\@evil", ""]
)
def test_nobody_is_led_out_of_the_console(browser: Browser, away: str) -> None:
    page = browser.open("/console/sign-in", query_string={"next": away})
    fields = {**page.form("/console/sign-in").fields, "key": KEY, "next": away}
    reply = browser.client.post("/console/sign-in", data=fields)
    assert reply.headers["Location"] == "/console/"


def test_the_key_is_not_in_the_cookie_nor_on_any_page(browser: Browser) -> None:
    text = cookie(browser)
    assert KEY not in text
    assert all(part not in browser.open("/console/live").html for part in (KEY, "secretsecret"))


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: Browser) -> None:
    parts = [part.strip() for part in cookie(browser).split(";")[1:]]
    assert {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"} <= set(parts)
    assert "Secure" not in parts


@pytest.mark.parametrize("proxied", [True, False])
def test_over_https_the_cookie_is_of_this_host_alone(browser: Browser, proxied: bool) -> None:
    browser.https = True
    if proxied:
        browser.https, browser.headers = False, {"X-Forwarded-Proto": "https"}
    parts = [part.strip() for part in cookie(browser, SECURE_COOKIE).split(";")[1:]]
    assert {"Secure", "HttpOnly", "Path=/"} <= set(parts)
    assert not any(part.startswith("Domain") for part in parts)


@pytest.mark.parametrize("key", ["", "wrong", KEY + "x", "x" * 5000, "\N{SNOWMAN}"])
def test_a_wrong_key_is_refused_in_words(browser: Browser, key: str) -> None:
    page = browser.send(browser.open("/console/sign-in"), "/console/sign-in", key=key)
    assert page.status == 401
    assert "unknown, expired or revoked" in page.text
    assert page.all("input")[2]["aria-invalid"] == "true"
    assert browser.open("/console/live").at.startswith("/console/sign-in")


def test_nobody_can_be_signed_in_from_another_site(browser: Browser) -> None:
    page = browser.post("/console/sign-in", {"key": KEY})
    assert page.status == 403
    assert browser.open("/console/live").at.startswith("/console/sign-in")
    other = browser.open("/console/sign-in")
    browser.headers = {"Sec-Fetch-Site": "cross-site"}
    assert browser.send(other, "/console/sign-in", key=KEY).status == 403


def test_a_token_that_was_there_before_is_not_the_one_of_the_session(browser: Browser) -> None:
    page = browser.open("/console/sign-in")
    before = browser.client.get_cookie(COOKIE)
    browser.send(page, "/console/sign-in", key=KEY)
    after = browser.client.get_cookie(COOKIE)
    assert before is not None
    assert after is not None
    assert before.value != after.value


def test_signing_out_ends_the_session_here_and_there(browser: Browser, world: Services) -> None:
    browser.send(browser.open("/console/sign-in"), "/console/sign-in", key=KEY)
    assert isinstance(world.sessions, MemorySessions)
    assert len(world.sessions.known) == 1
    page = browser.send(browser.open("/console/live"), "/console/sign-out")
    assert "You have signed out." in page.text
    assert world.sessions.known == {}
    assert browser.open("/console/live").at.startswith("/console/sign-in")


def test_signing_out_needs_the_form(sign_in: SignIn) -> None:
    browser = sign_in()
    assert browser.post("/console/sign-out", {}).status == 403
    assert browser.open("/console/live").status == 200


def test_files_are_kept_for_ever_under_an_address_that_names_their_content(browser: Browser) -> None:
    page = browser.open("/console/sign-in")
    (style,) = [link["href"] for link in page.all("link") if link["rel"] == "stylesheet"]
    reply = browser.client.get(style)
    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert reply.mimetype == "text/css"
    again = browser.client.get(style, headers={"If-None-Match": reply.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    older = browser.client.get("/console/static/0123456789abcdef/console.css")
    assert older.headers["Cache-Control"] == "no-cache"
    assert browser.client.get("/console/static/x/nothing.css").status_code == 404
    assert browser.client.get("/console/static/x/..%2fsite.py").status_code == 404
