"""The real thing fits what the API asks for."""

from engine.api.ports.usage import Usage
from engine.shell.records.usage import Usage as Kept
from engine.shell.store import connect


def test_the_kept_usage_fits() -> None:
    usage: Usage = Kept(connect("redis://127.0.0.1:1/0"))
    assert callable(usage.month)
