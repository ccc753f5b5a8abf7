"""What all pages have in common: policy, menu, sign-in, forms, and what is shown when something is wrong."""

from dataclasses import replace
from typing import Any

import pytest

from engine.api.console.site import SECTIONS, sentence
from engine.api.frame import create_app
from engine.api.services import Services
from engine.core.errors import ControlError, StoreError, SwitchError
from tests.api.console.browsing import Browser
from tests.api.console.conftest import SignIn
from tests.api.console.lively import MemoryCalls, record
from tests.api.memory import MemoryControl

CALL = "/console/calls/call-1"


def pages(world: Services) -> list[tuple[str, bool]]:
    """Every address of the console with whether it changes something."""
    app = create_app(world)
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/console/")]
    return [
        (rule.rule.replace("<call>", "call-1").replace("<endpoint>", "ep_1"), "POST" in (rule.methods or ()))
        for rule in rules
        if "sign-" not in rule.rule
        and "static" not in rule.rule
        and "<path" not in rule.rule
        and rule.rule != "/console/"
    ]


def test_nothing_is_shown_or_done_for_who_is_not_signed_in(world: Services) -> None:
    found = pages(world)
    assert len(found) > 20
    for path, changes in found:
        reply = create_app(world).test_client().open(path, method="POST" if changes else "GET")
        assert reply.status_code == 303, path
        assert reply.headers["Location"].startswith("/console/sign-in"), path


def test_every_form_needs_the_token_of_its_session(world: Services, sign_in: SignIn) -> None:
    browser, other = sign_in(), sign_in(tenant="else")
    foreign = other.open("/console/flows").form("/console/sign-out").fields["_token"]
    changing = [path for path, changes in pages(world) if changes]
    assert len(changing) > 8
    for path in changing:
        for fields in ({}, {"_token": ""}, {"_token": foreign}, {"_token": "\N{SNOWMAN}"}):
            assert browser.post(path, fields).status == 403, path
    assert isinstance(world.control, MemoryControl)
    assert world.control.taken == []


def test_a_form_from_another_site_is_refused(sign_in: SignIn, world: Services) -> None:
    browser = sign_in()
    page = browser.open("/console/flows")
    browser.headers = {"Sec-Fetch-Site": "same-site"}
    assert browser.send(page, "/console/flows/reload").status == 403
    assert isinstance(world.control, MemoryControl)
    assert world.control.taken == []


@pytest.mark.parametrize("path", ["/console/sign-in", "/console/live", "/console/nothing", "/console/"])
def test_every_reply_has_the_policy(sign_in: SignIn, path: str) -> None:
    reply = sign_in().client.get(path)
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", [path for path, _, _ in SECTIONS])
def test_each_section_needs_its_scope_and_is_in_the_menu_with_it(sign_in: SignIn, path: str) -> None:
    (scope,) = [scope for known, _, scope in SECTIONS if known == path]
    page = sign_in(scope).open(f"/console/{path}")
    assert page.status == 200
    assert f"/console/{path}" in page.links
    assert [link["href"] for link in page.all("a") if link.get("aria-current") == "page"] == [f"/console/{path}"]
    others = sign_in(*{other for _, _, other in SECTIONS} - {scope}, key="other").open(f"/console/{path}")
    assert others.status == 403
    assert f"/console/{path}" not in others.links
    assert scope in others.text


def test_the_first_page_is_one_the_key_opens(sign_in: SignIn) -> None:
    assert sign_in("flows:read").open("/console/").at == "/console/flows"
    assert sign_in("calls:read", "flows:read", key="b").open("/console/").at == "/console/live"
    assert sign_in("usage:read", key="c").open("/console/").status == 403
    assert sign_in(key="d").client.get("/console").headers["Location"].endswith("/console/")


def test_what_is_not_there_is_said_on_a_page(sign_in: SignIn) -> None:
    page = sign_in().open("/console/calls/none/such/page")
    assert page.status == 404
    assert page.reply.mimetype == "text/html"
    assert "There is nothing here" in page.text


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (StoreError("redis.inside refused"), 503, "Redis is away"),
        (ControlError("no engine answers", "engine_away"), 503, "No engine answers."),
        (SwitchError("the switch said no"), 502, "The switch said no."),
        (ZeroDivisionError("inner matters"), 500, "Something went wrong here."),
    ],
)
def test_what_goes_wrong_is_said_on_a_page(world: Services, error: Exception, status: int, words: str) -> None:
    class Broken(MemoryCalls):
        def list(self, *_: Any) -> Any:
            raise error

    page = Browser(replace(world, calls=Broken())).enter().open("/console/live")
    assert page.status == status
    assert words in page.text
    assert "inner matters" not in page.html
    assert "redis.inside" not in page.html


def test_a_script_that_is_signed_out_is_told_so(world: Services) -> None:
    reply = create_app(world).test_client().get("/console/live", headers={"Sec-Fetch-Dest": "empty"})
    assert reply.status_code == 401


def test_only_words_of_ours_can_be_put_on_a_page_by_its_address(sign_in: SignIn) -> None:
    page = sign_in().open("/console/live?done=call+this+number")
    assert "call this number" not in page.html
    assert "The call has been told to end." in sign_in().open("/console/live?done=hung-up").text


def test_too_large_a_form_is_refused(sign_in: SignIn, world: Services) -> None:
    assert isinstance(world.calls, MemoryCalls)
    world.calls.add(record())
    browser = sign_in()
    page = browser.open(f"{CALL}/hangup")
    assert browser.send(page, f"{CALL}/hangup", more="x" * 300_000).status == 413


def test_messages_are_sentences() -> None:
    assert [sentence(text) for text in ("no.", "no such call", "", "why?")] == ["No.", "No such call.", "", "Why?"]
