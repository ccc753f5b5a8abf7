"""What one held call costs in the engine: machine, inbox, timers; measured by calls that never go on."""

import gc
import time
from pathlib import Path
from typing import Any

from engine.call.machine import CallMachine
from engine.core.ids import CallId, LegId
from engine.core.prompts import SoundFile
from engine.core.signals import LegArrived
from engine.flow.bundle import Bundle
from engine.shell.alarm import Alarm
from engine.shell.live_call import LiveCall
from engine.shell.turns import Turns

CALLS = 2000


class _World:
    """A world in which every effect succeeds and nothing ever comes back."""

    def __init__(self) -> None:
        self.alarm = Alarm()
        self.alarm.start()
        self.turns = Turns(self)  # type: ignore[arg-type]
        self.turns.start()
        self.prompts = self
        self.http: Any = None

    def commit(self, *commits: Any, wait: bool = True) -> bool:
        return True

    def ready(self, prompt: Any) -> Any:
        return (SoundFile("/var/lib/switchboard/prompt.wav"),)

    def render(self, prompt: Any) -> Any:
        return prompt

    def adopt(self, leg: LegId, live: LiveCall) -> None: ...

    def finished(self, live: LiveCall) -> None: ...

    def told(self, live: LiveCall, events: Any) -> None: ...


class _Switch:
    name = "bench"
    epoch = 0
    routes: Any = None

    def submit(self, commands: Any) -> None: ...

    def flush(self) -> None: ...


def bytes_per_call(bundle: Bundle) -> float:
    """Resident memory of 2,000 calls that hear their first prompt, per call."""
    import gevent

    world: Any = _World()
    switch: Any = _Switch()
    gc.collect()
    before = _resident()
    held = []
    for number in range(CALLS):
        call = CallId(f"{number:08d}-de3d-4111-b419-87ceaf4f9c90")
        live = LiveCall(CallMachine(call, bundle), switch, world)
        live.post(LegArrived(time.time(), LegId(call), "bench", "+15550001000", "Bench", "+442079460099", "trunk"))
        live.start()
        held.append(live)
    gevent.sleep(0.5)
    assert all(live.machine.pending for live in held)
    gc.collect()
    after = _resident()
    for live in held:
        live.stop()
    return (after - before) / CALLS


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
