"""The step `transfer`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from engine.core.effects import (
    AnswerLeg,
    BridgeLegs,
    Deflect,
    DialTarget,
    HangUp,
    StartRecording,
    StopRecording,
)
from engine.core.errors import FlowError
from engine.core.ids import AskId, LegId
from engine.core.prompts import Music, Prompt, Tone
from engine.core.signals import Deflected, Json, Recorded, Refused
from engine.core.steps import Done, LegChange, Step, Wait
from engine.flow.dial_target import deflect_uri, parse_target
from engine.flow.fields import Duration, Jump, Keys, Target, TargetValue, Text
from engine.flow.hangup_cause import outcome_of_reply, weight
from engine.flow.kind import Kind
from engine.flow.prompt import PromptSpec
from engine.flow.ringback import Ringback, ringback_tone
from engine.flow.ringing import Failure, Ring, Ringing
from engine.flow.view import View

BRIDGES = 5.0
"""Seconds the switch is given to connect two legs."""
CLOSES = 5.0
DEFLECT_GUARD = 5.0
_OVER = ("unbridged", "failed", "ended")
LONGEST_TALK = 24 * 3600.0
"""Seconds of a talk without `max_duration`."""


def _targets(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


@dataclass(frozen=True, slots=True)
class RingMusic:
    """The music of a folder in place of a ring tone."""

    name: str


def _ringback(value: Any) -> RingMusic | PromptSpec:
    if isinstance(value, str) and (value == "music" or value.startswith("music:")):
        return RingMusic(value.partition(":")[2] or "default")
    if isinstance(value, dict) and set(value) == {"music"} and isinstance(value["music"], str):
        return RingMusic(value["music"])
    return PromptSpec.model_validate(value)


RingbackField = Annotated[RingMusic | PromptSpec, PlainValidator(_ringback), WithJsonSchema({})]


class Transfer(Kind):
    """Connect the caller to somebody: `user/NAME`, `sip:NAME@HOST`, a number, or `gateway/NAME/NUMBER`.

    Several are rung `in_order`, each for `timeout`, or `all_at_once`. The caller hears the ring tone of the country, or
    `ringback` (a prompt, `music`, `music:NAME`). Who picks up hears `whisper`, and must press `accept_key` within 10
    seconds if there is one. `record` keeps the talk, one party on each channel. When the other party ends the talk, or
    `max_duration` is over, the flow goes on at `after`. `busy` and `no_answer` say where to go when nobody was reached,
    `failed` for these and all else; without them it is an error such as `transfer.busy`. `mode: blind` asks the
    caller's side to call the target itself; that ends the flow.

    ```yaml
    - transfer:
        to: [user/anna, user/ben]
        strategy: all_at_once
        timeout: 25s
        whisper: "A call from the sales line. Press 1 to take it."
        accept_key: "1"
        busy: leave_message
        failed: operator
        after: hangup
    ```
    """

    word: ClassVar[str] = "transfer"
    short: ClassVar[str | None] = "to"
    waits: ClassVar[bool] = True
    media: ClassVar[bool] = True
    errors: ClassVar[tuple[str, ...]] = (
        "transfer.busy",
        "transfer.no_answer",
        "transfer.rejected",
        "transfer.unreachable",
        "transfer.failed",
        "prompt.missing",
        "expr.undefined",
        "expr.type",
    )

    to: Annotated[tuple[Text, ...], BeforeValidator(_targets), Field(min_length=1)]
    mode: Literal["bridge", "blind"] = "bridge"
    strategy: Literal["in_order", "all_at_once"] = "in_order"
    timeout: Duration = 30.0
    caller_id: Text | None = None
    ringback: RingbackField | None = None
    whisper: PromptSpec | None = None
    accept_key: Annotated[Keys, Field(max_length=1)] | None = None
    record: bool = False
    max_duration: Duration | None = None
    busy: Target | None = None
    no_answer: Target | None = None
    failed: Target | None = None
    after: Target = Jump("hangup")

    def run(self, view: View) -> Step[TargetValue | None]:
        """Ring, connect, and wait for the end of the talk; or hand the caller over for good."""
        try:
            targets = self._parsed(view)
        except FlowError as error:
            if error.name != "transfer.failed":
                raise
            return self._in_vain(view, [Failure("", "failed", "")], error.message)
        if self.mode == "blind":
            return (yield from self._hand_over(view, targets))
        ring = Ring(
            self.timeout,
            self._caller_id(view),
            view.call.caller_name,
            view.prompt(self.whisper),
            self.accept_key or "",
        )
        sound = Ringback(view.hands, view.leg, self._ringback(view))
        sound.start()
        ringing = Ringing(view, ring, sound)
        taken: tuple[str, LegId] | None = None
        rounds = [targets] if self.strategy == "all_at_once" else [[target] for target in targets]
        for group in rounds:
            taken = yield from ringing.run(group)
            if taken is not None:
                break
        if taken is None:
            yield from sound.stop()
            return self._in_vain(view, ringing.failures, "nobody took the call")
        return (yield from self._connect(view, taken[0], taken[1], sound))

    def _parsed(self, view: View) -> list[tuple[str, DialTarget]]:
        gateways = view.bundle.project.gateways
        found = []
        for written in self.to:
            value = view.value(written)
            for item in value if isinstance(value, list) else [value]:
                if not isinstance(item, str | int) or isinstance(item, bool):
                    raise FlowError("transfer.failed", "a transfer goes to a text: a user, an address or a number")
                found.append((str(item).strip(), parse_target(str(item), gateways)))
        if not found:
            raise FlowError("transfer.failed", "there is nobody to transfer to")
        return found

    def _caller_id(self, view: View) -> str:
        return view.call.caller if self.caller_id is None else view.text(self.caller_id).strip()

    def _in_vain(self, view: View, failures: Sequence[Failure], why: str) -> TargetValue:
        """Nobody was reached: go where the most telling failure leads. Raises FlowError without such a target."""
        failure = min(failures, key=lambda failed: weight(failed.outcome))
        _tell(view, failure.to, failure.outcome, failure.cause)
        own = {"busy": self.busy, "no_answer": self.no_answer}.get(failure.outcome)
        target = own if own is not None else self.failed
        if target is None:
            raise FlowError(f"transfer.{failure.outcome}", why)
        return target

    # Handing over

    def _hand_over(self, view: View, targets: Sequence[tuple[str, DialTarget]]) -> Step[TargetValue]:
        failures = []
        for to, target in targets:
            ask = view.start(Deflect(view.leg, deflect_uri(target), view.answered))
            happened = yield Wait(self.timeout + DEFLECT_GUARD, asks=(ask,))
            answer = happened.answer if isinstance(happened, Done) else None
            if isinstance(answer, Deflected) and answer.ok:
                _tell(view, to, "blind", "")
                return view.end("transferred")
            reply = answer.reply if isinstance(answer, Deflected) else ""
            failures.append(Failure(to, outcome_of_reply(reply), reply))
        return self._in_vain(view, failures, "the caller's side did not take the transfer")

    # Ringing

    def _ringback(self, view: View) -> Prompt:
        if self.ringback is None:
            return (Tone(ringback_tone(view.country), loops=-1),)
        if isinstance(self.ringback, RingMusic):
            return (Music(self.ringback.name),)
        return view.prompt(self.ringback)

    # Talking

    def _connect(self, view: View, to: str, leg: LegId, sound: Ringback) -> Step[TargetValue]:
        if not view.answered:
            view.do(AnswerLeg(view.leg))
            view.answer_sent()
        view.do(BridgeLegs(view.leg, leg))
        happened = yield Wait(BRIDGES, legs=(view.leg, leg))
        while isinstance(happened, LegChange) and happened.what in ("answered", "ringing"):
            happened = yield Wait(BRIDGES, legs=(view.leg, leg))
        if not isinstance(happened, LegChange) or happened.what != "bridged":
            if not isinstance(happened, LegChange):
                view.do(HangUp(leg))
            yield from sound.stop()
            cause = happened.cause if isinstance(happened, LegChange) else ""
            return self._in_vain(view, [Failure(to, "failed", cause)], "the two could not be connected")
        began = view.now
        recording = _start_recording(view) if self.record else None
        cause = yield from self._talk(view, leg, began)
        if recording is not None:
            yield from _stop_recording(view, *recording)
        _tell(view, to, "answered", cause, round((view.now - began) * 1000))
        return self.after

    def _talk(self, view: View, leg: LegId, began: float) -> Step[str]:
        """Wait until the two no longer hear each other; the cause of its end."""
        limit = self.max_duration or LONGEST_TALK
        happened = yield Wait(limit, legs=(leg,))
        while isinstance(happened, LegChange) and happened.what not in _OVER:
            happened = yield Wait(max(0.0, began + limit - view.now), legs=(leg,))
        if not isinstance(happened, LegChange):
            view.do(HangUp(leg, "ALLOTTED_TIMEOUT"))
            yield Wait(CLOSES, legs=(leg,))
            return "ALLOTTED_TIMEOUT"
        if happened.what == "unbridged":
            happened = yield Wait(1.0, legs=(leg,))
            if not isinstance(happened, LegChange):
                view.do(HangUp(leg))
        return happened.cause if isinstance(happened, LegChange) else ""


def _tell(view: View, to: str, result: str, cause: str, talk_ms: int = 0) -> None:
    view.tell("call.transferred", {"to": to, "result": result, "cause": cause, "talk_ms": talk_ms})


def _start_recording(view: View) -> tuple[AskId, str]:
    path = view.recording_path()
    ask = view.start(StartRecording(view.leg, path, sides="both", stereo=True))
    view.tell("recording.started", {"recording": f"rec_{ask}", "path": path})
    return ask, path


def _stop_recording(view: View, ask: AskId, path: str) -> Step[None]:
    view.do(StopRecording(view.leg, path))
    happened = yield Wait(CLOSES, asks=(ask,))
    answer = happened.answer if isinstance(happened, Done) else None
    told: dict[str, Json] = {"recording": f"rec_{ask}", "path": path}
    if isinstance(answer, Recorded) and answer.cause != "failed" and answer.ms > 0:
        view.tell("recording.saved", told | {"duration_ms": answer.ms})
    else:
        why = answer.detail if isinstance(answer, Recorded | Refused) else ""
        view.tell("recording.failed", told | {"reason": why or "no sound"})
