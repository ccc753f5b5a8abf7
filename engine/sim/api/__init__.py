"""The API commands of the simulated switch: importing this package registers them all."""

from __future__ import annotations

from engine.sim.api import killing, originating, recording, scheduling, showing, status, steering, variables

__all__ = ["killing", "originating", "recording", "scheduling", "showing", "status", "steering", "variables"]
