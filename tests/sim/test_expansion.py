"""Variables in arguments, and what hostile text cannot do there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sim.expansion import expand

VARIABLES = {"a": "1", "b": "${a}2", "name": "hello", "loop": "${loop}", "evil": "${system id}"}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("x ${a} y", "x 1 y"), ("${b}", "12"), ("${missing}|", "|"), ("$a", "$a"), (r"\${a}", "${a}"), ("${", "${"),
        ("${name:1:3}", "ell"), ("${name:-2}", "lo"), ("{x}", "{x}"), ("%0A", "%0A"),
    ],
)  # fmt: skip
def test_variables_expand(text: str, result: str) -> None:
    assert expand(text, VARIABLES.get) == result


@pytest.mark.parametrize("text", ["${system(id)}", "${system id}", "${reload mod_event_socket}", "${evil}"])
def test_commands_are_refused(text: str) -> None:
    assert expand(text, VARIABLES.get) == "<API Execute Permission Denied>"


@given(st.text(alphabet="${}\\ab(): 12", max_size=40))
def test_any_text_ends(text: str) -> None:
    expand(text, VARIABLES.get)
    expand("${loop}", VARIABLES.get)
