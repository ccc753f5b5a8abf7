"""Dialogues recorded from a real FreeSWITCH, as the tests of the wire read them."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "sim" / "traces"
SCENARIOS = sorted(file.name.removesuffix(".jsonl.gz") for file in FOLDER.glob("*.jsonl.gz"))


@cache
def dialogue(scenario: str) -> list[dict[str, Any]]:
    """Everything that was written and read, in order."""
    with gzip.open(FOLDER / f"{scenario}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def events(scenario: str, name: str = "") -> list[dict[str, Any]]:
    """The events of a dialogue, of one name if it is given."""
    found = [item["event"] for item in dialogue(scenario) if item["dir"] == "event"]
    return [event for event in found if not name or event["Event-Name"] == name]


def answers(scenario: str, command: str) -> list[str]:
    """The bodies with which commands that begin so were answered, in the order of the commands."""
    sent, found = [], []
    for item in dialogue(scenario):
        if item["dir"] == "send":
            sent.append(item["text"])
        elif item["dir"] == "reply" and item["headers"].get("Content-Type") in ("api/response", "command/reply"):
            body = item.get("body") or item["headers"].get("Reply-Text", "")
            if sent.pop(0).startswith(command):
                found.append(body)
    return found
