"""What a text-to-speech provider is: it turns words into a WAV through an outside world it is given."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

from engine.core.prompts import Speech


class Outside(Protocol):
    """The world as a provider may use it. Both raise ProviderError when it fails or is too slow."""

    def output_of(self, argv: Sequence[str], stdin: bytes = b"") -> bytes:
        """The standard output of a program."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> bytes:
        """The body of a successful reply."""


class Provider(Protocol):
    """One way to speak. It holds no state but its settings; one object serves every call."""

    name: ClassVar[str]
    """How the configuration names it."""

    def __init__(self, rate: int) -> None:
        """Speak `rate` words a minute."""

    def key(self, speech: Speech) -> tuple[str, ...]:
        """All that decides how these words sound: what sounds otherwise, be it a new version of it, has another key."""

    def render(self, speech: Speech, outside: Outside) -> bytes:
        """The words as a WAV of 8 kHz, 16 bits, mono. Raises ProviderError."""
