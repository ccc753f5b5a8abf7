"""One leg's audio: an RTP port, what is being played to it, the digits both ways, and who listens."""

from __future__ import annotations

import contextlib
import random
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

import gevent
from gevent.event import Event as Signal
from gevent.hub import get_hub

from engine.sim.g711 import ALAW_TO_ULAW, FRAME_SAMPLES, ULAW_TO_ALAW
from engine.sim.rtp import EventReceiver, event_bytes, parse_rtp, rtp_bytes
from engine.sim.sdp import AudioOffer, payload_type_of

FRAME_SECONDS = 0.02
_READS_PER_WAKE = 16


class Source(Protocol):
    """Something that can be played: frames of mu-law, then None."""

    def next_frame(self) -> bytes | None:
        """The next 160 bytes, or None when it is over."""


class Listener(Protocol):
    """Someone who follows a leg's audio, as a recording does."""

    def heard(self, frame: bytes) -> None:
        """A frame of mu-law came from the other side."""

    def spoke(self, frame: bytes) -> None:
        """A frame of mu-law was sent to the other side."""

    def tick(self) -> None:
        """20 ms have passed."""


class MediaClock:
    """The one 20 ms clock of a switch; it sleeps while no leg has anything to send or record."""

    def __init__(self) -> None:
        self._legs: dict[MediaLeg, None] = {}
        self._work = Signal()
        self._greenlet: gevent.Greenlet[..., None] | None = None

    def start(self) -> None:
        """Begin ticking."""
        self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """Stop ticking."""
        if self._greenlet is not None:
            self._greenlet.kill()

    def watch(self, leg: MediaLeg) -> None:
        """Tick this leg until it says it has nothing to do."""
        self._legs[leg] = None
        self._work.set()

    def _run(self) -> None:
        due = time.monotonic()
        while True:
            if not self._legs:
                self._work.clear()
                self._work.wait()
                due = time.monotonic() + FRAME_SECONDS
            for leg in list(self._legs):
                if not leg.tick():
                    self._legs.pop(leg, None)
            due += FRAME_SECONDS
            late = time.monotonic() - due
            if late > 0.5:
                # The machine was suspended or far too slow: go on from now instead of sending a burst.
                due += late
            gevent.sleep(max(0.0, -late))


class RtpPorts:
    """Hands out bound RTP sockets from a range, even ports only."""

    def __init__(self, host: str, first: int, last: int) -> None:
        self._host = host
        self._choices = range(first + first % 2, last, 2)

    def bind(self) -> socket.socket:
        """A socket bound to a free port; OSError when the range is used up."""
        start = random.randrange(len(self._choices))
        for step in range(len(self._choices)):
            port = self._choices[(start + step) % len(self._choices)]
            candidate = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                candidate.bind((self._host, port))
            except OSError:
                candidate.close()
                continue
            candidate.setblocking(False)
            return candidate
        raise OSError("no free RTP port in the configured range")


