"""The simulated switch as one object to start and stop."""

from __future__ import annotations

import logging
import socket as plain_socket
from types import TracebackType

import gevent
from gevent import socket

from engine.sim import api, apps
from engine.sim.core import Core
from engine.sim.listener import Listener
from engine.sim.settings import SimSettings
from engine.sim.sip_profile import SipProfile

log = logging.getLogger(__name__)
BANNER = "simulated switch, not FreeSWITCH"
# Importing the two packages fills the registries.
_REGISTERED = (api, apps)


class Simulation:
    """A switch that is none: event socket, SIP and RTP, for tests, demos and authors."""

    def __init__(self, settings: SimSettings) -> None:
        self.settings = settings
        self.core = Core(settings)
        self._server: socket.socket | None = None
        self._greenlets: list[gevent.Greenlet[..., None]] = []

    def __enter__(self) -> Simulation:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def esl_port(self) -> int:
        """The port of the event socket."""
        assert self._server is not None, "not started"
        return int(self._server.getsockname()[1])

    @property
    def trunk_sip_port(self) -> int:
        """The UDP port carriers send calls to."""
        return self.core.profiles["trunk"].transport.port

    @property
    def agent_sip_port(self) -> int:
        """The UDP port agents register at."""
        return self.core.profiles["agents"].transport.port

    def start(self) -> None:
        """Bind every port and begin to serve; OSError when a port is taken."""
        settings = self.settings
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        server.setsockopt(plain_socket.SOL_SOCKET, plain_socket.SO_REUSEADDR, 1)
        server.bind((settings.host, settings.esl_port))
        server.listen(128)
        self._server = server
        self.core.profiles["trunk"] = SipProfile(self.core, "trunk", settings.trunk_sip_port, authenticates=False)
        self.core.profiles["agents"] = SipProfile(self.core, "agents", settings.agent_sip_port, authenticates=True)
        self.core.clock.start()
        for profile in self.core.profiles.values():
            profile.transport.start()
        self._greenlets = [gevent.spawn(self._accept, server), gevent.spawn(self._beat)]
        log.info("%s: event socket on port %d", BANNER, self.esl_port)

    def stop(self) -> None:
        """Hang up every call, say goodbye to every client, release every port."""
        for session in list(self.core.sessions.values()):
            session.channel.hang_up("SYSTEM_SHUTDOWN")
        gevent.joinall([gevent.spawn(session.finished.wait, 1) for session in list(self.core.sessions.values())])
        for listener in list(self.core.listeners):
            listener.close()
        gevent.sleep(0)
        gevent.killall(self._greenlets)
        self.core.schedule.cancel_all()
        self.core.clock.stop()
        for profile in self.core.profiles.values():
            profile.transport.stop()
        if self._server is not None:
            self._server.close()

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            client.setsockopt(plain_socket.IPPROTO_TCP, plain_socket.TCP_NODELAY, 1)
            gevent.spawn(Listener(self.core, client).serve)

    def _beat(self) -> None:
        while True:
            gevent.sleep(self.settings.heartbeat_seconds)
            if self.core.wanted("HEARTBEAT"):
                self.core.heartbeat()
