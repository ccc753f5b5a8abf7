"""The frame: every address answers in one shape, named, dressed and described."""

import orjson
import pytest
from flask import Blueprint

from engine import __version__
from engine.api.frame import blueprints, create_app, openapi_text
from engine.api.reply_headers import SECURITY_HEADERS
from engine.api.services import Services
from tests.api.conftest import Connect


def test_it_finds_resources_by_itself() -> None:
    found = {blueprint.name for blueprint in blueprints()}
    assert {"health", "flows", "numbers"} <= found
    assert all(isinstance(blueprint, Blueprint) for blueprint in blueprints())


def test_the_document_is_served_and_names_the_version(world: Services, connect: Connect) -> None:
    document = connect(world).get("/openapi.json").json
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["version"] == __version__
    assert document == orjson.loads(openapi_text())


def test_every_operation_is_described() -> None:
    document = orjson.loads(openapi_text())
    names = []
    for path, item in document["paths"].items():
        for method, operation in item.items():
            names.append(operation["operationId"])
            assert operation["summary"], (method, path)
            if path.startswith("/v1/"):
                assert {"400", "401", "403", "429", "500", "503"} <= set(operation["responses"]), (method, path)
                assert operation["security"][0]["api_key"], (method, path)
            for status, response in operation["responses"].items():
                assert int(status) < 400 or "ErrorReply" in str(response) or path == "/ready", (method, path, status)
    assert len(names) == len(set(names)) > 5


def test_two_resources_can_share_an_address() -> None:
    from flask_openapi3.openapi import OpenAPI

    from engine.api.access import public
    from engine.api.frame import _App
    from engine.api.resource import Resource

    one, two = Resource("one", "/shared", "One."), Resource("two", "/shared", "Two.")
    one.get("")(public(_read))
    two.post("")(public(_write))
    app = _App(__name__)
    assert isinstance(app, OpenAPI)
    app.register_api(one)
    app.register_api(two)
    assert set(app.api_doc["paths"]["/shared"]) == {"get", "post"}
    assert app.test_client().post("/shared").json == {"done": "write"}
    assert app.test_client().get("/shared").json == {"done": "read"}


def _read() -> dict[str, str]:
    """Read."""
    return {"done": "read"}


def _write() -> dict[str, str]:
    """Write."""
    return {"done": "write"}


STRANGE = ["/nowhere", "//v1/flows", "/v1/../health", "/%00", "/health/", "/v1/x/../../v1/flows", "/%ff%fe"]


@pytest.mark.parametrize("path", STRANGE)
def test_strange_addresses_are_told_like_any_error(world: Services, connect: Connect, path: str) -> None:
    reply = connect(world, "acme").get(path)
    assert reply.status_code == 404
    assert sorted(reply.json) == ["error", "message"]


def test_a_wrong_method_is_told_with_the_right_ones(world: Services, connect: Connect) -> None:
    reply = connect(world, "acme").delete("/health")
    assert (reply.status_code, reply.json["error"]) == (405, "method_not_allowed")
    assert "GET" in reply.headers["Allow"]


@pytest.mark.parametrize("path", ["/health", "/nowhere", "/v1/flows"])
def test_every_reply_is_dressed(world: Services, connect: Connect, path: str) -> None:
    headers = connect(world).get(path).headers
    assert {name: headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert headers["X-Request-Id"].startswith("req_")
    assert headers["Content-Type"] == "application/json"


def test_a_request_keeps_the_name_it_came_with(world: Services, connect: Connect) -> None:
    client = connect(world)
    assert client.get("/health", headers={"X-Request-Id": "mine-12345"}).headers["X-Request-Id"] == "mine-12345"
    for strange in ("short", "x" * 65, "with space 123", "näme-12345"):
        assert client.get("/health", headers={"X-Request-Id": strange}).headers["X-Request-Id"] != strange


def test_no_service_is_needed_to_describe_it() -> None:
    assert create_app(None).api_doc["paths"]  # type: ignore[arg-type]
