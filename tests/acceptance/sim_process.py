"""Starts the simulated switch as a child process, with the same agents, gateway and folders as the real one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from engine.shell.freeswitch_conf import new_password
from tests.acceptance.sipp import free_udp_port
from tests.acceptance.switch_under_test import SwitchUnderTest, wait_until_up

_HOST = "127.0.0.1"
_DOMAIN = "switchboard.test"


def start_sim(
    folder: Path, *, agents: Mapping[str, str], treatment_after: float = 3.0, media_timeout: float = 8.0
) -> SwitchUnderTest:
    """Start `python -m engine.sim.serve` and wait until it serves. Raises RuntimeError if it does not."""
    for name in ("sounds", "music", "recordings"):
        (folder / name).mkdir()
    password = new_password()
    carrier_port = free_udp_port()
    options = {
        "--host": _HOST,
        "--esl-password": password,
        "--sounds-dir": str(folder / "sounds"),
        "--music-dir": str(folder / "music"),
        "--gateway": f"carrier={_HOST}:{carrier_port}",
        "--domain": _DOMAIN,
        "--treatment-after": str(treatment_after),
        "--media-timeout": str(media_timeout),
    }
    command = [sys.executable, "-m", "engine.sim.serve", *(f"{name}={value}" for name, value in options.items())]
    command += [f"--user={name}:{secret}" for name, secret in agents.items()]
    log_file = folder / "sim.log"
    ready = folder / "ready.json"
    with log_file.open("wb") as log, ready.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=log)
    wait_until_up(process, lambda: ready.read_bytes().endswith(b"\n"), log_file, timeout=30.0)
    ports = json.loads(ready.read_text())
    return SwitchUnderTest(
        kind="sim",
        host=_HOST,
        esl_port=ports["esl_port"],
        esl_password=password,
        trunk_sip_port=ports["trunk_sip_port"],
        agent_sip_port=ports["agent_sip_port"],
        carrier_port=carrier_port,
        domain=_DOMAIN,
        agents=agents,
        sounds_dir=folder / "sounds",
        recordings_dir=folder / "recordings",
        treatment_after=treatment_after,
        log_file=log_file,
        process=process,
    )
