"""One switch for the whole run, simulated or real, and its log beside every test that fails."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.acceptance.freeswitch_process import start_freeswitch
from tests.acceptance.sim_process import start_sim
from tests.acceptance.switch_under_test import SwitchUnderTest, end, tail

AGENTS = {"alice": "wonderland-7421", "bob": "builder-9035"}
"""Names and SIP passwords of the agents every switch under test knows."""

_failed = pytest.StashKey[bool]()


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


@pytest.fixture
def switch(switch_process: SwitchUnderTest, request: pytest.FixtureRequest) -> Iterator[SwitchUnderTest]:
    """The switch under test. What it logged during a test that fails is reported, and calls a test left are ended."""
    started_at = switch_process.log_file.stat().st_size if switch_process.log_file.exists() else 0
    yield switch_process
    if request.node.stash.get(_failed, False):
        print(f"--- {switch_process.kind} during this test\n{tail(switch_process.log_file, started_at)}")
    with switch_process.connect() as connection:
        connection.api("hupall NORMAL_CLEARING")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[_failed] = True
    return report
