"""Webhooks over the API: made, changed, rotated, tested, looked into and sent again; each tenant its own."""

import time
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import Client

from engine.api.services import Services
from engine.api.webhooks import (
    MOST_ENDPOINTS,
    DeadLettersReply,
    DeliveriesReply,
    WebhookReply,
    WebhooksReply,
    WebhookStateReply,
)
from engine.shell.delivery.delivery_log import DeadLetter, Logged
from engine.webhooks.address_rules import AddressRules
from engine.webhooks.endpoint import Endpoint
from engine.webhooks.secret import OVERLAP, secret_key
from engine.webhooks.target import UrlRules
from tests.api.conftest import Connect
from tests.api.memory_webhooks import MemoryDeliveries, MemoryEndpoints

URL = "https://example.com/hooks"


@pytest.fixture
def endpoints() -> MemoryEndpoints:
    return MemoryEndpoints()


@pytest.fixture
def deliveries() -> MemoryDeliveries:
    return MemoryDeliveries()


@pytest.fixture
def served(world: Services, endpoints: MemoryEndpoints, deliveries: MemoryDeliveries) -> Services:
    return replace(world, endpoints=endpoints, deliveries=deliveries)


@pytest.fixture
def client(served: Services, connect: Connect) -> Client:
    return connect(served, "acme", "webhooks:read", "webhooks:write")


def created(client: Client, **fields: Any) -> dict[str, Any]:
    reply = client.post("/v1/webhooks", json={"url": URL, "events": ["call.*"], **fields})
    assert reply.status_code == 201, reply.text
    webhook: dict[str, Any] = WebhookReply.model_validate(reply.json).webhook.model_dump()
    return webhook


def given(reply: Any, *names: str) -> Any:
    """What a reply holds."""
    assert reply.status_code < 300, reply.text
    found = reply.json
    for name in names:
        found = found[name]
    return found


def refused(reply: Any, status: int = 400) -> str:
    assert reply.status_code == status, reply.text
    message: str = reply.json["message"]
    return message


def kept(endpoints: MemoryEndpoints, webhook: dict[str, Any]) -> Endpoint:
    return endpoints.kept["acme", webhook["id"]]


def test_a_new_endpoint_has_the_usual_retries_and_a_secret_shown_once(
    client: Client, endpoints: MemoryEndpoints
) -> None:
    webhook = created(client)
    assert webhook["id"].startswith("ep_")
    assert (webhook["url"], webhook["events"], webhook["is_active"]) == (URL, ["call.*"], True)
    assert (webhook["retry_enabled"], webhook["max_retries"], webhook["retry_delay_seconds"]) == (True, 5, 60)
    assert len(secret_key(webhook["secret"])) == 32
    assert kept(endpoints, webhook).secrets[0].text == webhook["secret"]
    assert kept(endpoints, webhook).tenant == "acme"
    for reply in (client.get(f"/v1/webhooks/{webhook['id']}"), client.get("/v1/webhooks")):
        assert reply.status_code == 200
        assert webhook["secret"] not in reply.text
    assert created(client)["secret"] != webhook["secret"]


