"""What a simulated switch is told before it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

GLOBAL_VARIABLES: Mapping[str, str] = {
    "app_disable_expand_variables": "true",
    "playback_delimiter": "!",
    "playback_sleep_val": "0",
    "playback_terminators": "any",
}
"""The global variables of freeswitch-conf/vars.xml that applications here look at."""

PARK_VARIABLES: Mapping[str, str] = {"park_after_bridge": "true", "hangup_after_bridge": "false"}
"""What freeswitch-conf/dialplan sets on a call before it parks."""


@dataclass(frozen=True, slots=True)
class SimSettings:
    """The addresses, users and sounds of one simulated switch; port 0 means any free port."""

    host: str = "127.0.0.1"
    esl_port: int = 0
    esl_password: str = "ClueCon"  # noqa: S105 - the documented default of the event socket
    trunk_sip_port: int = 0
    agent_sip_port: int = 0
    rtp_ports: tuple[int, int] = (16384, 32768)
    sounds_dir: Path | None = None
    """Folder for relative sound paths; `treatment.wav` in it greets callers while no engine is connected."""
    music_dir: Path | None = None
    """`local_stream://NAME` plays the wav files of `music_dir/NAME`, else of `music_dir`, else a soft tone."""
    users: Mapping[str, str] = field(default_factory=dict)
    """Name to password, for REGISTER and for INVITE on the agents profile."""
    gateways: Mapping[str, str] = field(default_factory=dict)
    """Gateway name to `host:port`, for `sofia/gateway/NAME/NUMBER`."""
    domain: str = "switchboard.local"
    treatment_after: float = 5.0
    """Seconds a parked call may wait for an engine before it is answered and treated; 0 turns that off."""
    contexts: Mapping[str, str] = field(default_factory=lambda: {"trunk": "inbound", "agents": "agents"})
    """Profile name to the dialplan context its calls arrive in."""
    global_variables: Mapping[str, str] = field(default_factory=lambda: dict(GLOBAL_VARIABLES))
    park_variables: Mapping[str, str] = field(default_factory=lambda: dict(PARK_VARIABLES))
    message_delay: float = 0.0
    """Seconds before a waiting channel sees what a client sent; FreeSWITCH looks every 20 ms, this looks at once."""
    media_timeout: float = 120.0
    """Seconds without a packet after which a call is believed lost (freeswitch-conf/vars.xml); 0 turns that off."""
    heartbeat_seconds: float = 20.0
    sip_t1: float = 0.5
    """RFC 3261's T1 in seconds: the first retransmission interval, and 1/64 of a transaction's life."""
    max_sessions: int = 1000
    core_uuid: str | None = None
