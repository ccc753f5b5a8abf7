"""How a step plays and listens: prompts that stop at a key, and one entry of keys by the timing rules.

The no-input timer starts when the prompt ends, or at once without one. The first key stops the prompt and that timer;
from then on only the time between keys counts, begun anew by each key. (Reference: ivr-flows §4.4, rules 1 to 4.)
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from engine.core.effects import CollectSecret, Play, StopPlay
from engine.core.errors import FlowError
from engine.core.ids import AskId, LegId
from engine.core.prompts import Prompt
from engine.core.signals import Answer, Played, Refused, SecretDigits
from engine.core.steps import Digit, Digits, Done, Hands, Step, Wait
from engine.flow.fields import Jump
from engine.flow.view import View

LONGEST_PROMPT = 600.0
"""Seconds after which a prompt that nobody says has ended is given up."""
STOPS_BY_ITSELF = 0.3
"""Seconds the switch is given to stop an interruptible prompt at the key by itself."""
STOPS_WHEN_TOLD = 0.4
STOP_TRIES = 4
"""Times a prompt is told to stop: FreeSWITCH forgets a stop that comes before the prompt has begun."""
KEY_GAP = 3.0
"""Seconds between the keys of an always-working key of more than one digit."""

State = Literal["open", "match", "closed"]
Judge = Callable[[str], State]
"""What the keys so far are: `open` for more, a `match` that is over unless more comes in time, or `closed`."""


@dataclass(slots=True)
class Entry:
    """What was keyed, without the terminator that ended it. Nothing and no terminator is silence."""

    digits: str
    terminator: str = ""

    @property
    def silent(self) -> bool:
        """Whether no key was pressed at all."""
        return not self.digits and not self.terminator


@dataclass(slots=True)
class Timing:
    """Seconds of silence after the prompt, and between keys."""

    first: float
    between: float


def play(view: View, prompt: Prompt, *, barge_in: bool = True) -> Step[Jump | None]:
    """Let the caller hear a prompt. With `barge_in` a key ends it and stays unread for the next input step.

    Keys pressed before it began do not end it. A jump is returned for a key of `events.keys`. Raises FlowError.
    """
    if not prompt or not view.alive:
        return None
    ask = view.start(Play(view.leg, prompt, interruptible=barge_in))
    happened = yield Wait(LONGEST_PROMPT, asks=(ask,), digits="fresh" if barge_in else "no")
    if isinstance(happened, Digit):
        keys = happened.digit + (yield from _stopped(view.hands, view.leg, ask, "fresh"))
        return (yield from _key_jump(view, keys))
    check_played(ended(happened))
    return None


def ended(happened: object) -> Answer:
    """The answer that came. Raises FlowError `freeswitch.lost` when none did."""
    if isinstance(happened, Done):
        return happened.answer
    raise FlowError("freeswitch.lost", "the switch did not say that the prompt has ended")


def check_played(answer: Answer) -> None:
    """Raises FlowError when the caller heard nothing, for want of a sound or by the switch's fault."""
    if isinstance(answer, Played):
        if answer.status == "missing":
            raise FlowError("prompt.missing", answer.detail or "there is no such sound")
        if answer.status == "failed":
            raise FlowError("freeswitch.command", answer.detail or "the switch could not play the prompt")
    elif isinstance(answer, Refused):
        raise FlowError("freeswitch.command", answer.detail)


def stop_prompt(hands: Hands, leg: LegId, ask: AskId) -> Step[None]:
    """End a prompt that is playing, or about to, and wait until it has ended, or go on without that certainty."""
    yield from _told_to_stop(hands, leg, ask, "no")


def _told_to_stop(hands: Hands, leg: LegId, ask: AskId, digits: Digits) -> Step[str]:
    keys = ""
    for _ in range(STOP_TRIES):
        hands.do(StopPlay(leg))
        typed, stopped = yield from _ends(ask, STOPS_WHEN_TOLD, digits)
        keys += typed
        if stopped:
            break
    return keys


def _ends(ask: AskId, patience: float, digits: Digits) -> Step[tuple[str, bool]]:
    """Give a prompt time to end: the keys pressed meanwhile, when asked for, and whether it has."""
    keys = ""
    happened = yield Wait(patience, asks=(ask,), digits=digits)
    while isinstance(happened, Digit):
        keys += happened.digit
        happened = yield Wait(patience, asks=(ask,), digits=digits)
    return keys, isinstance(happened, Done)


def _stopped(hands: Hands, leg: LegId, ask: AskId, digits: Digits = "no") -> Step[str]:
    """Wait until a prompt ended by a key has stopped; the keys pressed meanwhile, when asked for."""
    keys, stopped = yield from _ends(ask, STOPS_BY_ITSELF, digits)
    return keys if stopped else keys + (yield from _told_to_stop(hands, leg, ask, digits))


def _key_jump(view: View, typed: str) -> Step[Jump | None]:
    """The jump of an always-working key, waiting for the rest of a longer one; its keys are then used up."""
    keys = view.flow.events.keys
    while any(key.startswith(typed) and key != typed for key in keys):
        happened = yield Wait(KEY_GAP, digits="fresh")
        if not isinstance(happened, Digit):
            break
        typed += happened.digit
    if typed not in keys:
        return None
    view.caller_acted()
    view.flush()
    return Jump(keys[typed])


def gather(
    view: View, prompt: Prompt, judge: Judge, timing: Timing, *, terminators: str = "", barge_in: bool = True
) -> Step[Entry]:
    """One entry of keys. Keys still unread are used first, and then the prompt is not played. Raises FlowError."""
    if prompt and view.alive:
        happened = yield Wait(0, digits="take")
        if not isinstance(happened, Digit):
            ask = view.start(Play(view.leg, prompt, interruptible=barge_in))
            happened = yield Wait(LONGEST_PROMPT, asks=(ask,), digits="take" if barge_in else "no")
            if isinstance(happened, Digit):
                yield from _stopped(view.hands, view.leg, ask)
            else:
                check_played(ended(happened))
                happened = yield Wait(timing.first, digits="take")
    else:
        happened = yield Wait(timing.first, digits="take")
    key = happened.digit if isinstance(happened, Digit) else ""
    typed = ""
    while key:
        if key in terminators:
            return Entry(typed, key)
        typed += key
        if judge(typed) == "closed":
            break
        happened = yield Wait(timing.between, digits="take")
        key = happened.digit if isinstance(happened, Digit) else ""
    return Entry(typed)


def gather_secret(view: View, prompt: Prompt, most: int, timing: Timing, *, terminators: str = "") -> Step[Entry]:
    """One entry of at most `most` keys that no event and no log shows, after keys typed ahead. Raises FlowError."""
    typed = ""
    while len(typed) < most:
        happened = yield Wait(0, digits="take")
        if not isinstance(happened, Digit):
            break
        if happened.digit in terminators:
            return Entry(typed, happened.digit)
        typed += happened.digit
    if len(typed) == most:
        return Entry(typed)
    left = most - len(typed)
    first = timing.between if typed else timing.first
    ask = view.start(
        CollectSecret(
            view.leg,
            () if typed else prompt,
            max_digits=left,
            first_ms=round(first * 1000),
            interdigit_ms=round(timing.between * 1000),
            terminators=terminators,
        )
    )
    patience = LONGEST_PROMPT + first + timing.between * left
    answer = ended((yield Wait(patience, asks=(ask,))))
    if isinstance(answer, SecretDigits):
        return Entry(typed + answer.digits, answer.terminator)
    check_played(answer)
    raise FlowError("freeswitch.command", "the switch did not say what was keyed")
