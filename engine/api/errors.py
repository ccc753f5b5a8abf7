"""What a caller is told when a request cannot be served: always `{"error": ..., "message": ...}`."""

import math
import re
from collections.abc import Mapping
from typing import Any

import structlog
from flask import Flask, Response
from pydantic import BaseModel, Field, ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from engine.api.replies import json_reply
from engine.core.errors import (
    CommandTimeoutError,
    ControlError,
    ControlFault,
    EngineError,
    StoreError,
    SwitchError,
)

log = structlog.get_logger("api")

MOST_PROBLEMS = 5
"""Wrong fields that one message names."""
_WORDS = {
    "missing": "is required",
    "extra_forbidden": "is not known here",
    "json_invalid": "is not valid JSON",
}


class ErrorReply(BaseModel):
    """Why a request was not served."""

    error: str = Field(description="A short name that programs can compare.", examples=["not_found"])
    message: str = Field(description="What is wrong, in plain words.", examples=["there is no such call"])


class ApiError(EngineError):
    """A request that is refused: HTTP status, short name for programs, words for people."""

    def __init__(self, status: int, error: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.message = message
        self.headers = headers or {}


def not_found(what: str = "thing") -> ApiError:
    """404: there is no such `what`, or it belongs to somebody else."""
    return ApiError(404, "not_found", f"there is no such {what}")


def invalid(field: str, message: str) -> ApiError:
    """400: a field holds what cannot be served; the message goes on from the field's name."""
    return ApiError(400, "invalid_request", f"{field}: {message}")


def conflict(message: str) -> ApiError:
    """409: the request does not fit what is the case now."""
    return ApiError(409, "conflict", message)


def wrong_fields(error: ValidationError, where: str = "") -> ApiError:
    """400 for what pydantic found, each problem with the name of its field."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    told = [_problem(problem, where) for problem in problems[:MOST_PROBLEMS]]
    if len(problems) > MOST_PROBLEMS:
        told.append(f"and {len(problems) - MOST_PROBLEMS} more")
    return ApiError(400, "invalid_request", "; ".join(told))


def _problem(problem: Any, where: str) -> str:
    name = ".".join(str(part) for part in problem["loc"]) or where or "body"
    text = problem["msg"].removeprefix("Value error, ")
    words = _WORDS.get(problem["type"]) or f"{text[:1].lower()}{text[1:]}"
    return f"{_shown(name)}: {words}"


def _shown(name: str) -> str:
    return re.sub(r"[^\x20-\x7e]", "?", name[:80])


def answer_errors(app: Flask) -> None:
    """Turn everything that can be raised while a request is served into the one shape of errors."""
    app.register_error_handler(ApiError, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(StoreError, _store_away)
    app.register_error_handler(CommandTimeoutError, _switch_silent)
    app.register_error_handler(SwitchError, _switch_refused)
    app.register_error_handler(ControlError, _not_carried_out)
    app.register_error_handler(Exception, _broken)


def error_reply(status: int, error: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """The reply of one error."""
    return json_reply({"error": error, "message": message}, status, headers)


def _refused(error: ApiError) -> Response:
    return error_reply(error.status, error.error, error.message, error.headers)


_HTTP_WORDS = {
    404: "there is nothing at this address",
    405: "this address does not take that method",
    413: "the body is too large",
    415: "send the body as application/json",
}


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    name = re.sub(r"[^a-z]+", "_", (error.name or "error").lower()).strip("_")
    message = _HTTP_WORDS.get(status) or error.description or error.name
    headers = {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return error_reply(status, name, message, headers)


def _store_away(error: StoreError) -> Response:
    log.warning("a request needs Redis and it is away", error=str(error))
    return error_reply(503, "store_unavailable", "the store is away; try again in a moment", {"Retry-After": "1"})


def _switch_silent(error: CommandTimeoutError) -> Response:
    return error_reply(504, "engine_timeout", str(error))


def _switch_refused(error: SwitchError) -> Response:
    return error_reply(502, "switch_error", str(error))


_FAULTS: dict[ControlFault, int] = {
    "invalid": 400,
    "unknown_call": 404,
    "unknown_flow": 404,
    "refused_number": 403,
    "limit_reached": 429,
    "too_late": 409,
    "engine_away": 503,
    "unanswered": 504,
}


def _not_carried_out(error: ControlError) -> Response:
    headers = {"Retry-After": str(max(1, math.ceil(error.retry_after)))} if error.fault in _WORTH_A_RETRY else {}
    return error_reply(_FAULTS[error.fault], error.fault, str(error), headers)


_WORTH_A_RETRY = ("limit_reached", "engine_away")


def _broken(error: Exception) -> Response:
    log.error("a request failed", error=f"{type(error).__name__}: {error}", exc_info=error)
    return error_reply(500, "internal_error", "something went wrong here; it is logged under the X-Request-Id")
