import json

import pytest

from engine.flow.kinds import KINDS
from engine.flow.schema import flow_schema, schemas


def references(value):
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref":
                yield item
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


@pytest.mark.parametrize("name", sorted(schemas()))
def test_every_reference_leads_somewhere(name):
    schema = schemas()[name]
    assert json.dumps(schema)
    assert {reference.rpartition("/")[2] for reference in references(schema)} <= set(schema.get("$defs", {}))
    assert "x-step" not in json.dumps(schema)


def test_an_empty_step_offers_exactly_the_kinds_and_what_stands_beside_them():
    step = flow_schema()["$defs"]["Step"]
    assert set(step["properties"]) == {*KINDS, "name", "when", "on_error", "then", "else"}
    assert step["additionalProperties"] is False
    assert step["dependencies"] == {"then": ["if"], "else": ["if"]}


def test_fields_have_the_names_authors_write():
    definitions = flow_schema()["$defs"]
    call = definitions["Step"]["properties"]["call"]
    assert "with" in str(call)
    assert "with_" not in str(call)
    assert "as" in definitions["PromptPart"]["properties"]


def test_shorthands_are_allowed():
    step = flow_schema()["$defs"]["Step"]["properties"]
    assert {"type": "null"} in step["answer"]["anyOf"]
    assert {"type": "null"} not in step["play"]["anyOf"]
    assert {"type": "string"} in step["call"]["anyOf"] or any(
        form.get("type") == "string" for form in step["call"]["anyOf"]
    )
    assert step["set"]["type"] == "object"


def test_durations_say_how_they_are_written():
    assert "write a duration such as" in json.dumps(flow_schema())
