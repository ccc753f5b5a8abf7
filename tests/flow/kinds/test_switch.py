import pytest

from tests.flow.playbook import talk_steps

SWITCH = """
- switch:
    value: "%s"
    cases: {billing: here, "5": there, "true": [{play: yes it is}], "": elsewhere}
    %s
- hangup: {prompt: after}
"""


@pytest.mark.parametrize(
    ("value", "heard"),
    [
        ("'billing'", ["at here"]),
        ("2 + 3", ["at there"]),
        ("10 / 2", ["at there"]),
        ("'5'", ["at there"]),
        ("1 < 2", ["yes it is", "after"]),
        ("null", ["at elsewhere"]),
        ("'other'", ["at there"]),
    ],
)
def test_values_and_cases(value: str, heard: list[str]) -> None:
    assert talk_steps(SWITCH % (value, "default: there")).heard == heard


def test_no_case_and_no_default_is_the_next_step() -> None:
    assert talk_steps(SWITCH % ("'other'", "")).heard == ["after"]
