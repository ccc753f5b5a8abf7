"""A caller for acceptance tests: SIPp speaks SIP, an `RtpEar` hears, presses keys and talks."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from uuid import uuid4

import gevent

from tests.acceptance.audio import locate, read_wav
from tests.acceptance.engine_process import EngineProcess, Event, prompt_file, until
from tests.acceptance.rtp_ear import PCMU, RtpEar
from tests.acceptance.sipp import SippProcess, start_sipp

SAME = 0.6
"""A correlation above which what was heard is that prompt."""


_numbers = count(2001)


@dataclass
class Caller:
    """One call under way. `number` is who calls; `calling` gives everybody one of their own."""

    sipp: SippProcess
    ear: RtpEar
    engine: EngineProcess
    since: int
    number: str = ""
    _call: str = field(default="", repr=False)

    @property
    def call(self) -> str:
        """The call's id, once it is known."""
        if not self._call:
            began = self.engine.wait_event("call.initiated", self.since, where=self._is_ours)
            self._call = str(began["call"])
        return self._call

    def _is_ours(self, event: Event) -> bool:
        return not self.number or bool(event["data"]["caller"] == self.number)

    def event(self, type_: str, timeout: float = 15.0) -> Event:
        """The first event of a type of this call, waited for."""
        call = self.call
        return self.engine.wait_event(type_, self.since, timeout, lambda event: event["call"] == call)

    def events(self) -> list[Event]:
        """The events of this call so far."""
        return self.engine.of(self.call)

    def connect_media(self) -> None:
        """Send sound and keys to where the answer said."""
        self.ear.talk_to(self.sipp.remote_media())

    def hears(self, prompt: str, timeout: float = 10.0, since: int = 0) -> int:
        """Wait until the prompt was heard whole enough; the position after it. Fails when it was not."""
        return self.hears_sound(read_wav(prompt_file(self.engine.project, prompt)), prompt, timeout, since)

    def hears_sound(self, wanted: array[int], name: str, timeout: float = 10.0, since: int = 0) -> int:
        """The same for a sound that is no prompt of the project."""
        place, found = since, -1

        def heard_it() -> bool:
            nonlocal place, found
            heard = self._heard(place)
            score, at = locate_aside(heard, wanted)
            if score > SAME:
                found = place + at + len(wanted)
            place += max(0, len(heard) - len(wanted))
            return found >= 0

        assert until(heard_it, timeout, every=0.1), f"{name} was not heard in {self.ear.mark() / 8000:.1f} s of sound"
        return found

    def heard(self, prompt: str, since: int = 0) -> bool:
        """Whether the prompt was heard so far."""
        return locate_aside(self._heard(since), read_wav(prompt_file(self.engine.project, prompt)))[0] > SAME

    def _heard(self, since: int) -> array[int]:
        media = self.sipp.media()
        if media is not None:
            self.ear.listen_to(media)
        return self.ear.heard(since)

    def in_step(self, kind: str, timeout: float = 10.0) -> None:
        """Wait until the flow is in a step of this kind."""
        call = self.call
        self.engine.wait_event(
            "flow.step", self.since, timeout, lambda event: event["call"] == call and event["data"]["kind"] == kind
        )

    def ends(self, timeout: float = 20.0) -> dict[str, object]:
        """Wait for the end; its call.ended. Fails when SIPp saw anything unexpected."""
        run = self.sipp.wait(timeout)
        assert run.succeeded, self.sipp.messages()[-3000:]
        return dict(self.event("call.ended")["data"])


def locate_aside(heard: array[int], wanted: array[int]) -> tuple[float, int]:
    """`locate` in a thread of its own: the ear, which talks every 20 ms, must not wait for it."""
    found: tuple[float, int] = gevent.get_hub().threadpool.apply(locate, (heard, wanted))
    return found


@contextmanager
def calling(
    engine: EngineProcess, number: str, folder: Path, *, scenario: str = "uac_call.xml", pause: int = 0,
    keys: Mapping[str, str | int] | None = None, blanks: Mapping[str, str | int] | None = None,
    payload_type: int = PCMU, since: int | None = None,
) -> Iterator[Caller]:  # fmt: skip
    """Call a number of the test project, in G.711 mu-law or, with `payload_type` PCMA, A-law.

    `since` is a mark made before, for a call that begins while events cannot be read.
    """
    since = engine.mark() if since is None else since
    values = {"caller": f"+1555000{next(_numbers)}", **(keys or {})}
    with RtpEar(payload_type=payload_type) as ear:
        encoding = "PCMU" if payload_type == PCMU else "PCMA"
        values |= {"ear_port": ear.port, "payload": payload_type, "encoding": encoding}
        sipp = start_sipp(
            scenario, folder / f"caller-{uuid4().hex[:8]}", remote=engine.switch.trunk, service=number, pause=pause,
            keys=values, blanks=blanks,
        )  # fmt: skip
        try:
            yield Caller(sipp, ear, engine, since, str(values["caller"]))
        finally:
            sipp.kill()
