"""One client's connection: requests are read whole within their time and size before anything else hears of them.

A sender that is too slow, says too much, or whose framing can be read in two ways (RFC 9112, 6.3 and 11.2) is refused
and cut off; so the application never waits for a client, and what it reads is never shared with the next request.
"""

import re
import socket
import time
from contextlib import suppress
from email.utils import formatdate
from http.client import HTTPException
from io import BytesIO
from typing import Any

import gevent
import orjson
import structlog
from gevent import pywsgi

from engine.api.frame import MOST_BODY
from engine.api.reply_headers import SECURITY_HEADERS

log = structlog.get_logger("http")
_Handler: Any = pywsgi.WSGIHandler
_QUIETLY: Any = False
"""As gevent's exception of a Timeout: none."""

KEEP_ALIVE = 75.0
"""Seconds a connection may rest between two requests."""
HEAD_TIME = 10.0
"""Seconds from the first byte of a request to the end of its headers."""
BODY_TIME = 20.0
"""Seconds the body may take."""
SEND_TIME = 30.0
"""Seconds one piece of a reply may wait for the client to take it."""
LINGER_TIME = 1.0
"""Seconds a refused client is still listened to, so that it can read why before the connection is reset."""
LINGER_BYTES = 1 << 20
ONE_PACKET = 64 * 1024
"""Bytes of a reply that are copied behind its headers rather than sent after them."""
_LENGTH = re.compile(r"[0-9]{1,18}")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}")
_REASONS = {
    400: ("bad_request", "Bad Request"),
    408: ("request_timeout", "Request Timeout"),
    413: ("request_entity_too_large", "Content Too Large"),
    414: ("uri_too_long", "URI Too Long"),
    431: ("header_fields_too_large", "Request Header Fields Too Large"),
    500: ("internal_error", "Internal Server Error"),
    501: ("not_implemented", "Not Implemented"),
    503: ("stopping", "Service Unavailable"),
}


