"""An installation to be hurt: a Redis as the engine embeds it, deliver processes, and events of many calls."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import redis

from engine.shell.delivery.endpoints import EndpointStore
from engine.shell.embedded_redis import EmbeddedRedis
from engine.shell.installation_key import InstallationKey
from engine.shell.keys import DELIVERERS, Keys
from engine.shell.store import connect
from engine.webhooks.endpoint import Endpoint, EndpointId
from engine.webhooks.secret import new_secret
from tests.shell.waiting import eventually

KEY = bytes(range(32))
SECRET = new_secret(bytes(range(32)))
LEASE_SECONDS = "1"


class Installation:
    """Everything one test needs; `close` leaves nothing behind."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._redis = EmbeddedRedis(folder / "redis")
        self.url = self._redis.start()
        self._client = connect(self.url)
        key = InstallationKey(KEY)
        self.store = EndpointStore(self._client, key.seal, key.unseal)
        self._deliverers: list[subprocess.Popen[bytes]] = []
        self.told = 0

    def endpoint(self, name: str, url: str, **fields: Any) -> Endpoint:
        """Make an endpoint known that wants everything."""
        one = Endpoint(
            id=EndpointId(f"ep_{name}"), tenant="default", url=url, events=("*",), secrets=(SECRET,), **fields
        )
        return self.store.create("default", one)

    def deliver(self) -> subprocess.Popen[bytes]:
        """Start a deliver process and wait until it is one of the living."""
        environment = {
            "SWITCHBOARD_REDIS_URL": self.url, "SWITCHBOARD_STATE_DIR": str(self._folder),
            "SWITCHBOARD_INSTALLATION_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "SWITCHBOARD_WEBHOOKS__ALLOW_NETWORKS": '["127.0.0.0/8"]', "SWITCHBOARD_LOG__FORMAT": "json",
            "SWITCHBOARD_WEBHOOKS__LEASE_SECONDS": LEASE_SECONDS,
        }  # fmt: skip
        with (self._folder / "deliver.log").open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "engine", "deliver"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **environment},
            )  # fmt: skip
        self._deliverers.append(child)
        mark = b"-%d-" % child.pid
        eventually(lambda: any(mark in name for name in self._living()) or child.poll() is not None, "a process", 30)
        assert child.poll() is None, self.log
        return child

    def _living(self) -> list[bytes]:
        return self._client.zrange(DELIVERERS, 0, -1)  # type: ignore[return-value]

    @property
    def log(self) -> str:
        """What the deliver processes wrote."""
        return (self._folder / "deliver.log").read_text()

    def tell(self, calls: int, numbers: range, start: str = "c") -> None:
        """Events of many calls, as the engine writes them."""
        with self._client.pipeline(transaction=False) as pipeline:
            for n in numbers:
                for call in range(calls):
                    name = f"{start}{call}"
                    event = {
                        "id": f"evt_{name}_{n}", "type": "flow.step", "version": 1, "call": name, "n": n, "at": 1.5,
                        "tenant": "default", "data": {"text": "x" * 300},
                    }  # fmt: skip
                    pipeline.xadd(Keys(0).events, {"event": orjson.dumps(event)})
            pipeline.execute()
        self.told += calls * len(numbers)

    def waiting(self, name: str) -> dict[str, int]:
        """What an endpoint still has to get, while Redis answers."""
        return dict(self.store.backlog(f"ep_{name}"))

    def kill_redis(self) -> None:
        """As a crash: no goodbye, nothing written at the end."""
        assert self._redis.running is not None
        os.kill(self._redis.running.pid, signal.SIGKILL)
        eventually(lambda: not self._answers(), "the end of Redis")

    def start_redis(self) -> None:
        """As the engine does when it finds it dead: where it was, from its file."""
        eventually(self._redis.revive, "Redis again")
        eventually(self._answers, "an answer of it")

    def _answers(self) -> bool:
        try:
            return bool(self._client.ping())
        except redis.RedisError:
            return False

    def close(self) -> None:
        """End everything."""
        for child in self._deliverers:
            if child.poll() is None:
                child.kill()
            child.wait()
        self._client.close()
        self._redis.stop()


def kill(child: subprocess.Popen[bytes]) -> None:
    """End a process without a warning."""
    child.kill()
    child.wait()
