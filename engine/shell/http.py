"""Requests that flows send: one deadline for all of it, a bounded reply, no surprises from proxies or redirects.

A failure is a reply with a dotted error name that a flow can catch: `http.timeout`, `http.connect`, `http.tls`,
`http.body`, `http.too_large`.
"""

import os
import re
import time
from collections.abc import Mapping

import gevent
import requests
from gevent.lock import BoundedSemaphore
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema
from urllib3.exceptions import HTTPError

from engine import __version__
from engine.config import SECRET_PREFIX, Settings
from engine.config import Http as HttpSettings
from engine.core.effects import HttpCall
from engine.core.errors import ProviderError
from engine.core.signals import HttpReply
from engine.shell.metrics import Metrics
from engine.shell.telemetry import hide

CHUNK = 16_384
MAX_DETAIL = 300
AGENT = f"switchboard/{__version__}"

_SECRET = re.compile(r"^(?P<scheme>[A-Za-z]+ )?secret:(?P<name>[A-Za-z][A-Za-z0-9_-]*)$")
_CREDENTIAL = re.compile(r"auth|key|token|secret|passw|cookie|signature|credential", re.I)


class MissingSecretError(Exception):
    """A flow names a secret this installation does not have."""


class Http:
    """Sends the requests of all calls of one engine."""

    def __init__(
        self, settings: Settings, metrics: Metrics | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        self._settings: HttpSettings = settings.http
        self._metrics = metrics or Metrics()
        self._environment = os.environ if environment is None else environment
        self._session = _session(settings.http.connections)
        self._turns = BoundedSemaphore(settings.http.connections)

    def perform(self, call: HttpCall) -> HttpReply:
        """Send one request; only the calling greenlet waits. Every failure is a value."""
        began = time.monotonic()
        try:
            headers = {name: self._with_secret(name, value) for name, value in call.headers.items()}
        except MissingSecretError as error:
            reply = HttpReply(0, error="http.connect", detail=str(error))
        else:
            reply = self._send(call, headers)
        took = time.monotonic() - began
        self._metrics.http_requests.labels(reply.error or f"{reply.status // 100}xx").inc()
        self._metrics.http_seconds.observe(took)
        return HttpReply(reply.status, reply.headers, reply.body, reply.error, reply.detail, round(took * 1000))

    def close(self) -> None:
        """Drop the connections kept for later requests."""
        self._session.close()

    def _send(self, call: HttpCall, headers: Mapping[str, str]) -> HttpReply:
        timeout = max(0.001, min(call.timeout, self._settings.max_timeout))
        most = max(0, min(call.max_body, self._settings.max_body))
        try:
            with gevent.Timeout(timeout) as limit, self._turns:
                return _exchange(self._session, call, headers, timeout, most)
        except gevent.Timeout as late:
            if late is not limit:
                raise  # somebody else's deadline
            return HttpReply(0, error="http.timeout", detail=f"no whole reply within {timeout:g} s")

    def _with_secret(self, name: str, value: str) -> str:
        """The header's value with `secret:NAME` replaced; only in headers that carry credentials.

        Other headers may hold what a caller said, and no caller may fetch a secret by saying its name.
        """
        reference = _SECRET.match(value) if _CREDENTIAL.search(name) else None
        if reference is None:
            return value
        secret = self._secret(reference["name"])
        hide(secret)
        return (reference["scheme"] or "") + secret

    def _secret(self, name: str) -> str:
        variable = SECRET_PREFIX + name.upper().replace("-", "_")
        if self._environment.get(variable):
            return self._environment[variable]
        folder = self._settings.secrets_dir
        if folder is not None:
            try:
                return (folder / name).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise MissingSecretError(f"secret {name} cannot be read: {error}") from None
        raise MissingSecretError(f"there is no secret {name}: set {variable}, or http.secrets_dir with a file {name}")


def post_bytes(url: str, headers: Mapping[str, str], body: bytes, timeout: float, most: int = 64_000_000) -> bytes:
    """The body of a successful reply to a POST, for providers. Raises ProviderError."""
    with _session(1) as session, gevent.Timeout(timeout, ProviderError(f"{url}: no whole reply within {timeout:g} s")):
        call = HttpCall("POST", url, timeout=timeout, max_body=most)
        status, _, content, error, detail = _fetch(session, call, {**headers}, body, timeout, most)
    if error or not 200 <= status < 300:
        raise ProviderError(f"{url}: {error or status} {detail}".rstrip())
    return content


def _session(connections: int) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # neither proxies nor .netrc of whoever started the engine
    adapter = HTTPAdapter(pool_connections=connections, pool_maxsize=connections, max_retries=0)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def _exchange(
    session: requests.Session, call: HttpCall, headers: Mapping[str, str], timeout: float, most: int
) -> HttpReply:
    body = call.body.encode("utf-8", "replace")
    status, replied, content, error, detail = _fetch(session, call, headers, body, timeout, most)
    if error:
        return HttpReply(status, error=error, detail=detail[:MAX_DETAIL])
    try:
        text = content.decode(_charset(replied.get("content-type", "")))
        text.encode()  # some charsets give halves of characters, which nobody can write down
    except (UnicodeError, LookupError) as wrong:
        return HttpReply(status, replied, error="http.body", detail=f"the reply is not text: {wrong}"[:MAX_DETAIL])
    return HttpReply(status, replied, text)


_Fetched = tuple[int, dict[str, str], bytes, str, str]


def _fetch(
    session: requests.Session, call: HttpCall, headers: Mapping[str, str], body: bytes, timeout: float, most: int
) -> _Fetched:
    """Status, headers, body, error name and detail of one request."""
    sent = {"User-Agent": AGENT, "Accept-Encoding": "identity", **headers}  # a packed reply could unpack to gigabytes
    try:
        with session.request(
            call.method, call.url, data=body or None, headers=sent, timeout=timeout, allow_redirects=False, stream=True
        ) as reply:
            replied = {name.lower(): value for name, value in reply.headers.items()}
            if replied.get("content-encoding", "identity").lower() != "identity":
                return reply.status_code, replied, b"", "http.body", "the reply is packed although that was refused"
            content = bytearray()
            while part := reply.raw.read(CHUNK, decode_content=False):
                content += part
                if len(content) > most:
                    return reply.status_code, replied, b"", "http.too_large", f"the reply has over {most} bytes"
            return reply.status_code, replied, bytes(content), "", ""
    except requests.exceptions.SSLError as error:
        return 0, {}, b"", "http.tls", _reason(error)
    except requests.exceptions.Timeout as error:
        return 0, {}, b"", "http.timeout", _reason(error)
    except (InvalidURL, MissingSchema, InvalidSchema):
        return 0, {}, b"", "http.connect", "not an address a request can be sent to"
    except (requests.exceptions.RequestException, ValueError) as error:  # also a header no request can carry
        return 0, {}, b"", "http.connect", _reason(error)
    except (HTTPError, OSError) as error:
        return 0, {}, b"", "http.body", _reason(error)


def _reason(error: BaseException) -> str:
    """What went wrong, in the words of the innermost error."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return f"{type(error).__name__}: {error}"[:MAX_DETAIL]


def _charset(content_type: str) -> str:
    found = re.search(r"charset=[\"']?([A-Za-z0-9._-]+)", content_type)
    return found[1] if found else "utf-8"
