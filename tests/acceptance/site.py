"""A place of its own for tests that break things: a switch, a Redis and an engine nobody else uses."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.acceptance.engine_process import EngineProcess, copy_project
from tests.acceptance.freeswitch_process import start_freeswitch
from tests.acceptance.sim_process import start_sim
from tests.acceptance.switch_under_test import SwitchUnderTest, end, listens, tail, wait_until_up
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
    project = copy_project(folder / "project", service_url)
    site = Site(folder, switch, redis, EngineProcess(folder / "engine", project, redis.url, switch))
    try:
        site.engine.start()
        yield site
    finally:
        site.engine.stop()
        end(site.switch.process)
        redis.stop()


def revive(site: Site) -> None:
    """Start the switch again, as it was, after it was killed."""
    old = site.switch
    command = list(old.process.args)  # type: ignore[call-overload]
    if old.kind == "sim":
        command += [f"--esl-port={old.esl_port}", f"--trunk-sip-port={old.trunk_sip_port}"]
        command.append(f"--agent-sip-port={old.agent_sip_port}")
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until_up(process, lambda: listens(old.host, old.esl_port), old.log_file, 60.0)
    site.switch = site.engine.switch = replace(old, process=process)


def report(site: Site, since: int) -> str:
    """What the engine of a failed test wrote from byte `since` of its log on, and the end of its switch's log."""
    engine = site.engine.text(since).decode(errors="replace")
    return f"--- engine\n{engine[-12000:]}\n--- switch\n{tail(site.switch.log_file)[-4000:]}"
