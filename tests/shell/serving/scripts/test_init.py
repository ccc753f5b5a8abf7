"""The scripts of the API: each begins with what it does, and Redis takes it."""

from importlib.resources import files

import pytest

from engine.shell.serving import scripts
from engine.shell.serving.scripts import source
from tests.shell.redis_server import RedisServer

NAMES = sorted(file.name.removesuffix(".lua") for file in files(scripts).iterdir() if file.name.endswith(".lua"))


@pytest.mark.parametrize("name", NAMES)
def test_a_script_says_what_it_does_and_loads(name: str, redis_server: RedisServer) -> None:
    assert source(name).startswith("-- ")
    assert redis_server.client().script_load(source(name))


def test_one_that_is_not_there_is_told() -> None:
    with pytest.raises(FileNotFoundError):
        source("nothing")
