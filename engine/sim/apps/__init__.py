"""The applications of the simulated switch: importing this package registers them all."""

from __future__ import annotations

from engine.sim.apps import (
    answering,
    bridging,
    collecting,
    digits,
    ending,
    parking,
    playback,
    recording,
    scheduling,
    speaking,
    variables,
)

__all__ = [
    "answering",
    "bridging",
    "collecting",
    "digits",
    "ending",
    "parking",
    "playback",
    "recording",
    "scheduling",
    "speaking",
    "variables",
]
