"""A place of its own for tests that break things: a switch, a Redis and an engine nobody else uses."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.engine_process import EngineProcess, copy_project
from tests.acceptance.freeswitch_process import start_freeswitch
from tests.acceptance.sim_process import start_sim
from tests.acceptance.switch_under_test import SwitchUnderTest, end, tail
from tests.shell.redis_server import RedisServer


@dataclass
class Site:
    """What one test, or the tests of one module, may break."""

    folder: Path
    switch: SwitchUnderTest
    redis: RedisServer
    engine: EngineProcess

    def second_engine(self, name: str) -> EngineProcess:
        """Another engine for the same switch and Redis, not yet started."""
        folder = self.folder / name
        folder.mkdir()
        return EngineProcess(folder, self.engine.project, self.redis.url, self.switch, name=name)


def start_switch(kind: str, folder: Path, agents: Mapping[str, str]) -> SwitchUnderTest:
    """Start the kind of switch the run is about. Raises RuntimeError when it does not come up."""
    if kind == "freeswitch":
        return start_freeswitch(Path(os.environ["FREESWITCH_BIN"]), folder, agents=agents)
    return start_sim(folder, agents=agents)


@contextmanager
def own_site(
    kind: str, folder: Path, agents: Mapping[str, str], service_url: str = "http://127.0.0.1:9"
) -> Iterator[Site]:
    """Start all three; whatever is still running at the end is ended."""
    for name in ("switch", "redis", "engine"):
        (folder / name).mkdir(parents=True)
    redis = RedisServer(folder / "redis")
    redis.start()
    switch = start_switch(kind, folder / "switch", agents)
    try:
        project = copy_project(folder / "project", service_url)
        engine = EngineProcess(folder / "engine", project, redis.url, switch)
        engine.start()
        try:
            yield Site(folder, switch, redis, engine)
        finally:
            engine.stop()
    finally:
        end(switch.process)
        redis.stop()


def report(site: Site, since: int) -> str:
    """What the engine of a failed test wrote from byte `since` of its log on, and the end of its switch's log."""
    engine = site.engine.text(since).decode(errors="replace")
    return f"--- engine\n{engine[-12000:]}\n--- switch\n{tail(site.switch.log_file)[-4000:]}"
