"""Teletone scripts (`tone_stream://%(on,off,f1,f2)`) and the mu-law audio they describe."""

from __future__ import annotations

import math
import re
from array import array
from functools import lru_cache

from engine.sim.g711 import ulaw_of

_TONE = re.compile(r"%\(\s*(\d+)\s*,\s*(\d+)((?:\s*,\s*\d+(?:\.\d+)?)*)\s*\)")
_LOUDNESS = 0.2
_LONGEST_MS = 60_000


@lru_cache(maxsize=64)
def tone_audio(script: str) -> tuple[bytes, int]:
    """Mu-law bytes of one pass of a script, and how often it is played (-1 for ever); ValueError when it says nothing.

    Understood: `%(on,off,f1,f2,...)` in milliseconds and hertz, `v=` in decibels, `loops=N`, separated by `;`.
    """
    loops = 1
    volume = _LOUDNESS
    audio = bytearray()
    for part in script.split(";"):
        part = part.strip()
        name, _, value = part.partition("=")
        if name == "loops" and value.lstrip("-").isdigit():
            loops = int(value)
        elif name == "v" and re.fullmatch(r"-?\d+(\.\d+)?", value):
            volume = min(0.5, 10 ** (float(value) / 20))
        else:
            for match in _TONE.finditer(part):
                on, off = (min(int(match.group(index)), _LONGEST_MS) for index in (1, 2))
                pitches = [float(word) for word in match.group(3).split(",") if word.strip()]
                audio += _tone(on, pitches, volume) + b"\xff" * (off * 8)
    if not audio:
        raise ValueError(f"no tone in {script!r}")
    return bytes(audio), loops


def _tone(milliseconds: int, pitches: list[float], volume: float) -> bytes:
    if not pitches:
        return b"\xff" * (milliseconds * 8)
    scale = volume * 32767 / len(pitches)
    steps = [2 * math.pi * pitch / 8000 for pitch in pitches]
    return ulaw_of(
        array("h", (int(scale * sum(math.sin(step * index) for step in steps)) for index in range(milliseconds * 8)))
    )
