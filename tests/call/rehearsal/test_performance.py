import pytest

from engine.call.rehearsal.performance import Performance, faulty
from engine.call.rehearsal.verdict import Verdict
from tests.flow.rehearsal.scripts import SHOP, case

MOCKS = "mocks: {http: {POST crm/look: {json: {tier: 2}}}}\n"


def perform(text: str) -> Verdict:
    return Performance(case(text), SHOP).run()


def failure(text: str) -> tuple[str, str, str]:
    (found,) = perform(text).failures
    return found.what, found.expected, found.got


def test_a_case_from_beginning_to_end() -> None:
    verdict = perform(
        MOCKS
        + """\
call: {caller: "+44100", called: "+44200"}
dialogue:
  - hear: [welcome, choose]
  - silence:
  - hear: {en: [silent, choose]}
  - agent: busy
  - press: ["9", "1"]
  - hear: [your_tier, number 2, Leave a message]
  - speak: 3s
  - expect: {outputs: {ok: true}}
expect: {end: return, events: [recording.saved], tags: {reason: none}}
"""
    )
    assert verdict.failures == ()
    assert (verdict.name, verdict.flow, verdict.lines) == ("a", "main", ())
    assert verdict.call_seconds > 15
    assert verdict.steps > 8


def test_the_other_party_acts() -> None:
    verdict = perform(
        MOCKS
        + "dialogue: [press: '1', agent: {press: '5'}, wait: 1m, expect: {end: transfer user/anna}, agent: hangs_up]\n"
        "expect: {end: hangup, max_seconds: 70}"
    )
    assert verdict.failures == ()


def test_a_talk_that_goes_on_is_ended_and_its_wrap_up_runs() -> None:
    verdict = perform(MOCKS + "dialogue: [press: '1']\nexpect: {end: transfer user/anna, tags: {reason: none}}")
    assert verdict.failures == ()


def test_the_caller_hangs_up() -> None:
    assert perform("dialogue: [hangup: ]\nexpect: {end: caller_hangup, visited: wrap_up}").failures == ()


@pytest.mark.parametrize(
    ("text", "what", "got"),
    [
        ("dialogue: [hear: silent]", "hear", "welcome, choose"),
        ("dialogue: [hear: [choose, welcome]]", "hear", "nothing more"),
        ("dialogue: [hear: {fr: welcome}]", "hear", "the language en"),
        ("strict: true\ndialogue: [hear: choose]", "hear", "welcome, choose"),
        ("strict: true\ndialogue: [hear: welcome]", "strict", "choose"),
        ("dialogue: [speak: 3s]", "speak", "waiting (menu in main/choose, line 15)"),
        ("dialogue: [agent: hangs_up]", "agent", "waiting (menu in main/choose, line 15)"),
        ("dialogue: [agent: {press: '1'}]", "agent", "waiting (menu in main/choose, line 15)"),
        ("dialogue: [press: ['2', '1']]", "press", "the call is over: hangup"),
        ("dialogue: [press: '2', silence: 2]", "silence", "the call is over: hangup"),
        ("dialogue: [press: '2', hangup: ]", "hangup", "the call is over: hangup"),
        (
            MOCKS + "dialogue: [press: '1', silence: 2]",
            "silence",
            "transfer user/anna (transfer in main/desk, line 25)",
        ),
        ("dialogue: [expect: {end: hangup}]", "end", "waiting (menu in main/choose, line 15)"),
        ("dialogue: [press: '1']", "request", "none for POST crm/look"),
    ],
)
def test_what_goes_wrong(text: str, what: str, got: str) -> None:
    found = failure(text)
    assert (found[0], found[2]) == (what, got)


def test_the_first_thing_that_goes_wrong_is_told_where_it_stands_and_no_other() -> None:
    verdict = perform("dialogue:\n  - press: '1'\n  - hear: silent\nexpect: {end: return}")
    assert [(found.what, found.place.line) for found in verdict.failures] == [("request", 5)]
    assert any("http" in line for line in verdict.lines)


def test_all_that_is_expected_at_the_end_is_told_together() -> None:
    verdict = perform("dialogue: [press: '2']\nexpect: {end: return, vars: {reason: none}, heard: silent}")
    assert [found.what for found in verdict.failures] == ["end", "vars.reason", "heard"]


def test_the_world_is_as_the_case_says() -> None:
    assert perform("mocks: {hours: {shop: holiday}}\nexpect: {heard: We are closed, end: hangup}").failures == ()
    assert perform("call: {language: fr}\ndialogue: [hear: {fr: welcome}]\nexpect: {language: fr}").failures == ()
    fails = "mocks: {record: fails, transfer: {user/anna: busy}, http: {POST crm/look: {json: {tier: 0}}}}\n"
    assert perform(fails + "dialogue: [press: '1']\nexpect: {errors: record.failed}").failures == ()


def test_our_own_faults_have_a_verdict() -> None:
    verdict = faulty(case("dialogue: []"), KeyError("x"))
    assert "a fault of the engine: KeyError" in verdict.failures[0].got
