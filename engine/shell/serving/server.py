"""The HTTP server: gevent's, with bounded connections and an orderly end."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gevent
from gevent.pool import Pool
from gevent.pywsgi import WSGIServer

from engine.core.errors import SettingsError
from engine.shell.serving.connection import Connection

Answered = Callable[[str, int, float], None]
"""Told of each request: its method, the status of the reply, and the seconds it took."""


class Server(WSGIServer):
    """Serves one WSGI application. Port 0 takes a free one, see `server_port`. Connections over the bound wait."""

    handler_class = Connection

    def __init__(
        self, application: Any, host: str, port: int, *, connections: int = 1000, answered: Answered | None = None
    ) -> None:
        name = {"SERVER_NAME": host}  # otherwise the DNS is asked for it
        super().__init__((host, port), application, spawn=Pool(connections), log=None, error_log=None, environ=name)
        self._where = f"{host}:{port}"
        self.connections: set[Connection] = set()
        self.stopping = False
        self.answered = answered or _nobody

    def start(self) -> None:
        """Listen. Raises SettingsError when the address cannot be had."""
        try:
            super().start()
        except OSError as error:
            raise SettingsError(
                f"api.host, api.port: cannot listen at {self._where} ({_said(error)}); stop what listens there, or "
                "give it another port (SWITCHBOARD_API__PORT)"
            ) from None

    def stop(self, timeout: float | None = 5.0) -> None:
        """Take no more requests, let those under way end within `timeout` seconds, and cut off the rest."""
        self.stopping = True
        self.close()
        for connection in list(self.connections):
            connection.hang_up()
        with suppress(gevent.Timeout):
            super().stop(timeout)


def _said(error: OSError) -> str:
    """What the system says; gevent adds the address to it."""
    return (error.strerror or str(error)).partition(": (")[0]


def _nobody(_method: str, _status: int, _seconds: float) -> None:
    """Nobody is told."""
