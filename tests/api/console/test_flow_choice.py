"""Choosing a flow and giving it its inputs, each of its type."""

import pytest

from engine.api.console.flow_choice import LONGEST_INPUT, fields_of, flows_to_choose, read_inputs
from engine.api.services import Services
from engine.flow.document import Flow
from tests.api.console.conftest import FLOWS, SignIn
from tests.api.console.lively import MemoryCalls, record
from tests.api.memory import MemoryFlows


@pytest.fixture
def survey(world: Services) -> Flow:
    assert isinstance(world.flows, MemoryFlows)
    bundle = world.flows.bundle()
    assert bundle is not None
    return bundle.flows["survey"]


def test_typed_texts_become_values_of_their_types(survey: Flow) -> None:
    typed = {
        "input.customer": " 0042 ", "input.score": "4.5", "input.again": "no", "input.about": '{"a": [1]}',
        "input.unknown": "x",
    }  # fmt: skip
    assert read_inputs(survey, typed) == (
        {"customer": "0042", "score": 4.5, "again": False, "about": {"a": [1]}}, {},
    )  # fmt: skip
    assert read_inputs(survey, {"input.customer": "1", "input.score": "7"})[0] == {"customer": "1", "score": 7}


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("customer", "", "is needed"),
        ("customer", "12a", "takes digits only"),
        ("customer", "\u0661", "takes digits only"),
        ("customer", "1" * (LONGEST_INPUT + 1), f"has more than {LONGEST_INPUT} characters"),
        ("score", "much", "takes a number"),
        ("score", "inf", "takes a number"),
        ("score", "nan", "takes a number"),
        ("score", "²", "takes a number"),
        ("about", "[1]", "takes a JSON object"),
        ("about", "{", "takes a JSON object"),
    ],
)
def test_what_does_not_fit_is_said(survey: Flow, name: str, text: str, problem: str) -> None:
    inputs, problems = read_inputs(survey, {"input.customer": "1", f"input.{name}": text})
    assert problems == {name: problem}
    assert name not in inputs


def test_fields_keep_what_was_typed_and_say_what_is_wrong(survey: Flow) -> None:
    fields = {each.label: each for each in fields_of(survey, {"input.score": "x"}, {"score": "takes a number"})}
    assert list(fields) == ["customer", "score", "again", "about"]
    assert (fields["score"].value, fields["score"].problem, fields["score"].required) == ("x", "takes a number", False)
    assert (fields["customer"].required, fields["customer"].help) == (True, "Who is asked")
    assert fields_of(None, {}) == []


def test_only_flows_of_ones_own_can_be_chosen(sign_in: SignIn, world: Services) -> None:
    assert flows_to_choose.__doc__
    assert isinstance(world.calls, MemoryCalls)
    world.calls.add(record())
    for page in (sign_in().open("/console/dial"), sign_in(key="b").open("/console/calls/call-1/flow")):
        offered = [option["value"] for option in page.all("option")]
        assert offered[:2] == ["support", "survey"]
        assert "foreign" not in offered
    theirs = sign_in(tenant="else").open("/console/dial")
    assert [option["value"] for option in theirs.all("option")] == ["foreign"]


def test_without_a_good_version_there_is_nothing_to_choose(sign_in: SignIn, world: Services) -> None:
    assert isinstance(world.flows, MemoryFlows)
    world.flows.project.texts["ivr_flows/broken.flow.yaml"] = "flow: ["  # type: ignore[index]
    page = sign_in().open("/console/dial")
    assert "There is no flow to choose" in page.text
    assert any("disabled" in button for button in page.all("button"))
    assert FLOWS
