"""Usage: calls, minutes and results of a month."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

from engine.api.access import requires, services, tenant
from engine.api.fields import Query
from engine.api.resource import Resource

blueprint = Resource("usage", "/v1/usage", "What was used, by month in UTC.")


class UsageQuery(Query):
    """Which month."""

    month: str = Field(
        "", pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$", description="As 2026-11; the present one when left out."
    )


class UsageOfMonth(BaseModel):
    """What the calls that ended in a month add up to."""

    month: str
    calls: int
    answered: int
    minutes: int = Field(description="From answer to end, each call's last minute counted as a whole one.")
    duration_ms: int
    answered_ms: int
    recordings: int
    directions: dict[str, int] = Field(description="Calls by inbound and outbound.")
    causes: dict[str, int] = Field(description="Calls by why they ended.")
    flows: dict[str, int] = Field(description="Calls by the flow they began with.")


class UsageReply(BaseModel):
    """The usage of one month."""

    usage: UsageOfMonth


@blueprint.get("", responses={200: UsageReply})
@requires("usage:read")
def read_usage(query: UsageQuery) -> dict[str, Any]:
    """What was used in a month. A call counts once, when it has ended."""
    month = query.month or datetime.now(UTC).strftime("%Y-%m")
    return {"usage": services().usage.month(tenant(), month)}
