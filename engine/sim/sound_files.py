"""Sound files as mu-law at 8 kHz, read once and kept."""

from __future__ import annotations

import sys
import wave
from array import array
from collections import OrderedDict
from pathlib import Path

from engine.sim.g711 import ulaw_of

_KEPT_BYTES = 64 * 1024 * 1024
_kept: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()


def sound_of(path: Path) -> bytes:
    """The file's audio as mu-law bytes; OSError when it cannot be read, ValueError when it is not a PCM wav file."""
    status = path.stat()
    key = (str(path), status.st_mtime_ns, status.st_size)
    sound = _kept.get(key)
    if sound is None:
        sound = ulaw_of(_resampled(*_samples(path)))
        _kept[key] = sound
        while sum(map(len, _kept.values())) > _KEPT_BYTES:
            _kept.popitem(last=False)
    else:
        _kept.move_to_end(key)
    return sound


def _samples(path: Path) -> tuple[array[int], int]:
    try:
        with wave.open(str(path), "rb") as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            raw = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise ValueError(f"{path}: not a PCM wav file: {error}") from error
    if width == 1:
        samples = array("h", ((byte - 128) << 8 for byte in raw))
    elif width == 2:
        samples = array("h", raw[: len(raw) // 2 * 2])
        if sys.byteorder == "big":
            samples.byteswap()
    else:
        raise ValueError(f"{path}: {8 * width} bits a sample are not understood")
    if channels > 1:
        whole = len(samples) // channels * channels
        lanes = [samples[lane:whole:channels] for lane in range(channels)]
        samples = array("h", (sum(frame) // channels for frame in zip(*lanes, strict=True)))
    return samples, rate


def _resampled(samples: array[int], rate: int) -> array[int]:
    """The samples at 8 kHz; a short average before thinning keeps the worst aliases out."""
    if rate == 8000 or not samples:
        return samples
    if rate % 8000 == 0:
        step = rate // 8000
        whole = len(samples) // step * step
        lanes = [samples[lane:whole:step] for lane in range(step)]
        return array("h", (sum(frame) // step for frame in zip(*lanes, strict=True)))
    count = len(samples) * 8000 // rate
    result = array("h", bytes(2 * count))
    last = len(samples) - 1
    for index in range(count):
        at, rest = divmod(index * rate, 8000)
        left = samples[at]
        result[index] = left + (samples[min(at + 1, last)] - left) * rest // 8000
    return result
