"""What a simulated switch is told before it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


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
    message_delay: float = 0.0
    """Seconds before a waiting channel sees what a client sent; FreeSWITCH looks every 20 ms, this looks at once."""
    heartbeat_seconds: float = 20.0
    sip_t1: float = 0.5
    """RFC 3261's T1 in seconds: the first retransmission interval, and 1/64 of a transaction's life."""
    max_sessions: int = 1000
    core_uuid: str | None = None
