"""The step kinds, one file each. A new kind is a new file here: it is found by itself."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from engine.flow.kind import Kind


def _discover() -> Mapping[str, type[Kind]]:
    found: dict[str, type[Kind]] = {}
    for module in iter_modules(__path__):
        for value in vars(import_module(f"{__name__}.{module.name}")).values():
            if isinstance(value, type) and issubclass(value, Kind) and "word" in vars(value):
                found[value.word] = value
    return MappingProxyType(dict(sorted(found.items())))


KINDS: Mapping[str, type[Kind]] = _discover()
"""Every kind by its YAML key."""
