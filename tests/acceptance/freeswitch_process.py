"""Starts a real FreeSWITCH with the configuration of this repository; all it writes is in a folder of the test."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Mapping
from pathlib import Path

from engine.shell.freeswitch_conf import FreeswitchValues, GatewayValues, render
from tests.acceptance.sipp import free_tcp_port, free_udp_port
from tests.acceptance.switch_under_test import SwitchUnderTest, wait_until_up

CONFIGURATION = Path(__file__).parents[2] / "freeswitch-conf"
_HOST = "127.0.0.1"
_RTP_SPAN = 1000
_FOLDERS = [
    "log",
    "db",
    "run",
    "storage",
    "recordings",
    "temp",
    "cache",
    "sounds",
    "scripts",
    "grammar",
    "certs",
    "htdocs",
]


def start_freeswitch(
    binary: Path,
    folder: Path,
    *,
    agents: Mapping[str, str],
    treatment_after: int = 3,
    treatment_pause: int = 1,
    media_timeout: int = 8,
    rtp_ports: tuple[int, int] | None = None,
    log_level: str = "info",
) -> SwitchUnderTest:
    """Start `binary` on free loopback ports and wait until it serves. Raises RuntimeError if it does not."""
    folders = {name: folder / name for name in _FOLDERS}
    for path in (*folders.values(), folder / "music"):
        path.mkdir(parents=True)
    carrier_port = free_udp_port()
    first_rtp_port = random.randrange(20_000, 30_000, 2)
    values = FreeswitchValues(
        domain="switchboard.test",
        esl_port=free_tcp_port(),
        trunk_sip_port=free_udp_port(),
        agent_sip_port=free_udp_port(),
        sip_ip=_HOST,
        rtp_ports=rtp_ports or (first_rtp_port, first_rtp_port + _RTP_SPAN),
        sounds_dir=folders["sounds"],
        music_dir=folder / "music",
        recordings_dir=folders["recordings"],
        log_dir=folders["log"],
        log_level=log_level,
        treatment_after=treatment_after,
        treatment_pause=treatment_pause,
        media_timeout=media_timeout,
        agents=agents,
        gateways={"carrier": GatewayValues(f"{_HOST}:{carrier_port}")},
        trunk_networks=(f"{_HOST}/32",),
    )
    render(CONFIGURATION, folder / "conf", values)
    # In the foreground, without a console, without a search for a NAT router. All folders are named: with -conf,
    # FreeSWITCH wants -log and -db too, and would write the rest into the folders of the installation.
    command = [str(binary), "-nf", "-nc", "-nonat", "-np", "-conf", str(folder / "conf")]
    command += [part for name, path in folders.items() for part in (f"-{name}", str(path))]
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    switch = SwitchUnderTest(
        kind="freeswitch",
        host=_HOST,
        esl_port=values.esl_port,
        esl_password=values.esl_password,
        trunk_sip_port=values.trunk_sip_port,
        agent_sip_port=values.agent_sip_port,
        carrier_port=carrier_port,
        domain=values.domain,
        agents=agents,
        sounds_dir=folders["sounds"],
        recordings_dir=folders["recordings"],
        treatment_after=treatment_after,
        log_file=folders["log"] / "freeswitch.log",
        process=process,
    )
    wait_until_up(process, lambda: _serves(switch), switch.log_file, timeout=60.0)
    return switch


def _serves(switch: SwitchUnderTest) -> bool:
    """The event socket answers, and both SIP profiles, which start in threads of their own, are running."""
    try:
        with switch.connect() as connection:
            return connection.api("sofia status").count("RUNNING") == 2
    except OSError:
        return False
