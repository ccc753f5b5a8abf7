from dataclasses import FrozenInstanceError

import pytest

from engine.flow.document import Block, Flow, FlowEvents, Limits, Place, Variable


def test_the_limits_of_a_flow_that_names_none():
    limits = Limits()
    assert (limits.max_steps, limits.max_duration, limits.max_visits) == (500, 3600.0, 20)


def test_what_a_flow_has_without_being_told():
    flow = Flow("main", "a", {"a": Block("a", (), Place("f", 2, 3))}, Place("f", 1, 1))
    assert flow.events == FlowEvents()
    assert (flow.inputs, flow.outputs, flow.vars, flow.languages) == ({}, {}, {}, ())
    assert (Variable("x").type, Variable("x").secret) == ("string", False)


def test_a_loaded_flow_does_not_change():
    with pytest.raises(FrozenInstanceError):
        Limits().max_steps = 1
