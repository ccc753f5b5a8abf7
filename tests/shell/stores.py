"""Stores with an outbox, and what must be true of what they wrote."""

from collections.abc import Callable
from pathlib import Path

from engine.core.ids import CallId
from engine.shell.store import Commit, Store
from tests.shell.redis_server import RedisServer
from tests.shell.test_store import stored_events, turn

MakeStore = Callable[..., Store]


def closed(store: Store) -> bool:
    """Whether everything is in Redis."""
    return store.detour is not None and not store.detour.open and store.backlog == 0


def told(server: RedisServer, call: CallId) -> list[str]:
    return [one for one in stored_events(server) if one.startswith(f"evt_{call}_")]


def ids(call: CallId, count: int) -> list[str]:
    return [f"evt_{call}_{n}" for n in range(1, count + 1)]


def one(call: CallId, n: int) -> Commit:
    return turn(call, n, event_from=n + 1, events=1)


def files(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "outbox"
    return sorted(folder.iterdir()) if folder.exists() else []
