"""Access: a key, its scope and its limit before anything else is looked at."""

from dataclasses import replace
from typing import Any

import pytest

from engine.api.access import LONGEST_KEY, public, requires, scope_of
from engine.api.services import Services
from engine.core.errors import StoreError
from tests.api.conftest import Connect
from tests.api.memory import MemoryKeys, caller


@pytest.mark.parametrize("path", ["/v1/flows", "/v1/nowhere", "/v1/", "/v1/flows/check"])
def test_nothing_is_said_without_a_key(world: Services, connect: Connect, path: str) -> None:
    reply = connect(world).get(path)
    assert (reply.status_code, reply.json["error"]) == (401, "unauthorized")
    assert "X-API-Key" in reply.json["message"]


@pytest.mark.parametrize("text", ["unknown", "x" * (LONGEST_KEY + 1), "\x7f", "sb_live_"])
def test_a_strange_key_opens_nothing(world: Services, connect: Connect, text: str) -> None:
    reply = connect(world).get("/v1/flows", headers={"X-API-Key": text})
    assert (reply.status_code, reply.json["error"]) == (401, "unauthorized")


def test_a_key_elsewhere_than_in_its_header_is_not_taken(world: Services, connect: Connect) -> None:
    assert isinstance(world.keys, MemoryKeys)
    world.keys.give("good", caller())
    client = connect(world)
    assert client.get("/v1/flows?api_key=good&X-API-Key=good").status_code == 401
    client.set_cookie("X-API-Key", "good")
    assert client.get("/v1/flows", headers={"Authorization": "Bearer good"}).status_code == 401


def test_what_needs_no_key_is_open(world: Services, connect: Connect) -> None:
    assert connect(world).get("/health").status_code == 200


def test_a_scope_that_is_not_there_is_named(world: Services, connect: Connect) -> None:
    reply = connect(world, "acme", "flows:read", "calls:write").post("/v1/flows/reload")
    assert (reply.status_code, reply.json["error"]) == (403, "forbidden")
    assert "flows:write" in reply.json["message"]


def test_the_scope_comes_before_the_body(world: Services, connect: Connect) -> None:
    assert connect(world, "acme", "calls:read").post("/v1/flows/check", data="{").status_code == 403


def test_every_reply_to_a_key_tells_what_is_left(world: Services, connect: Connect) -> None:
    client = connect(world, "acme", per_minute=3)
    left = []
    for path in ("/v1/flows", "/v1/nowhere", "/v1/flows"):
        headers = client.get(path).headers
        left.append(headers["RateLimit-Remaining"])
        assert headers["RateLimit-Limit"] == headers["X-RateLimit-Limit"] == "3"
        assert headers["RateLimit-Reset"] == headers["X-RateLimit-Reset"] == "60"
    assert left == ["2", "1", "0"]
    reply = client.get("/v1/flows")
    assert (reply.status_code, reply.json["error"]) == (429, "rate_limited")
    assert (reply.headers["Retry-After"], reply.headers["X-RateLimit-Remaining"]) == ("60", "0")


def test_keys_that_cannot_be_looked_up_are_a_503(world: Services, connect: Connect) -> None:
    class Away:
        def find(self, text: str) -> Any:
            raise StoreError("redis is away at 10.0.0.1")

        holder = find

    reply = connect(replace(world, keys=Away())).get("/v1/flows", headers={"X-API-Key": "k"})
    assert (reply.status_code, reply.json["error"], reply.headers["Retry-After"]) == (503, "store_unavailable", "1")
    assert "10.0.0.1" not in reply.text


def test_an_operation_must_say_who_may() -> None:
    def operation() -> None: ...

    with pytest.raises(TypeError, match="operation must be marked"):
        scope_of(operation)
    with pytest.raises(ValueError, match="no such scope"):
        requires("everything")
    assert scope_of(public(operation)) == ""
    assert scope_of(requires("calls:read")(operation)) == "calls:read"
