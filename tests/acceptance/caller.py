"""A caller for acceptance tests: SIPp speaks SIP, an `RtpEar` hears, presses keys and talks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from tests.acceptance.audio import correlate, read_wav
from tests.acceptance.engine_process import EngineProcess, prompt_file, until
from tests.acceptance.rtp_ear import RtpEar
from tests.acceptance.sipp import SippProcess, start_sipp

SAME = 0.6
"""A correlation above which what was heard is that prompt."""


@dataclass
class Caller:
    """One call under way."""

    sipp: SippProcess
    ear: RtpEar
    engine: EngineProcess
    since: int

    @property
    def call(self) -> str:
        """The call's id, once it is known."""
        return str(self.engine.wait_event("call.initiated", self.since)["call"])

    def connect_media(self) -> None:
        """Send sound and keys to where the answer said."""
        self.ear.talk_to(self.sipp.remote_media())

    def hears(self, prompt: str, timeout: float = 10.0, since: int = 0) -> int:
        """Wait until the prompt was heard whole enough; the position after it. Fails with what was heard instead."""
        wanted = read_wav(prompt_file(self.engine.project, prompt))
        assert until(lambda: correlate(self.ear.heard(since), wanted) > SAME, timeout), (
            f"{prompt} was not heard in {len(self.ear.heard(since)) / 8000:.1f} s of sound"
        )
        return self.ear.mark()

    def heard(self, prompt: str, since: int = 0) -> bool:
        """Whether the prompt was heard so far."""
        return correlate(self.ear.heard(since), read_wav(prompt_file(self.engine.project, prompt))) > SAME

    def in_step(self, kind: str, timeout: float = 10.0) -> None:
        """Wait until the flow is in a step of this kind."""
        self.engine.wait_event("flow.step", self.since, timeout, lambda event: event["data"]["kind"] == kind)

    def ends(self, timeout: float = 20.0) -> dict[str, object]:
        """Wait for the end; its call.ended. Fails when SIPp saw anything unexpected."""
        run = self.sipp.wait(timeout)
        assert run.succeeded, self.sipp.messages()[-3000:]
        ended = self.engine.wait_event("call.ended", self.since)
        return dict(ended["data"])


@contextmanager
def calling(
    engine: EngineProcess, number: str, folder: Path, *, scenario: str = "uac_call.xml", pause: int = 0,
    keys: Mapping[str, str | int] | None = None, blanks: Mapping[str, str | int] | None = None,
) -> Iterator[Caller]:  # fmt: skip
    """Call a number of the test project."""
    since = engine.mark()
    with RtpEar() as ear:
        sipp = start_sipp(
            scenario, folder / f"caller-{uuid4().hex[:8]}", remote=engine.switch.trunk, service=number, pause=pause,
            keys={"ear_port": ear.port, **(keys or {})}, blanks=blanks,
        )  # fmt: skip
        try:
            yield Caller(sipp, ear, engine, since)
        finally:
            sipp.kill()
