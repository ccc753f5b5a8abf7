"""What a live measurement runs on: one switch, one Redis, the test project, and controllers as child processes."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.engine_process import copy_project, prompt_file
from tests.acceptance.sipp import free_tcp_port
from tests.acceptance.switch_under_test import SwitchUnderTest, end

ROOT = Path(__file__).parents[2]
FIRST_RTP, LAST_RTP = 20_000, 30_000


@dataclass(frozen=True, slots=True)
class Site:
    """Everything but the controller. `redis_pid` and `switch_pid` are for the accounts."""

    folder: Path
    project: Path
    switch: SwitchUnderTest
    redis_port: int
    redis_pid: int

    @property
    def switch_pid(self) -> int:
        return self.switch.process.pid

    def engine_command(self, *, delivers: bool = False) -> list[str]:
        """How the engine is started against this switch; with `delivers`, its processes for webhooks and API too."""
        beside = str(delivers).lower()
        config = self.folder / "switchboard.toml"
        config.write_text(
            f'name = "bench"\nproject_dir = "{self.project}"\nstate_dir = "{self.folder}/state"\ncountry = "GB"\n'
            f'redis_url = "redis://127.0.0.1:{self.redis_port}/0"\n[log]\nlevel = "warning"\n'
            f"[webhooks]\nembedded = {beside}\n[api]\nembedded = {beside}\nport = 0\n[[switches]]\n"
            f'name = "bench"\nhost = "{self.switch.host}"\nport = {self.switch.esl_port}\n'
            f'password = "{self.switch.esl_password}"\ndomain = "{self.switch.domain}"\n'
        )
        return [sys.executable, "-u", "-m", "engine", "run", "--config", str(config)]

    def greenswitch_command(self) -> list[str]:
        """How the peer is started against this switch."""
        switch = self.switch
        prompt = prompt_file(self.project, "announcement")
        return [
            sys.executable, "-u", "-m", "tests.bench.peer_greenswitch", switch.host, str(switch.esl_port),
            switch.esl_password, str(prompt),
        ]  # fmt: skip

    @contextmanager
    def controller(self, command: list[str]) -> Iterator[int]:
        """Run a controller; its pid, once it drives the switch."""
        with (self.folder / "controller.log").open("ab") as log:
            child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 30
            with self.switch.connect() as connection:
                while not _listeners(connection.api("show calls count"), child) and time.monotonic() < deadline:
                    time.sleep(0.2)
            time.sleep(3.0)  # connected, prompts looked at, collected: from here on it only serves
            yield child.pid
        finally:
            child.terminate()
            child.wait(20)


def _listeners(_: str, child: subprocess.Popen[bytes]) -> bool:
    """Whether the controller holds a connection to the event socket."""
    links = Path(f"/proc/{child.pid}/net/tcp").read_text() if child.poll() is None else ""
    return " 01 " in links


@contextmanager
def site(folder: Path, binary: Path | None) -> Iterator[Site]:
    """A switch (FreeSWITCH when its binary is given, else simulated) with a Redis beside it."""
    import tests.acceptance.freeswitch_process as real
    import tests.acceptance.sim_process as simulated

    agents = {"alice": "wonderland-7421"}
    if binary is not None:
        switch = real.start_freeswitch(binary, folder / "switch", agents=agents, rtp_ports=(FIRST_RTP, LAST_RTP))
    else:
        switch = simulated.start_sim(folder / "switch", agents=agents)
    try:
        with redis_server(folder) as (port, pid):
            yield Site(folder, copy_project(folder / "project", "http://127.0.0.1:9"), switch, port, pid)
    finally:
        end(switch.process)


@contextmanager
def redis_server(folder: Path) -> Iterator[tuple[int, int]]:
    """A Redis that writes as an installation's does: its port and its pid."""
    port = free_tcp_port()
    redis = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--appendonly", "yes",
         "--appendfsync", "everysec", "--save", ""], stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield port, redis.pid
    finally:
        redis.terminate()
        redis.wait(10)