class MediaLeg:
    """The audio of one channel."""

    def __init__(self, clock: MediaClock, sock: socket.socket, on_digit: Callable[[str, int], None]) -> None:
        self._clock = clock
        self._sock = sock
        self._on_digit = on_digit
        self._remote: tuple[str, int] | None = None
        self._events = EventReceiver()
        self._sequence = random.randrange(0x10000)
        self._timestamp = random.randrange(0x100000000)
        self.ssrc = random.randrange(0x100000000)
        self._origin = time.monotonic()
        self._talking = False
        self._digits: deque[tuple[str, int]] = deque()
        self._digit_age = 0
        self._digit_rest = 0
        self._digit_start = 0
        self._finished: Callable[[], None] | None = None
        self.codec = "PCMU"
        self.event_type: int | None = 101
        self.source: Source | None = None
        self.peer: MediaLeg | None = None
        self.listeners: list[Listener] = []
        self.packets_in = self.packets_out = self.bytes_in = self.bytes_out = 0
        self.closed = False
        self.heard_at = time.monotonic()
        """When the last packet came, of the clock `time.monotonic`; at first when the port was opened."""
        self.port: int = sock.getsockname()[1]
        self._watcher = get_hub().loop.io(sock.fileno(), 1)
        self._watcher.start(self._readable)

    def connect(self, offer: AudioOffer, codec: str) -> None:
        """Send where the offer says, in this codec, until packets show a better address (symmetric RTP)."""
        host = offer.host
        self._remote = None if host == "0.0.0.0" else (host, offer.port)  # noqa: S104 - RFC 2543's hold
        self.codec = codec
        self.event_type = offer.event_type

    def close(self) -> None:
        """Release the port; nothing is sent or received any more."""
        if not self.closed:
            self.closed = True
            self.source = self.peer = None
            self._watcher.stop()
            self._watcher.close()
            self._sock.close()

    def swap(
        self, source: Source | None, finished: Callable[[], None] | None
    ) -> tuple[Source | None, Callable[[], None] | None]:
        """Play this instead of what was played, which is returned; `finished` is called when it is over by itself."""
        before = self.source, self._finished
        self.source, self._finished = source, finished
        if source is not None:
            self._clock.watch(self)
        return before

    def listen(self, listener: Listener) -> None:
        """Let a listener follow this leg."""
        self.listeners.append(listener)
        self._clock.watch(self)

    def unlisten(self, listener: Listener) -> None:
        """Let a listener go."""
        if listener in self.listeners:
            self.listeners.remove(listener)

    def send_digits(self, digits: str, duration: int = 2000) -> None:
        """Send digits as telephone events, `duration` samples each, with a pause between them."""
        self._digits.extend((digit, duration) for digit in digits)
        self._clock.watch(self)

    def tick(self) -> bool:
        """Do 20 ms of work; False when there is none left and no more is expected."""
        if self.closed:
            return False
        if self._digits or self._digit_rest:
            self._tick_digit()
        elif self.source is not None:
            frame = self.source.next_frame()
            if frame is None:
                self.source = None
                finished, self._finished = self._finished, None
                if finished is not None:
                    finished()
            else:
                self.send_audio(frame)
        else:
            self._talking = False
        for listener in list(self.listeners):
            listener.tick()
        return bool(self.source is not None or self._digits or self._digit_rest or self.listeners)

    def send_audio(self, frame: bytes) -> None:
        """Send mu-law audio now, in the leg's codec."""
        for listener in self.listeners:
            listener.spoke(frame)
        self._stamp(len(frame))
        marker, self._talking = not self._talking, True
        payload = frame if self.codec == "PCMU" else frame.translate(ULAW_TO_ALAW)
        self._send(payload_type_of(self.codec), self._timestamp, payload, marker)

    def _stamp(self, samples: int) -> None:
        # The timestamp follows the clock over a silence, and the samples within a talk spurt.
        if self._talking:
            self._timestamp += samples
        else:
            now = time.monotonic()
            self._timestamp += max(samples, int((now - self._origin) * 8000) // FRAME_SAMPLES * FRAME_SAMPLES)
        self._origin = time.monotonic()

    def _send(self, payload_type: int, timestamp: int, payload: bytes, marker: bool = False) -> None:
        if self._remote is None or self.closed:
            return
        self._sequence += 1
        packet = rtp_bytes(payload_type, self._sequence, timestamp, self.ssrc, payload, marker)
        with contextlib.suppress(OSError):
            self._sock.sendto(packet, self._remote)
        self.packets_out += 1
        self.bytes_out += len(packet)

    def _tick_digit(self) -> None:
        if self._digit_rest:
            self._digit_rest -= 1
            return
        digit, total = self._digits[0]
        if self.event_type is None or digit not in "0123456789*#ABCD":
            self._digits.popleft()
            return
        if not self._digit_age:
            self._talking = False
            self._stamp(FRAME_SAMPLES)
            self._digit_start = self._timestamp
        self._digit_age += FRAME_SAMPLES
        end = self._digit_age >= total
        payload = event_bytes(digit, end=end, duration=self._digit_age)
        for _ in range(3 if end else 1):
            self._send(self.event_type, self._digit_start, payload, marker=self._digit_age == FRAME_SAMPLES and not end)
        if end:
            self._timestamp += self._digit_age
            self._digits.popleft()
            self._digit_age = 0
            self._digit_rest = 5

    def _readable(self) -> None:
        # Runs in the hub: it must neither block nor raise.
        for _ in range(_READS_PER_WAKE):
            if self.closed:
                return
            try:
                data, address = self._sock.recvfrom(2048)
            except OSError:
                return
            packet = parse_rtp(data)
            if packet is None:
                continue
            if self._remote is not None and address != self._remote:
                self._remote = address
            self.packets_in += 1
            self.heard_at = time.monotonic()
            self.bytes_in += len(data)
            if packet.payload_type == self.event_type:
                for digit, duration in self._events.receive(packet):
                    self._on_digit(digit, duration)
            elif packet.payload_type in (0, 8) and packet.payload:
                payload = packet.payload
                self._hear(payload if packet.payload_type == 0 else payload.translate(ALAW_TO_ULAW))

    def _hear(self, frame: bytes) -> None:
        for listener in self.listeners:
            listener.heard(frame)
        if self.peer is not None and self.peer.source is None:
            self.peer.send_audio(frame)
