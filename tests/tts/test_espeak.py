"""espeak-ng: real words become telephone sound, and no text is taken for a command."""

import io
import subprocess
import wave
from collections.abc import Mapping, Sequence

import pytest

from engine.core.errors import ProviderError
from engine.core.prompts import Speech
from engine.tts.espeak import Espeak


class Programs:
    """Runs programs and keeps what was asked of them."""

    def __init__(self) -> None:
        self.asked: list[tuple[Sequence[str], bytes]] = []

    def output_of(self, argv: Sequence[str], stdin: bytes = b"") -> bytes:
        self.asked.append((argv, stdin))
        done = subprocess.run(argv, input=stdin, capture_output=True, check=False)
        if done.returncode:
            raise ProviderError(done.stderr.decode())
        return done.stdout

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> bytes:
        raise AssertionError("espeak-ng needs no network")


def seconds(content: bytes) -> float:
    with wave.open(io.BytesIO(content)) as reader:
        assert (reader.getframerate(), reader.getsampwidth(), reader.getnchannels()) == (8000, 2, 1)
        return reader.getnframes() / reader.getframerate()


@pytest.mark.parametrize(("language", "text"), [("en", "Welcome to support"), ("fr", "Bienvenue à l'assistance")])
def test_words_become_telephone_sound(language: str, text: str) -> None:
    assert 0.5 < seconds(Espeak(150).render(Speech(text, language), Programs())) < 4


def test_a_faster_rate_is_shorter() -> None:
    speech = Speech("This sentence takes a while to be spoken in full", "en")
    assert seconds(Espeak(300).render(speech, Programs())) < 0.7 * seconds(Espeak(120).render(speech, Programs()))


def test_text_is_never_an_argument_nor_a_command() -> None:
    programs = Programs()
    Espeak(150).render(Speech("--help [[h@l'oU]] \n -w /etc/passwd", "en"), programs)
    (argv, stdin), _ = programs.asked
    assert "--help" not in argv
    assert b"[[" not in stdin
    assert b"\n" not in stdin


def test_a_missing_voice_is_a_provider_error() -> None:
    with pytest.raises(ProviderError, match="voice"):
        Espeak(150).render(Speech("Hello", "en", voice="klingon-opera"), Programs())
    with pytest.raises(ProviderError, match="no such voice: -w"):
        Espeak(150).render(Speech("Hello", "en", voice="-w"), Programs())


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_nothing_to_say_is_a_provider_error(text: str) -> None:
    with pytest.raises(ProviderError, match="nothing to say"):
        Espeak(150).render(Speech(text, "en"), Programs())


def test_what_has_no_sound_is_a_provider_error() -> None:
    with pytest.raises(ProviderError):
        Espeak(150).render(Speech("\u200b", "en"), Programs())
