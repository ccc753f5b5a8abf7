"""Processes beside the engine begin alike and end alike. What each serves is tested with its command."""

import argparse
import os
import signal
from pathlib import Path

import gevent
import pytest
from gevent.event import Event

from engine.cli import beside_process
from engine.config import Settings


class Process:
    """One that notes what is done to it."""

    def __init__(self, settings: Settings, redis_url: str) -> None:
        self.told = [f"made at {redis_url} with {settings.name}"]
        self.stopped = Event()

    def start(self) -> None:
        self.told.append("started")

    def stop(self) -> None:
        self.told.append("stopped")


def options(project: Path, *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path)
    beside_process.arguments(parser)
    file = project / "switchboard.toml"
    file.write_text('name = "beside"\nredis_url = "redis://127.0.0.1:1/0"\n[log]\nlevel = "error"\n')
    return parser.parse_args(["--config", str(file), *words])


def announce(process: Process) -> None:
    process.told.append("announced")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    gevent.spawn_later(0.05, os.kill, os.getpid(), number)
    process = beside_process.serve(options(tmp_path), Process, announce)
    assert process.told == ["made at redis://127.0.0.1:1/0 with beside", "started", "announced", "stopped"]


def test_it_ends_when_it_ends_by_itself(tmp_path: Path) -> None:
    process = beside_process.serve(options(tmp_path), Process, lambda process: process.stopped.set())
    assert process.told[-1] == "stopped"


def test_what_began_is_ended_when_the_start_fails(tmp_path: Path) -> None:
    made: list[Process] = []

    class Failing(Process):
        def start(self) -> None:
            made.append(self)
            raise OSError("the port is taken")

    with pytest.raises(OSError, match="the port is taken"):
        beside_process.serve(options(tmp_path), Failing, announce)
    assert made[0].told[-1] == "stopped"
