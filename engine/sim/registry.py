"""Where applications and API commands put themselves to be found by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.sim.core import Core
    from engine.sim.session import Session

Application = Callable[["Session", str], None]
Command = Callable[["Core", str], str]

APPLICATIONS: dict[str, Application] = {}
COMMANDS: dict[str, Command] = {}


def application(*names: str) -> Callable[[Application], Application]:
    """Make a function the application of these names; it gets the session and the expanded argument."""

    def register(function: Application) -> Application:
        for name in names:
            APPLICATIONS[name] = function
        return function

    return register


def command(*names: str) -> Callable[[Command], Command]:
    """Make a function the API command of these names; it gets the core and the text after the name."""

    def register(function: Command) -> Command:
        for name in names:
            COMMANDS[name] = function
        return function

    return register
