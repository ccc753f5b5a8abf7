"""The flows on disk, as the API sees them."""

from typing import Protocol

from engine.flow.loader import Loaded


class Flows(Protocol):
    """The project of this installation."""

    def loaded(self) -> Loaded:
        """The project as it is on disk now: its bundle, or what is wrong with it."""

    def check(self, name: str, text: str) -> Loaded:
        """The project as it would be with one file of this name (path from the project's root) and text."""
