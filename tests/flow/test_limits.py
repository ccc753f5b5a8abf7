import pytest

from engine.core.errors import FlowError
from engine.flow.error_handling import LimitError
from engine.flow.frame import Frame, open_frame
from engine.flow.limits import count_step, count_visit
from tests.flow.playbook import bundle_of, errors, talk

LIMITS = "limits: {max_steps: 5, max_duration: 60s, max_visits: 3}\n"
LOOP = "flow: main\n" + LIMITS + "start: a\nblocks:\n  a: [{set: {session.x: 1}}, {goto: a}]\n"


def frame(parent: Frame | None = None) -> Frame:
    return open_frame(bundle_of(LOOP).flows["main"], {}, 0.0, parent=parent)


def test_steps_count_for_the_flow_and_those_that_called_it() -> None:
    outer = frame()
    inner = frame(outer)
    for _ in range(5):
        count_step(inner, 0.0)
    assert (outer.steps, inner.steps) == (5, 5)
    with pytest.raises(LimitError) as error:
        count_step(inner, 0.0)
    assert (error.value.name, error.value.frame is inner) == ("limit.steps", True)


def test_time_counts_from_the_flows_beginning() -> None:
    count_step(frame(), 60.0)
    with pytest.raises(LimitError, match="lasted 60 s"):
        count_step(frame(), 60.1)


def test_visits_of_a_block() -> None:
    visited = frame()
    for _ in range(3):
        count_visit(visited, "a")
    with pytest.raises(LimitError) as error:
        count_visit(visited, "a")
    assert error.value.name == "limit.visits"
    with pytest.raises(FlowError, match="no block"):
        count_visit(visited, "b")


def test_a_loop_without_a_caller_ends() -> None:
    assert errors(talk(LOOP)) == ["limit.steps"]
    assert errors(talk(LOOP.replace("max_steps: 5", "max_steps: 500"))) == ["limit.visits"]


def test_a_key_counts_visits_anew_and_silence_does_not() -> None:
    text = """
    flow: main
    limits: {max_visits: 3}
    start: a
    blocks:
      a:
        - menu: {prompt: p, choices: {"1": a}, tries: 1, no_input: {then: a}}
    """
    keys = talk(text)
    for _ in range(10):
        keys.press("1")
    assert errors(keys) == []
    silent = talk(text)
    for _ in range(3):
        silent.silence()
    assert errors(silent) == ["limit.visits"]
