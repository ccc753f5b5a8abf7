"""A recording as it lies on the disk, for when nobody heard how long it became."""

import wave


def recorded_ms(path: str) -> int:
    """Milliseconds of sound in a WAV file; 0 for one that is not here (the switch may have its own disk) or is none."""
    try:
        with wave.open(path, "rb") as file:
            return file.getnframes() * 1000 // max(1, file.getframerate())
    except (OSError, EOFError, wave.Error):
        return 0
