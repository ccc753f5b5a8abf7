"""Requests a second that one API process answers: reading one call, with key, limits and Redis."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import gevent
from gevent import socket

from engine.shell.store import Store
from tests.acceptance.sipp import free_tcp_port
from tests.bench.process import cpu_seconds
from tests.bench.webhooks import EVENTS_PER_CALL, KEY, ROOT, turn

CLIENTS = 8
PLENTY = "1000000"


def main() -> None:
    """As a program: PORT KEY CALL SECONDS; prints requests answered and their median and p99 in milliseconds."""
    port, key, call, seconds = int(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4])
    head = f"GET /v1/calls/{call} HTTP/1.1\r\nHost: bench\r\nX-API-Key: {key}\r\n\r\n".encode()
    times: list[float] = []
    end = time.monotonic() + seconds

    def ask() -> None:
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while (began := time.monotonic()) < end:
                line.sendall(head)
                reply = line.recv(65536)
                at = reply.lower().index(b"content-length:") + 15
                size = int(reply[at : reply.index(b"\r", at)])
                while len(reply) < reply.index(b"\r\n\r\n") + 4 + size:
                    reply += line.recv(65536)
                assert reply.startswith(b"HTTP/1.1 200"), reply[:500]
                times.append((time.monotonic() - began) * 1000)

    gevent.joinall([gevent.spawn(ask) for _ in range(CLIENTS)], raise_error=True)
    times.sort()
    print(json.dumps([len(times) / seconds, median(times), times[int(len(times) * 0.99)]]))


def measure(folder: Path, redis_port: int, seconds: float = 8.0) -> tuple[float, float, float, float]:
    """Requests a second, requests per second of the API's CPU, and their median and p99 in milliseconds."""
    port = free_tcp_port()
    environment = {
        **os.environ, "SWITCHBOARD_REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "SWITCHBOARD_INSTALLATION_KEY": KEY, "SWITCHBOARD_STATE_DIR": str(folder),
        "SWITCHBOARD_API__PORT": str(port), "SWITCHBOARD_LOG__LEVEL": "warning", "SWITCHBOARD_TENANT": "t0",
        "SWITCHBOARD_PROJECT_DIR": str(ROOT),
    }  # fmt: skip
    command = [sys.executable, "-m", "engine"]
    made = subprocess.run(
        [*command, "key", "create", "--tenant", "t0", "--per-minute", PLENTY, "--per-hour", PLENTY, "--json"],
        cwd=ROOT, env=environment, capture_output=True, check=True,
    )  # fmt: skip
    key = json.loads(made.stdout)["key"]
    call = _one_call(environment["SWITCHBOARD_REDIS_URL"])
    deliver = subprocess.Popen([*command, "deliver"], cwd=ROOT, env=environment)
    api = subprocess.Popen([*command, "api"], cwd=ROOT, env=environment)
    try:
        _wait_for(port, key, call)
        deliver.terminate()
        deliver.wait(20)
        before = cpu_seconds(api.pid)
        client = [sys.executable, "-m", "tests.bench.api", str(port), key, call, str(seconds)]
        rate, p50, p99 = json.loads(subprocess.run(client, cwd=ROOT, capture_output=True, check=True).stdout)
        return rate, rate * seconds / (cpu_seconds(api.pid) - before), p50, p99
    finally:
        for child in (deliver, api):
            child.terminate()
            child.wait(20)


def _one_call(url: str) -> str:
    """A call whose events the recorder will find."""
    store = Store(url)
    store.start()
    commit = turn(0, EVENTS_PER_CALL)
    assert store.commit(commit)
    store.stop()
    return commit.call


def _wait_for(port: int, key: str, call: str) -> None:
    import requests

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            reply = requests.get(f"http://127.0.0.1:{port}/v1/calls/{call}", headers={"X-API-Key": key}, timeout=5)
        except requests.ConnectionError:
            reply = None
        if reply is not None and reply.status_code == 200:
            return
        time.sleep(0.2)
    raise AssertionError("the API does not know the call")


if __name__ == "__main__":
    main()
