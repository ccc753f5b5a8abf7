"""One connection to an endpoint's host: opened to an address that was checked, looked at again once it stands.

The name is resolved once. If any of its addresses may not be reached nothing is sent at all, so that a name cannot be
public for the check and private for the request; then the connection goes to that very address, while the request and
TLS go on speaking of the name. A whole exchange is bounded by the caller's deadline.
"""

import select
import socket
import ssl
import time
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse, RemoteDisconnected
from io import BufferedReader
from pathlib import Path

from gevent import Timeout
from gevent.monkey import get_original
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from engine.core.errors import SettingsError
from engine.shell.delivery.resolver import Resolver
from engine.webhooks.attempt import Failure
from engine.webhooks.target import Target, UrlRules

CONNECT = 5.0
"""Seconds until a connection stands, before TLS; shared by the addresses of a name."""

READABLE = select.POLLIN
"""An idle connection that can be read holds an end, or words nobody asked for."""

Dial = Callable[[str, int, float], socket.socket]
"""Opens a TCP connection to an address and port within so many seconds. Raises OSError."""


class DeliveryError(Exception):
    """A request did not come to an answer."""

    def __init__(self, failure: Failure, detail: str) -> None:
        super().__init__(detail)
        self.failure = failure
        self.detail = detail


class StaleConnectionError(Exception):
    """A connection kept from an earlier request turned out to be closed; nothing was answered."""


def dial(address: str, port: int, seconds: float) -> socket.socket:
    """A TCP connection that sends at once. `address` is never a name. Raises OSError."""
    connection = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    try:
        connection.settimeout(seconds)
        connection.connect((address, port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(None)  # what follows has the deadline of the whole exchange
    except BaseException:
        connection.close()
        raise
    return connection


class _Lines(BufferedReader):
    """Reads bytes, and lines that have an end: half a head is no head, though http.client would take it for one."""

    def readline(self, size: int | None = -1) -> bytes:
        line = super().readline(size)
        if not line.endswith(b"\n") and len(line) != size:
            raise RemoteDisconnected("the answer ended early" if line else "closed without an answer")
        return line


class Connection:
    """A connection that stands."""

    __slots__ = ("_socket", "idle_since", "opened", "used")

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self.opened = self.idle_since = time.monotonic()
        self.used = False
        """Whether a request went through it before."""

    def exchange(self, request: bytes) -> HTTPResponse:
        """Send a request and wait for the head of the answer. Raises StaleConnectionError or DeliveryError."""
        answer = HTTPResponse(self, method="POST")  # type: ignore[arg-type]  # all it wants is makefile
        try:
            try:
                self._socket.sendall(request)
            except (BrokenPipeError, ConnectionResetError):
                if self.used:
                    raise
                # A receiver may answer (413, 400) and close before it has read everything.
            answer.begin()
        except (OSError, HTTPException, ValueError) as error:
            answer.close()
            if self.used and isinstance(error, ConnectionError | ssl.SSLError):  # also: closed without a word
                raise StaleConnectionError from error
            raise DeliveryError(Failure.BROKEN, f"no HTTP answer: {_said(error)}") from error
        self.used = True
        return answer

    def makefile(self, mode: str) -> "_Lines":
        """What an answer is read from."""
        del mode
        return _Lines(self._socket.makefile("rb", 0))

    def usable(self, keep: float, live: float, now: float) -> bool:
        """Whether another request may go through it: not too old, and silent, as an idle connection is."""
        if now - self.idle_since > keep or now - self.opened > live:
            return False
        poll = get_original("select", "poll")()
        poll.register(self._socket.fileno(), READABLE)
        return not poll.poll(0)

    def close(self) -> None:
        """Let go of it."""
        self._socket.close()


class Opener:
    """Opens connections for one process."""

    def __init__(self, rules: UrlRules, resolver: Resolver, tls: ssl.SSLContext, dial_with: Dial = dial) -> None:
        self._rules = rules
        self._resolver = resolver
        self._tls = tls
        self._dial = dial_with

    def open(self, target: Target) -> Connection:
        """A fresh connection to a target, with TLS when its URL says so. Raises DeliveryError, UnknownNameError."""
        addresses = self._resolver.resolve(target.host)
        for address in addresses:
            self._check(target, address)
        plain = self._connect(target, addresses)
        try:
            self._check(target, str(plain.getpeername()[0]))
            return Connection(self._wrap(plain, target) if target.scheme == "https" else plain)
        except OSError as error:  # the peer is gone already
            plain.close()
            raise DeliveryError(Failure.CONNECT, f"no connection: {_said(error)}") from error
        except BaseException:
            plain.close()
            raise

    def _check(self, target: Target, address: str) -> None:
        denial = self._rules.denial(target, address)
        if denial is not None:
            raise DeliveryError(Failure.DENIED, f"the url {denial}")

    def _connect(self, target: Target, addresses: tuple[str, ...]) -> socket.socket:
        deadline = time.monotonic() + CONNECT
        last: OSError = OSError("no address")
        for number, address in enumerate(addresses):
            share = max(0.1, (deadline - time.monotonic()) / (len(addresses) - number))
            try:
                return self._dial(address, target.port, share)
            except OSError as error:
                last = error
        raise DeliveryError(Failure.CONNECT, f"no connection to port {target.port}: {_said(last)}") from last

    def _wrap(self, plain: socket.socket, target: Target) -> ssl.SSLSocket:
        try:
            wrapped = self._tls.wrap_socket(plain, server_hostname=target.host, do_handshake_on_connect=False)
        except (OSError, ValueError) as error:
            raise DeliveryError(Failure.TLS, f"no TLS: {_said(error)}") from error
        try:
            wrapped.do_handshake()
        except ssl.SSLCertVerificationError as error:
            wrapped.close()
            raise DeliveryError(Failure.TLS, f"the certificate is not good: {error.verify_message}") from error
        except OSError as error:
            wrapped.close()
            raise DeliveryError(Failure.TLS, f"no TLS: {_said(error)}") from error
        except BaseException:
            wrapped.close()
            raise
        return wrapped


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """TLS as it is always spoken here: the certificate is verified, for the name in the URL. Raises SettingsError.

    Trusted are the authorities `requests` brings along, and those in `ca_file`.
    """
    context = ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as error:
            raise SettingsError(f"webhooks.ca_file: cannot use {ca_file}: {_said(error)}") from None
    context.set_alpn_protocols(["http/1.1"])
    return context


def _said(error: BaseException) -> str:
    if isinstance(error, Timeout | TimeoutError):
        return "nobody answered in time"
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
