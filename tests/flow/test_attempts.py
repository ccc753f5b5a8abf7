"""Rules 5 to 7 of input steps: tries, their prompts, where failures lead, and `repeat`."""

from tests.flow.playbook import Flush, errors, inputs, run_steps, talk_steps, told


def menu(rest: str, choices: str = '{"1": here, "*": repeat}') -> str:
    return f"- menu:\n    prompt: main\n    choices: {choices}\n" + "".join(
        f"    {line}\n" for line in rest.strip().splitlines()
    )


# Rule 5: tries


def test_rule_5_all_failed_attempts_count_and_the_last_ones_kind_decides() -> None:
    call = talk_steps(menu("tries: 3\nno_input: {then: there}\ninvalid: {then: elsewhere}"))
    call.press("7")
    call.silence()
    assert call.result is None
    call.press("8")
    assert call.heard[-1] == "at elsewhere"
    assert inputs(call) == [("invalid", 3, "8")]


def test_rule_5_a_kind_counts_its_own_failures() -> None:
    call = talk_steps(menu("tries: 5\nno_input: {tries: 2, then: there}\ninvalid: {then: elsewhere}"))
    call.silence()
    call.press("7")
    call.silence()
    assert call.heard[-1] == "at there"
    assert inputs(call) == [("no_input", 3, "")]


def test_rule_5_the_last_failure_does_not_play_its_prompt() -> None:
    call = talk_steps(menu("tries: 2\nno_input: {prompt: silent, then: there}"))
    call.silence()
    call.silence()
    assert call.heard == ["main", "silent main", "at there"]


def test_rule_5_without_then_it_is_an_error() -> None:
    for key, name in (("", "input.no_input"), ("7", "input.invalid")):
        call = talk_steps(menu("tries: 1"))
        if key:
            call.press(key)
        else:
            call.silence()
        assert errors(call) == [name]


def test_tries_may_be_an_expression() -> None:
    call = talk_steps(menu("tries: ${1 + 1}\nno_input: {then: there}"))
    call.silence()
    assert call.result is None
    call.silence()
    assert call.heard[-1] == "at there"


def test_no_tries_at_all_are_one() -> None:
    call = talk_steps(menu("tries: 0\nno_input: {then: there}"))
    call.silence()
    assert call.heard == ["main", "at there"]


# Prompts of attempts


def test_a_list_of_prompts_is_one_for_each_failure_and_the_last_repeats() -> None:
    call = talk_steps(menu("tries: 4\ninvalid: {prompt: [first, [second, part]], then: there}"))
    for key in "789":
        call.press(key)
    assert call.heard == ["main", "first main", "second part main", "second part main"]


def test_a_reprompt_is_heard_instead_of_the_prompt() -> None:
    call = talk_steps(menu("reprompt: again\ninvalid: {prompt: wrong}\nno_input: {prompt: silent}"))
    call.press("7")
    call.silence()
    assert call.heard == ["main", "wrong again", "silent again"]


# Rule 6: type-ahead


def test_rule_6_keys_typed_ahead_skip_the_prompt() -> None:
    call = talk_steps("- pause: 1s\n" + menu("timeout: 5s"))
    early = run_steps("- pause: 1s\n" + menu("timeout: 5s"))
    early.time_out().digit("1")
    assert [ask.prompt[0].text for ask in early.asks.values()] == ["at here"]  # type: ignore[union-attr]
    assert call.heard == ["main"]


def test_rule_6_flush_forgets_them_before_the_prompt() -> None:
    call = run_steps(menu("type_ahead: flush"))
    assert isinstance(call.requests[2], Flush)
    kept = run_steps(menu("type_ahead: keep"))
    assert not any(isinstance(request, Flush) for request in kept.requests)


def test_rule_6_a_failed_attempt_drops_what_was_typed_after_it() -> None:
    call = run_steps(menu("timeout: 5s"))
    call.digit("7")
    assert isinstance(call.requests[-2], Flush)


# Rule 7: repeat


def test_rule_7_repeat_plays_the_prompt_again_and_counts_no_try() -> None:
    call = talk_steps(menu("tries: 2\nreprompt: again\nno_input: {then: there}"))
    call.silence()
    for _ in range(5):
        call.press("*")
    assert call.heard == ["main", "again", *["main"] * 5]
    call.silence()
    assert call.heard[-1] == "at there"


def test_then_may_repeat_the_step_from_the_beginning() -> None:
    call = talk_steps(menu("tries: 1\nno_input: {then: repeat}"))
    for _ in range(3):
        call.silence()
    assert call.heard == ["main"] * 4


def test_the_event_of_an_input_without_secrets_shows_its_keys() -> None:
    call = talk_steps(menu("tries: 3"))
    call.press("7")
    call.press("1")
    assert told(call, "flow.input") == [{"outcome": "ok", "tries": 2, "digits": "1"}]


def test_a_menu_kept_in_a_secret_variable_shows_no_keys() -> None:
    call = talk_steps(menu("store: choice"), vars="{choice: {type: digits, secret: true}}")
    call.press("1")
    assert told(call, "flow.input") == [{"outcome": "ok", "tries": 1}]
