"""The step `record`."""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from engine.core.effects import DiscardRecording, StartRecording, StopRecording
from engine.core.errors import FlowError
from engine.core.ids import AskId
from engine.core.prompts import Prompt, Tone
from engine.core.signals import Answer, Json, Recorded, Refused
from engine.core.steps import Digit, Done, Step, Wait
from engine.flow.asking import Timing, gather, play
from engine.flow.fields import Duration, Jump, Keys, KeySet, Store, Target, TargetValue
from engine.flow.kind import Kind
from engine.flow.kinds.menu import choice_judge
from engine.flow.prompt import TONES, PromptSpec
from engine.flow.view import View

CLOSES = 5.0
"""Seconds the switch is given to close the file when told."""
REVIEW = Timing(first=5.0, between=3.0)
REVIEWS = 3

Verdict = Literal["keep", "again", "cancel"]


class Review(BaseModel):
    """The caller's choice about a message just left. Silence three times keeps it."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    prompt: PromptSpec
    keep: Keys = "1"
    again: Keys = "2"
    cancel: Keys | None = "3"


class Record(Kind):
    """Record what the caller says. The path of the file is in the variable from the beginning of the recording.

    It ends at a key of `terminators`, after `max`, or after `silence`; shorter than `min` it is dropped and the flow
    goes to `too_short` (left out: the next step). With `review` the caller may keep it, record again, or cancel it;
    cancelled, the variable is null and the flow goes to the next step. A caller who hangs up has left the message.

    ```yaml
    - record:
        prompt: "Please leave a message after the tone."
        silence: 4s
        store: voicemail
        too_short: goodbye
        review: {prompt: "Press 1 to keep it, 2 to record again, 3 to cancel."}
    ```
    """

    word: ClassVar[str] = "record"
    waits: ClassVar[bool] = True
    listens: ClassVar[bool] = True
    media: ClassVar[bool] = True
    errors: ClassVar[tuple[str, ...]] = ("record.failed", "prompt.missing", "freeswitch.command", "freeswitch.lost")

    store: Store
    prompt: PromptSpec | None = None
    max: Duration = 120.0
    min: Duration = 1.0
    silence: Duration = 3.0
    beep: bool = True
    terminators: KeySet = "#"
    review: Review | None = None
    too_short: Target | None = None

    def run(self, view: View) -> Step[TargetValue | None]:
        """Record until a message is kept, cancelled, or too short."""
        before = view.load(self.store)
        while True:
            jump = yield from play(view, view.prompt(self.prompt))
            if jump is None and self.beep:
                jump = yield from play(view, (Tone(TONES["beep"]),), barge_in=False)
            if jump is not None:
                return jump
            view.flush()
            path = view.recording_path()
            view.store(self.store, path)
            ask = view.start(
                StartRecording(
                    view.leg,
                    path,
                    sides="caller",
                    max_ms=round(self.max * 1000),
                    silence_ms=round(self.silence * 1000),
                    first_sound_ms=round(max(self.silence, 5.0) * 1000),
                )
            )
            view.tell("recording.started", {"recording": f"rec_{ask}", "path": path})
            recorded = yield from self._recorded(view, path, ask)
            told: dict[str, Json] = {"recording": f"rec_{ask}", "path": path}
            if recorded.ms < self.min * 1000 or recorded.cause == "no_input":
                view.store(self.store, before)
                view.do(DiscardRecording(path))
                view.tell("recording.failed", told | {"reason": "too_short"})
                return self.too_short
            verdict = (yield from self._reviewed(view, self.review)) if self.review is not None else "keep"
            if isinstance(verdict, Jump) or verdict == "keep":
                view.tell("recording.saved", told | {"duration_ms": recorded.ms})
                return verdict if isinstance(verdict, Jump) else None
            view.store(self.store, before if verdict == "again" else None)
            view.do(DiscardRecording(path))
            view.tell("recording.failed", told | {"reason": "discarded"})
            if verdict == "cancel":
                return None

    def _recorded(self, view: View, path: str, ask: AskId) -> Step[Recorded]:
        """Wait until the file is closed. Raises FlowError `record.failed`."""
        deadline = view.now + self.max + CLOSES
        answer: Answer | None = None
        while answer is None:
            happened = yield Wait(max(0.0, deadline - view.now), asks=(ask,), digits="take")
            if isinstance(happened, Done):
                answer = happened.answer
            elif isinstance(happened, Digit):
                view.caller_acted()
                if happened.digit not in self.terminators:
                    continue
            if answer is None:
                view.do(StopRecording(view.leg, path))
                happened = yield Wait(CLOSES, asks=(ask,))
                answer = happened.answer if isinstance(happened, Done) else Refused("the file was not closed")
        if isinstance(answer, Recorded) and answer.cause != "failed":
            return answer
        why = answer.detail if isinstance(answer, Recorded | Refused) else ""
        view.store(self.store, None)
        view.tell("recording.failed", {"recording": f"rec_{ask}", "path": path, "reason": why or "failed"})
        raise FlowError("record.failed", why or "the switch could not record")

    def _reviewed(self, view: View, review: Review) -> Step[Verdict | Jump]:
        """What the caller wants done with the message; the always-working keys of the flow work here too."""
        choices: dict[str, Verdict] = {review.keep: "keep", review.again: "again"}
        if review.cancel is not None:
            choices[review.cancel] = "cancel"
        always = view.flow.events.keys
        judge = choice_judge((*choices, *always))
        for _ in range(REVIEWS):
            view.flush()
            prompt: Prompt = view.prompt(review.prompt)
            entry = yield from gather(view, prompt, judge, REVIEW)
            if not entry.silent:
                view.caller_acted()
            if entry.digits in choices:
                return choices[entry.digits]
            if entry.digits in always:
                return Jump(always[entry.digits])
        return "keep"
