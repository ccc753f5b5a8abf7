"""The page customers begin with: its receiver runs, believes nobody, and the numbers it tells are the numbers."""

import json
import os
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import Webhooks
from engine.shell.delivery.transport import Transport
from engine.webhooks.attempt import Attempt, Failure
from engine.webhooks.endpoint import Endpoint, EndpointId
from engine.webhooks.envelope import call_body
from engine.webhooks.retry_schedule import QUICK_WAITS, SLOW_FACTORS
from engine.webhooks.secret import new_secret
from engine.webhooks.signature import SignatureError, sign, verify

PAGE = (Path(__file__).parents[3] / "docs/webhooks.md").read_text("utf-8")
(CODE,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
SECRET, FORMER = new_secret(bytes(32)), new_secret(bytes([1] * 32))


def event(number: int) -> bytes:
    record = {"id": f"evt_c_{number}", "type": "call.dtmf", "version": 1, "at": 1763631000.125, "call": "c",
              "n": number, "tenant": "default", "data": {"digit": "5"}}  # fmt: skip
    return call_body(record)


class Running:
    """The page's receiver, as a customer starts it."""

    def __init__(self, path: Path) -> None:
        path.write_text(CODE)
        environment = {**os.environ, "PORT": "0", "WEBHOOK_SECRETS": f"{SECRET.text} {FORMER.text}"}
        self.process = subprocess.Popen([sys.executable, path], stdout=subprocess.PIPE, text=True, env=environment)
        self.url = self.line().removeprefix("listening at ")
        self.transport = Transport(Webhooks(allow_networks=("127.0.0.1",)))

    def line(self) -> str:
        assert self.process.stdout is not None
        with gevent.Timeout(20):
            return self.process.stdout.readline().strip()

    def send(self, number: int, *secrets: Any, attempt: int = 1) -> Attempt:
        endpoint = Endpoint(EndpointId("ep_1"), "default", self.url, ("*",), secrets or (SECRET,))
        return self.transport.post(endpoint, event(number), f"evt_c_{number}", attempt)

    def stop(self) -> None:
        self.transport.close()
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    receiver = Running(tmp_path / "receiver.py")
    yield receiver
    receiver.stop()


def test_the_receiver_takes_what_is_genuine_once(running: Running) -> None:
    forged = running.send(1, new_secret(bytes([9] * 32)))
    assert (forged.status, forged.failure) == (401, Failure.STATUS)
    for number, attempt in ((1, 1), (1, 2), (2, 1)):
        assert running.send(number, attempt=attempt).status == 204
    assert running.send(3, FORMER).status == 204
    assert [running.line() for _ in range(3)] == [
        f"2025-11-20T09:30:00.125Z call.dtmf c {number} {{'digit': '5'}}" for number in (1, 2, 3)
    ]


GENUINE: Any = {}
exec(CODE.replace('os.environ["WEBHOOK_SECRETS"].split()', "[]"), GENUINE)
KEYS = [SECRET.key, FORMER.key]
TEXTS = st.text(max_size=30)


@given(
    event_id=TEXTS,
    sent=TEXTS | st.integers(0, 2000).map(str),
    signature=TEXTS,
    body=st.binary(max_size=50),
    now=st.integers(1, 2000),
    signed=st.booleans(),
)
def test_its_verifier_judges_as_ours_does(
    event_id: str, sent: str, signature: str, body: bytes, now: int, signed: bool
) -> None:
    if signed and sent.isascii() and sent.isdigit():
        signature = sign([FORMER.key], event_id.encode("utf-8", "replace").decode(), int(sent), body)
    headers = {"webhook-id": event_id, "webhook-timestamp": sent, "webhook-signature": signature}
    theirs = GENUINE["genuine"]([SECRET.text, FORMER.text], headers, body, now)
    try:
        verify(KEYS, event_id, sent, signature, body, now)
    except SignatureError:
        assert not theirs or not event_id
    else:
        assert theirs


def test_its_verifier_knows_the_time() -> None:
    now = int(time.time())
    headers = {"webhook-id": "e", "webhook-timestamp": str(now), "webhook-signature": sign([KEYS[0]], "e", now, b"{}")}
    assert GENUINE["genuine"]([SECRET.text], headers, b"{}")
    assert not GENUINE["genuine"]([SECRET.text], headers, b"{}", now + 301)
    assert not GENUINE["genuine"]([SECRET.text], {}, b"{}")


def test_the_numbers_are_the_numbers() -> None:
    *waits, last = (f"{wait:g}" for wait in QUICK_WAITS)
    assert f"again after {', '.join(waits)} and {last} seconds" in PAGE
    assert f"waits {', '.join(map(str, SLOW_FACTORS))} times" in PAGE


def test_what_is_shown_is_well_formed() -> None:
    for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL):
        shown = json.loads(block)
        assert list(shown) == list(json.loads(event(1)))
    for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL):
        Webhooks.model_validate(tomllib.loads(block)["webhooks"] | {}, strict=False)