def test_everything_can_be_chosen(client: Client, endpoints: MemoryEndpoints) -> None:
    chosen = {"events": ["*", "call.ended", "*"], "is_active": False, "retry_enabled": False, "max_retries": 0}
    webhook = created(client, **chosen, retry_delay_seconds=3600)
    assert webhook["events"] == ["*", "call.ended"]
    assert webhook["disabled_reason"] == "paused"
    assert kept(endpoints, webhook).policy.enabled is False
    assert (webhook["max_retries"], webhook["retry_delay_seconds"]) == (0, 3600)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"url": "nonsense"}, "url: must begin with https://"),
        ({"url": "http://example.com/"}, "url: must begin with https://"),
        (
            {"url": "https://10.0.0.1/"},
            "url: leads to 10.0.0.1 (private), which no endpoint may have unless [webhooks] allow_networks names it",
        ),
        ({"url": "https://[::ffff:169.254.169.254]/"}, "link-local or cloud metadata"),
        ({"url": "https://2130706433/"}, "odd number"),
        ({"url": "https://me:secret@example.com/"}, "user name or password"),
        ({"url": "https://example.com/" + "x" * 3000}, "url: "),
        ({"url": 5}, "url: "),
        ({"url": None}, "url: "),
        ({"events": []}, "events: "),
        ({"events": ["call.*"] * 101}, "events: "),
        ({"events": "call.*"}, "events: "),
        ({"events": ["call.answerd"]}, 'events: there is no event "call.answerd", did you mean "call.answered"?'),
        ({"events": ["cal.*"]}, 'did you mean "call.*"?'),
        ({"events": ["x" * 10_000]}, "events: there is no event"),
        ({"max_retries": -1}, "max_retries: "),
        ({"max_retries": 21}, "max_retries: "),
        ({"max_retries": "5"}, "max_retries: "),
        ({"max_retries": True}, "max_retries: "),
        ({"retry_delay_seconds": 0}, "retry_delay_seconds: "),
        ({"retry_delay_seconds": 10**18}, "retry_delay_seconds: "),
        ({"retry_enabled": "yes"}, "retry_enabled: "),
        ({"secret": "whsec_mine"}, "secret: is not known here"),
    ],
)
def test_what_is_wrong_is_named(client: Client, endpoints: MemoryEndpoints, fields: Any, message: str) -> None:
    assert message in refused(client.post("/v1/webhooks", json={"url": URL, "events": ["*"], **fields}))
    assert endpoints.kept == {}
    webhook = created(client)
    before = kept(endpoints, webhook)
    assert message in refused(client.patch(f"/v1/webhooks/{webhook['id']}", json=fields))
    assert kept(endpoints, webhook) == before


def test_url_and_events_are_required(client: Client) -> None:
    message = refused(client.post("/v1/webhooks", json={}))
    assert "url: is required" in message
    assert "events: is required" in message


def test_the_operator_opens_networks(served: Services, connect: Connect) -> None:
    at_home = replace(served, urls=UrlRules(AddressRules(["127.0.0.0/8"])))
    created(connect(at_home, "acme", "webhooks:write"), url="http://127.0.0.1:9000/hook")


def test_there_is_a_bound_to_how_many(client: Client, served: Services, connect: Connect) -> None:
    for _ in range(MOST_ENDPOINTS):
        created(client)
    assert "delete one" in refused(client.post("/v1/webhooks", json={"url": URL, "events": ["*"]}), 409)
    created(connect(served, "else", "webhooks:write"))


def test_lists_come_in_pages(client: Client) -> None:
    ids = [created(client)["id"] for _ in range(3)]
    page = WebhooksReply.model_validate(client.get("/v1/webhooks?limit=2&offset=1").json)
    assert [one.id for one in page.webhooks] == ids[1:]
    assert (page.total, page.limit, page.offset) == (3, 2, 1)


def test_only_what_is_given_changes(client: Client, endpoints: MemoryEndpoints) -> None:
    webhook = created(client)
    reply = client.patch(f"/v1/webhooks/{webhook['id']}", json={"events": ["flow.step"], "max_retries": 2})
    changed = WebhookReply.model_validate(reply.json).webhook
    assert (changed.events, changed.max_retries, changed.url) == (["flow.step"], 2, URL)
    assert changed.secret is None
    before = kept(endpoints, webhook)
    assert client.patch(f"/v1/webhooks/{webhook['id']}", json={}).status_code == 200
    assert kept(endpoints, webhook) == before


