"""The engine as operators run it: a child process with a configuration file, its Redis, and its events read back."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from engine.shell.embedded_redis import read_address
from tests.acceptance.audio import sweep, write_wav
from tests.acceptance.stairs import stairs
from tests.acceptance.switch_under_test import SwitchUnderTest

PROJECT = Path(__file__).parent / "project"
PROMPTS = ("announcement", "welcome", "main_menu", "no_input", "invalid", "chosen_one", "chosen_two",
           "goodbye_silent", "goodbye_wrong", "enter_account", "leave_message", "one_moment")  # fmt: skip
"""Every prompt of the test project; each gets a sound of its own that a correlation tells from all others."""

PROMPT_SECONDS = {"announcement": 2.0, "main_menu": 1.5, "enter_account": 1.5}


def prompt_file(folder: Path, name: str) -> Path:
    """The recorded sound of a prompt in a copied project."""
    return folder / "ivr_flows" / "sounds" / "en" / f"{name}.wav"


def copy_project(folder: Path, service_url: str) -> Path:
    """The test project with its sounds, in a folder of its own."""
    shutil.copytree(PROJECT, folder)
    project = folder / "ivr_flows" / "project.yaml"
    project.write_text(project.read_text().replace("http://127.0.0.1:9", service_url))
    for number, name in enumerate(PROMPTS):
        path = prompt_file(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        first = 300.0 + 180.0 * number
        write_wav(path, sweep(first, first + 150.0, PROMPT_SECONDS.get(name, 0.8)))
    write_wav(prompt_file(folder, "stairs"), stairs())
    return folder


ALONE = {"SWITCHBOARD_WEBHOOKS__EMBEDDED": "false", "SWITCHBOARD_API__EMBEDDED": "false"}
"""Most tests are about calls: nothing is started beside the engine."""

Event = dict[str, Any]


@dataclass
class EngineProcess:
    """A running engine; `kill` and `start` again leave everything else as it is.

    Without a `redis_url` it starts a Redis of its own. One that is not `alone` starts its deliveries and its API.
    """

    folder: Path
    project: Path
    redis_url: str
    switch: SwitchUnderTest
    child: subprocess.Popen[bytes] | None = None
    starts: int = 0
    extra: str = ""
    name: str = "acceptance"
    alone: bool = True
    _told: list[Event] = field(default_factory=list, repr=False)
    _after: bytes = b"-"
    _reading: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _client: redis.Redis | None = field(default=None, repr=False)

    def start(self, until_it_says: bytes = b"switch connected") -> None:
        """Start and wait until it serves its switch, or until it says something else."""
        self.starts += 1
        self._config.write_text(
            f'name = "{self.name}"\nproject_dir = "{self.project}"\nstate_dir = "{self.folder}/state"\n'
            f'redis_url = "{self.redis_url}"\nrecordings_dir = "{self.switch.recordings_dir}"\n'
            f'country = "GB"\n{self.extra}\n[log]\nformat = "json"\nlevel = "debug"\n'
            '[dialling]\nsip_hosts = ["127.0.0.1"]\ncalls_per_second = 100\n'
            f'[[switches]]\nname = "{self.switch.kind}"\n'
            f'host = "{self.switch.host}"\nport = {self.switch.esl_port}\npassword = "{self.switch.esl_password}"\n'
            f'domain = "{self.switch.domain}"\ngateway = "carrier"\n'
        )
        with self.log.open("ab") as log:
            since = log.tell()
            self.child = subprocess.Popen(
                self._argv("run"), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **(ALONE if self.alone else {})},
            )  # fmt: skip
        assert until(lambda: until_it_says in self.text(since) or self.child.poll() is not None, 30.0)
        assert self.child.poll() is None, self.text(since).decode(errors="replace")

    def command(self, *words: str) -> bytes:
        """What another `switchboard` command prints, with the settings this engine was started with."""
        return subprocess.run(self._argv(*words), stdout=subprocess.PIPE, timeout=30, check=True).stdout

    def _argv(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "engine", *words, "--config", str(self._config)]

    @property
    def _config(self) -> Path:
        return self.folder / "switchboard.toml"

    @property
    def log(self) -> Path:
        """Where it writes."""
        return self.folder / "engine.log"

    def text(self, since: int = 0) -> bytes:
        """What it has written from byte `since` on."""
        with self.log.open("rb") as file:
            file.seek(since)
            return file.read()

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self.child is not None and self.child.poll() is None

    def kill(self) -> None:
        """As a crash: no goodbye."""
        assert self.child is not None
        self.child.send_signal(signal.SIGKILL)
        self.child.wait(10)

    def stop(self) -> None:
        """As an operator does."""
        if self.child is not None and self.running:
            self.child.terminate()
            self.child.wait(20)

    # Events

    @property
    def redis(self) -> redis.Redis:
        if self._client is None:
            embedded = read_address(self.folder / "state" / "redis")
            self._client = redis.Redis.from_url(self.redis_url or (embedded.url if embedded else ""))
        return self._client

    def events(self) -> list[Event]:
        """Every CallEvent told so far, in order."""
        with self._reading:
            for entry, fields in self.redis.xrange("sb:{s00}:events", min=self._after):
                self._after = b"(" + entry
                self._told.append(json.loads(fields[b"event"]))
            return list(self._told)

    def calls(self) -> Iterator[str]:
        """The calls of all events, in order of their beginning."""
        return iter(dict.fromkeys(event["call"] for event in self.events()))

    def calls_since(self, since: int) -> Iterator[str]:
        """The calls of the events from position `since` on."""
        return iter(dict.fromkeys(event["call"] for event in self.events()[since:]))

    def of(self, call: str) -> list[Event]:
        """The events of one call."""
        return [event for event in self.events() if event["call"] == call]

    def wait_event(
        self,
        type_: str,
        since: int = 0,
        timeout: float = 15.0,
        where: Callable[[Event], bool] = lambda _: True,
    ) -> Event:
        """The first event of a type from position `since` on, waited for."""
        found: list[Event] = []

        def there() -> bool:
            found[:] = [event for event in self.events()[since:] if event["type"] == type_ and where(event)]
            return bool(found)

        assert until(there, timeout), f"no {type_}; told: {[e['type'] for e in self.events()[since:]]}"
        return found[0]

    def mark(self) -> int:
        """How many events there are now."""
        return len(self.events())


def until(condition: Callable[[], bool], timeout: float, every: float = 0.02) -> bool:
    """Wait for a condition, looked at every so many seconds; whether it came true in time."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True
