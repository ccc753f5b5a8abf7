import pytest

from tests.flow.playbook import errors, talk_steps


@pytest.mark.parametrize(
    ("condition", "heard"), [("1 < 2", "at here"), ("1 > 2", "at there"), ("true", "at here"), ("''", "at there")]
)
def test_both_ways(condition: str, heard: str) -> None:
    assert talk_steps(f'- if: "{condition}"\n  then: here\n  else: there').heard == [heard]


def test_a_way_left_out_is_the_next_step() -> None:
    assert talk_steps("- if: 1 > 2\n  then: here\n- goto: there").heard == ["at there"]
    assert talk_steps("- if: 1 < 2\n  else: here\n- goto: there").heard == ["at there"]


def test_a_condition_that_cannot_be_told_is_an_error() -> None:
    assert errors(talk_steps("- if: session.nothing")) == ["expr.undefined"]
