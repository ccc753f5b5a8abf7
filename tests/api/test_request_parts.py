"""What a request carries: read strictly, and what is wrong is named."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from engine.api.errors import ApiError
from engine.api.fields import Body, Path, Query
from engine.api.request_parts import body_may_be_absent, read_body, read_path, read_query

app = Flask(__name__)


class Order(Body):
    to: str = Field(max_length=10)
    seconds: int = 5
    tags: list[str] = []


class Loose(Body):
    reason: str = ""


class Search(Query):
    limit: int = Field(50, ge=1, le=100)
    types: list[str] = []
    flag: bool = False


class Name(Path):
    name: str = Field(pattern=r"^[a-z]+$")


def refused(read: Callable[[], Any], **request: Any) -> ApiError:
    with app.test_request_context("/", **request), pytest.raises(ApiError) as caught:
        read()
    return caught.value


def posted(text: bytes | str, content_type: str = "application/json") -> dict[str, Any]:
    return {"method": "POST", "data": text, "content_type": content_type}


def test_a_body_is_read() -> None:
    with app.test_request_context("/", **posted('{"to": "1", "tags": ["a"]}')):
        assert read_body(Order) == Order(to="1", seconds=5, tags=["a"])


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/problem+json"])
def test_json_by_other_names_is_json(kind: str) -> None:
    with app.test_request_context("/", **posted('{"to": "1"}', kind)):
        assert read_body(Order).to == "1"


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("{}", "to"),
        ('{"to": 5}', "to"),
        ('{"to": null}', "to"),
        ('{"to": "12345678901"}', "to"),
        ('{"to": "1", "seconds": "5"}', "seconds"),
        ('{"to": "1", "seconds": true}', "seconds"),
        ('{"to": "1", "seconds": 5.5}', "seconds"),
        ('{"to": "1", "tags": "a"}', "tags"),
        ('{"to": "1", "tags": [1]}', "tags.0"),
        ('{"to": "1", "tow": "2"}', "tow"),
        ('{"to": "1", "\\u0000x": 1}', "?x"),
        ("[]", "body"),
        ('"text"', "body"),
        ("null", "body"),
        ("", "body"),
    ],
)
def test_what_is_wrong_names_its_field(text: str, field: str) -> None:
    error = refused(lambda: read_body(Order), **posted(text))
    assert (error.status, error.error) == (400, "invalid_request")
    assert error.message.startswith(f"{field}: ")
    assert "https://" not in error.message


@pytest.mark.parametrize(
    "text",
    [b"{", b'{"to": NaN}', b"{'to': 1}", b'{"to": "\\ud800"}', b"\xff\xfe", b"\x00", b"[" * 100_000, b'{"to":"1"}x'],
)
def test_what_is_not_json_is_told(text: bytes) -> None:
    error = refused(lambda: read_body(Order), **posted(text))
    assert (error.status, error.error) == (400, "malformed_json")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/xml"])
def test_another_type_is_refused(kind: str) -> None:
    assert refused(lambda: read_body(Order), **posted('{"to": "1"}', kind)).status == 415


def test_many_mistakes_are_told_up_to_a_bound() -> None:
    error = refused(lambda: read_body(Order), **posted(orjson.dumps({"to": "1", **{f"x{n}": n for n in range(20)}})))
    assert error.message.count("is not known here") == 5
    assert error.message.endswith("and 15 more")


def test_a_body_without_required_fields_may_be_absent() -> None:
    assert body_may_be_absent(Loose)
    assert not body_may_be_absent(Order)
    with app.test_request_context("/", method="POST"):
        assert read_body(Loose) == Loose()


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=20))
def test_no_value_is_an_error_of_ours(value: Any) -> None:
    try:
        text = orjson.dumps({"to": value, "seconds": value, "tags": value})
    except TypeError:
        return
    seen: list[int] = []
    with app.test_request_context("/", **posted(text)):
        try:
            read_body(Order)
        except ApiError as error:
            seen.append(error.status)
    assert seen in ([], [400])


def test_a_query_is_read() -> None:
    with app.test_request_context("/?limit=7&types=a&types=b&flag=true"):
        assert read_query(Search) == Search(limit=7, types=["a", "b"], flag=True)


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=0", "limit"), ("limit=101", "limit"), ("limit=x", "limit"), ("limit=", "limit"),
     ("limit=1&limit=2", "limit"), ("limt=5", "limt"), ("flag=maybe", "flag"), ("%00=1", "?"), ("limit=1e1", "limit")],
)  # fmt: skip
def test_what_is_wrong_in_a_query_names_its_parameter(query: str, field: str) -> None:
    error = refused(lambda: read_query(Search), query_string=query)
    assert error.status == 400
    assert error.message.startswith(f"{field}: ")


def test_what_cannot_be_a_name_names_nothing() -> None:
    assert read_path(Name, {"name": "abc"}).name == "abc"
    for name in ("", "ABC", "a\0", "é"):
        with pytest.raises(ApiError) as caught:
            read_path(Name, {"name": name})
        assert caught.value.status == 404
