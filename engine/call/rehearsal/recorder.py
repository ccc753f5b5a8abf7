"""Recording a dialogue somebody holds with a flow, so that it can be held again: as a case of a test file."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.call.rehearsal.dialogue import Dialogue
from engine.call.rehearsal.judging import endings
from engine.core.effects import HttpCall
from engine.core.prompts import SoundFile, Speech
from engine.core.signals import HttpReply, Json
from engine.flow.bundle import Bundle
from engine.flow.rehearsal.heard_item import prompt_ids
from engine.flow.rehearsal.request_key import request_name
from engine.flow.rehearsal.source import PersonDoes
from engine.flow.rehearsal.writing import written_item, written_script


class Recorder:
    """What happened in one dialogue so far, in the words of a test."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._ids = prompt_ids(bundle.prompts)
        self._done: list[dict[str, Any]] = []
        self._action = 0
        self._hearings = 0
        self._replies: dict[str, list[Json]] = {}

    def acts(self, dialogue: Dialogue, word: str, value: Any = None) -> None:
        """Somebody is about to do something."""
        self._listen(dialogue)
        self._action = len(self._done)
        self._done.append({word: value})

    def rings(self, does: PersonDoes) -> None:
        """Somebody is rung and does this; it goes before what led to the ring."""
        self._done.insert(self._action, {"agent": does})
        self._action += 1

    def replied(self, call: HttpCall, reply: HttpReply) -> None:
        """A request was answered."""
        name = request_name(call.method, call.url, self._bundle.project.services)
        self._replies.setdefault(name, []).append(_written_reply(reply))

    def script(
        self, dialogue: Dialogue, flow: str, *, name: str, call: Mapping[str, Any], mocks: Mapping[str, Any], at: float
    ) -> str:
        """The test file of the dialogue."""
        self._listen(dialogue)
        moment = datetime.fromtimestamp(at, ZoneInfo(self._bundle.project.timezone or "UTC"))
        http = {key: replies[0] if _all_equal(replies) else replies for key, replies in self._replies.items()}
        said = {**mocks, "http": http}
        told: dict[str, Any] = {
            "name": name,
            "call": {**call, "at": moment.strftime("%Y-%m-%dT%H:%M:%S")},
            "mocks": {section: entries for section, entries in said.items() if entries},
            "dialogue": self._pruned(),
            "expect": {"end": endings(dialogue)[0]},
        }
        if not told["mocks"]:
            del told["mocks"]
        comment = "Recorded by `switchboard flow try`; say in `expect` what else must be so."
        return written_script(flow, [told], comment)

    def _pruned(self) -> list[dict[str, Any]]:
        """Without saying of the last who were rung that they answer, as they do anyway."""
        found = list(self._done)
        for index in range(len(found) - 1, -1, -1):
            does = found[index].get("agent")
            if does == "answers":
                del found[index]
            elif does is not None and does != "hangs_up" and not isinstance(does, dict):
                break
        return found

    def _listen(self, dialogue: Dialogue) -> None:
        """Write down what was heard since the last time."""
        items = [
            item.name or written_item(item.text if isinstance(item, Speech) else item.path, self._ids)
            for heard in dialogue.hearings[self._hearings :]
            for item in heard.prompt
            if isinstance(item, Speech | SoundFile)
        ]
        self._hearings = len(dialogue.hearings)
        if items:
            self._done.append({"hear": items if len(items) > 1 else items[0]})


def _written_reply(reply: HttpReply) -> Json:
    if reply.error:
        return reply.error
    if not reply.body:
        return reply.status
    status: dict[str, Json] = {} if reply.status == 200 else {"status": reply.status}
    try:
        return {**status, "json": json.loads(reply.body)}
    except ValueError:
        return {**status, "body": reply.body}


def _all_equal(replies: list[Json]) -> bool:
    return all(reply == replies[0] for reply in replies)
