"""The sound of one phone: an RTP socket that hears what the switch sends, and talks and presses keys.

A phone of a demonstration is SIPp for the SIP and an ear for the media: the SDP names the ear's port. It sends a
packet every 20 ms once the switch has sent one, silence when it has nothing to say (RFC 3551; keys as in RFC 4733).
"""

from __future__ import annotations

import random
import socket as plain_socket
import struct
import time
from array import array
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import Self

import gevent
from gevent import socket

from engine.sim.g711 import FRAME_SAMPLES, SILENCE, level_of, samples_of, ulaw_of

PCMU, TELEPHONE_EVENT = 0, 101
FRAME_SECONDS = 0.02
KEYS = "0123456789*#ABCD"
KEY_FRAMES = 5
"""A key of 100 ms, as a quick finger presses it."""
END_PACKETS = 3
"""RFC 4733, 2.5.1.4: the end of an event is said three times."""
GAP_FRAMES = 3
MOST_MISSED = 50
"""A longer jump of the timestamps, a second, is another stream and not lost packets."""


class Ear:
    """Hears from its construction until `close`."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._socket = socket.socket(plain_socket.AF_INET, plain_socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self.port: int = self._socket.getsockname()[1]
        self._far: tuple[str, int] | None = None
        self._heard = bytearray()
        self._expected: int | None = None
        self._to_say: deque[bytes | int] = deque()
        self._greenlets = [gevent.spawn(self._listen), gevent.spawn(self._talk)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop and free the port; what was heard stays."""
        gevent.killall(self._greenlets)
        self._socket.close()

    def heard(self) -> array[int]:
        """Everything heard, as 16-bit samples, 8,000 a second; lost packets are silence."""
        return samples_of(bytes(self._heard))

    @property
    def seconds(self) -> float:
        """How much was heard."""
        return len(self._heard) / 8000

    @property
    def level(self) -> float:
        """How loud the last 200 ms were: the mean absolute sample."""
        return level_of(bytes(self._heard[-10 * FRAME_SAMPLES :]))

    def say(self, samples: array[int]) -> None:
        """Say this, after what was to be said before; returns at once."""
        words = ulaw_of(samples)
        for at in range(0, len(words), FRAME_SAMPLES):
            self._to_say.append(words[at : at + FRAME_SAMPLES].ljust(FRAME_SAMPLES, SILENCE[:1]))

    def press(self, keys: str) -> None:
        """Press keys, after what was to be said before; returns at once."""
        for key in keys:
            self._to_say.append(KEYS.index(key))
            self._to_say.extend([SILENCE] * GAP_FRAMES)

    @property
    def is_saying(self) -> bool:
        """Whether something is still to be said."""
        return bool(self._to_say)

    def _listen(self) -> None:
        while True:
            try:
                packet, self._far = self._socket.recvfrom(2048)
            except OSError:  # an ICMP answer: the switch has closed its port
                continue
            if len(packet) >= 12 and packet[0] >> 6 == 2 and packet[1] & 0x7F == PCMU:
                self._hear(struct.unpack_from(">I", packet, 4)[0], packet[12 + 4 * (packet[0] & 0x0F) :])

    def _hear(self, timestamp: int, payload: bytes) -> None:
        if self._expected is not None:
            missed = (timestamp - self._expected) & 0xFFFFFFFF
            if missed <= MOST_MISSED * FRAME_SAMPLES:
                self._heard += SILENCE[:1] * missed
        self._heard += payload
        self._expected = (timestamp + len(payload)) & 0xFFFFFFFF

    def _talk(self) -> None:
        sequence, timestamp, source = (random.getrandbits(bits) for bits in (16, 32, 32))
        key, step, key_began = -1, 0, 0
        due = time.monotonic()
        while True:
            due = max(due + FRAME_SECONDS, time.monotonic() - 1.0)
            gevent.sleep(max(0.0, due - time.monotonic()))
            if self._far is None:
                continue
            payload, kind, first, stamp = SILENCE, PCMU, False, timestamp
            if key < 0 and self._to_say:
                said = self._to_say.popleft()
                if isinstance(said, int):
                    key, step, key_began = said, 0, timestamp
                else:
                    payload = said
            if key >= 0:
                step += 1
                ended = 0x80 if step >= KEY_FRAMES else 0
                payload = struct.pack(">BBH", key, ended | 10, min(step, KEY_FRAMES) * FRAME_SAMPLES)
                kind, first, stamp = TELEPHONE_EVENT, step == 1, key_began
                if step == KEY_FRAMES + END_PACKETS - 1:
                    key = -1
            header = struct.pack(">BBHII", 0x80, (0x80 if first else 0) | kind, sequence, stamp, source)
            with suppress(OSError):  # the switch has closed its port: the call is ending
                self._socket.sendto(header + payload, self._far)
            sequence, timestamp = (sequence + 1) & 0xFFFF, (timestamp + FRAME_SAMPLES) & 0xFFFFFFFF
