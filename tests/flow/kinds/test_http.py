import pytest
from pydantic import ValidationError

from engine.core.signals import HttpReply
from engine.flow.kinds import KINDS
from tests.flow.playbook import errors, replies, talk_steps

PROJECT = """
services:
  crm:
    url: https://crm.test/api/
    headers: {Authorization: "secret:CRM", X-From: us}
    timeout: 7s
    retry: {tries: 2}
"""
VARS = "{reply: {type: map}, n: {type: number}, pin: {secret: true}, name: {}}"
OK = HttpReply(200, {"Content-Type": "application/json"}, '{"tier": "gold", "n": 2}')


def http(fields: str, beside: str = "") -> str:
    return f"- http: {fields}\n{beside}- hangup: {{prompt: after}}"


def test_a_service_with_its_address_headers_and_timeout() -> None:
    call = talk_steps(
        http("{service: crm, path: /who, headers: {x-from: me}}"), project=PROJECT, answer_http=replies(OK)
    )
    sent = call.requests[0]
    assert (sent.method, sent.url, sent.timeout, sent.max_body) == ("GET", "https://crm.test/api/who", 7.0, 65536)
    assert sent.headers == {"Authorization": "secret:CRM", "x-from": "me"}
    assert call.heard == ["after"]


def test_a_whole_address_and_times_of_its_own() -> None:
    call = talk_steps(http('{url: "http://x.test/a", timeout: 2s, max_body: 100}'), answer_http=replies(OK))
    assert (call.requests[0].url, call.requests[0].timeout, call.requests[0].max_body) == ("http://x.test/a", 2.0, 100)
    plain = talk_steps(http('{url: "http://x.test/a"}'), answer_http=replies(OK))
    assert plain.requests[0].timeout == 5.0


def test_what_expressions_put_into_an_address_is_encoded() -> None:
    call = talk_steps(
        "- set: {name: '../a b?&#/é'}\n"
        + http(
            "{service: crm, path: '/who/${vars.name}', query: {q: '${vars.name}', n: '${1 + 1}', l: [a, b], z: null}}"
        ),
        project=PROJECT,
        vars=VARS,
        answer_http=replies(OK),
    )
    encoded = "..%2Fa%20b%3F%26%23%2F%C3%A9"
    assert call.requests[0].url == f"https://crm.test/api/who/{encoded}?q={encoded}&n=2&l=a&l=b"


def test_bodies_of_both_kinds() -> None:
    call = talk_steps(
        http("{url: 'http://x.test', method: POST, json: {a: ['${1 + 1}', é], b: null}}"), answer_http=replies(OK)
    )
    assert (call.requests[0].method, call.requests[0].body) == ("POST", '{"a":[2,"é"],"b":null}')
    assert call.requests[0].headers["Content-Type"] == "application/json"
    form = talk_steps(http("{url: 'http://x.test', method: PUT, form: {a: 'x y&z', b: 2}}"), answer_http=replies(OK))
    assert form.requests[0].body == "a=x%20y%26z&b=2"
    assert form.requests[0].headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_what_is_wanted_of_the_reply_is_saved() -> None:
    save = "{reply: response.json, n: response.status, name: response.body, "
    save += "session.kind: \"response.headers['content-type']\"}}"
    call = talk_steps(
        http("{url: 'http://x.test', save: " + save),
        vars=VARS,
        answer_http=replies(OK),
    )
    assert call.runner.variables["reply"] == {"tier": "gold", "n": 2}
    assert call.runner.variables["n"] == 200
    assert call.runner.variables["name"] == OK.body
    assert call.runner.session == {"kind": "application/json"}


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        (HttpReply(404), "http.status.404"),
        (HttpReply(503), "http.status.503"),
        (HttpReply(0, error="http.timeout"), "http.timeout"),
        (HttpReply(0, error="http.tls", detail="expired"), "http.tls"),
        (HttpReply(0, error="http.too_large"), "http.too_large"),
        (HttpReply(200, {"Content-Type": "application/json"}, "{"), "http.body"),
        (HttpReply(200, {}, "plain"), "expr.undefined"),
    ],
)
def test_what_can_go_wrong(reply: HttpReply, name: str) -> None:
    call = talk_steps(http("{url: 'http://x.test', save: {n: response.json.n}}"), vars=VARS, answer_http=replies(reply))
    assert errors(call) == [name]


def test_a_class_of_status_can_be_caught() -> None:
    beside = "  on_error: {http.5xx: here, http.status: there}\n"
    assert talk_steps(http("{url: 'http://x.test'}", beside), answer_http=replies(HttpReply(503))).heard == ["at here"]
    assert talk_steps(http("{url: 'http://x.test'}", beside), answer_http=replies(HttpReply(404))).heard == ["at there"]


