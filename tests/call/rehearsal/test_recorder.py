"""What is recorded of a dialogue passes as a test of it."""

from typing import Any

import pytest

from engine.call.rehearsal.dialogue import Dialogue
from engine.call.rehearsal.performance import Performance
from engine.call.rehearsal.recorder import Recorder
from engine.core.effects import Dial, HttpCall
from engine.core.signals import HttpReply
from engine.flow.rehearsal.source import PersonDoes
from tests.flow.playbook import NOON
from tests.flow.rehearsal.scripts import SHOP, script


class Held:
    """A dialogue with a recorder in it."""

    def __init__(self, *doings: PersonDoes) -> None:
        self.doings = list(doings)
        self.recorder = Recorder(SHOP)
        self.call = Dialogue(SHOP, "main", at=NOON, answer_http=self.answer, whom=self.whom)
        self.call.begin()

    def whom(self, _: Dial) -> PersonDoes:
        does = self.doings.pop(0)
        self.recorder.rings(does)
        return does

    def answer(self, call: HttpCall) -> HttpReply:
        reply = HttpReply(200, {"content-type": "application/json"}, '{"tier": 2}')
        self.recorder.replied(call, reply)
        return reply

    def act(self, word: str, value: Any, do: Any, *arguments: Any) -> "Held":
        self.recorder.acts(self.call, word, value)
        do(*arguments)
        return self

    def press(self, keys: str) -> "Held":
        return self.act("press", keys, self.call.press, keys)

    def text(self) -> str:
        return self.recorder.script(self.call, "main", name="held", call={"caller": "1"}, mocks={}, at=NOON)


def answered() -> Held:
    return Held("answers").press("1")


def busy() -> Held:
    held = Held("busy").press("9").press("1")
    return held.act("speak", "3s", held.call.speak, 3)


def silent() -> Held:
    held = Held()
    for _ in range(2):
        held.act("silence", 1, held.call.silence)
    return held.act("hangup", None, held.call.hang_up)


@pytest.mark.parametrize("hold", [answered, busy, silent, lambda: Held().press("2")])
def test_it_passes(hold: Any) -> None:
    text = hold().text()
    (case,) = script(text).cases
    verdict = Performance(case, SHOP).run()
    assert verdict.failures == (), text


def test_how_it_reads() -> None:
    text = busy().text()
    assert "POST crm/look: {json: {tier: 2}}" in text
    assert '      - agent: busy\n      - press: "1"\n' in text, "it goes before what led to the ring"
    assert "Leave a message." in text
    assert "expect: {end: return}" in text
    assert 'at: "2026-11-20T12:00:00"' in text
    assert "agent" not in answered().text(), "who answers does what everybody does"
