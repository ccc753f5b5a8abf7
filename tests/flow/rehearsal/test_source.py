import json

import jsonschema_rs
import pytest
from pydantic import ValidationError

from engine.flow.rehearsal.source import ActionSource, ExpectSource, MocksSource, ReplySource
from engine.flow.schema import script_schema
from engine.flow.yaml_source import read_yaml
from tests.rules.source import ROOT


def test_one_action_at_a_time() -> None:
    assert ActionSource.model_validate({"press": 12}).press == ["12"]
    assert ActionSource.model_validate({"silence": None}).silence == 1
    assert ActionSource.model_validate({"hear": "a"}).hear == {"": ["a"]}
    assert ActionSource.model_validate({"hangup": None}).model_fields_set == {"hangup"}


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"press": "1", "hear": "a"}, "press and hear in one"),
        ({"press": None}, "press needs a value"),
        ({}, "write one of hear, press"),
        ("hangup", 'write "hangup:" with a colon'),
        ({"press": "x"}, "write the keys in quotes"),
        ({"press": True}, "write the keys in quotes"),
        ({"hear": []}, "at least 1"),
        ({"wait": 3}, "write a duration"),
    ],
)
def test_mistakes_are_told_in_words(written: object, told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ActionSource.model_validate(written)
    assert told in str(caught.value)


def test_replies_are_written_short() -> None:
    mocks = MocksSource.model_validate({"http": {"GET a/b": [201, "http.timeout", {"json": None}]}})
    one, two, three = mocks.http["GET a/b"]
    assert (one.status, two.error) == (201, "http.timeout")
    assert "json_" in three.model_fields_set
    assert ReplySource.model_validate(None).status == 200
    with pytest.raises(ValidationError):
        ReplySource.model_validate("timeout")


def test_expectations_of_one_thing_need_no_list() -> None:
    assert ExpectSource.model_validate({"visited": "a", "heard": 2}).heard == ["2"]
    assert ExpectSource.model_validate(None).model_fields_set == set()


def test_the_schema_knows_what_is_right_and_what_is_not() -> None:
    schema = jsonschema_rs.validator_for(script_schema())
    for file in sorted((ROOT / "ivr_flows").glob("*.test.yaml")):
        value, findings = read_yaml(file.name, file.read_text("utf-8"))
        assert not findings
        assert [str(error) for error in schema.iter_errors(json.loads(json.dumps(value)))] == []
    for bad in ({"pres": "1"}, {"press": "1", "hear": "a"}, {"wait": "3"}):
        assert not schema.is_valid({"flow": "a", "cases": [{"name": "a", "dialogue": [bad]}]})
