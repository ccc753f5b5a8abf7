"""What every reply carries, whatever the application below does."""

from collections.abc import Iterable
from typing import Any

from engine.api.ports.limits import Allowance
from engine.api.reply_headers import ALLOWANCE, REQUEST, SECURITY_HEADERS, ReplyHeaders


def reply_of(*own: tuple[str, str], allowance: Allowance | None = None, **environ: str) -> dict[str, str]:
    """The headers of a reply that had its own before."""

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if allowance is not None:
            environ[ALLOWANCE] = allowance
        start_response("200 OK", list(own))
        return [environ[REQUEST].encode()]

    told: list[tuple[str, str]] = []
    dressed = ReplyHeaders(application)
    (name,) = dressed(dict(environ), lambda status, headers, exc_info: told.extend(headers))
    headers = dict(told)
    assert len(headers) == len(told), "no header twice"
    assert headers["X-Request-Id"] == name.decode()
    return headers


def test_every_reply_is_dressed() -> None:
    headers = reply_of(("Content-Type", "text/plain"))
    assert {name: headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert headers["Content-Type"] == "text/plain"
    assert "RateLimit-Limit" not in headers


def test_what_a_page_says_itself_stays() -> None:
    assert reply_of(("Content-Security-Policy", "own"))["Content-Security-Policy"] == "own"


def test_an_allowance_is_told_under_both_names() -> None:
    headers = reply_of(allowance=Allowance(True, 60, 59, 30))
    for prefix in ("RateLimit", "X-RateLimit"):
        assert [headers[f"{prefix}-{name}"] for name in ("Limit", "Remaining", "Reset")] == ["60", "59", "30"]


def test_requests_have_names_of_their_own_or_those_they_came_with() -> None:
    names = {reply_of()["X-Request-Id"] for _ in range(50)}
    assert len(names) == 50
    assert reply_of(HTTP_X_REQUEST_ID="mine-12345")["X-Request-Id"] == "mine-12345"
    assert reply_of(HTTP_X_REQUEST_ID="a b c d e f g")["X-Request-Id"].startswith("req_")
