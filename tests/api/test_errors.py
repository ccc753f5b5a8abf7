"""Errors: one shape, the right status, and no word about the inside."""

from typing import get_args

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException, default_exceptions

from engine.api.errors import ApiError, answer_errors, conflict, invalid, not_found
from engine.core.errors import (
    CONTROL_FAULTS,
    CommandTimeoutError,
    ControlError,
    ControlFault,
    StoreError,
    SwitchError,
)


def reply_to(error: Exception) -> tuple[int, dict[str, str], dict[str, str]]:
    """What a caller is told when an operation raises."""
    app = Flask(__name__)
    answer_errors(app)

    def operation() -> None:
        raise error

    app.add_url_rule("/", "operation", operation)
    reply = app.test_client().get("/")
    return reply.status_code, reply.json, dict(reply.headers)


@pytest.mark.parametrize(
    ("error", "status", "name"),
    [
        (not_found("call"), 404, "not_found"),
        (invalid("to", "is no number"), 400, "invalid_request"),
        (conflict("the call is ending"), 409, "conflict"),
        (ApiError(418, "teapot", "short and stout"), 418, "teapot"),
        (StoreError("away"), 503, "store_unavailable"),
        (SwitchError("refused"), 502, "switch_error"),
        (CommandTimeoutError("silent"), 504, "engine_timeout"),
        (ControlError("no such call", "unknown_call"), 404, "unknown_call"),
        (ControlError("said nothing", "unanswered"), 504, "unanswered"),
        (KeyError("inside"), 500, "internal_error"),
    ],
)
def test_what_is_raised_is_told(error: Exception, status: int, name: str) -> None:
    told = reply_to(error)
    assert told[0] == status
    assert sorted(told[1]) == ["error", "message"]
    assert told[1]["error"] == name


def test_a_mistake_of_ours_is_not_explained() -> None:
    _, told, _ = reply_to(RuntimeError("password hunter2 at /srv"))
    assert "hunter2" not in str(told)


@pytest.mark.parametrize("fault", CONTROL_FAULTS)
def test_every_refused_order_is_the_callers_or_passes(fault: ControlFault) -> None:
    status, told, headers = reply_to(ControlError("why", fault, 1.5))
    assert told == {"error": fault, "message": "why"}
    assert status in (400, 403, 404, 409, 429, 503, 504)
    assert ("Retry-After" in headers) == (status in (429, 503))
    assert headers.get("Retry-After", "2") == "2"
    assert fault in get_args(ControlFault)


@pytest.mark.parametrize("kind", sorted(default_exceptions.items()), ids=lambda kind: str(kind[0]))
def test_every_error_of_http_has_the_shape(kind: tuple[int, type[HTTPException]]) -> None:
    status, told, _ = reply_to(kind[1]())
    assert status == kind[0]
    assert told["error"].replace("_", "").isalpha()
    assert told["message"]
