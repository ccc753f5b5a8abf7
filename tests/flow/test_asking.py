"""The timing rules 1 to 4 of input steps, in imagined time; and what happens when the switch does not play along."""

import pytest

from engine.core.effects import CollectSecret, Play, StopPlay
from engine.core.ids import AskId
from engine.core.signals import Answer, Played, Refused, SecretDigits
from engine.core.steps import Wait
from engine.flow.asking import Entry
from tests.flow.playbook import errors, inputs, run_steps, talk_steps, told

MENU = """
- menu:
    prompt: "0123456789"
    choices: {"1": here, "12": there, "3": elsewhere}
    timeout: 4s
    interdigit: 2s
    tries: 1
    no_input: {then: [{log: silence}, {hangup: }]}
    invalid: {then: [{log: invalid}, {hangup: }]}
"""
COLLECT = """
- collect:
    prompt: "0123456789"
    store: got
    length: {min: 2, max: 4}
    timeout: 4s
    interdigit: 2s
    tries: 1
    no_input: {then: [{log: silence}, {hangup: }]}
    invalid: {then: [{log: invalid}, {hangup: }]}
- hangup: {prompt: "got ${vars.got}"}
"""
VARS = "{got: {type: digits}}"
PROMPT = 0.4 + 0.06 * 10


# Rule 1: the no-input timer starts when the prompt ends, or at once with no prompt.


def test_rule_1_silence_counts_from_the_end_of_the_prompt() -> None:
    call = talk_steps(MENU)
    call.wait(PROMPT + 3.9)
    assert inputs(call) == []
    call.wait(0.2)
    assert inputs(call) == [("no_input", 1, "")]


def test_rule_1_silence_counts_at_once_without_a_prompt() -> None:
    call = talk_steps(MENU.replace('"0123456789"', "[]"))
    call.wait(3.9)
    assert inputs(call) == []
    call.wait(0.2)
    assert inputs(call) == [("no_input", 1, "")]


# Rule 2: the first key stops the prompt and the no-input timer; from then only `interdigit` counts.


def test_rule_2_the_first_key_stops_the_prompt() -> None:
    call = talk_steps(COLLECT, vars=VARS)
    call.press("12")
    call.wait(2.1)
    assert call.heard == ["0123456789", "got 12"]
    assert call.lines[-1].at < PROMPT + 4


def test_rule_2_after_the_first_key_only_the_time_between_keys_counts() -> None:
    call = talk_steps(COLLECT, vars=VARS)
    call.wait(PROMPT + 3.5)
    call.press("1")
    call.wait(1.5)
    call.press("2")
    call.wait(1.5)
    call.press("3")
    assert inputs(call) == []
    call.wait(1.7)
    assert inputs(call) == []
    call.wait(0.2)
    assert inputs(call) == [("ok", 1, "123")]


# Rule 3: entry ends on length, terminator, interdigit expiry; in a menu on an unambiguous match.


def test_rule_3_the_last_key_of_the_length_ends_the_entry() -> None:
    call = talk_steps(COLLECT, vars=VARS)
    call.press("1234")
    assert call.heard[-1] == "got 1234"


def test_rule_3_a_terminator_ends_the_entry() -> None:
    call = talk_steps(COLLECT, vars=VARS)
    call.press("12#")
    assert call.heard[-1] == "got 12"


def test_rule_3_time_between_keys_ends_the_entry() -> None:
    call = talk_steps(COLLECT, vars=VARS)
    call.press("123")
    call.silence()
    assert call.heard[-1] == "got 123"


def test_rule_3_a_menu_ends_at_an_unambiguous_choice_at_once() -> None:
    call = talk_steps(MENU)
    call.press("3")
    assert call.heard[-1] == "at elsewhere"
    longer = talk_steps(MENU)
    longer.press("12")
    assert longer.heard[-1] == "at there"


def test_rule_3_a_menu_waits_for_the_rest_of_a_longer_choice() -> None:
    call = talk_steps(MENU)
    call.press("1")
    assert call.heard == ["0123456789"]
    call.silence()
    assert call.heard[-1] == "at here"


# Rule 4: the outcomes.