class RefusedError(Exception):
    """The client cannot be served: HTTP status and words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Connection(_Handler):  # type: ignore[misc] # its types leave out what it is made for: being overridden
    """What the server runs for each connection."""

    command: Any
    path: Any
    code: Any
    environ: Any
    status: Any
    headers_sent: bool

    def __init__(self, sock: Any, address: Any, server: Any, rfile: Any = None) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            # without it a reply of two writes waits 40 ms for the client's delayed acknowledgement
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().__init__(sock, address, server, rfile)
        self.resting = False
        self._noted = False
        self._head_timer: gevent.Timeout | None = None

    def handle(self) -> None:
        """Serve requests until the client, its slowness or the server ends the connection."""
        self.server.connections.add(self)
        try:
            super().handle()
        except OSError as error:
            log.debug("a client went away", peer=self._peer(), error=str(error))
        finally:
            self.server.connections.discard(self)

    def hang_up(self) -> None:
        """End the connection when no request is under way; one that is will be the last."""
        self.close_connection = True
        if self.resting:
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_RD)

    def handle_one_request(self) -> Any:
        """Read a request whole and have it answered. None ends the connection, True waits for another request."""
        self.command = self.path = self.code = self.environ = None
        self._noted = False
        try:
            served = super().handle_one_request()
        except RefusedError as refused:
            return self._refuse(refused)
        finally:
            self._stop_head_timer()
        if isinstance(served, tuple):  # pywsgi's own refusals
            return self._refuse(RefusedError(int(served[0]), "the request line is too long"))
        return None if self.server.stopping else served

    def read_requestline(self) -> str:
        """The first line; "" when the client sent nothing for too long."""
        self.resting = True
        try:
            with gevent.Timeout(KEEP_ALIVE, _QUIETLY):
                if not self.server.stopping and self.rfile.peek(1):
                    self.resting = False
        finally:
            resting, self.resting = self.resting, False
        if resting:
            return ""
        self.time_start = time.time()
        self._head_timer = gevent.Timeout.start_new(HEAD_TIME, RefusedError(408, "the headers took too long"))
        return str(super().read_requestline())

    def MessageClass(self, *args: Any) -> Any:  # noqa: N802 - pywsgi's name
        """The headers as sent. Raises RefusedError when they are too long, or give the body's length twice."""
        headers = super().MessageClass(*args)
        if headers.status:
            raise RefusedError(431, "a header is too long")
        if "content-length" in headers and "transfer-encoding" in headers:
            raise RefusedError(400, "the body has either a Content-Length or chunks")
        return headers

    def read_request(self, raw_requestline: str) -> bool:
        """Read the headers and refuse what is no request, or more than one."""
        try:
            super().read_request(raw_requestline)
            self._hold_to_the_letter()
        finally:
            self._stop_head_timer()
        return True

    def _hold_to_the_letter(self) -> None:
        if self.request_version not in ("HTTP/1.1", "HTTP/1.0"):
            raise RefusedError(400, "speak HTTP/1.1")
        if not _TOKEN.fullmatch(self.command):
            raise RefusedError(400, "the method is not a word")
        if not self.path.startswith("/") and self.path != "*":
            raise RefusedError(400, "the address must begin with a slash")
        if self.headers.defects or any("\n" in value or "\r" in value for value in self.headers.values()):
            raise RefusedError(400, "a header is not of the form name: value, on one line")
        if len(self.headers.get_all("host", [])) != 1 and self.request_version == "HTTP/1.1":
            raise RefusedError(400, "one Host header is needed")
        lengths = self.headers.get_all("content-length", [])
        if len(lengths) > 1 or not all(_LENGTH.fullmatch(length.strip()) for length in lengths):
            raise RefusedError(400, "Content-Length must be one number")
        encodings = self.headers.get_all("transfer-encoding", [])
        if encodings and [encoding.strip().lower() for encoding in encodings] != ["chunked"]:
            raise RefusedError(501, "a body can be chunked, and nothing else")
        if self.headers.get_all("expect") and self.headers["expect"].strip().lower() != "100-continue":
            raise RefusedError(400, "nothing but 100-continue can be expected")
        if self.content_length is not None and self.content_length > MOST_BODY:
            raise RefusedError(413, f"a body holds at most {MOST_BODY} bytes")

    def get_environ(self) -> dict[str, Any]:
        """What the application is told of the request; its body is all there."""
        environ: dict[str, Any] = super().get_environ()
        body = self._read_body()
        environ["wsgi.input"] = BytesIO(body)
        environ["wsgi.input_terminated"] = True
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        return environ

    def _read_body(self) -> bytes:
        if not self.content_length and not self.wsgi_input.chunked_input:
            return b""
        try:
            with gevent.Timeout(BODY_TIME, RefusedError(408, "the body took too long")):
                body = bytes(self.wsgi_input.read(MOST_BODY + 1))
        except (OSError, ValueError):
            raise RefusedError(400, "the body ended early or its chunks are not well formed") from None
        if len(body) > MOST_BODY:
            raise RefusedError(413, f"a body holds at most {MOST_BODY} bytes")
        return body

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.close()
            self._head_timer = None

    # Replies

    def finalize_headers(self) -> None:
        """Tell the client when this reply is the last one."""
        super().finalize_headers()
        if self.close_connection or self.server.stopping:
            self.close_connection = True
            if not any(name.lower() == b"connection" for name, _ in self.response_headers):
                self.response_headers.append((b"Connection", b"close"))

    def _write_with_headers(self, piece: bytes) -> None:
        """Headers and the first piece in one packet, when they are not large."""
        if self.headers_sent or len(piece) > ONE_PACKET or self.code in (204, 304):
            super()._write_with_headers(piece)
            return
        self.headers_sent = True
        self.finalize_headers()
        if self.response_use_chunked and piece:
            piece = b"%x\r\n%b\r\n" % (len(piece), piece)
        lines = [b"HTTP/1.1 " + self.status, *(b"%b: %b" % pair for pair in self.response_headers)]
        self._sendall(b"\r\n".join([*lines, b"", piece]))

    def _sendall(self, piece: Any) -> None:
        if self.response_use_chunked and self._client_left():
            raise ConnectionResetError("the client went away")
        with gevent.Timeout(SEND_TIME, TimeoutError("the client does not read")):
            super()._sendall(piece)

    def _client_left(self) -> bool:
        """Whether the client of a stream has hung up; what is sent then, the kernel takes for a while all the same."""
        try:
            return bool(self.socket._sock.recv(1, socket.MSG_PEEK) == b"")
        except BlockingIOError:
            return False
        except OSError:
            return True

    def _refuse(self, refused: RefusedError) -> None:
        name, reason = _REASONS[refused.status]
        body = orjson.dumps({"error": name, "message": refused.message})
        headers = {
            "Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close",
            "Date": formatdate(usegmt=True), **SECURITY_HEADERS,
        }  # fmt: skip
        self.status = f"{refused.status} {reason}"
        lines = [f"HTTP/1.1 {refused.status} {reason}", *(f"{name}: {value}" for name, value in headers.items())]
        self.code, self.response_length = refused.status, len(body)
        self._note(refused.message)
        self.close_connection = True
        with suppress(OSError), gevent.Timeout(SEND_TIME, _QUIETLY):
            self.socket.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
            self.socket.shutdown(socket.SHUT_WR)
            self._linger()

    def _send_error_response_if_possible(self, error_code: int) -> None:
        """The application broke, or was stopped; a reply that has begun is cut off instead."""
        self.close_connection = True
        if self.response_length:
            return
        if self.server.stopping:
            self._refuse(RefusedError(503, "the server is stopping"))
        else:
            self._refuse(RefusedError(error_code, "something went wrong here"))

    def _linger(self) -> None:
        """Take what is still being sent: closing on unread bytes would reset the connection and lose the reply."""
        left = LINGER_BYTES
        with gevent.Timeout(LINGER_TIME, _QUIETLY):
            while left > 0 and (taken := len(self.socket.recv(65536))):
                left -= taken

    # What is written about it

    def log_request(self) -> None:
        """One line for each request that was answered; nothing of its headers, its query or its body."""
        if not self._noted:
            self._note("")

    def _note(self, refused: str) -> None:
        self._noted = True
        environ = self.environ or {}
        seconds = max(0.0, time.time() - self.time_start)
        status = abs(self.code or 0)
        self.server.answered(self.command or "", status, seconds)
        fields: dict[str, Any] = {
            "method": self.command, "path": (self.path or "").split("?", 1)[0][:200], "status": status,
            "ms": round(seconds * 1000, 1), "bytes": self.response_length, "peer": self._peer(),
            "request": environ.get("switchboard.request"), "key": environ.get("switchboard.key"),
            "tenant": environ.get("switchboard.tenant"), "refused": refused,
        }  # fmt: skip
        log.info("request", **{name: value for name, value in fields.items() if value})

    def _peer(self) -> str:
        return str(self.client_address[0]) if isinstance(self.client_address, tuple) else ""

    def _handle_client_error(self, ex: Exception) -> Any:
        if isinstance(ex, RefusedError):
            raise ex
        if isinstance(ex, OSError):
            return None
        if isinstance(ex, HTTPException):
            raise RefusedError(431, "the headers are too many or too long") from None
        raise RefusedError(400, "this is not an HTTP request") from None

    def _log_error(self, kind: Any, error: Any, trace: Any) -> None:
        if not issubclass(kind, gevent.GreenletExit | OSError):
            log.error("a reply broke off", error=f"{kind.__name__}: {error}", exc_info=(kind, error, trace))
