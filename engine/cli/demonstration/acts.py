"""The three callers: one is connected to an agent, one leaves a message, one hangs up in the menu."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gevent

from engine.cli.demonstration.patience import wait_for
from engine.cli.demonstration.phone import Phone
from engine.cli.demonstration.stage import Stage
from engine.core.prompts import SoundFile, Speech
from engine.shell.prompts import Prompts
from engine.sim.g711 import samples_of
from engine.sim.sound_files import sound_of

NUMBER = "+442079460000"
SOON = 30.0
ENDING_SECONDS = 45.0
THINKS = 0.8
LISTENS = 2.5
MESSAGE = "Hello, this is Bob. Please call me back about my order. Thank you, goodbye."


@dataclass(slots=True)
class Act:
    """One caller, and what is known about the call so far."""

    name: str
    number: str
    plan: str
    phone: Phone | None = None
    call: str = ""
    place: str = ""
    hears: str = ""
    presses: str = ""
    state: str = "waits"
    said: array[int] = field(default_factory=lambda: array("h"))
    went_well: bool = False
    steps: list[str] = field(default_factory=list)
    ended: bool = False

    def tell(self, event: dict[str, Any], words: Callable[[dict[str, Any]], str]) -> None:
        """Take in one event of this call."""
        fields = event["data"]
        match event["type"]:
            case "call.initiated":
                self.state = "rings"
            case "call.answered":
                self.state = "answered"
            case "flow.step":
                self.steps.append(fields["kind"])
                self.place = f"{fields['flow']} / {fields['block']} / {fields['kind']}"
                self.hears = words(fields) or self.hears
            case "call.bridged":
                self.state, self.hears = "talks", "the agent"
            case "recording.started":
                self.state, self.hears = "is recorded", "(silence: the engine listens)"
            case "recording.saved":
                self.state = "answered"
            case "call.ended":
                self.state, self.hears, self.ended = f"over ({fields['cause']})", "", True


def cast() -> tuple[Act, Act, Act]:
    """The callers, in the order in which they call."""
    return (
        Act("Ann", "+442071838751", "presses 1 and talks to an agent"),
        Act("Bob", "+442071838752", "presses 2 and leaves a message"),
        Act("Cid", "+442071838753", "hangs up in the menu"),
    )


def sweep(first: float, last: float, seconds: float) -> array[int]:
    """A voice that nobody mistakes for another: a tone gliding from one frequency to another, in Hz."""
    slope = (last - first) / seconds
    times = (n / 8000 for n in range(int(8000 * seconds)))
    return array("h", (int(7000 * math.sin(math.tau * (first + slope * t / 2) * t)) for t in times))


def voice_of_bob(stage: Stage) -> array[int]:
    """Bob's message, spoken by the engine's own text to speech."""
    (sound,) = Prompts(stage.settings).render((Speech(MESSAGE, "en", "en-us+m3"),))
    assert isinstance(sound, SoundFile)
    return samples_of(sound_of(Path(sound.path)))


def perform(stage: Stage, act: Act) -> None:
    """Make the call and play the caller's part; at the end `went_well` says what SIPp thinks of it."""
    scenario = "caller_leaves" if act.name == "Cid" else "caller_stays"
    keywords: dict[str, str | int] = {"caller": act.number, "caller_name": act.name}
    folder = stage.folder / act.name.lower()
    with Phone(scenario, folder, service=NUMBER, remote=stage.switch, stays=LISTENS + 3.0, keywords=keywords) as phone:
        act.phone = phone
        if act.name == "Cid" or _play_part(stage, act, phone):
            act.went_well = phone.went_well(ENDING_SECONDS)


def _play_part(stage: Stage, act: Act, phone: Phone) -> bool:
    """What Ann and Bob do on the phone; False when the call does not come that far."""
    if not _comes(act, lambda: "menu" in act.steps):
        return False
    gevent.sleep(LISTENS)
    act.presses = "1" if act.name == "Ann" else "2"
    phone.ear.press(act.presses)
    wanted = "talks" if act.name == "Ann" else "is recorded"
    if not _comes(act, lambda: act.state == wanted):
        return False
    gevent.sleep(THINKS)
    act.said = sweep(400, 900, 2.0) if act.name == "Ann" else voice_of_bob(stage)
    phone.ear.say(act.said)
    if act.name == "Ann":
        stage.agent.ear.say(sweep(1500, 2500, 2.0))
    return True


def _comes(act: Act, condition: Callable[[], bool]) -> bool:
    """Wait until the call has come that far; False when it ends before, or never gets there."""
    wait_for(lambda: condition() or act.ended, SOON)
    return condition()
