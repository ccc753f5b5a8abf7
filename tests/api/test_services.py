"""The world behind the API."""

from dataclasses import FrozenInstanceError, fields

import pytest

from engine.api.services import Services


def test_it_cannot_be_changed_under_the_api(world: Services) -> None:
    with pytest.raises(FrozenInstanceError):
        world.keys = world.keys  # type: ignore[misc]


def test_every_part_is_there(world: Services) -> None:
    assert all(getattr(world, field.name) is not None for field in fields(Services))
