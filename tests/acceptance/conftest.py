"""One switch and one engine for the whole run, and their logs beside every test that fails."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.acceptance.engine_process import EngineProcess, copy_project
from tests.acceptance.freeswitch_process import start_freeswitch
from tests.acceptance.sim_process import start_sim
from tests.acceptance.switch_under_test import SwitchUnderTest, end, tail
from tests.acceptance.web_service import WebService
from tests.shell.redis_server import RedisServer

AGENTS = {"alice": "wonderland-7421", "bob": "builder-9035", "carol": "christmas-1843"}
"""Names and SIP passwords of the agents every switch under test knows; carol's phone is registered by one test only."""

_failed = pytest.StashKey[bool]()
_engine = pytest.StashKey[EngineProcess]()


@pytest.fixture(scope="session")
def switch_process(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SwitchUnderTest]:
    """The switch named by --switch, started once."""
    folder = tmp_path_factory.mktemp("switch")
    if request.config.getoption("--switch") == "freeswitch":
        binary = os.environ.get("FREESWITCH_BIN", "")
        if not Path(binary).is_file():
            pytest.fail(f"--switch=freeswitch needs FREESWITCH_BIN to name the binary; it is {binary!r}")
        switch = start_freeswitch(Path(binary), folder, agents=AGENTS)
    else:
        switch = start_sim(folder, agents=AGENTS)
    yield switch
    end(switch.process)


@pytest.fixture(scope="session")
def service() -> Iterator[WebService]:
    """The web service flows ask."""
    with WebService() as service:
        yield service


@pytest.fixture(scope="session")
def redis_of_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A real Redis of the engine's own; without one installed the tests fail."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def engine_process(
    switch_process: SwitchUnderTest,
    redis_of_engine: RedisServer,
    service: WebService,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[EngineProcess]:
    """An engine for the switch under test, with a copy of the test project; `engine` starts it."""
    folder = tmp_path_factory.mktemp("engine")
    project = copy_project(folder / "project", service.url)
    engine = EngineProcess(folder, project, redis_of_engine.url, switch_process)
    request.session.stash[_engine] = engine
    yield engine
    engine.stop()


@pytest.fixture
def switch(switch_process: SwitchUnderTest, request: pytest.FixtureRequest) -> Iterator[SwitchUnderTest]:
    """The switch under test, without an engine unless the test wants one too.

    What it logged during a test that fails is reported, and calls a test left are ended.
    """
    started_at = _size(switch_process.log_file)
    running = request.session.stash.get(_engine, None)
    if running is not None and "engine" not in request.fixturenames:
        running.stop()
    yield switch_process
    if request.node.stash.get(_failed, False):
        print(f"--- {switch_process.kind} during this test\n{tail(switch_process.log_file, started_at)}")
    with switch_process.connect() as connection:
        connection.api("hupall NORMAL_CLEARING")


@pytest.fixture
def engine(
    switch: SwitchUnderTest, engine_process: EngineProcess, request: pytest.FixtureRequest
) -> Iterator[EngineProcess]:
    """The engine, serving the switch under test. What it logged during a test that fails is reported."""
    started_at = _size(engine_process.log)
    if not engine_process.running:
        engine_process.start()
    yield engine_process
    if request.node.stash.get(_failed, False):
        print(f"--- engine during this test\n{tail(engine_process.log, started_at)}")


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[_failed] = True
    return report
