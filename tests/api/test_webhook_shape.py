"""What is shown of endpoints is what the document promises, and no secret by accident."""

from dataclasses import fields

from engine.api.webhook_shape import (
    DeadLetter,
    Delivery,
    Health,
    Webhook,
    health_shape,
    record_shape,
    webhook_shape,
)
from engine.shell.delivery import delivery_log
from engine.webhooks.endpoint import Endpoint, EndpointId
from engine.webhooks.secret import new_secret

ENDPOINT = Endpoint(EndpointId("ep_1"), "acme", "https://example.com/", ("*",), (new_secret(bytes(32)),))


def test_an_endpoint_is_shown_without_its_secret_unless_asked_for() -> None:
    assert webhook_shape(ENDPOINT)["secret"] is None
    assert webhook_shape(ENDPOINT, with_secret=True)["secret"] == ENDPOINT.secrets[0].text
    assert set(webhook_shape(ENDPOINT)) == set(Webhook.model_fields)
    assert ENDPOINT.secrets[0].text not in str(webhook_shape(ENDPOINT))


def test_the_document_tells_what_is_logged() -> None:
    assert set(Delivery.model_fields) == {each.name for each in fields(delivery_log.Logged)}
    assert set(DeadLetter.model_fields) == {each.name for each in fields(delivery_log.DeadLetter)}


def test_a_fresh_endpoint_is_in_good_health() -> None:
    shape = health_shape({}, {"waiting": 0, "slow": 0, "dead": 0})
    assert set(shape) == set(Health.model_fields)
    assert Health.model_validate(shape).failing_since is None


def test_what_is_not_there_is_null() -> None:
    shape = record_shape(delivery_log.Logged("e", "t", "", 1, 0.5, 0, 1, "retry", "", "", "", None))
    assert (shape["call"], shape["status"], shape["error"], shape["next_at"]) == (None, None, None, None)
    assert shape["at"] == "1970-01-01T00:00:00.500Z"
