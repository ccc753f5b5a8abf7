"""A filter that asks for nothing holds for every call."""

from dataclasses import astuple

from engine.api.ports.calls import CallFilter


def test_an_empty_filter_asks_for_nothing() -> None:
    assert not any(astuple(CallFilter()))
