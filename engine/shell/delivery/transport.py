"""Sends one event to one endpoint: signed, to a checked address, within one deadline, and says what came of it."""

import time

import gevent
from requests import PreparedRequest, Response
from requests.exceptions import InvalidHeader

from engine import __version__
from engine.config import Webhooks
from engine.shell.delivery.adapter import EndpointAdapter
from engine.shell.delivery.connection import DeliveryError, Dial, Opener, dial, tls_context
from engine.shell.delivery.resolver import Resolver, UnknownNameError
from engine.webhooks.address_rules import AddressRules
from engine.webhooks.attempt import (
    ANSWER_KEPT,
    Attempt,
    Failure,
    Verdict,
    retry_after_seconds,
    verdict_of,
    verdict_of_failure,
)
from engine.webhooks.endpoint import Endpoint
from engine.webhooks.envelope import request_headers
from engine.webhooks.signature import sign
from engine.webhooks.target import UrlError, UrlRules

AGENT = f"Switchboard/{__version__}"
MOST_READ = 16_384
"""Bytes of an answer read at most; then the connection is closed."""
MOST_DETAIL = 300


def url_rules(settings: Webhooks) -> UrlRules:
    """Which URLs this installation accepts, when they are made known and each time they are used."""
    return UrlRules(AddressRules(settings.allow_networks), settings.allow_http)


class Transport:
    """Sends the webhooks of one process. Only the calling greenlet waits."""

    def __init__(self, settings: Webhooks, resolver: Resolver | None = None, dial_with: Dial = dial) -> None:
        """Raises SettingsError when `ca_file` cannot be read."""
        opener = Opener(url_rules(settings), resolver or Resolver(), tls_context(settings.ca_file), dial_with)
        self._adapter = EndpointAdapter(opener)
        self._timeout = settings.timeout

    def post(self, endpoint: Endpoint, body: bytes, event_id: str, attempt: int) -> Attempt:
        """Send one event. Whatever the receiver does, or does not do, is a value."""
        at = time.time()
        began = time.monotonic()
        course = _Course()
        limit = gevent.Timeout.start_new(self._timeout)
        try:
            course.run(self._adapter, _prepared(endpoint, body, event_id, attempt, at))
        except gevent.Timeout as late:
            if late is not limit:
                raise  # somebody else's deadline
            course.fail(Failure.TIMEOUT, f"no whole answer within {self._timeout:g} s")
        finally:
            limit.close()
            course.close()
        return course.attempt(event_id, attempt, at, round((time.monotonic() - began) * 1000))

    def close(self) -> None:
        """Drop the connections kept for later requests."""
        self._adapter.close()


class _Course:
    """How far one request came."""

    __slots__ = ("_answer", "_detail", "_failure", "_response")

    def __init__(self) -> None:
        self._response: Response | None = None
        self._answer = bytearray()
        self._failure = Failure.NONE
        self._detail = ""

    def run(self, adapter: EndpointAdapter, request: PreparedRequest) -> None:
        try:
            self._response = adapter.send(request)
            while len(self._answer) < MOST_READ:
                part = self._response.raw.read(MOST_READ - len(self._answer))
                if not part:
                    break
                self._answer += part
        except DeliveryError as error:
            self.fail(error.failure, error.detail)
        except UnknownNameError as error:
            self.fail(Failure.DNS, f"the name has no address: {error}")
        except (UrlError, InvalidHeader) as error:
            self.fail(Failure.DENIED, f"the url {error}")

    def fail(self, failure: Failure, detail: str) -> None:
        self._failure = failure
        self._detail = detail[:MOST_DETAIL]

    def close(self) -> None:
        if self._response is not None:
            self._response.raw.close()

    def attempt(self, event_id: str, number: int, at: float, took_ms: int) -> Attempt:
        """What it came to."""
        status = self._response.status_code if self._response is not None else 0
        verdict = verdict_of(status) if self._failure is Failure.NONE else verdict_of_failure(self._failure)
        failure, detail, retry_after = self._failure, self._detail, None
        if self._response is not None and verdict is not Verdict.DELIVERED:
            retry_after = retry_after_seconds(self._response.headers.get("retry-after", ""), at)
            if failure is Failure.NONE:
                failure, detail = Failure.STATUS, _refusal(status, self._response)
        answer = self._answer[:ANSWER_KEPT].decode("utf-8", "replace")
        return Attempt(event_id, number, at, took_ms, verdict, status, failure, detail, answer, retry_after)


def _prepared(endpoint: Endpoint, body: bytes, event_id: str, attempt: int, at: float) -> PreparedRequest:
    signature = sign(endpoint.signing_keys(at), event_id, int(at), body)
    request = PreparedRequest()
    request.method = "POST"
    request.url = endpoint.url
    request.headers = request_headers(event_id, int(at), signature, attempt, AGENT)  # type: ignore[assignment]
    request.body = body
    return request


def _refusal(status: int, response: Response) -> str:
    if 300 <= status < 400:
        return f"redirects are not followed (to {response.headers.get('location', 'nowhere')})"[:MOST_DETAIL]
    return f"answered {status}"
