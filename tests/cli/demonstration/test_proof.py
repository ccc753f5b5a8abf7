"""The proof must be able to fail: each thing that did not happen is named."""

from __future__ import annotations

import wave
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.cli.demonstration.acts import Act, cast, sweep
from engine.cli.demonstration.proof import Proof
from engine.config import load_settings
from engine.flow.loader import load
from engine.sim.g711 import samples_of, ulaw_of

PROMPTS = {"welcome": (300, 500), "leave_message": (600, 900), "message_saved": (1000, 1300)}
AGENT_SAYS = (1500, 2500)


def through_the_line(*sounds: array[int]) -> array[int]:
    """Sounds one after another, as a phone hears them."""
    heard = array("h", [0] * 1600)
    for sound in sounds:
        heard += sound
    return samples_of(ulaw_of(heard))


def prompt(name: str) -> array[int]:
    return sweep(*PROMPTS[name], 0.6)


@dataclass
class Phone:
    """A phone after its call."""

    sound: array[int]
    well: bool = True

    @property
    def ear(self) -> SimpleNamespace:
        return SimpleNamespace(heard=lambda: self.sound)

    def went_well(self, timeout: float) -> bool:
        return self.well


@dataclass
class Stage:
    """A stage after three calls that went as they should; tests spoil it."""

    settings: Any
    engine: Any
    agent: Phone
    events: list[dict[str, Any]] = field(default_factory=list)
    webhooks: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def customer(self) -> SimpleNamespace:
        def received(call: str) -> list[dict[str, Any]]:
            return [event for event in self.webhooks if event["call"] == call]

        return SimpleNamespace(received=received, refused=self.refused)

    def reader(self) -> SimpleNamespace:
        def past(wanted: Any = None) -> Iterator[dict[str, Any]]:
            return (event for event in self.events if wanted is None or wanted.holds(event))

        return SimpleNamespace(past=past, close=lambda: None)

    def tell(self, call: str, *told: tuple[str, dict[str, Any]]) -> None:
        for n, (kind, data) in enumerate(told, 1):
            self.events.append({"id": f"evt_{call}_{n}", "call": call, "n": n, "type": kind, "data": data})
            self.webhooks.append(self.events[-1])

    def last(self, call: str, kind: str) -> dict[str, Any]:
        return next(event for event in reversed(self.events) if (event["call"], event["type"]) == (call, kind))


