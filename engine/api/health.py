"""Whether the API is up, and whether it can serve: for load balancers and supervisors, without a key."""

from typing import Any

from pydantic import BaseModel, Field

from engine.api.access import public, services
from engine.api.resource import Resource

blueprint = Resource("health", "", "Whether this process is up and can serve.")


class HealthReply(BaseModel):
    """The process answers."""

    status: str = Field(examples=["ok"])


class ReadyReply(BaseModel):
    """What must be there, each with what is wrong with it; an empty text is well."""

    status: str = Field(examples=["ready", "not_ready"])
    missing: dict[str, str] = Field(description="What is not well, by name, in plain words.")


@blueprint.get("/health", responses={200: HealthReply})
@public
def read_health() -> dict[str, Any]:
    """Whether the process is up. Nothing else is looked at."""
    return {"status": "ok"}


@blueprint.get("/ready", responses={200: ReadyReply, 503: ReadyReply})
@public
def read_readiness() -> tuple[dict[str, Any], int]:
    """Whether Redis and an engine are there, so that requests can succeed."""
    missing = {part: wrong for part, wrong in services().readiness.checks().items() if wrong}
    return {"status": "not_ready" if missing else "ready", "missing": missing}, 503 if missing else 200
