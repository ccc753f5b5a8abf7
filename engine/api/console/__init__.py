"""The web console under /console: pages made on the server, usable without JavaScript and live with it."""

from engine.api.console.pages import site as blueprint

__all__ = ["blueprint"]
