"""Tests run as the engine does: patched for gevent before anything else is imported. And the options of the suite."""

from gevent import monkey

monkey.patch_all()

import pytest  # noqa: E402


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--switch",
        choices=("sim", "freeswitch"),
        default="sim",
        help="what the acceptance tests run against: the simulated switch, or the FreeSWITCH named by FREESWITCH_BIN",
    )
