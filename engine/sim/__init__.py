"""A simulated FreeSWITCH: event socket, SIP and RTP in one process, for tests, demos and authors.

It is held to dialogues recorded from a real FreeSWITCH. Importing this package does not patch anything; a process
that only serves the simulation runs `python -m engine.sim.serve`.
"""

from __future__ import annotations

from engine.sim.settings import SimSettings
from engine.sim.simulation import Simulation

__all__ = ["SimSettings", "Simulation"]
