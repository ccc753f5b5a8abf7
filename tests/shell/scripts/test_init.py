"""The scripts are found, also in an installed package, and Redis can read each of them."""

from importlib.resources import files

import pytest

from engine.shell import scripts
from tests.shell.redis_server import RedisServer

NAMES = sorted(entry.name.removesuffix(".lua") for entry in files(scripts).iterdir() if entry.name.endswith(".lua"))


def test_there_are_scripts() -> None:
    assert {"claim", "commit", "own"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_script_says_what_it_does_and_redis_reads_it(name: str, redis_server: RedisServer) -> None:
    text = scripts.source(name)
    assert text.startswith("-- ")
    assert redis_server.client().script_load(text)


def test_one_that_does_not_exist_is_told() -> None:
    with pytest.raises(FileNotFoundError):
        scripts.source("nonsense")
