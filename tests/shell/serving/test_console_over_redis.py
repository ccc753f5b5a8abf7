"""The console with everything real behind it but the engine: keys, sessions, records, events and endpoints in Redis."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.config import Api, Settings
from engine.shell.records.recorder import Recorder
from engine.shell.serving.process import ApiProcess
from engine.shell.store import connect
from tests.api.console.chromium import Chromium
from tests.shell.records.told import ToldCall, append
from tests.shell.redis_server import RedisServer
from tests.shell.waiting import eventually

FLOW = "flow: hello\nstart: a\nblocks:\n  a:\n    - answer:\n    - hangup:\n"


@pytest.fixture
def process(redis_server: RedisServer, tmp_path: Path) -> Iterator[ApiProcess]:
    (tmp_path / "ivr_flows").mkdir()
    (tmp_path / "ivr_flows/hello.flow.yaml").write_text(FLOW)
    settings = Settings(project_dir=tmp_path, state_dir=tmp_path / "var", api=Api(port=0), tenant="acme")
    process = ApiProcess(settings, redis_server.url)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def recorder(redis_server: RedisServer) -> Iterator[Recorder]:
    recorder = Recorder(connect(redis_server.url), keep_hours=87600)
    recorder.start()
    yield recorder
    recorder.stop()


@pytest.fixture
def window(process: ApiProcess) -> Iterator[Chromium]:
    browser = Chromium().open(process.address)
    yield browser
    browser.close()


def test_a_working_day(window: Chromium, process: ApiProcess, recorder: Recorder, redis_server: RedisServer) -> None:
    text, key = process.keys.create("acme", "console", ["*"])
    window.go("/console/")
    window.tell("fill", "#key", text)
    window.tell("click", "main button")
    window.sees("Nobody is on the line")
    call = ToldCall("11111111-2222-4333-8444-555555555555", "acme", time.time()).begins("hello", caller="+4930123")
    append(redis_server.client(), call, ToldCall("other", "else", time.time()).begins(caller="+666"))
    window.sees("+4930123")
    window.sees("hello.flow.yaml:7")
    begun = len(call.events)
    call.events = call.step("hello", "goodbye", 1, "hangup", 9).ends().events[begun:]
    append(redis_server.client(), call)
    window.sees("Nobody is on the line")
    window.go(f"/console/calls/{call.call}")
    window.sees("The caller hung up")
    window.go("/console/events?types=call.*")
    window.sees("+4930123 called 100")
    append(redis_server.client(), ToldCall("later", "acme", time.time()).begins(caller="+4940"))
    window.sees("+4940 called 100")
    assert "+666" not in window.value("document.documentElement.outerHTML")
    window.go("/console/webhooks/new")
    window.tell("fill", "#w-url", "https://hooks.example.com/in")
    window.tell("click", "main button.primary")
    window.sees("whsec_")
    window.go("/console/flows")
    window.sees("hello")
    window.go("/console/dial")
    assert window.problems == []
    window.tell("fill", "#d-to", "+442079460999")
    window.tell("click", "main button.primary")
    window.until("document.querySelector('[role=alert]')")  # no engine is there to place it
    process.keys.revoke(key.id)
    eventually(lambda: process.keys.holder(key.id) is None, "the end of the key")
    window.go("/console/flows")
    window.sees("API key")