def write_wav(path: Path, samples: array[int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.tobytes())


@pytest.fixture
def show(tmp_path: Path) -> tuple[Stage, tuple[Act, Act, Act]]:
    """A stage and its callers after everything went well."""
    sounds = tmp_path / "ivr_flows/sounds"
    for name in PROMPTS:
        write_wav(sounds / f"en/{name}.wav", prompt(name))
    flow = "flow: f\nstart: a\nblocks:\n  a:\n    - answer:\n" + "".join(
        f"    - play: {{id: {name}}}\n" for name in PROMPTS
    )
    loaded = load(
        {
            "ivr_flows/project.yaml": "name: t\nlanguages: [en]\ncountry: GB\n",
            "ivr_flows/f.flow.yaml": flow + "    - hangup:\n",
        },
        [f"en/{name}.wav" for name in PROMPTS],
        str(sounds),
    )
    assert loaded.bundle is not None, [str(finding) for finding in loaded.findings]
    acts = cast()
    ann, bob, cid = acts
    ann.said, bob.said = sweep(400, 900, 0.6), sweep(700, 300, 0.6)
    stage = Stage(
        load_settings(environment={}, directory=tmp_path),
        SimpleNamespace(bundle=loaded.bundle),
        Phone(through_the_line(ann.said)),
    )
    ann.phone = Phone(through_the_line(prompt("welcome"), sweep(*AGENT_SAYS, 2.0)))  # type: ignore[assignment]
    bob.phone = Phone(through_the_line(*(prompt(name) for name in PROMPTS)))  # type: ignore[assignment]
    cid.phone = Phone(through_the_line(prompt("welcome")))  # type: ignore[assignment]
    ann.presses, bob.presses = "1", "2"
    file = tmp_path / "message.wav"
    write_wav(file, through_the_line(bob.said))
    for act in acts:
        act.call, act.went_well = f"call-of-{act.name}", True
    ended = ("call.ended", {"ended_by": "engine"})
    stage.tell(
        ann.call, ("call.initiated", {}), ("call.dtmf", {"digit": "1"}), ("call.bridged", {"leg": "x"}),
        ("call.transferred", {"to": "user/alice", "result": "answered", "talk_ms": 5000}), ended,
    )  # fmt: skip
    stage.tell(
        bob.call, ("call.initiated", {}), ("call.dtmf", {"digit": "2"}), ("recording.saved", {"path": str(file)}), ended
    )
    run = (("flow.step", {"kind": kind}) for kind in ("play", "menu", "tag"))
    stage.tell(cid.call, ("call.initiated", {}), *run, ("call.ended", {"ended_by": "caller"}))
    return stage, acts


Spoil = Callable[[Stage, tuple[Act, Act, Act]], object]


def failing(stage: Stage, acts: tuple[Act, Act, Act]) -> list[str]:
    return [claim.text for claim in Proof(stage, acts, patience=0.05).claims() if not claim.holds]  # type: ignore[arg-type]


def test_a_show_that_went_well_is_proven(show: tuple[Stage, tuple[Act, Act, Act]]) -> None:
    assert failing(*show) == []


def drop(call: str, kind: str) -> Spoil:
    return lambda stage, acts: stage.events.remove(stage.last(call, kind))


def change(call: str, kind: str, **data: Any) -> Spoil:
    return lambda stage, acts: stage.last(call, kind)["data"].update(data)


def silent(number: int) -> Spoil:
    return lambda stage, acts: setattr(acts[number], "phone", Phone(array("h", [0] * 20_000)))


ANN, BOB, CID = "call-of-Ann", "call-of-Bob", "call-of-Cid"


@pytest.mark.parametrize(
    ("spoil", "claim"),
    [
        (lambda stage, acts: stage.tell("a-fourth", ("call.initiated", {})), "three calls reached the engine"),
        (drop(ANN, "call.ended"), "Ann's call is told whole"),
        (drop(BOB, "call.dtmf"), "Bob's call is told whole"),
        (lambda stage, acts: stage.tell(CID, ("call.ended", {})), "Cid's call is told whole"),
        (lambda stage, acts: setattr(acts[1], "went_well", False), "Bob's phone saw every SIP message it should"),
        (change(ANN, "call.dtmf", digit="2"), "Ann's key arrived"),
        (change(ANN, "call.transferred", result="busy"), "Ann was connected"),
        (lambda stage, acts: setattr(stage.agent, "well", False), "the agent's phone took the call and hung up"),
        (lambda stage, acts: setattr(stage.agent, "sound", array("h", [0] * 20_000)), "the agent heard Ann"),
        (silent(0), "Ann heard the agent"),
        (silent(0), 'Ann heard "welcome"'),
        (silent(1), 'Bob heard "leave_message"'),
        (drop(BOB, "recording.saved"), "Bob's message was recorded"),
        (change(BOB, "recording.saved", path="/nowhere.wav"), "Bob's message was recorded"),
        (lambda stage, acts: acts[1].said.reverse(), "Bob's message was recorded"),
        (change(CID, "call.ended", ended_by="engine"), "Cid hung up in the menu"),
        (lambda stage, acts: stage.tell(ANN, ("flow.error", {"error": "x"})), "no flow met an error"),
        (lambda stage, acts: stage.webhooks.pop(), "a customer's server was told of Cid's call"),
        (lambda stage, acts: stage.webhooks.reverse(), "a customer's server was told of Ann's call"),
        (lambda stage, acts: stage.refused.append("no signature fits"), "the customer's server refused no webhook"),
    ],
)
def test_what_did_not_happen_is_named(show: tuple[Stage, tuple[Act, Act, Act]], spoil: Spoil, claim: str) -> None:
    spoil(*show)
    assert claim in failing(*show)