@pytest.mark.parametrize(
    ("keys", "outcome"),
    [("", "no_input"), ("#", "empty"), ("1#", "too_short"), ("1A#", "invalid"), ("12#", "ok"), ("1234", "ok")],
)
def test_rule_4_outcomes_of_an_entry(keys: str, outcome: str) -> None:
    call = talk_steps(COLLECT, vars=VARS)
    call.press(keys)
    if call.result is None:
        call.silence()
    assert inputs(call)[0][0] == outcome


def test_rule_4_in_a_menu_what_is_no_choice_is_invalid_at_once() -> None:
    call = talk_steps(MENU)
    call.press("7")
    assert inputs(call) == [("invalid", 1, "7")]


# Prompts


def test_a_key_during_a_prompt_stops_it_and_stays_unread_for_the_next_input() -> None:
    call = talk_steps('- play: "a long announcement"\n' + MENU)
    again = talk_steps('- pause: 1s\n- play: "a long announcement"\n' + MENU)
    assert call.heard == again.heard == ["a long announcement", "0123456789"]
    early = run_steps('- play: "a"\n' + MENU)
    early.digit("3").done(Played("interrupted"))
    assert isinstance(early.wait, Wait)
    assert early.wait == Wait(0, digits="take")  # the menu looks for keys typed ahead before it plays


def test_keys_typed_before_a_plain_prompt_do_not_skip_it() -> None:
    call = run_steps('- play: "a"\n- hangup: ')
    assert call.wait is not None
    assert call.wait.digits == "fresh"
    assert isinstance(call.last_ask, Play)
    assert call.last_ask.interruptible


def test_a_prompt_without_barge_in_hears_no_keys() -> None:
    call = run_steps('- play: {prompt: "a", barge_in: false}\n- hangup: ')
    assert call.wait == Wait(600.0, asks=(AskId(1),))
    assert isinstance(call.last_ask, Play)
    assert not call.last_ask.interruptible


def test_a_prompt_the_switch_does_not_stop_by_itself_is_stopped() -> None:
    call = run_steps('- play: "a"\n- hangup: ')
    call.digit("1")
    assert call.wait is not None
    assert call.wait.timeout == 0.3
    call.time_out()
    for times in range(1, 5):  # a stop that comes before the prompt has begun is forgotten by the switch
        assert sum(isinstance(effect, StopPlay) for effect in call.effects) == times
        assert call.wait.timeout == 0.4
        call.time_out()
    assert call.ended


def test_a_prompt_that_stops_when_told_is_not_told_again() -> None:
    call = run_steps('- play: "a"\n- hangup: ')
    call.digit("1")
    call.time_out()
    call.done(Played("interrupted"))
    assert sum(isinstance(effect, StopPlay) for effect in call.effects) == 1
    assert call.ended


def test_an_empty_prompt_plays_nothing() -> None:
    call = run_steps("- play: []\n- hangup: ")
    assert call.ended
    assert call.asks == {}


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (Played("missing", "no file"), "prompt.missing"),
        (Played("failed", "codec"), "freeswitch.command"),
        (Refused("-ERR"), "freeswitch.command"),
    ],
)
@pytest.mark.parametrize("steps", ['- play: "a"\n- hangup: ', MENU])
def test_what_could_not_be_heard_is_an_error(steps: str, answer: Answer, name: str) -> None:
    call = run_steps(steps)
    if steps is MENU:
        call.time_out()
    call.done(answer)
    assert [fields["error"] for kind, fields in call.tells if kind == "flow.error"] == [name]


def test_a_prompt_nobody_says_has_ended_is_given_up() -> None:
    call = run_steps('- play: "a"\n- hangup: ')
    assert call.wait is not None
    assert call.wait.timeout == 600
    call.time_out()
    assert [fields["error"] for kind, fields in call.tells if kind == "flow.error"] == ["freeswitch.lost"]


# Keys that always work


def test_an_always_working_key_jumps_out_of_a_prompt_and_is_used_up() -> None:
    call = talk_steps('- play: "welcome"\n' + MENU, events='{keys: {"0": there}}')
    other = talk_steps('- answer:\n- menu: {prompt: "m", choices: {"1": here}}', events='{keys: {"0": there}}')
    other.press("0")
    assert other.heard[-1] == "at there"
    assert inputs(other) == [("key", 1, "0")]
    during = run_steps('- play: "welcome"\n' + MENU, events='{keys: {"0": there}}')
    during.digit("0").done(Played("interrupted"))
    assert during.runner.position is not None
    assert during.runner.position.block == "there"
    assert call.needs == "caller"


