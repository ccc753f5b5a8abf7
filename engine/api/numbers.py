"""Numbers: which flow a call would reach, and why, as `switchboard route` tells it."""

import re
import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from engine.api.access import requires, tenant
from engine.api.errors import invalid
from engine.api.fields import Path, Query
from engine.api.flows import own_bundle
from engine.api.resource import Resource
from engine.flow.bundle import Bundle
from engine.flow.dialplan import Considered, Route

blueprint = Resource("numbers", "/v1/numbers", "Which flow a number reaches, when, and why.")
_EARLIEST, _LATEST = 0.0, 32_503_680_000.0
"""Unix time of the years 1970 and 3000."""
_BEFORE = re.compile(r'"[^"]*" goes before it')


class NumberPath(Path):
    """A number."""

    number: str = Field(min_length=1, max_length=200, description="The number called, as it arrives or is written.")


class NumberQuery(Query):
    """The call that is thought of."""

    at: str = Field("", max_length=40, description="Time, as 2026-12-25T10:00 in the project's zone; now if left out.")
    caller: str = Field("", max_length=200, description="The caller's number.")
    trunk: str = Field("", max_length=200, description="The trunk the call comes by.")


class ConsideredReply(BaseModel):
    """One rule that was looked at."""

    rule: str
    holds: bool
    reason: str
    file: str
    line: int


class RouteReply(BaseModel):
    """Where a call would go."""

    number: str
    e164: str = Field(description="The number as +COUNTRY..., empty when it is no telephone number.")
    at: str
    claimed: bool = Field(description="Whether a rule of yours sends it to a flow.")
    flow: str | None
    inputs: dict[str, Any]
    rule: str | None
    considered: list[ConsideredReply] = Field(description="Your rules, in the order they were looked at.")


class NumberReply(BaseModel):
    """What becomes of a number."""

    number: RouteReply


@blueprint.get("/<path:number>", responses={200: NumberReply})
@requires("flows:read")
def read_number(path: NumberPath, query: NumberQuery) -> dict[str, Any]:
    """Say which flow a number reaches. A number that reaches nobody of yours looks like one that no rule claims."""
    bundle = own_bundle()
    at = _moment(query.at, bundle.project.timezone)
    route = bundle.dialplan.route(path.number, query.caller, query.trunk, at, bundle.calendars, {}, explain=True)
    mine = route.claimed and bundle.tenant_of(route.flow) == tenant()
    return {
        "number": {
            "number": path.number,
            "e164": route.called_e164,
            "at": datetime.fromtimestamp(at, ZoneInfo(bundle.project.timezone)).isoformat(timespec="seconds"),
            "claimed": mine,
            "flow": route.flow if mine else None,
            "inputs": route.inputs if mine else {},
            "rule": route.rule if mine else None,
            "considered": [_shown(rule, mine) for rule in _own_rules(bundle, route)],
        }
    }


def _own_rules(bundle: Bundle, route: Route) -> list[Considered]:
    whose = {rule.place: bundle.tenant_of(rule.flow) for rule in bundle.dialplan.rules}
    return [rule for rule in route.trace if whose.get(rule.place) == tenant()]


def _shown(rule: Considered, mine: bool) -> dict[str, Any]:
    reason = rule.reason if mine else _BEFORE.sub("another goes before it", rule.reason)
    return {
        "rule": rule.rule, "holds": rule.holds, "reason": reason, "file": rule.place.file, "line": rule.place.line,
    }  # fmt: skip


def _moment(text: str, timezone: str) -> float:
    if not text:
        return time.time()
    try:
        moment = datetime.fromisoformat(text)
        at = (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))).timestamp()
    except (ValueError, OverflowError):
        raise invalid("at", "write a time such as 2026-12-25T10:00") from None
    if not _EARLIEST <= at <= _LATEST:
        raise invalid("at", "write a time between 1970 and 3000")
    return at
