import pytest

from engine.flow.kinds.menu import choice_judge
from tests.flow.playbook import NOON, inputs, talk_steps

MENU = """
- menu:
    prompt: main
    reprompt: again
    choices: {"1": here, "2": [{play: two}], "33": there, "*": repeat, "#": elsewhere}
    timeout: 3s
    interdigit: 1s
    tries: 3
    barge_in: %s
    type_ahead: keep
    store: choice
    no_input: {prompt: silent, then: here}
    invalid: {prompt: wrong, then: there}
- hangup: {prompt: "chose ${vars.choice}"}
"""
VARS = "{choice: {type: digits}}"


@pytest.mark.parametrize(
    ("keys", "heard"),
    [
        ("1", ["main", "at here"]),
        ("2", ["main", "two", "chose 2"]),
        ("33", ["main", "at there"]),
        ("#", ["main", "at elsewhere"]),
        ("*1", ["main", "main", "at here"]),
        ("71", ["main", "wrong again", "at here"]),
        ("341", ["main", "wrong again", "at here"]),
    ],
)
def test_every_way_out(keys: str, heard: list[str]) -> None:
    call = talk_steps(MENU % "true", vars=VARS)
    for key in keys:
        call.press(key)
    assert call.heard == heard


def test_half_of_a_choice_is_invalid_when_the_time_between_keys_is_over() -> None:
    call = talk_steps(MENU % "true", vars=VARS)
    call.press("3")
    call.silence()
    assert call.heard == ["main", "wrong again"]


def test_silence_has_its_own_way() -> None:
    call = talk_steps(MENU % "true", vars=VARS)
    for _ in range(3):
        call.silence()
    assert call.heard == ["main", "silent again", "silent again", "at here"]
    assert inputs(call) == [("no_input", 3, "")]


def test_without_barge_in_a_key_counts_when_the_prompt_is_over() -> None:
    call = talk_steps(MENU % "false", vars=VARS)
    assert call.now > NOON + 0.6  # the prompt has played out
    call.press("1")
    assert call.heard == ["main", "at here"]


def test_a_choice_goes_before_an_always_working_key() -> None:
    call = talk_steps(MENU % "true", vars=VARS, events='{keys: {"1": elsewhere, "0": elsewhere}}')
    call.press("1")
    assert call.heard[-1] == "at here"
    other = talk_steps(MENU % "true", vars=VARS, events='{keys: {"1": elsewhere, "0": elsewhere}}')
    other.press("0")
    assert other.heard[-1] == "at elsewhere"


def test_when_an_entry_is_closed() -> None:
    judge = choice_judge(("1", "12", "3"))
    assert [judge(typed) for typed in ("1", "12", "3", "4", "13")] == ["match", "closed", "closed", "closed", "closed"]
    assert choice_judge(("12",))("1") == "open"