def test_statuses_have_ways_of_their_own() -> None:
    fields = (
        "{url: 'http://x.test', save: {n: response.json.n}, on_status: {'404': here, 4xx: there, '202': elsewhere}}"
    )
    for reply, heard in ((HttpReply(404), "at here"), (HttpReply(410), "at there"), (OK, "after")):
        assert talk_steps(http(fields), vars=VARS, answer_http=replies(reply)).heard == [heard]
    accepted = talk_steps(http(fields), vars=VARS, answer_http=replies(HttpReply(202, {}, '{"n": 5}')))
    assert (accepted.heard, accepted.requests[0].method) == (["at elsewhere"], "GET")


def test_a_failed_request_is_tried_again() -> None:
    retry = "retry: {tries: 3, delay: 1s, backoff: 3, max_delay: 2s}"
    down = HttpReply(503)
    call = talk_steps(http(f"{{url: 'http://x.test', {retry}}}"), answer_http=replies(down, down, OK))
    assert (len(call.requests), call.heard) == (3, ["after"])
    assert call.lines[-2].at == 3.0  # 1 s, then 3 s held to 2 s
    gone = talk_steps(http(f"{{url: 'http://x.test', {retry}}}"), answer_http=replies(HttpReply(404)))
    assert len(gone.requests) == 1
    only = talk_steps(
        http("{url: 'http://x.test', retry: {tries: 3, on: [http.connect]}}"), answer_http=replies(HttpReply(503))
    )
    assert len(only.requests) == 1


def test_the_services_retry_is_used_unless_the_step_has_its_own() -> None:
    down = replies(HttpReply(0, error="http.timeout"))
    assert len(talk_steps(http("{service: crm}"), project=PROJECT, answer_http=down).requests) == 2
    once = talk_steps(http("{service: crm, retry: {tries: 1}}"), project=PROJECT, answer_http=down)
    assert len(once.requests) == 1


def test_a_good_reply_is_kept_for_this_call() -> None:
    once = "- http: {url: 'http://x.test', cache: 10m}\n"
    twice = f"{once}- pause: %s\n{once}- hangup: "
    assert len(talk_steps(twice % "9m", answer_http=replies(OK)).requests) == 1
    assert len(talk_steps(twice % "11m", answer_http=replies(OK)).requests) == 2
    failing = talk_steps(
        "- http: {url: 'http://x.test', cache: 10m, on_status: {4xx: next}}\n" * 2 + "- hangup: ",
        answer_http=replies(HttpReply(404)),
    )
    assert len(failing.requests) == 2


def test_a_caller_who_waits_hears_so() -> None:
    slow = HttpReply(200, ms=8500)
    call = talk_steps(
        http("{url: 'http://x.test', timeout: 20s, wait_prompt: one moment, wait_after: 3s}"), answer_http=replies(slow)
    )
    assert call.heard == ["one moment", "one moment", "after"]
    assert [line.at for line in call.lines if line.what == "hear"] == [3.0, 6.0, 8.5]
    quick = talk_steps(http("{url: 'http://x.test', wait_prompt: one moment}"), answer_http=replies(OK))
    assert quick.heard == ["after"]


def test_no_line_break_gets_into_a_header() -> None:
    call = talk_steps(
        '- set: {name: "a\\r\\nEvil: 1"}\n' + http("{url: 'http://x.test', headers: {X-Name: '${vars.name}'}}"),
        vars=VARS,
    )
    assert (errors(call), call.requests) == (["expr.type"], [])


@pytest.mark.parametrize("address", ["ftp://x.test", "http://", "http://a b", "x.test", "http://[::1", "file:///etc/x"])
def test_only_addresses_of_the_web(address: str) -> None:
    call = talk_steps(f"- set: {{name: '{address}'}}\n" + http("{url: '${vars.name}'}"), vars=VARS)
    assert (errors(call), call.requests) == (["http.connect"], [])


def test_a_service_that_does_not_exist_is_an_error() -> None:
    assert errors(talk_steps(http("{service: nobody}"))) == ["expr.undefined"]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"service": "a", "url": "http://b"},
        {"service": "a", "json": {}, "form": {}},
        {"service": "a", "on_status": {"40": "x"}},
        {"service": "a", "headers": {"a b": "x"}},
        {"service": "a", "retry": {"on": ["timeout"]}},
    ],
)
def test_fields_that_make_no_sense_are_refused_when_loaded(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        KINDS["http"].model_validate(fields)
