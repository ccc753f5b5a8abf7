"""Makes telephone sound of any speech: a WAV on standard input becomes 8 kHz, 16-bit, mono on standard output.

It runs as a program of its own (`python resample.py < in.wav > out.wav`), because the arithmetic takes tenths of a
second that no call may wait for. Standard library only, so that it starts in a few milliseconds. Silence around the
speech is cut to a short margin and the level is brought to a fixed peak.

The filter is a Kaiser-windowed sinc, applied only at the output's instants (polyphase). Kaiser's formulas are from
Oppenheim and Schafer, Discrete-Time Signal Processing, section 7.5.3.
"""

import array
import io
import math
import operator
import sys
import wave
from fractions import Fraction

RATE = 8000
"""Samples a second on a telephone line (G.711)."""
PASS_HZ, STOP_HZ = 3400.0, 4600.0
"""What the line carries, and where the mirror image of it begins: only what a line drops may fold over."""
ATTENUATION_DB = 60.0
PEAK = 0.7
"""Loudest sample after normalising, of 1.0: about -3 dBFS, so that G.711 does not clip."""
MOST_GAIN = 8.0
SILENCE = 0.01
"""Samples under this part of the loudest one are silence."""
MARGIN_MS = 40


class WavError(Exception):
    """The input is not a WAV this program reads."""


def read_wav(content: bytes) -> tuple[int, list[float]]:
    """The rate and samples (-1 to 1, channels mixed) of a WAV. A length a pipe left open ends with the content."""
    try:
        with wave.open(io.BytesIO(_closed(content))) as reader:
            width, channels, rate = reader.getsampwidth(), reader.getnchannels(), reader.getframerate()
            frames = reader.readframes(reader.getnframes())
    except (wave.Error, EOFError) as error:
        raise WavError(f"not a WAV: {error}") from None
    if width != 2:
        raise WavError(f"samples of {8 * width} bits; 16 are read")
    samples = array.array("h", frames[: len(frames) - len(frames) % (2 * channels)])
    if sys.byteorder == "big":
        samples.byteswap()
    if channels == 1:
        return rate, [sample / 32768 for sample in samples]
    return rate, [sum(samples[at : at + channels]) / (32768 * channels) for at in range(0, len(samples), channels)]


def _closed(content: bytes) -> bytes:
    """The content with true lengths: a program that writes to a pipe cannot go back and correct them."""
    at = content.find(b"data", 12)
    if content[:4] != b"RIFF" or at < 0 or len(content) < at + 8:
        raise WavError("not a WAV")
    length = min(int.from_bytes(content[at + 4 : at + 8], "little"), len(content) - at - 8)
    end = at + 8 + length
    riff = (end - 8).to_bytes(4, "little")
    return content[:4] + riff + content[8 : at + 4] + length.to_bytes(4, "little") + content[at + 8 : end]


def _bessel(x: float) -> float:
    """The modified Bessel function of the first kind, order zero."""
    total = term = 1.0
    k = 1
    while term > total * 1e-12:
        term *= (x / (2 * k)) ** 2
        total += term
        k += 1
    return total


def convert(samples: list[float], rate: int, target: int = RATE) -> list[float]:
    """The same sound at another rate; frequencies the lower rate cannot carry are filtered out."""
    if rate == target or not samples:
        return samples
    ratio = Fraction(target, rate)
    up, down = ratio.numerator, ratio.denominator
    scale = min(1.0, rate / target)  # going up, the images of the input's own band are what must go
    band = (STOP_HZ - PASS_HZ) * scale
    cutoff = (STOP_HZ + PASS_HZ) / 2 * scale / rate
    beta = 0.1102 * (ATTENUATION_DB - 8.7)
    taps = 2 * math.ceil((ATTENUATION_DB - 8) / (2.285 * 2 * math.pi * band / rate) / 2)
    phases = [_phase(number / up, taps, cutoff, beta) for number in range(up)]
    half = taps // 2
    padded = [0.0] * half + samples + [0.0] * (half + 1)
    converted = []
    for n in range(len(samples) * up // down):
        at, phase = divmod(n * down, up)
        converted.append(sum(map(operator.mul, padded[at + 1 : at + 1 + taps], phases[phase])))
    return converted


def _phase(fraction: float, taps: int, cutoff: float, beta: float) -> list[float]:
    """Filter weights for an instant `fraction` of a sample after a sample; they sum to one."""
    half, weights = taps // 2, []
    for k in range(taps):
        t = k + 1 - half - fraction
        window = _bessel(beta * math.sqrt(max(0.0, 1 - (t / half) ** 2)))
        weights.append(window * (math.sin(2 * math.pi * cutoff * t) / (math.pi * t) if t else 2 * cutoff))
    total = sum(weights)
    return [weight / total for weight in weights]


def trim(samples: list[float], rate: int = RATE) -> list[float]:
    """Without the silence before and after, but for a margin."""
    least = max(map(abs, samples), default=0.0) * SILENCE
    first = next((n for n, sample in enumerate(samples) if abs(sample) > least), None)
    if first is None:
        return []
    last = next(n for n in range(len(samples) - 1, -1, -1) if abs(samples[n]) > least)
    margin = rate * MARGIN_MS // 1000
    return samples[max(0, first - margin) : last + 1 + margin]


def normalise(samples: list[float]) -> list[float]:
    """At the usual level; nothing is raised more than eightfold."""
    loudest = max(map(abs, samples), default=0.0)
    gain = min(PEAK / loudest, MOST_GAIN) if loudest else 1.0
    return [sample * gain for sample in samples]


def write_wav(samples: list[float], rate: int = RATE) -> bytes:
    """A 16-bit mono WAV of samples from -1 to 1."""
    frames = array.array("h", (max(-32768, min(32767, round(sample * 32767))) for sample in samples))
    if sys.byteorder == "big":
        frames.byteswap()
    target = io.BytesIO()
    with wave.open(target, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(frames.tobytes())
    return target.getvalue()


def telephone_wav(content: bytes) -> bytes:
    """Speech of any rate as a WAV for the line. Raises WavError, also when nothing was spoken."""
    rate, samples = read_wav(content)
    spoken = trim(convert(samples, rate))
    if not spoken:
        raise WavError("nothing but silence")
    return write_wav(normalise(spoken))


def main() -> int:
    """Convert standard input to standard output; the exit code says whether it could be."""
    try:
        sys.stdout.buffer.write(telephone_wav(sys.stdin.buffer.read()))
    except WavError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
