import pytest

from engine.core.errors import FlowError
from engine.flow.frame import Frame, open_frame
from tests.flow.playbook import bundle_of

CHILD = """
flow: child
inputs:
  attempts: {type: number, default: 3}
  who: {type: string}
vars: {found: {type: list, default: []}}
start: a
blocks: {a: [hangup: ]}
"""


def child(**given: object) -> Frame:
    return open_frame(bundle_of(CHILD).flows["child"], given, 5.0)  # type: ignore[arg-type]


def test_inputs_have_their_defaults_or_what_is_given() -> None:
    assert child().inputs == {"attempts": 3, "who": None}
    assert child(attempts=1, who="x").inputs == {"attempts": 1, "who": "x"}
    assert child().vars == {"found": []}
    assert child().began == 5.0


def test_an_input_of_another_type_or_name_is_an_error() -> None:
    with pytest.raises(FlowError, match="attempts holds a number"):
        child(attempts="3")
    with pytest.raises(FlowError, match="no input nobody"):
        child(nobody=1)


def test_the_stack_is_innermost_first() -> None:
    outer = child()
    inner = open_frame(outer.flow, {}, 0.0, parent=outer)
    assert [frame is inner for frame in inner.stack()] == [True, False]
    assert outer.stack() == [outer]
