"""The usage of a month over the API."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from werkzeug.test import Client

from engine.api.services import Services
from engine.api.usage import UsageReply
from tests.api.conftest import Connect


class MemoryUsage:
    """Tells whom and what it was asked for."""

    def month(self, tenant: str, month: str) -> dict[str, Any]:
        return {
            "month": month, "calls": len(tenant), "answered": 0, "minutes": 0, "duration_ms": 0, "answered_ms": 0,
            "recordings": 0, "directions": {"inbound": 1}, "causes": {}, "flows": {},
        }  # fmt: skip


@pytest.fixture
def client(world: Services, connect: Connect) -> Client:
    return connect(replace(world, usage=MemoryUsage()), "acme", "usage:read")


def test_a_month_of_the_key_s_tenant(client: Client) -> None:
    usage = UsageReply.model_validate(client.get("/v1/usage?month=2026-09").json).usage
    assert (usage.month, usage.calls) == ("2026-09", len("acme"))


def test_the_present_month_is_the_default(client: Client) -> None:
    before = datetime.now(UTC).strftime("%Y-%m")
    shown = client.get("/v1/usage").json["usage"]["month"]
    assert shown in (before, datetime.now(UTC).strftime("%Y-%m"))


@pytest.mark.parametrize("month", ["2026-13", "2026", "26-01", "2026-1", "2026-09-01"])
def test_what_is_no_month_is_refused(client: Client, month: str) -> None:
    reply = client.get(f"/v1/usage?month={month}")
    assert reply.status_code == 400
    assert reply.json["message"].startswith("month")
