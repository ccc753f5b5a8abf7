"""The simulated switch's centre: its sessions, its listeners, its clock, and the dialplan that parks."""

from __future__ import annotations

import logging
import time
import uuid as uuids
from collections import OrderedDict
from typing import TYPE_CHECKING

from engine.sim.channel import Channel
from engine.sim.event import Event, EventFactory
from engine.sim.media import MediaClock, RtpPorts
from engine.sim.registry import COMMANDS
from engine.sim.schedule import Schedule
from engine.sim.session import Session
from engine.sim.settings import SimSettings
from engine.sim.sources import SoundLibrary
from engine.sim.transfer import transfer

if TYPE_CHECKING:
    from engine.sim.listener import Listener
    from engine.sim.sip_profile import SipProfile

log = logging.getLogger(__name__)
TREATMENT = "treatment"
"""The context a call is sent to while no engine takes it; its rounds are destinations there."""
TREATMENT_ROUNDS = 5
_TREATMENT_TONE = "tone_stream://v=-20;%(300,300,440);%(300,2100,480);loops=2"


class Core:
    """Everything the parts of one simulated switch share."""

    def __init__(self, settings: SimSettings) -> None:
        self.settings = settings
        self.started = time.time()
        self.core_uuid = settings.core_uuid or str(uuids.uuid4())
        self.events = EventFactory(self.core_uuid, "simulated-switch", settings.host)
        self.sessions: OrderedDict[str, Session] = OrderedDict()
        self.listeners: dict[Listener, None] = {}
        self.globals: dict[str, str] = {
            "hostname": "simulated-switch",
            "local_ip_v4": settings.host,
            "domain": settings.domain,
            "core_uuid": self.core_uuid,
            **settings.global_variables,
        }
        self.schedule = Schedule()
        self.clock = MediaClock()
        self.rtp = RtpPorts(settings.host, *settings.rtp_ports)
        self.sounds = SoundLibrary(settings.sounds_dir, settings.music_dir)
        self.profiles: dict[str, SipProfile] = {}
        self.sessions_ever = 0
        self.sessions_peak = 0

    def now(self) -> float:
        """A clock in seconds that never goes back."""
        return time.monotonic()

    def wall_time(self) -> float:
        """Seconds since 1970."""
        return time.time()

    # Events

    def publish(self, event: Event) -> None:
        """Give an event to every client that wants it."""
        for listener in list(self.listeners):
            listener.send_event(event)

    def wanted(self, name: str) -> bool:
        """Whether any client wants events of this name; building one costs more than asking."""
        return any(listener.listening and listener.subscription.wants_name(name) for listener in self.listeners)

    def heartbeat(self) -> None:
        """Publish one HEARTBEAT."""
        up = int(time.time() - self.started)
        event = self.events.new("HEARTBEAT")
        event.headers |= {
            "Event-Info": "System Ready",
            "Up-Time": f"0 years, {up // 86400} days, {up // 3600 % 24} hours, {up // 60 % 60} minutes, "
            f"{up % 60} seconds, 0 milliseconds, 0 microseconds",
            "FreeSWITCH-Version": "1.10.12-release+simulated",
            "Uptime-msec": str(int((time.time() - self.started) * 1000)),
            "Session-Count": str(len(self.sessions)),
            "Max-Sessions": str(self.settings.max_sessions),
            "Session-Per-Sec": "1000",
            "Session-Since-Startup": str(self.sessions_ever),
            "Session-Peak-Max": str(self.sessions_peak),
            "Idle-CPU": "100.000000",
        }
        self.publish(event)

    def activity(self, session: Session) -> None:
        """Tell the clients who read the log that an application begins."""
        if session.last_application is not None:
            name, argument = session.last_application
            for listener in list(self.listeners):
                listener.send_log(7, f"EXECUTE {session.channel.name} {name}({argument})")

    # Commands

    def run_command(self, text: str) -> str:
        """Run an API command as `api` does; an unknown one is an error text."""
        name, _, argument = text.strip().partition(" ")
        command = COMMANDS.get(name.lower())
        if command is None:
            return f"-ERR {name} Command not found!\n"
        try:
            return command(self, argument.strip())
        except Exception:
            log.exception("api %s failed", name)
            return "-ERR internal error\n"

    # Sessions

    def new_session(self, name: str, direction: str, uuid: str | None = None) -> Session | None:
        """A new session; None when its uuid is taken or there are too many."""
        uuid = uuid or str(uuids.uuid4())
        if uuid in self.sessions or len(self.sessions) >= self.settings.max_sessions:
            return None
        channel = Channel(uuid, name, direction, self.events, self.publish, self.wanted, self.globals.get)
        session = Session(self, channel)
        self.sessions[uuid] = session
        self.sessions_ever += 1
        self.sessions_peak = max(self.sessions_peak, len(self.sessions))
        channel.set("direction", direction)
        if direction == "outbound":
            channel.set("is_outbound", "true")
        channel.set("uuid", uuid)
        channel.set("call_uuid", uuid)
        channel.set("session_id", str(self.sessions_ever))
        return session

    def forget(self, session: Session) -> None:
        """A session is over."""
        if self.sessions.get(session.uuid) is session:
            del self.sessions[session.uuid]

    def session_of(self, uuid: str) -> Session | None:
        """The live session of a uuid."""
        return self.sessions.get(uuid.strip())

    # The dialplan: park, and look after the caller when no engine comes

    def dialplan(self, session: Session) -> list[tuple[str, str]]:
        """The applications of a call's destination: it parks, with a transfer to the treatment planned meanwhile."""
        channel = session.channel
        destination = channel.profile.destination_number if channel.profile is not None else ""
        channel.append("DP_MATCH", destination)
        channel.append("DP_MATCH", destination)
        if channel.profile is not None and channel.profile.context == TREATMENT:
            return self._treatment(destination)
        for name, value in self.settings.park_variables.items():
            channel.set(name, value)
        if self.settings.treatment_after > 0:
            self.schedule.after(self.settings.treatment_after, session.uuid, lambda: self._treat(session))
        return [("park", "")]

    def _treat(self, session: Session) -> None:
        transfer(session, f"{TREATMENT}_1", "XML", TREATMENT)

    def _treatment(self, destination: str) -> list[tuple[str, str]]:
        """Answer, play, park again and plan the next round; after some rounds the call ends."""
        number = destination.removeprefix(f"{TREATMENT}_")
        if not number.isdecimal():
            return [("hangup", "NORMAL_TEMPORARY_FAILURE")]
        after = f"{TREATMENT}_{int(number) + 1}" if int(number) < TREATMENT_ROUNDS else f"{TREATMENT}_end"
        sounds = self.settings.sounds_dir
        announcement = sounds / "treatment.wav" if sounds is not None else None
        found = announcement is not None and announcement.is_file()
        return [
            ("answer", ""),
            ("playback", str(announcement) if found else _TREATMENT_TONE),
            ("sched_transfer", f"+{self.settings.treatment_after:g} {after} XML {TREATMENT}"),
            ("park", ""),
        ]