def test_a_pause_and_its_end(client: Client, endpoints: MemoryEndpoints) -> None:
    webhook = created(client)
    address = f"/v1/webhooks/{webhook['id']}"
    paused = given(client.patch(address, json={"is_active": False}), "webhook")
    assert (paused["is_active"], paused["disabled_reason"]) == (False, "paused")
    assert paused["disabled_at"] is not None
    endpoints.kept["acme", webhook["id"]] = replace(kept(endpoints, webhook), disabled_reason="gone")
    again = given(client.patch(address, json={"is_active": False, "max_retries": 1}), "webhook")
    assert again["disabled_reason"] == "gone"  # it was off already, for another reason
    back = given(client.patch(address, json={"is_active": True}), "webhook")
    assert (back["is_active"], back["disabled_reason"], back["disabled_at"]) == (True, None, None)


def test_rotation_shows_a_new_secret_and_keeps_the_old_one_for_a_day(
    client: Client, endpoints: MemoryEndpoints
) -> None:
    webhook = created(client)
    address = f"/v1/webhooks/{webhook['id']}/rotate-secret"
    fresh = WebhookReply.model_validate(client.post(address).json).webhook.secret
    new, old = kept(endpoints, webhook).secrets
    assert (new.text, new.expires) == (fresh, None)
    assert old.text == webhook["secret"] != fresh
    assert old.expires is not None
    assert time.time() < old.expires <= time.time() + OVERLAP
    leaked = given(client.post(address, json={"keep_old": False}), "webhook", "secret")
    assert [secret.text for secret in kept(endpoints, webhook).secrets] == [leaked]


def test_deleting(client: Client, endpoints: MemoryEndpoints) -> None:
    webhook = created(client)
    reply = client.delete(f"/v1/webhooks/{webhook['id']}")
    assert (reply.status_code, reply.data) == (204, b"")
    assert endpoints.kept == {}
    refused(client.delete(f"/v1/webhooks/{webhook['id']}"), 404)


def test_a_test_event(client: Client, deliveries: MemoryDeliveries) -> None:
    webhook = created(client)
    reply = client.post(f"/v1/webhooks/{webhook['id']}/test")
    assert (reply.status_code, reply.json) == (202, {"event": "evt_test"})
    assert deliveries.asked == [("test", webhook["id"])]
    client.patch(f"/v1/webhooks/{webhook['id']}", json={"is_active": False})
    assert "not active" in refused(client.post(f"/v1/webhooks/{webhook['id']}/test"), 409)


def test_how_an_endpoint_is_doing(client: Client, endpoints: MemoryEndpoints) -> None:
    webhook = created(client)
    endpoints.known = {"delivered": "7", "failed": "2", "last_success_at": "1763631000.125", "failing_since": ""}
    endpoints.waits = {"waiting": 4, "slow": 5, "dead": 6}
    health = WebhookStateReply.model_validate(client.get(f"/v1/webhooks/{webhook['id']}").json).health
    assert (health.delivered, health.failed, health.waiting, health.retrying, health.dead_letters) == (7, 2, 4, 5, 6)
    assert (health.last_success_at, health.failing_since) == ("2025-11-20T09:30:00.125Z", None)


def test_deliveries_and_dead_letters(client: Client, deliveries: MemoryDeliveries) -> None:
    webhook = created(client)
    ok = Logged("evt_c_1", "call.ended", "c", 2, 1763631000.0, 200, 31, "delivered", "", "", "ok", None)
    late = Logged(
        "evt_x", "endpoint.test", "", 1, 1763631000.0, 0, 9, "later", "dns", "no address", "", 1763631060.0
    )  # fmt: skip
    deliveries.log = [ok, late]
    deliveries.dead = [DeadLetter("evt_c_2", "call.ended", "c", 10, 1763631000.0, "exhausted", 500, "status", "oh")]
    page = DeliveriesReply.model_validate(client.get(f"/v1/webhooks/{webhook['id']}/deliveries?limit=1").json)
    assert page.total == 2
    (first,) = page.deliveries
    assert (first.event, first.attempt, first.status, first.error, first.next_at) == ("evt_c_1", 2, 200, None, None)
    reply = given(client.get(f"/v1/webhooks/{webhook['id']}/deliveries?offset=1"), "deliveries")[0]
    assert (reply["status"], reply["call"], reply["error"]) == (None, None, "dns")
    assert (reply["at"], reply["next_at"]) == ("2025-11-20T09:30:00.000Z", "2025-11-20T09:31:00.000Z")
    dead = DeadLettersReply.model_validate(client.get(f"/v1/webhooks/{webhook['id']}/dead-letters").json)
    assert [(one.event, one.reason, one.status) for one in dead.dead_letters] == [("evt_c_2", "exhausted", 500)]


