"""A resource: guarded and described by what its operations say of themselves."""

from typing import Any

import pytest
from flask import Response
from pydantic import BaseModel

from engine.api.access import public, requires
from engine.api.fields import Body, Path
from engine.api.frame import _App
from engine.api.resource import Resource


class ThingPath(Path):
    thing: str


class ThingBody(Body):
    name: str = ""


class ThingReply(BaseModel):
    """A thing."""

    name: str


def made() -> Resource:
    things = Resource("things", "/v1/things", "Things.")

    @things.put("/<thing>", responses={200: ThingReply})
    @requires("flows:write")
    def put_thing(path: ThingPath, body: ThingBody) -> dict[str, Any]:
        """Put a thing."""
        return {"name": path.thing + body.name}

    @things.post("", responses={201: ThingReply})
    @requires("flows:write")
    def make_thing() -> tuple[dict[str, Any], int]:
        """Make a thing."""
        return {"name": "new"}, 201

    return things


def test_its_errors_and_scope_are_in_its_description() -> None:
    app = _App(__name__)
    app.register_api(made())
    put = app.api_doc["paths"]["/v1/things/{thing}"]["put"]
    assert {"200", "400", "401", "403", "404", "413", "415", "429", "500", "503"} <= set(put["responses"])
    assert put["security"] == [{"api_key": ["flows:write"]}]
    assert put["operationId"] == "put_thing"
    assert put["requestBody"]["required"] is False
    post = app.api_doc["paths"]["/v1/things"]["post"]
    assert "409" in post["responses"]
    assert "404" not in post["responses"]


def test_an_operation_that_does_not_say_who_may_cannot_be_added() -> None:
    things = Resource("things", "/v1/things", "Things.")
    with pytest.raises(TypeError, match="must be marked"):
        things.get("")(dict)


@pytest.mark.parametrize(
    ("answer", "status", "text"),
    [({"a": 1}, 200, '{"a":1}'), (({"a": 1}, 201), 201, '{"a":1}'), ([1], 200, "[1]"), (("", 204), 204, ""),
     (Response(b"raw", 202), 202, "raw")],
)  # fmt: skip
def test_an_operation_answers_with_data_or_a_reply(answer: Any, status: int, text: str) -> None:
    from engine.api.replies import FastJson

    open_ = Resource("open", "/open", "Open.")

    @public
    def read() -> Any:
        """Read."""
        return answer

    open_.get("")(read)
    app = _App(__name__)
    app.json = FastJson(app)
    app.register_api(open_)
    reply = app.test_client().get("/open")
    assert (reply.status_code, reply.text) == (status, text)
