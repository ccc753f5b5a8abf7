"""A recording as it lies on the disk, for when nobody heard how long it became."""

import wave


def recorded_ms(path: str) -> int:
    """Milliseconds of sound in a WAV file; 0 when it is not there (the switch has a disk of its own) or is no such file."""
    try:
        with wave.open(path, "rb") as file:
            return file.getnframes() * 1000 // max(1, file.getframerate())
    except (OSError, EOFError, wave.Error):
        return 0
