"""RTP packets (RFC 3550) and telephone events (RFC 4733), as bytes."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")
DIGITS = "0123456789*#ABCD"
"""Digits in the order of their telephone-event codes."""


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """One received packet; the payload is audio or a telephone event, by its type."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    payload: bytes


def parse_rtp(packet: bytes) -> RtpPacket | None:
    """The packet's parts, or None when the bytes are not RTP version 2 (RTCP, STUN and noise come to the port too)."""
    if len(packet) < 12 or packet[0] >> 6 != 2:
        return None
    first, second, sequence, timestamp, _ssrc = _HEADER.unpack_from(packet)
    start = 12 + 4 * (first & 0x0F)
    if first & 0x10:
        if len(packet) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(packet[start + 2 : start + 4], "big")
    end = len(packet) - (packet[-1] if first & 0x20 else 0)
    if start > end:
        return None
    return RtpPacket(second & 0x7F, bool(second & 0x80), sequence, timestamp, packet[start:end])


def rtp_bytes(
    payload_type: int, sequence: int, timestamp: int, ssrc: int, payload: bytes, marker: bool = False
) -> bytes:
    """One packet's bytes; sequence and timestamp wrap."""
    second = payload_type | 0x80 if marker else payload_type
    return _HEADER.pack(0x80, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload


def event_bytes(digit: str, *, end: bool, duration: int, volume: int = 10) -> bytes:
    """The payload of one telephone-event packet; duration in samples since the event's start."""
    return _EVENT.pack(DIGITS.index(digit), (0x80 if end else 0) | volume, min(duration, 0xFFFF))


def parse_event(payload: bytes) -> tuple[str, bool, int] | None:
    """Digit, end bit and duration in samples of a telephone event, or None when it is not a digit."""
    if len(payload) < 4 or payload[0] >= len(DIGITS):
        return None
    code, flags, duration = _EVENT.unpack_from(payload)
    return DIGITS[code], bool(flags & 0x80), duration


class EventReceiver:
    """Turns the packets of telephone events into digits, one each, however often the end is repeated or lost."""

    def __init__(self) -> None:
        self._timestamp: int | None = None
        self._pending: tuple[str, int] | None = None

    def receive(self, packet: RtpPacket) -> list[tuple[str, int]]:
        """The digits, with durations in samples, that this packet completes."""
        event = parse_event(packet.payload)
        if event is None:
            return []
        digit, end, duration = event
        done: list[tuple[str, int]] = []
        if packet.timestamp != self._timestamp:
            # A new event began: one whose end packets were all lost is complete now.
            if self._pending is not None:
                done.append(self._pending)
            self._timestamp = packet.timestamp
            self._pending = (digit, duration)
        elif self._pending is not None:
            self._pending = (digit, duration)
        if end and self._pending is not None:
            done.append((digit, duration))
            self._pending = None
        return done
