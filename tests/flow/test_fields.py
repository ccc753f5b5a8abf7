import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from engine.flow.expression import Expression
from engine.flow.fields import (
    Condition,
    Duration,
    Inline,
    Jump,
    Keys,
    KeySet,
    Name,
    Number,
    Store,
    Target,
    Text,
    Value,
    seconds,
)
from engine.flow.template import Template


class Fields(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    duration: Duration = 0.0
    text: Text | None = None
    value: Value = None
    condition: Condition | None = None
    number: Number = 0
    keys: Keys = ""
    key_set: KeySet = ""
    store: Store = ""
    name: Name = ""
    target: Target | None = None


def read(name, written, context=None):
    return getattr(Fields.model_validate({name: written}, context=context), name)


@pytest.mark.parametrize(
    ("written", "expected"), [("500ms", 0.5), ("5s", 5.0), ("1.5m", 90.0), ("2h", 7200.0), (" 3s ", 3.0)]
)
def test_durations_have_a_unit(written, expected):
    assert seconds(written) == expected
    assert read("duration", written) == expected


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("duration", 5),
        ("duration", "5"),
        ("duration", "-5s"),
        ("duration", "5 days"),
        ("text", True),
        ("text", ["a"]),
        ("condition", ["a"]),
        ("condition", "a = 1"),
        ("number", "3"),
        ("number", True),
        ("keys", "A"),
        ("keys", ""),
        ("keys", True),
        ("key_set", ["a"]),
        ("store", "vars.x"),
        ("store", "a b"),
        ("name", "1a"),
        ("target", 5),
        ("target", ""),
        ("target", [{"play": "x"}]),
    ],
)
def test_what_is_refused(name, written):
    with pytest.raises(ValidationError):
        read(name, written)


def test_texts_and_values_hold_expressions():
    assert read("text", 5) == Template.compile("5")
    found = read("value", {"a": ["${vars.x}", 1], "b": None})
    assert found == {"a": [Template.compile("${vars.x}"), 1], "b": None}


def test_a_condition_may_stand_in_braces():
    plain = read("condition", "vars.x > 1")
    assert plain == read("condition", " ${vars.x > 1} ") == Expression.compile("vars.x > 1")
    assert read("condition", True).evaluate({}) is True
    assert read("condition", 5).evaluate({}) == 5
    assert read("condition", "${ vars.x }").reads[0].column == 4


def test_numbers_may_be_expressions():
    assert read("number", 3) == 3
    assert read("number", "${inputs.n}") == Template.compile("${inputs.n}")


def test_keys():
    assert read("keys", "*9#") == "*9#"
    assert read("keys", 12) == "12"
    assert read("key_set", ["#", "*"]) == "#*"
    assert read("key_set", None) == read("key_set", "") == ""


def test_places_to_store():
    assert read("store", "session.vip") == "session.vip"
    assert read("store", "name") == "name"


def test_targets_are_names_or_steps():
    assert read("target", " main ") == Jump("main")
    assert read("target", ["step"], {"read_steps": tuple}) == Inline(("step",))
