from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from engine.flow.fields import Condition, Duration, Text
from engine.flow.validation import validate
from engine.flow.yaml_source import read_yaml


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    text: Text | None = None
    size: int = 1


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    name: str
    class_: Annotated[str, Field(alias="class")] = ""
    wait: Duration = 1.0
    mode: Literal["bridge", "blind"] = "bridge"
    parts: list[Part] = []
    by_name: dict[str, Part] = {}
    when: Condition | None = None
    count: Annotated[int, Field(ge=1, le=9)] = 1
    either: int | list[Part] = 1
    flag: bool = False


def findings(text):
    root = read_yaml("f.yaml", text)[0]
    return [
        (found.place.line, found.place.column, found.rule, found.message)
        for found in validate(Thing, root, root, what="thing")[1]
    ]


def test_what_is_right_has_no_findings():
    root = read_yaml("f.yaml", "name: x\nwait: 2s\nparts: [{text: a}]\nclass: c\n")[0]
    thing, found = validate(Thing, root, root)
    assert found == []
    assert (thing.name, thing.wait, thing.class_, thing.parts[0].text.source) == ("x", 2.0, "c", "a")


@pytest.mark.parametrize(
    ("text", "line", "column", "rule", "told"),
    [
        ("name: x\nwiat: 5s", 2, 1, "schema", 'unknown field "wiat" in thing, did you mean "wait"?'),
        ("name: x\nclas: y", 2, 1, "schema", 'did you mean "class"?'),
        ("wait: 5s", 1, 1, "schema", '"name" is missing in thing'),
        ("name: [x]", 1, 7, "schema", "write a text"),
        ("name: x\nwait: 5", 2, 7, "schema", "with its unit"),
        ("name: x\nmode: blnd", 2, 7, "schema", 'write one of bridge, blind, not "blnd", did you mean "blind"?'),
        ("name: x\nparts: {a: 1}", 2, 8, "schema", "write a list"),
        (
            "name: x\nparts:\n  - {text: a, siez: 1}",
            3,
            15,
            "schema",
            'unknown field "siez" in parts, did you mean "size"?',
        ),
        ("name: x\nparts:\n  - {size: big}", 3, 12, "schema", "whole number"),
        ("name: x\nby_name: {a: {siez: 1}}", 2, 15, "schema", 'unknown field "siez" in a, did you mean "size"?'),
        ("name: x\nby_name: {a: {text: '${b &&}'}}", 2, 26, "expr-syntax", 'write "and"'),
        ("name: x\nwhen: vars.a = 1", 2, 14, "expr-syntax", '"=="'),
        ("name: x\nwhen: '${ vars.a = 1 }'", 2, 18, "expr-syntax", '"=="'),
        ("name: x\ncount: 12", 2, 8, "schema", "at most 9"),
        ("name: x\ncount: 0", 2, 8, "schema", "at least 1"),
        ("name: x\neither: [{siez: 1}]", 2, 11, "schema", 'unknown field "siez"'),
        ("name: x\nflag: maybe", 2, 7, "schema", "true or false"),
    ],
)
def test_mistakes_stand_where_they_are_made(text, line, column, rule, told):
    found = findings(text)
    assert [(at, place, name) for at, place, name, _ in found] == [(line, column, rule)]
    assert told in found[0][3]


def test_alternatives_of_one_value_are_told_in_one_finding():
    found = findings("name: x\neither: text")
    assert len(found) == 1
    assert "whole number" in found[0][3]
    assert "list" in found[0][3]


def test_all_mistakes_are_told():
    places = sorted(line for line, *_ in findings("nam: x\nwait: 5\ncount: 10\nparts: [{x: 1}, {size: []}]\n"))
    assert places == [1, 1, 2, 3, 4, 4]


def test_a_value_that_holds_itself_is_a_finding():
    value = {"name": "x"}
    value["by_name"] = {"a": value}
    root = read_yaml("f.yaml", "name: x")[0]
    assert validate(Thing, value, root)[1]
