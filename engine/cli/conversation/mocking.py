"""What an author says with `/mock` in the middle of a dialogue."""

import json
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from engine.core.errors import ControlError
from engine.core.signals import Json
from engine.flow.bundle import Bundle
from engine.flow.finding import Finding
from engine.flow.rehearsal.fitting import Fitting
from engine.flow.rehearsal.reader import as_mocks
from engine.flow.rehearsal.request_key import METHODS
from engine.flow.rehearsal.script import Mocks
from engine.flow.rehearsal.source import MocksSource
from engine.flow.yaml_source import LocatedMap, Spot

USAGE = """\
/mock POST crm/verify 200 {"ok": true}   the reply to a request; or the name of an error, such as http.timeout
/mock transfer user/alice busy           what somebody does who is rung; `any` is everybody
/mock hours support closed               a calendar is open, closed, or has a holiday; the call begins again
/mock session vip true                   a session variable; the call begins again
/mock record fails                       the switch cannot record"""
AGAIN = ("hours", "session", "record")
"""Mocks that a call must begin with."""


@dataclass(slots=True)
class Mocking:
    """Everything that was mocked so far, as a test file would have it."""

    bundle: Bundle
    said: dict[str, Any] = field(default_factory=dict)

    def say(self, text: str) -> bool:
        """Take one mock; whether the call must begin again for it. Raises ControlError with what to write."""
        section, name, value = _parts(text)
        changed = dict(self.said)
        changed[section] = value if section == "record" else {**changed.get(section, {}), name: value}
        try:
            source = MocksSource.model_validate(changed)
        except ValidationError as error:
            raise ControlError(f"/mock {text}: {error.errors()[0]['msg']}\n{USAGE}") from None
        findings: list[Finding] = []
        Fitting(self.bundle, None, findings).mocks(source, LocatedMap("", Spot(1, 1)), ())
        if findings:
            raise ControlError(f"/mock {text}: {findings[0].message}")
        self.said = changed
        return section in AGAIN

    def mocks(self) -> Mocks:
        """All of them, ready to be performed with."""
        return as_mocks(MocksSource.model_validate(self.said))


def _parts(text: str) -> tuple[str, str, Json]:
    word, _, rest = text.strip().partition(" ")
    if word in METHODS:
        address, _, reply = rest.strip().partition(" ")
        return "http", f"{word} {address}", _reply(reply.strip())
    name, _, value = rest.strip().partition(" ")
    if word == "record":
        return word, "", name
    if word in ("transfer", "hours", "session") and value:
        return word, name, _value(value.strip()) if word == "session" else value.strip()
    raise ControlError(USAGE)


def _reply(text: str) -> Json:
    first, _, body = text.partition(" ")
    if not first.isdecimal():
        return first or 200
    if not body.strip():
        return int(first)
    status: dict[str, Json] = {"status": int(first)}
    try:
        return {**status, "json": json.loads(body)}
    except ValueError:
        return {**status, "body": body}


def _value(text: str) -> Json:
    try:
        found: Json = json.loads(text)
    except ValueError:
        return text
    return found
