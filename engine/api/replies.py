"""Replies as JSON, written once and not checked again."""

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response
from flask.json.provider import JSONProvider

JSON = "application/json"


def json_reply(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A reply that holds plain data, dataclasses, dates or enums as JSON."""
    response = Response(orjson.dumps(body), status, content_type=JSON)
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


class FastJson(JSONProvider):
    """Flask's JSON, written by orjson: what a view returns as a dictionary or a list."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """Data as JSON text."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """JSON text as data."""
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """A reply of its one argument, or of its keyword arguments."""
        return json_reply(args[0] if args else kwargs)
