"""Calls that programs place: the phone that is rung, and the orders given from outside the engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.core.control import DialOrder
from engine.shell.control.remote import RemoteControl
from tests.acceptance.caller import Caller
from tests.acceptance.engine_process import EngineProcess, Event, until
from tests.acceptance.ledger import no_channel_left, whole_story
from tests.acceptance.phone import Phone, phone


@contextmanager
def orders(engine: EngineProcess) -> Iterator[RemoteControl]:
    """Who gives orders to a running engine."""
    remote = RemoteControl(engine.redis_url)
    try:
        assert until(lambda: any(one.up for one in remote.serving()), 10.0), "no engine said that it serves"
        yield remote
    finally:
        remote.close()


@dataclass
class Dialled:
    """A call that was placed, and the phone it rings."""

    engine: EngineProcess
    phone: Phone
    call: str
    since: int

    @property
    def party(self) -> Caller:
        """Who answers, as one who hears and presses keys."""
        return Caller(self.phone.sipp, self.phone.ear, self.engine, self.since, "", _call=self.call)

    def event(self, type_: str, timeout: float = 15.0) -> Event:
        """The first event of a type of this call, waited for."""
        return self.party.event(type_, timeout)

    def types(self) -> list[str]:
        """The types of the events of the ended call; its story must be whole, and its switch empty."""
        self.event("call.ended")
        types = [event["type"] for event in whole_story(self.engine, self.call)]
        no_channel_left(self.engine.switch)
        return types

    def ended(self, timeout: float = 20.0) -> dict[str, Any]:
        """What call.ended says, waited for."""
        return dict(self.event("call.ended", timeout)["data"])


@contextmanager
def dialled(
    engine: EngineProcess, flow: str, folder: Path, *, scenario: str = "uas_told.xml", pause: int = 0, **order: Any
) -> Iterator[Dialled]:
    """Ring a phone at a SIP address for a flow; further words go into the order."""
    with phone(folder, scenario=scenario, pause=pause) as far, orders(engine) as control:
        since = engine.mark()
        placed = control.dial(DialOrder(f"sip:desk@127.0.0.1:{far.sipp.port}", flow, **order))
        yield Dialled(engine, far, placed.call, since)
