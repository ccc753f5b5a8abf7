"""Health and readiness, without a key."""

from dataclasses import replace

from engine.api.services import Services
from tests.api.conftest import Connect
from tests.api.memory import MemoryReadiness


def test_a_process_that_answers_is_healthy(world: Services, connect: Connect) -> None:
    reply = connect(replace(world, readiness=MemoryReadiness({"redis": "away"}))).get("/health")
    assert (reply.status_code, reply.json) == (200, {"status": "ok"})


def test_it_is_ready_when_nothing_is_missing(world: Services, connect: Connect) -> None:
    reply = connect(world).get("/ready")
    assert (reply.status_code, reply.json) == (200, {"status": "ready", "missing": {}})


def test_what_is_missing_is_told(world: Services, connect: Connect) -> None:
    wrong = {"redis": "", "engine": "no engine owns a switch"}
    reply = connect(replace(world, readiness=MemoryReadiness(wrong))).get("/ready")
    assert reply.status_code == 503
    assert reply.json == {"status": "not_ready", "missing": {"engine": "no engine owns a switch"}}
