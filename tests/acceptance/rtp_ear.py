"""An RTP endpoint owned by a test: the media address of a SIPp call points at it, so that SIPp does SIP only.

It hears what the switch plays (G.711 and RFC 4733 digits), and talks as a phone does: a packet every 20 ms, silence
unless there is audio or a digit to send. It needs no raw sockets, so no root.
"""

from __future__ import annotations

import contextlib
import queue
import random
import socket
import struct
import threading
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tests.acceptance.audio import alaw_to_pcm, pcm_to_alaw, pcm_to_ulaw, ulaw_to_pcm

PCMU, PCMA, TELEPHONE_EVENT = 0, 8, 101
_FRAME = 160
_FRAME_SECONDS = 0.02
_SILENCE = array("h", [0] * _FRAME)
_DIGITS = "0123456789*#ABCD"
_END_REPEATS = 3  # RFC 4733 section 2.5.1.4: the last packet of an event is sent three times
_SHORTEST_PAUSE = 3 * _FRAME
"""A smaller jump of the timestamps is no pause: a busy switch skips a tick of its clock and loses no audio."""

_LONGEST_PAUSE = 50 * _FRAME


@dataclass(frozen=True, slots=True)
class _Digit:
    code: int
    frames: int


@dataclass(slots=True)
class _Stream:
    """What came from one address."""

    samples: array[int] = field(default_factory=lambda: array("h"))
    next_timestamp: int | None = None
    source: int | None = None
    packets: int = 0
    digits: list[str] = field(default_factory=list)
    last_event: int | None = None


