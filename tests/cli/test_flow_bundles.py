"""`flow bundles`: versions, their live calls, and which of them the files are."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.cli.flow_bundles import time_left
from engine.config import Settings
from engine.core.ids import CallId
from engine.shell.keys import Keys
from engine.shell.project_files import ProjectFiles
from engine.shell.store import Store
from tests.cli.conftest import Command
from tests.shell.redis_server import RedisServer


@pytest.fixture
def store(project: Path) -> Iterator[Store]:
    (project / "redis").mkdir()
    server = RedisServer(project / "redis")
    server.start()
    (project / "switchboard.toml").write_text(f'redis_url = "{server.url}"\n')
    yield Store(server.url)
    server.stop()


def test_versions(project: Path, store: Store, switchboard: Command) -> None:
    assert "no engine has run yet" in switchboard("flow", "bundles").out
    files = ProjectFiles(Settings(project_dir=project))
    files.load()
    store.keep_bundle(files.bundle.id, files.kept_sources(files.bundle))
    store.keep_bundle("0123456789ab", {"ivr_flows/a.flow.yaml": ""})
    for call, bundle in (("one", files.bundle.id), ("two", "ffffffffffff")):
        store.redis.hset(Keys(0).live, call, "fs1")
        store.redis.hset(Keys(0).state(CallId(call)), "bundle", bundle)
    lines = switchboard("flow", "bundles").out.splitlines()
    (own,) = [line for line in lines if line.startswith(files.bundle.id)]
    assert own.split()[1:3] == ["1", "1"]
    assert "as the files are now" in own
    assert any(line.startswith("0123456789ab") and " - " in line for line in lines)
    assert any(line.startswith("ffffffffffff") and "no longer kept" in line for line in lines)
    shown = [json.loads(line) for line in switchboard("flow", "bundles", "--json").out.splitlines()]
    assert {entry["id"]: (entry["calls"], entry["current"]) for entry in shown} == {
        files.bundle.id: (1, True), "0123456789ab": (0, False), "ffffffffffff": (1, False),
    }  # fmt: skip


def test_how_long_it_is_kept() -> None:
    assert [time_left(seconds) for seconds in (None, 59, 3700, 90000)] == ["ever", "0 h 0 min", "1 h 1 min", "1 d 1 h"]
