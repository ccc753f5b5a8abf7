"""The applications of the simulated switch: importing this package registers them all."""

from __future__ import annotations

from engine.sim.apps import answering, ending, parking, playback, variables

__all__ = ["answering", "ending", "parking", "playback", "variables"]
