"""What a caller hears while a phone rings: by default the tone of the country's networks (ITU-T E.180 Supplement 2)."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.core.effects import Play
from engine.core.ids import AskId, LegId
from engine.core.prompts import Prompt, Silence
from engine.core.signals import Answer, Played
from engine.core.steps import Hands, Step
from engine.flow.asking import stop_prompt

GAP_MS = 500
"""Silence after a prompt that is played over and over while a phone rings."""

_EUROPE = "%(1000,4000,425)"
_UK = "%(400,200,400,450);%(400,2000,400,450)"
_NORTH_AMERICA = "%(2000,4000,440,480)"

_TONES: Mapping[str, str] = {
    "GB": _UK,
    "IE": _UK,
    "IN": _UK,
    "NZ": _UK,
    "ZA": _UK,
    "SG": _UK,
    "HK": "%(400,200,440,480);%(400,3000,440,480)",
    "MY": _UK,
    "AU": "%(400,200,400,450);%(400,2000,400,450)",
    "US": _NORTH_AMERICA,
    "CA": _NORTH_AMERICA,
    "PR": _NORTH_AMERICA,
    "MX": "%(1000,4000,425)",
    "BR": "%(1000,4000,425)",
    "FR": "%(1500,3500,440)",
    "ES": "%(1500,3000,425)",
    "BE": "%(1000,3000,425)",
    "AT": "%(1000,5000,420)",
    "SE": "%(1000,5000,425)",
    "RU": "%(800,3200,425)",
    "TR": "%(2000,4000,450)",
    "JP": "%(1000,2000,400,15)",
    "CN": "%(1000,4000,450)",
    "TW": "%(1000,2000,440,480)",
    "KR": "%(1000,2000,440,480)",
    "IL": "%(1000,3000,400)",
}


def ringback_tone(country: str) -> str:
    """The ring tone of a country (two letters), in the switch's tone language; most of Europe's for one not listed."""
    return _TONES.get(country.upper(), _EUROPE)


@dataclass(slots=True)
class Ringback:
    """What the caller hears while phones ring; a prompt that ends is begun again."""

    hands: Hands
    leg: LegId
    prompt: Prompt
    ask: AskId | None = None

    def start(self) -> None:
        """Let the caller hear it."""
        if self.prompt:
            self.ask = self.hands.start(Play(self.leg, (*self.prompt, Silence(GAP_MS)), interruptible=False))

    def ended(self, answer: Answer) -> None:
        """It came to its end: begin again, unless it could not be played at all."""
        self.ask = None
        if isinstance(answer, Played) and answer.status == "done":
            self.start()

    def stop(self) -> Step[None]:
        """Silence it, and wait until it has stopped."""
        if self.ask is not None:
            yield from stop_prompt(self.hands, self.leg, self.ask)
            self.ask = None
