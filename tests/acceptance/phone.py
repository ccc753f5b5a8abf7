"""People of an acceptance test: an agent's phone and a caller, who do what the test says when it says so.

SIPp runs their scenarios; an INFO with the Call-ID of their call, sent by the test past the switch, is the test's word.
"""

from __future__ import annotations

import re
import socket
from array import array
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from tests.acceptance.audio import silence, sweep
from tests.acceptance.caller import Caller, calling, locate_aside
from tests.acceptance.engine_process import EngineProcess, until
from tests.acceptance.rtp_ear import RtpEar
from tests.acceptance.sipp import SippProcess, free_udp_port, run_sipp, start_sipp
from tests.acceptance.switch_under_test import SwitchUnderTest

HEARD = 0.6
"""A correlation above which somebody heard what the other said."""


def tell(sipp: SippProcess, host: str = "127.0.0.1") -> None:
    """Say the word to the last call of a SIPp, which must wait for an INFO."""
    call_id = re.findall(r"^Call-ID: *(\S+)", sipp.messages(), re.MULTILINE | re.IGNORECASE)[-1]
    lines = (
        f"INFO sip:test@{host}:{sipp.port} SIP/2.0", f"Via: SIP/2.0/UDP {host}:9;branch=z9hG4bK{uuid4().hex}",
        f"From: <sip:test@{host}>;tag=test", f"To: <sip:phone@{host}>", f"Call-ID: {call_id}", "CSeq: 1 INFO",
        "Max-Forwards: 70", "Content-Length: 0", "", "",
    )  # fmt: skip
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto("\r\n".join(lines).encode(), (host, sipp.port))


def hang_up(caller: Caller) -> None:
    """Have a caller of `told_caller` hang up; the answer must have come."""
    assert caller.sipp.wait_for_message(r"\nACK sip:"), "the call was not answered"
    tell(caller.sipp)


@dataclass
class Phone:
    """A phone that waits for one call."""

    sipp: SippProcess
    ear: RtpEar

    def rings(self, timeout: float = 10.0) -> None:
        """Wait until it rings."""
        assert self.sipp.wait_for_message(r"SIP/2.0 180 Ringing", timeout), "the phone was not rung"

    @property
    def was_rung(self) -> bool:
        """Whether it ever was."""
        return "INVITE sip:" in self.sipp.messages()

    def answer(self) -> None:
        """Pick up, and wait until the switch knows."""
        self.rings()
        tell(self.sipp)
        assert self.sipp.wait_for_message(r"\nACK sip:"), "the answer was not confirmed"
        self.ear.talk_to(self.sipp.remote_media())

    def hang_up(self) -> None:
        """End the talk."""
        tell(self.sipp)

    def was_cancelled(self, timeout: float = 10.0) -> bool:
        """Whether the ring was taken back."""
        return self.sipp.wait_for_message(r"\nCANCEL sip:", timeout)

    def shown(self) -> str:
        """The caller as its display shows: the From header."""
        found = re.search(r"^From:(.*)$", self.sipp.messages(), re.MULTILINE)
        assert found is not None, "the phone was not rung"
        return found[1].strip()

    def disappear(self) -> None:
        """Its cable is pulled."""
        self.ear.close()
        self.sipp.kill()

    def is_done(self, timeout: float = 10.0) -> None:
        """Wait until its scenario has ended, with nothing unexpected."""
        run = self.sipp.wait(timeout)
        assert run.succeeded, run.log[-3000:]


@contextmanager
def phone(
    folder: Path, *, port: int | None = None, scenario: str = "uas_told.xml", pause: int = 0, calls: int = 1
) -> Iterator[Phone]:
    """A phone at a port, any free one by default."""
    with RtpEar() as ear:
        sipp = start_sipp(
            scenario, folder / f"phone-{uuid4().hex[:8]}", local_port=port or free_udp_port(), pause=pause, calls=calls,
            keys={"ear_port": ear.port},
        )  # fmt: skip
        try:
            yield Phone(sipp, ear)
        finally:
            sipp.kill()


def register(switch: SwitchUnderTest, name: str, port: int, folder: Path) -> None:
    """Register an agent's phone at a port, with its password."""
    run = run_sipp(
        "register.xml", folder / f"register-{uuid4().hex[:8]}", remote=switch.agent_port, service=name, user=name,
        password=switch.agents[name], keys={"domain": switch.domain, "contact_port": port},
    )  # fmt: skip
    assert run.succeeded, run.log


@contextmanager
def registered_phone(
    switch: SwitchUnderTest, name: str, folder: Path, *, scenario: str = "uas_told.xml", pause: int = 0
) -> Iterator[Phone]:
    """An agent's registered phone."""
    with phone(folder, scenario=scenario, pause=pause) as found:
        register(switch, name, found.sipp.port, folder)
        yield found


@contextmanager
def told_caller(
    engine: EngineProcess, number: str, folder: Path, *, keys: Mapping[str, str | int] | None = None,
    since: int | None = None,
) -> Iterator[Caller]:  # fmt: skip
    """A caller who hangs up when told; `since` as in `calling`."""
    defaults: dict[str, str | int] = {"to_user": "nobody", "to_port": 9}
    with calling(
        engine, number, folder, scenario="uac_told.xml", keys=defaults | dict(keys or {}), since=since
    ) as caller:
        yield caller


def hear_each_other(one: RtpEar, two: RtpEar) -> None:
    """Both talk at once, and each hears the other; what a busy machine tore apart is said again."""
    questions = sweep(320, 1500, 0.8), sweep(2100, 800, 0.8)
    answers: list[str] = []
    for _ in range(3):
        since = one.mark(), two.mark()
        one.say(silence(0.2) + questions[0])
        two.say(silence(0.2) + questions[1])
        # Nothing is searched for while they talk: the search would hold their voices up.
        assert one.wait_until_said()
        assert two.wait_until_said()
        heard = hears(two, questions[0], since[1], 2.0), hears(one, questions[1], since[0], 2.0)
        if all(heard):
            return
        answers.append(f"the second heard: {heard[0]}, the first heard: {heard[1]}")
    raise AssertionError(answers)


def hears(ear: RtpEar, sound: array[int], since: int = 0, timeout: float = 10.0) -> bool:
    """Wait until somebody heard a sound; whether it was heard in time."""
    return until(lambda: locate_aside(ear.heard(since), sound)[0] > HEARD, timeout, every=0.2)
