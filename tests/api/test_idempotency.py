"""Idempotency-Key: a POST that is repeated happens once."""

from dataclasses import replace
from typing import Any

import pytest

from engine.api.idempotency import idempotency_token
from engine.api.services import Services
from engine.core.control import ReloadOrder
from engine.core.errors import ControlError, StoreError
from tests.api.conftest import Connect
from tests.api.memory import MemoryControl, MemoryIdempotency


def reload_under(client: Any, key: str) -> Any:
    return client.post("/v1/flows/reload", headers={"Idempotency-Key": key})


class Watching(MemoryControl):
    """A control that notes the token of each order."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens: list[str | None] = []

    def reload(self, order: ReloadOrder) -> Any:
        self.tokens.append(idempotency_token())
        return super().reload(order)


def test_a_repeated_request_happens_once_and_has_the_same_reply(world: Services, connect: Connect) -> None:
    control = Watching()
    client = connect(replace(world, control=control), "acme")
    first, second = (reload_under(client, "key-1") for _ in range(2))
    assert len(control.taken) == 1
    assert (first.status_code, first.data) == (second.status_code, second.data)
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Content-Type"] == "application/json"
    reload_under(client, "key-2")
    assert len(control.taken) == 2
    assert len(set(control.tokens)) == 2
    assert all(token is not None and len(token) == 64 for token in control.tokens)


def test_without_a_key_each_request_happens(world: Services, connect: Connect) -> None:
    control = Watching()
    client = connect(replace(world, control=control), "acme")
    for _ in range(2):
        client.post("/v1/flows/reload")
    assert control.tokens == [None, None]


def test_another_request_under_the_key_is_a_conflict(world: Services, connect: Connect) -> None:
    client = connect(world, "acme")
    for text, status in (("a: 1", 200), ("a: 2", 409), ("a: 1", 200)):
        reply = client.post("/v1/flows/check", json={"text": text}, headers={"Idempotency-Key": "k"})
        assert reply.status_code == status
    assert reload_under(client, "k").json["error"] == "idempotency_conflict"


def test_a_request_that_still_runs_is_told(world: Services, connect: Connect) -> None:
    kept = world.idempotency
    assert isinstance(kept, MemoryIdempotency)
    client = connect(world, "acme")
    reload_under(client, "k")
    ((place, (fingerprint, _)),) = kept.kept.items()
    kept.kept[place] = (fingerprint, None)
    reply = reload_under(client, "k")
    assert (reply.status_code, reply.json["error"]) == (409, "idempotency_running")


def test_tenants_may_use_the_same_key(world: Services, connect: Connect) -> None:
    for tenant in ("acme", "other"):
        reload_under(connect(world, tenant), "k")
    assert isinstance(world.control, MemoryControl)
    assert [order.tenant for order in world.control.taken] == ["acme", "other"]


def test_what_failed_may_be_tried_again(world: Services, connect: Connect) -> None:
    control = MemoryControl(wrong=ControlError("no engine", "engine_away"))
    client = connect(replace(world, control=control), "acme")
    assert reload_under(client, "k").status_code == 503
    control.wrong = None
    assert reload_under(client, "k").status_code == 200


def test_a_request_refused_for_its_body_leaves_the_key_free(world: Services, connect: Connect) -> None:
    client = connect(world, "acme")
    headers = {"Idempotency-Key": "k"}
    assert client.post("/v1/flows/check", json={"text": 5}, headers=headers).status_code == 400
    assert client.post("/v1/flows/check", json={"text": "a"}, headers=headers).status_code == 200


@pytest.mark.parametrize("key", ["", "x" * 256, "two words", "\x7f", "é"])
def test_a_strange_key_is_refused(world: Services, connect: Connect, key: str) -> None:
    reply = reload_under(connect(world, "acme"), key)
    assert (reply.status_code, reply.json["message"].partition(":")[0]) == (400, "Idempotency-Key")


def test_done_is_done_when_its_reply_cannot_be_kept(world: Services, connect: Connect) -> None:
    class Forgetful(MemoryIdempotency):
        def finish(self, *_: Any) -> None:
            raise StoreError("away")

    reply = reload_under(connect(replace(world, idempotency=Forgetful()), "acme"), "k")
    assert reply.status_code == 200
