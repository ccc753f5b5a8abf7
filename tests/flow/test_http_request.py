import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.core.effects import HttpCall, Play, StopPlay
from engine.core.errors import FlowError
from engine.core.ids import AskId
from engine.core.signals import HttpReply, Played, Refused
from engine.flow.http_request import Retry, encoded_pairs, failure_names, joined_url
from engine.flow.template import Template
from tests.flow.playbook import run_steps

T = Template.compile


def test_the_names_of_a_failure() -> None:
    assert failure_names(HttpReply(200)) == ()
    assert failure_names(HttpReply(503)) == ("http.status.503", "http.5xx", "http.status", "http")
    assert failure_names(HttpReply(0, error="http.tls")) == ("http.tls", "http")


def test_which_replies_are_worth_another_try() -> None:
    usual = Retry()
    assert [usual.wants(HttpReply(status)) for status in (200, 404, 500)] == [False, False, True]
    assert usual.wants(HttpReply(0, error="http.timeout"))
    assert not usual.wants(HttpReply(0, error="http.tls"))
    with pytest.raises(ValidationError):
        Retry(tries=0)


@pytest.mark.parametrize(
    ("address", "path", "query", "url"),
    [
        ("http://a.b/", T("/c"), {}, "http://a.b/c"),
        ("http://a.b", T("c"), {}, "http://a.b/c"),
        ("http://a.b/x?y=1", None, {"z": "&"}, "http://a.b/x?y=1&z=%26"),
        (T("${v}"), None, {}, "http://v.test/"),
        (T("http://a.b/${p}/c d"), None, {}, "http://a.b/x%2F..%3F/c%20d"),
        ("http://a.b", T("/${dots}/c"), {}, "http://a.b/%2E%2E/c"),
    ],
)
def test_addresses(address: Template | str, path: Template | None, query: dict[str, str], url: str) -> None:
    scope = {"v": "http://v.test/", "p": "x/..?", "dots": ".."}
    assert joined_url(address, path, dict(query), scope) == url


@given(st.text(max_size=20))
def test_a_value_cannot_leave_its_part_of_the_address(value: str) -> None:
    try:
        url = joined_url("http://a.b", T("/x/${v}/y"), {"q": value}, {"v": value})
    except (FlowError, UnicodeEncodeError):
        return
    assert url.startswith("http://a.b/x/")
    assert url.count("/") == 5
    assert url.count("?") == 1
    assert url.count("&") == url.count("#") == 0


def test_pairs() -> None:
    assert encoded_pairs({"a b": "ü", "l": [1, True], "n": None, "f": 1.0}) == "a%20b=%C3%BC&l=1&l=true&f=1"


STEPS = "- http: {url: 'http://x.test', timeout: 3s, wait_prompt: one moment, wait_after: 2s%s}\n- hangup: "


def test_request_and_prompt_run_at_once() -> None:
    call = run_steps(STEPS % "")
    assert isinstance(call.last_ask, HttpCall)
    assert call.wait is not None
    assert call.wait.timeout == 2.0
    call.time_out()
    assert isinstance(call.last_ask, Play)
    assert not call.last_ask.interruptible
    assert call.wait.asks == (1, 2)
    call.done(HttpReply(200), ask=1)
    assert isinstance(call.effects[-1], StopPlay)  # the reply is here: nobody needs to wait any more
    assert call.wait.asks == (AskId(2),)
    call.done(Played("interrupted"), ask=2)
    assert call.ended


def test_a_request_nobody_answers_is_given_up() -> None:
    call = run_steps("- http: {url: 'http://x.test', timeout: 3s}\n- hangup: ")
    assert call.wait is not None
    assert call.wait.timeout == 8.0
    call.time_out()
    assert call.tells[0][1]["error"] == "http.timeout"


def test_a_refused_request_is_no_connection() -> None:
    call = run_steps("- http: {url: 'http://x.test'}\n- hangup: ").done(Refused("closed"))
    assert (call.tells[0][1]["error"], call.tells[0][1]["message"]) == ("http.connect", "closed")
