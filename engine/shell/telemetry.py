"""What the engine writes about itself: structured lines, no secrets, and never a wait for whoever reads them.

Every line is bound to its call by `call_log(call)`. The last processor hides what must not be written: values under
telling names, passwords given to `hide`, and anything that looks like a payment card. Lines go through a bounded queue
to a native thread; when the reader of standard error is slow, lines are dropped and counted, and calls go on.
"""

import logging
import os
import re
from _queue import SimpleQueue  # queue.SimpleQueue is replaced by gevent; the writer is a native thread
from collections.abc import MutableMapping
from typing import Any, Protocol

import orjson
import structlog
from gevent.threadpool import ThreadPool

HIDDEN = "[hidden]"
QUEUE_LINES = 10_000
"""Lines that may wait for a slow reader, some megabytes."""

_TELLING = re.compile(r"passw|secret|token|authori[sz]ation|credential|api_?key|(^|_)(pin|cvv|cvc|digits)($|_)", re.I)
_CARD = re.compile(r"(?<![\d+])\d(?:[ -]?\d){12,18}(?!\d)")
_BEARER = re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.I)

_hidden_texts: set[str] = set()


class Log(Protocol):
    """A logger: an event in plain words, and what belongs to it by name."""

    def debug(self, event: str, **fields: Any) -> Any: ...
    def info(self, event: str, **fields: Any) -> Any: ...
    def warning(self, event: str, **fields: Any) -> Any: ...
    def error(self, event: str, **fields: Any) -> Any: ...


def logger(**fields: Any) -> Log:
    """A logger whose every line carries these fields."""
    log: Log = structlog.get_logger(**fields)
    return log


def call_log(call: str) -> Log:
    """The logger of one call."""
    return logger(call=call)


def hide(secret: str) -> None:
    """Never write this text in any line, wherever it turns up."""
    if len(secret) >= 4:  # a shorter text would blot out ordinary words
        _hidden_texts.add(secret)


def redact(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last processor before a line is written: hides secrets by name, by value and by look."""
    return {name: HIDDEN if value and _TELLING.search(name) else _clean(value) for name, value in line.items()}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {
            clean_text(str(name)): HIDDEN if item and _TELLING.search(str(name)) else _clean(item)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return HIDDEN if isinstance(value, int) and _is_card(str(value)) else value
    return clean_text(str(value))


def clean_text(text: str) -> str:
    """The text without secrets, credentials and card numbers."""
    for secret in _hidden_texts:
        if secret in text:
            text = text.replace(secret, HIDDEN)
    if len(text) < 12:
        return text
    text = _BEARER.sub(lambda found: f"{found[1]} {HIDDEN}", text)
    return _CARD.sub(lambda found: HIDDEN if _is_card(found[0]) else found[0], text)


def _is_card(text: str) -> bool:
    """Whether the digits could be a payment card: 13 to 19, of a card scheme, right by Luhn's check (ISO/IEC 7812-1).

    The schemes' leading digits tell cards from times: 3 to 6, and 2221 to 2720.
    """
    digits = [int(character) for character in text if character.isdecimal()]
    if not 13 <= len(digits) <= 19:
        return False
    if digits[0] not in (3, 4, 5, 6) and not 2221 <= int("".join(map(str, digits[:4]))) <= 2720:
        return False
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


class Writer:
    """Writes lines to a file descriptor from a native thread; `write` never waits."""

    def __init__(self, descriptor: int, most: int = QUEUE_LINES) -> None:
        self.dropped = 0
        self._descriptor = descriptor
        self._most = most
        self._lines: SimpleQueue[bytes | None] = SimpleQueue()
        self._pool = ThreadPool(1)
        self._done = self._pool.spawn(self._run)

    def write(self, line: bytes) -> None:
        """Queue one line, or drop it when too many wait."""
        if self._lines.qsize() >= self._most:
            self.dropped += 1
            return
        if self.dropped:
            self._lines.put(b"... %d lines dropped, the reader of this log is too slow\n" % self.dropped)
            self.dropped = 0
        self._lines.put(line)

    def close(self, seconds: float = 2.0) -> None:
        """Write what waits, but no longer than `seconds`."""
        self._lines.put(None)
        self._done.wait(seconds)

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            while line:
                try:
                    line = line[os.write(self._descriptor, line) :]
                except OSError:
                    break  # nobody reads any more: the line is lost, the engine is not


class _LineLogger:
    """What structlog calls with a finished line."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def msg(self, line: str | bytes) -> None:
        self._writer.write((line if isinstance(line, bytes) else line.encode("utf-8", "replace")) + b"\n")

    debug = info = warning = error = critical = exception = msg


def start_telemetry(level: str = "info", form: str = "console", descriptor: int = 2) -> Writer:
    """Send every line of `logger` to a file descriptor, as text for people or as JSON. Returns the writer to close."""
    writer = Writer(descriptor)
    renderer: Any = (
        structlog.processors.JSONRenderer(serializer=lambda line, **_: orjson.dumps(line, default=str))
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=os.isatty(descriptor), pad_event_to=34)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=lambda *_: _LineLogger(writer),
        cache_logger_on_first_use=False,
    )
    return writer
