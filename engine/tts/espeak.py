"""espeak-ng, the embedded provider: a small program that speaks more than a hundred languages without a network."""

import sys
from pathlib import Path
from typing import ClassVar

from engine.core.errors import ProviderError
from engine.core.prompts import Speech
from engine.tts import resample
from engine.tts.provider import Outside, Provider

SOUND_VERSION = "1"
"""Raised when the same words would come out otherwise, so that cached files of before are not used."""


class Espeak:
    """Speaks by `espeak-ng`, whose 22 kHz sound is then made telephone sound in a second child program."""

    name: ClassVar[str] = "espeak"

    def __init__(self, rate: int) -> None:
        self.rate = rate

    def key(self, speech: Speech) -> tuple[str, ...]:
        """Voice, rate and words."""
        return (self.name, SOUND_VERSION, self.voice(speech), speech.language, str(self.rate), speech.text)

    def voice(self, speech: Speech) -> str:
        """The espeak-ng voice for these words; a language's code is the name of its default voice."""
        return speech.voice or speech.language.lower().replace("_", "-")

    def render(self, speech: Speech, outside: Outside) -> bytes:
        """The words as telephone sound. Raises ProviderError, for instance for a voice espeak-ng does not have."""
        voice = self.voice(speech)
        if voice.startswith("-"):
            raise ProviderError(f"espeak-ng: no such voice: {voice}")
        words = _plain(speech.text)
        if not words:
            raise ProviderError("espeak-ng: nothing to say")
        command = ["espeak-ng", "-v", voice, "-s", str(self.rate), "-b", "1", "--stdin", "--stdout"]
        spoken = outside.output_of(command, words.encode())
        if not spoken:
            raise ProviderError(f"espeak-ng: no sound for voice {voice}")
        program = [sys.executable, "-I", "-S", str(Path(resample.__file__))]
        return outside.output_of(program, spoken)


def _plain(text: str) -> str:
    """The words without what espeak-ng takes for commands: control characters, and `[[` that opens phonemes."""
    words = "".join(character if character.isprintable() else " " for character in text)
    return words.replace("[[", "[ [").strip()


PROVIDER: type[Provider] = Espeak
