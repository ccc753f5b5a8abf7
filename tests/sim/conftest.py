"""A running simulation, phones that call it, and a client on its event socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from engine.sim import SimSettings, Simulation
from tests.sim.conformance import make_sounds
from tests.sim.event_socket import EventSocket
from tests.sim.sip_peer import SipPeer


@dataclass(repr=False)
class World:
    """One simulation with what is connected to it."""

    simulation: Simulation
    folder: Path
    client: EventSocket
    phones: list[SipPeer] = field(default_factory=list)

    def phone(self, name: str = "sipp", **options: Any) -> SipPeer:
        phone = SipPeer(name, **options)
        self.phones.append(phone)
        return phone

    def parked(self, phone: SipPeer | None = None, number: str = "1000", **options: Any) -> tuple[SipPeer, str]:
        """A caller whose call is parked, and the call's id."""
        phone = phone or self.phone()
        seen = {event["Unique-ID"] for event in self.client.events if "Unique-ID" in event}
        phone.call(self.simulation.trunk_sip_port, number, **options)

        def fresh() -> str | None:
            for event in self.client.events:
                if event["Event-Name"] == "CHANNEL_PARK" and event["Unique-ID"] not in seen:
                    return str(event["Unique-ID"])
            return None

        return phone, self.client.wait(fresh, "CHANNEL_PARK")

    def answered(self, phone: SipPeer | None = None, **options: Any) -> tuple[SipPeer, str]:
        """A caller whose call is answered, and the call's id."""
        phone, call = self.parked(phone, **options)
        self.client.run(call, "answer")
        assert phone.answered.wait(5)
        return phone, call

    def close(self) -> None:
        self.client.close()
        for phone in self.phones:
            phone.close()


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[Callable[..., World]]:
    made: list[World] = []

    def make(**settings: Any) -> World:
        make_sounds(tmp_path)
        values: dict[str, Any] = {"treatment_after": 0, "sounds_dir": tmp_path, "sip_t1": 0.04, **settings}
        simulation = Simulation(SimSettings(**values))
        simulation.start()
        world = World(simulation, tmp_path, EventSocket(simulation.esl_port))
        made.append(world)
        return world

    yield make
    for world in made:
        world.close()
        world.simulation.stop()


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world(users={"1001": "secret", "1002": "hidden"})
