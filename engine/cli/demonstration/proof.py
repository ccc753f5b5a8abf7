"""The proof: from the events in Redis, the recorded file and what the phones heard, whether it all really happened."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.demonstration.acts import Act, sweep
from engine.cli.demonstration.patience import wait_for
from engine.core.errors import EngineError
from engine.core.prompts import SoundFile
from engine.shell.event_reader import Wanted
from engine.shell.prompts import Prompts
from engine.sim.g711 import samples_of
from engine.sim.likeness import likeness
from engine.sim.sound_files import sound_of

if TYPE_CHECKING:
    from engine.cli.demonstration.stage import Stage

WEBHOOK_SECONDS = 10.0
SAME = 0.8
"""A likeness above which two sounds are one; different ones stay under 0.3."""
Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that had to happen, whether it did, and how that is known."""

    text: str
    holds: bool
    evidence: str


class Proof:
    """Everything that is known after the calls."""

    def __init__(self, stage: Stage, acts: Sequence[Act], patience: float = WEBHOOK_SECONDS) -> None:
        """Read everything back; `patience` is how many seconds webhooks may still be on their way."""
        self._patience = patience
        self._stage = stage
        self._acts = acts
        reader = stage.reader()
        self.events = {act.name: list(reader.past(Wanted(call=act.call))) if act.call else [] for act in acts}
        self.calls = len({event["call"] for event in reader.past()})
        reader.close()
        self._prompts = Prompts(stage.settings)

    @property
    def recording(self) -> Path | None:
        """The file of the message."""
        saved = [event for event in self.events["Bob"] if event["type"] == "recording.saved"]
        return Path(saved[-1]["data"]["path"]) if saved else None

    def claims(self) -> Iterator[Claim]:
        """Every claim, one after another; those about sound take a moment."""
        yield Claim("three calls reached the engine", self.calls == 3, f"{self.calls} calls in Redis")
        for act in self._acts:
            yield self._whole(act)
            yield Claim(f"{act.name}'s phone saw every SIP message it should", act.went_well, "SIPp's verdict")
        ann, bob, cid = self._acts
        yield self._pressed(ann)
        yield self._hears(ann, "welcome")
        yield self._transferred(ann)
        agent = self._stage.agent
        yield Claim("the agent's phone took the call and hung up", agent.went_well(5.0), "SIPp's verdict")
        assert ann.phone is not None
        yield _sounds("the agent heard Ann", agent.ear.heard(), ann.said)
        yield _sounds("Ann heard the agent", ann.phone.ear.heard(), sweep(1500, 2500, 2.0))
        yield self._pressed(bob)
        yield self._hears(bob, "leave_message")
        yield self._recorded(bob)
        yield self._hears(bob, "message_saved")
        yield self._hears(cid, "welcome")
        ended = self._last(cid, "call.ended")
        steps = [event["data"]["kind"] for event in self.events["Cid"] if event["type"] == "flow.step"]
        in_menu = "menu" in steps and ended.get("ended_by") == "caller"
        yield Claim("Cid hung up in the menu", in_menu, f"after {steps[-2:]}, ended by {ended.get('ended_by')}")
        for act in self._acts:
            yield self._webhooks(act)
        refused = self._stage.customer.refused
        yield Claim("the customer's server refused no webhook", not refused, ", ".join(refused) or "all signatures fit")
        errors = [event["data"]["error"] for events in self.events.values() for event in events if _is_error(event)]
        yield Claim("no flow met an error", not errors, ", ".join(errors) or "no flow.error in Redis")

    def _last(self, act: Act, kind: str) -> dict[str, Any]:
        found = [event["data"] for event in self.events[act.name] if event["type"] == kind]
        return dict(found[-1]) if found else {}

    def _whole(self, act: Act) -> Claim:
        events = self.events[act.name]
        numbers = [event["n"] for event in events]
        ends = sum(event["type"] == "call.ended" for event in events)
        whole = bool(numbers) and numbers == list(range(1, len(numbers) + 1)) and ends == 1
        whole = whole and events[-1]["type"] == "call.ended"
        return Claim(f"{act.name}'s call is told whole", whole, f"{len(numbers)} events without gaps, {ends} end")

    def _pressed(self, act: Act) -> Claim:
        keys = "".join(event["data"]["digit"] for event in self.events[act.name] if event["type"] == "call.dtmf")
        return Claim(f"{act.name}'s key arrived", bool(act.presses) and keys == act.presses, f"pressed {keys or '-'}")

    def _transferred(self, act: Act) -> Claim:
        result = self._last(act, "call.transferred")
        told = f"{result.get('to', '-')} {result.get('result', '-')}, talked {result.get('talk_ms', 0) / 1000:.1f} s"
        bridged = bool(self._last(act, "call.bridged"))
        return Claim(f"{act.name} was connected", bridged and result.get("result") == "answered", told)

    def _webhooks(self, act: Act) -> Claim:
        wanted = [event["id"] for event in self.events[act.name]]
        wait_for(lambda: len(self._stage.customer.received(act.call)) >= len(wanted), self._patience)
        came = [event["id"] for event in self._stage.customer.received(act.call)]
        evidence = f"{len(came)} signed webhooks, in the order of the {len(wanted)} events"
        text = f"a customer's server was told of {act.name}'s call"
        if bool(wanted) and came == wanted:
            return Claim(text, True, evidence)
        return Claim(text, False, f"{len(came)} webhooks for {len(wanted)} events, or in another order")

    def _hears(self, act: Act, prompt: str) -> Claim:
        bundle = self._stage.engine.bundle
        text = f'{act.name} heard "{prompt}"'
        try:
            (sound,) = self._prompts.render((bundle.prompts.lookup(prompt, bundle.project.languages[0]),))
        except EngineError as error:
            return Claim(text, False, str(error))
        assert isinstance(sound, SoundFile)
        assert act.phone is not None
        return _sounds(text, act.phone.ear.heard(), samples_of(sound_of(Path(sound.path))))

    def _recorded(self, act: Act) -> Claim:
        file = self.recording
        if file is None or not file.exists():
            return Claim("Bob's message was recorded", False, "no recording")
        return _sounds("Bob's message was recorded", samples_of(sound_of(file)), act.said)


def _sounds(text: str, heard: array[int], wanted: array[int]) -> Claim:
    alike = likeness(heard, wanted)
    return Claim(text, alike > SAME, f"likeness {alike:.2f} in {len(heard) / 8000:.1f} s of sound")


def _is_error(event: Event) -> bool:
    return bool(event["type"] == "flow.error")