@pytest.mark.parametrize(
    ("body", "asked", "replayed"),
    [
        ({"event": "evt_c_1"}, ("one", "evt_c_1"), 1),
        (
            {"from": "2025-11-20T09:30:00Z", "to": "2025-11-20T11:30:00+01:00"},
            ("between", 1763631000.0, 1763634600.0),
            2,
        ),
        ({"failed_since": "2025-11-20T09:30:00Z"}, ("failed", 1763631000.0), 3),
    ],
)  # fmt: skip
def test_replay(client: Client, deliveries: MemoryDeliveries, body: Any, asked: Any, replayed: int) -> None:
    webhook = created(client)
    reply = client.post(f"/v1/webhooks/{webhook['id']}/replay", json=body)
    assert (reply.status_code, reply.json) == (202, {"replayed": replayed})
    assert deliveries.asked == [(asked[0], webhook["id"], *asked[1:])]


def test_replay_until_now(client: Client, deliveries: MemoryDeliveries) -> None:
    webhook = created(client)
    before = time.time()
    client.post(f"/v1/webhooks/{webhook['id']}/replay", json={"from": "2025-11-20T09:30:00Z"})
    assert before <= deliveries.asked[0][3] <= time.time()


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({}, 400, "exactly one of event, from and failed_since"),
        ({"event": "e", "failed_since": "2025-11-20T09:30:00Z"}, 400, "exactly one"),
        ({"to": "2025-11-20T09:30:00Z"}, 400, "exactly one"),
        ({"event": "e", "to": "2025-11-20T09:30:00Z"}, 400, "to: goes with from"),
        ({"from": "2025-11-20T09:30:00Z", "to": "2025-11-20T09:00:00Z"}, 400, "to: is before from"),
        ({"from": "2025-11-20T09:30:00"}, 400, "from: "),
        ({"from": "yesterday"}, 400, "from: "),
        ({"from": 1763631000}, 400, "from: "),
        ({"event": "evt_unknown"}, 404, "no such event"),
    ],
)
def test_a_replay_nobody_could_mean(client: Client, body: Any, status: int, message: str) -> None:
    webhook = created(client)
    assert message in refused(client.post(f"/v1/webhooks/{webhook['id']}/replay", json=body), status)


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/test"), ("POST", "/rotate-secret"),
        ("POST", "/replay"), ("GET", "/deliveries"), ("GET", "/dead-letters"),
    ],
)  # fmt: skip
def test_nothing_of_one_tenant_is_there_for_another(
    client: Client, served: Services, connect: Connect, endpoints: MemoryEndpoints, method: str, rest: str
) -> None:
    webhook = created(client)
    before = dict(endpoints.kept)
    stranger = connect(served, "else", "webhooks:read", "webhooks:write")
    body = {"event": "evt_c_1"} if rest == "/replay" else {}
    options: Any = {} if method in ("GET", "DELETE") else {"json": body}
    for name in (webhook["id"], "ep_000000000000000000000000", "x"):
        refused(stranger.open(f"/v1/webhooks/{name}{rest}", method=method, **options), 404)
    assert endpoints.kept == before
    assert given(stranger.get("/v1/webhooks"), "total") == 0


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_reading_does_not_allow_writing(served: Services, connect: Connect, method: str) -> None:
    reader = connect(served, "acme", "webhooks:read")
    address = "/v1/webhooks" if method == "POST" else "/v1/webhooks/ep_000000000000000000000000"
    refused(reader.open(address, method=method, json={}), 403)
