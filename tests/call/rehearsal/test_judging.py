import pytest

from engine.call.rehearsal.dialogue import Dialogue
from engine.call.rehearsal.judging import Judge, endings, holds
from engine.call.rehearsal.listening import Listener
from engine.call.rehearsal.verdict import Failure
from engine.core.signals import HttpReply
from tests.flow.playbook import NOON, bundle_of, steps_flow, talk_steps
from tests.flow.rehearsal.scripts import SHOP, case


def ended() -> Dialogue:
    """A call that went to the desk, talked, and ended."""
    reply = HttpReply(200, {"content-type": "application/json"}, '{"tier": 2}')
    call = Dialogue(SHOP, "main", at=NOON, answer_http=lambda _: reply)
    call.begin()
    call.press("1")
    call.agent_hangs_up()
    return call


def failures(call: Dialogue, expect: str) -> list[Failure]:
    judge = Judge(call, "main", Listener(call, SHOP.prompts), SHOP.project.services, endings(call), call.now - NOON)
    return list(judge.failures(case(f"expect: {expect}").expectations))


GOOD = """{end: hangup, vars: {reason: none, pin: null}, session: {tier: 2}, outputs: {}, tags: {reason: none},
    language: en, heard: [welcome, number 2], not_heard: silent, requests: [POST crm/look: {a: 1}],
    visited: [greet, main/desk, hello], not_visited: [closed, message], max_seconds: 60, errors: [],
    events: [call.answered, flow.input: {digits: "1"}, call.ended]}"""


def test_everything_is_as_it_must_be() -> None:
    assert failures(ended(), GOOD) == []


@pytest.mark.parametrize(
    ("expect", "what", "expected", "got"),
    [
        ("{end: caller_hangup}", "end", "caller_hangup", "transfer user/anna or hangup or hangup NORMAL_CLEARING"),
        ("{vars: {reason: hours}}", "vars.reason", "hours", "none"),
        ("{vars: {pin: '1'}}", "vars.pin", "1", "null"),
        ("{session: {tier: '2'}}", "session.tier", "2", "2"),
        ("{outputs: {ok: true}}", "outputs.ok", "true", "nothing of this name"),
        ("{tags: {other: 1}}", "tags.other", "1", "nothing of this name"),
        ("{language: fr}", "language", "fr", "en"),
        ("{heard: silent}", "heard", "silent", "it was not heard"),
        ("{not_heard: welcome}", "not_heard", "welcome", "it was heard"),
        ("{requests: []}", "requests", "no request", "POST crm/look"),
        ("{requests: [GET crm/look]}", "requests", "GET crm/look", "POST crm/look"),
        ("{requests: [POST crm/look: {a: 2}]}", "requests", 'POST crm/look {"a": 2}', 'POST crm/look {"a":1}'),
        ("{requests: [POST crm/look, POST crm/look]}", "requests", "POST crm/look, POST crm/look", "POST crm/look"),
        ("{visited: closed}", "visited", "closed", "the call did not come there"),
        ("{not_visited: desk}", "not_visited", "desk", "the call came there"),
        ("{max_seconds: 1}", "max_seconds", "1.0", None),
        ("{errors: http.timeout}", "errors", '["http.timeout"]', "no error"),
        ("{events: recording.saved}", "events", "recording.saved", None),
        ("{events: [call.ended, call.answered]}", "events", "call.answered", "nothing more"),
        ("{events: {flow.input: {digits: '2'}}}", "events", 'flow.input {"digits": "2"}', None),
    ],
)
def test_what_is_not(expect: str, what: str, expected: str, got: str | None) -> None:
    (failure,) = failures(ended(), expect)
    assert (failure.what, failure.expected) == (what, expected)
    assert got in (None, failure.got)


def test_errors_and_requests_that_never_came() -> None:
    call = Dialogue(SHOP, "main", at=NOON)
    call.begin()
    assert failures(call, "{requests: [POST crm/look]}")[0].got == "no request"
    call.press("1")
    assert failures(call, "{errors: [http.connect]}") == []
    assert failures(call, "{errors: []}")[0].got == "http.connect"


def test_a_flow_that_is_left_has_no_variables() -> None:
    other = "flow: other\nstart: a\nblocks: {a: [menu: {prompt: m, choices: {'1': a}}]}\n"
    call = Dialogue(bundle_of(steps_flow("- goto: flow:other"), other), "main", at=NOON)
    call.begin()
    assert failures(call, "{vars: {reason: a}}")[0].got == "the flow main is not being run"


def test_the_words_for_how_a_call_stands() -> None:
    assert endings(talk_steps("- menu: {prompt: p, choices: {'1': here}}")) == ["waiting"]
    assert endings(talk_steps("- hangup: {cause: USER_BUSY}")) == ["hangup", "hangup USER_BUSY"]
    assert endings(talk_steps("- return: ")) == ["return", "hangup", "hangup NORMAL_CLEARING"]
    assert endings(talk_steps("- transfer: user/a")) == ["transfer user/a"]
    assert endings(talk_steps("- transfer: {to: user/a, mode: blind}"))[0] == "transfer user/a"
    talked = talk_steps("- transfer: user/a")
    talked.hang_up()
    assert endings(talked) == ["transfer user/a", "caller_hangup"]
    after = talk_steps("- transfer: {to: user/a, after: here}")
    after.agent_hangs_up()
    assert endings(after) == ["hangup", "hangup NORMAL_CLEARING"], "something was heard after the talk"
    waiting = talk_steps("- menu: {prompt: p, choices: {'1': here}}")
    assert "waiting (menu in main/go, line 5)" in failures(waiting, "{end: hangup}")[0].got


@pytest.mark.parametrize(
    ("got", "wanted", "fits"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True), ({"b": 2}, {"a": 1}, False), (1, True, False), (True, True, True),
        (1, 1.0, True), ("1", 1, False), ([1, {"a": 1, "b": 2}], [1, {"b": 2}], True), ([1], [1, 2], False),
        (None, None, True), (None, {"a": 1}, False), ({"a": None}, {"a": None}, True), ("a", ["a"], False),
    ],
)  # fmt: skip
def test_values_that_hold_what_is_wanted(got: object, wanted: object, fits: bool) -> None:
    assert holds(got, wanted) is fits