def test_an_always_working_key_of_two_digits() -> None:
    steps = '- play: "welcome"\n- hangup: '
    call = run_steps(steps, events='{keys: {"*0": there}}')
    call.digit("*").done(Played("interrupted"))
    assert call.wait is not None
    assert call.wait.digits == "fresh"
    call.digit("0")
    assert call.runner.position is not None
    assert call.runner.position.block == "there"
    quick = run_steps(steps, events='{keys: {"*0": there}}')
    quick.digit("*").digit("0").done(Played("interrupted"))  # the second key comes while the prompt stops
    assert quick.runner.position is not None
    assert quick.runner.position.block == "there"
    slow = run_steps(steps, events='{keys: {"*0": there}}')
    slow.digit("*").done(Played("interrupted")).time_out()
    assert slow.ended


def test_always_working_keys_do_not_work_while_digits_are_collected() -> None:
    call = talk_steps(COLLECT, vars=VARS, events='{keys: {"0": there}}')
    call.press("00#")
    assert call.heard[-1] == "got 00"


# Secret entries

SECRET = COLLECT.replace("    tries: 1", "    tries: 1\n    mask: true")


def test_a_masked_entry_is_collected_inside_the_switch() -> None:
    call = run_steps(SECRET, vars=VARS)
    call.time_out()  # nothing typed ahead
    ask = call.last_ask
    assert isinstance(ask, CollectSecret)
    assert (ask.max_digits, ask.first_ms, ask.interdigit_ms, ask.terminators) == (4, 4000, 2000, "#")
    assert call.wait is not None
    assert call.wait.digits == "no"
    call.done(SecretDigits("1234"))
    assert ("flow.input", {"outcome": "ok", "tries": 1}) in call.tells
    assert call.runner.variables["got"] == "1234"


def test_keys_typed_ahead_begin_a_masked_entry() -> None:
    call = run_steps(SECRET, vars=VARS)
    call.digit("9").time_out()
    ask = call.last_ask
    assert isinstance(ask, CollectSecret)
    assert (ask.max_digits, ask.prompt, ask.first_ms) == (3, (), 2000)
    call.done(SecretDigits("87", "#"))
    assert call.runner.variables["got"] == "987"


def test_a_masked_entry_typed_ahead_as_a_whole_asks_nothing() -> None:
    for keys in ("12#", "1234"):
        call = run_steps(SECRET, vars=VARS)
        for key in keys:
            call.digit(key)
        assert call.runner.variables["got"] == keys.rstrip("#")
        assert not any(isinstance(ask, CollectSecret) for ask in call.asks.values())


@pytest.mark.parametrize(
    ("digits", "terminator", "outcome"),
    [("", "", "no_input"), ("", "#", "empty"), ("1", "#", "too_short"), ("12", "#", "ok")],
)
def test_outcomes_of_a_masked_entry(digits: str, terminator: str, outcome: str) -> None:
    call = run_steps(SECRET, vars=VARS)
    call.time_out().done(SecretDigits(digits, terminator))
    assert [fields for kind, fields in call.tells if kind == "flow.input"] == [{"outcome": outcome, "tries": 1}]


@pytest.mark.parametrize("answer", [Refused("-ERR"), Played("done")])
def test_a_masked_entry_the_switch_refuses_is_an_error(answer: Answer) -> None:
    call = run_steps(SECRET, vars=VARS)
    call.time_out().done(answer)
    assert [fields["error"] for kind, fields in call.tells if kind == "flow.error"] == ["freeswitch.command"]


def test_a_dialogue_hides_nothing_from_its_reader_but_the_events_do() -> None:
    call = talk_steps(SECRET, vars=VARS)
    call.press("4711")
    assert errors(call) == []
    assert told(call, "flow.input") == [{"outcome": "ok", "tries": 1}]


def test_silence_is_nothing_keyed_and_no_terminator() -> None:
    assert Entry("").silent
    assert not Entry("", "#").silent
    assert not Entry("1").silent
