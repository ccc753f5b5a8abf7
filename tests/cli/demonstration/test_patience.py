"""Waiting with an end."""

from engine.cli.demonstration.patience import wait_for


def test_it_waits_for_what_comes_and_not_for_what_does_not() -> None:
    turns = iter([False, False, True])
    assert wait_for(lambda: next(turns), 20)
    assert not wait_for(lambda: False, 0.05)
