"""What every reply carries: the request's name, what is left of its limit, and how browsers must treat it.

Added under the framework, as plain pairs: it is done for every request, and Flask's headers are slow to change.
"""

import re
import secrets
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

from engine.api.ports.limits import Allowance

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Those a reply does not carry already."""
ALLOWANCE = "switchboard.allowance"
"""Where a request's Allowance is put, beside what else is known of it."""
REQUEST = "switchboard.request"
"""Where the name of a request is put."""
_SENT_NAME = re.compile(r"[A-Za-z0-9._-]{8,64}")
_FIXED = tuple(SECURITY_HEADERS.items())

Pairs = list[tuple[str, str]]


class ReplyHeaders:
    """A WSGI application that dresses the replies of another."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application
        self._process = secrets.token_hex(6)
        self._requests = count(1)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request."""
        name = environ.get("HTTP_X_REQUEST_ID", "")
        if not _SENT_NAME.fullmatch(name):
            name = f"req_{self._process}{next(self._requests):x}"
        environ[REQUEST] = name

        def start(status: str, headers: Pairs, exc_info: Any = None) -> Any:
            present = {header for header, _ in headers}
            headers += [pair for pair in _FIXED if pair[0] not in present]
            headers.append(("X-Request-Id", name))
            allowance: Allowance | None = environ.get(ALLOWANCE)
            if allowance is not None:
                headers += _told(allowance)
            return start_response(status, headers, exc_info)

        return self._application(environ, start)


def _told(allowance: Allowance) -> Pairs:
    limit, remaining, reset = str(allowance.limit), str(allowance.remaining), str(allowance.reset)
    return [
        ("RateLimit-Limit", limit),
        ("RateLimit-Remaining", remaining),
        ("RateLimit-Reset", reset),
        ("X-RateLimit-Limit", limit),
        ("X-RateLimit-Remaining", remaining),
        ("X-RateLimit-Reset", reset),
    ]