class RtpEar:
    """Listens from construction until `close`. `with RtpEar() as ear:` closes it. It talks in `payload_type`.

    Ports are used again: a switch whose caller has just left may still send to the port a new ear has been given. So an
    ear that was told the address of its far side, by `listen_to` or `talk_to`, hears nobody else.
    """

    def __init__(self, host: str = "127.0.0.1", payload_type: int = PCMU) -> None:
        self._payload_type = payload_type
        self._encode = pcm_to_ulaw if payload_type == PCMU else pcm_to_alaw
        self._silence = self._encode(_SILENCE)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self.host, self.port = self._socket.getsockname()
        self._remote: tuple[str, int] | None = None
        self._told: tuple[str, int] | None = None
        self._lock = threading.Lock()
        self._streams: dict[tuple[str, int], _Stream] = {}
        self._to_send: queue.SimpleQueue[bytes | _Digit] = queue.SimpleQueue()
        self._sending = threading.Event()
        self._closed = threading.Event()
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._listen, self._talk)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop both threads and free the port."""
        self._closed.set()
        for thread in self._threads:
            thread.join()
        self._socket.close()

    @property
    def packets(self) -> int:
        """How many audio packets came."""
        with self._lock:
            return self._heard.packets

    @property
    def digits(self) -> str:
        """The RFC 4733 digits the switch sent, in order."""
        with self._lock:
            return "".join(self._heard.digits)

    def heard(self, since: int = 0) -> array[int]:
        """What was heard from sample `since` on. Pauses in the stream, of 60 ms to a second, are silence."""
        with self._lock:
            return self._heard.samples[since:]

    def mark(self) -> int:
        """The number of samples heard so far, for `heard(since=...)`."""
        with self._lock:
            return len(self._heard.samples)

    def wait_for(self, condition: Callable[[Self], bool], timeout: float = 10.0) -> bool:
        """Wait until `condition(ear)` holds; False when it still does not after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while not condition(self):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    @property
    def _heard(self) -> _Stream:
        """The far side's stream: that of the address told, else the first that came."""
        if self._told is not None:
            return self._streams.setdefault(self._told, _Stream())
        return next(iter(self._streams.values()), _Stream())

    def listen_to(self, address: tuple[str, int]) -> None:
        """Hear only what comes from there, past and future."""
        with self._lock:
            if self._told != address:
                self._told = address
                if self._remote is not None:
                    self._remote = address

    def talk_to(self, address: tuple[str, int]) -> None:
        """Where to send RTP, for a call in which the switch has sent nothing yet. Otherwise the first packet tells."""
        self.listen_to(address)
        self._remote = address

    def say(self, samples: array[int]) -> None:
        """Send audio, after what was queued before, in real time; returns at once."""
        payload = self._encode(samples)
        for start in range(0, len(payload), _FRAME):
            self._to_send.put(payload[start : start + _FRAME].ljust(_FRAME, self._silence[:1]))

    def press(self, digits: str, *, milliseconds: int = 100, pause: int = 60) -> None:
        """Send RFC 4733 digits of the given length with pauses between, after what was queued; returns at once."""
        for digit in digits:
            self._to_send.put(_Digit(_DIGITS.index(digit), max(2, milliseconds // 20)))
            for _ in range(pause // 20):
                self._to_send.put(self._silence)

    def wait_until_said(self, timeout: float = 30.0) -> bool:
        """Wait until everything queued by `say` and `press` was sent."""
        return self.wait_for(lambda ear: ear._to_send.empty() and not ear._sending.is_set(), timeout)

    def _listen(self) -> None:
        self._socket.settimeout(0.1)
        while not self._closed.is_set():
            try:
                packet, address = self._socket.recvfrom(2048)
            except TimeoutError:
                continue
            except ConnectionRefusedError:  # an ICMP answer to a packet of ours: the switch has closed its port
                continue
            self._hear(packet, address)

    def _hear(self, packet: bytes, address: tuple[str, int]) -> None:
        if len(packet) < 12 or packet[0] >> 6 != 2:
            return
        kind = packet[1] & 0x7F
        timestamp, source = struct.unpack_from(">II", packet, 4)
        payload = packet[12 + 4 * (packet[0] & 0x0F) :]
        with self._lock:
            if self._told is None or address == self._told:
                self._remote = self._remote or address
            stream = self._streams.setdefault(address, _Stream())
            if kind == TELEPHONE_EVENT and len(payload) >= 4:
                if timestamp != stream.last_event and payload[0] < len(_DIGITS):
                    stream.last_event = timestamp
                    stream.digits.append(_DIGITS[payload[0]])
            elif kind in (PCMU, PCMA):
                stream.packets += 1
                if source == stream.source and stream.next_timestamp is not None:
                    gap = (timestamp - stream.next_timestamp) & 0xFFFFFFFF
                    if _SHORTEST_PAUSE <= gap <= _LONGEST_PAUSE:
                        stream.samples.extend([0] * gap)
                stream.source = source
                stream.samples.extend((ulaw_to_pcm if kind == PCMU else alaw_to_pcm)(payload))
                stream.next_timestamp = (timestamp + len(payload)) & 0xFFFFFFFF

    def _talk(self) -> None:
        sequence, timestamp, source = (random.getrandbits(bits) for bits in (16, 32, 32))
        digit: _Digit | None = None
        digit_timestamp, step = 0, 0
        due = time.monotonic()
        while not self._closed.is_set():
            due += _FRAME_SECONDS
            time.sleep(max(0.0, due - time.monotonic()))
            remote = self._remote
            if remote is None:
                continue
            payload, kind, marker, stamp = self._silence, self._payload_type, False, timestamp
            if digit is None:
                self._sending.set()
                try:
                    item = self._to_send.get_nowait()
                except queue.Empty:
                    self._sending.clear()
                    item = self._silence
                if isinstance(item, _Digit):
                    digit, digit_timestamp, step = item, timestamp, 0
                else:
                    payload = item
            if digit is not None:
                step += 1
                end = step >= digit.frames
                length = min(step, digit.frames) * _FRAME
                payload = struct.pack(">BBH", digit.code, (0x80 if end else 0) | 10, length)
                kind, marker, stamp = TELEPHONE_EVENT, step == 1, digit_timestamp
                if step >= digit.frames + _END_REPEATS - 1:
                    digit = None
            header = struct.pack(">BBHII", 0x80, (0x80 if marker else 0) | kind, sequence, stamp, source)
            with contextlib.suppress(ConnectionRefusedError):
                self._socket.sendto(header + payload, remote)
            sequence = (sequence + 1) & 0xFFFF
            timestamp = (timestamp + _FRAME) & 0xFFFFFFFF
