"""Signals as compact JSON lines and back: `[name, field, ...]`, nested the same way. The list of them is the call."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from operator import attrgetter
from typing import Any, get_args

import orjson

from engine.core import signals
from engine.core.effects import DialTarget
from engine.core.signals import Signal

_UNIONS = (signals.Signal, signals.Answer, DialTarget)
_CLASSES: dict[str, type] = {cls.__name__: cls for union in _UNIONS for cls in get_args(union)}
_FIELDS: dict[type, tuple[str, ...]] = {cls: tuple(f.name for f in fields(cls)) for cls in _CLASSES.values()}


def encode(signal: Signal) -> bytes:
    """One journal line. Raises TypeError for a value no journal can hold."""
    return orjson.dumps(_plain(signal), default=_plain, option=orjson.OPT_PASSTHROUGH_DATACLASS)


def decode(line: bytes) -> Signal:
    """The signal of a journal line. Raises ValueError for a line no version of this program wrote."""
    value = _value(orjson.loads(line))
    if not is_dataclass(value) or isinstance(value, type) or type(value) not in get_args(Signal):
        raise ValueError(f"not a journal line: {line[:80]!r}")
    return value  # type: ignore[return-value]


def _plain(value: Any) -> list[Any]:
    cls = type(value)
    read = _READ.get(cls)
    if read is None:
        raise TypeError(f"not for a journal: {cls.__name__}")
    return [cls.__name__, *read(value)]


def _reader(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """Reads these fields of an object, in this order."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


_READ = {cls: _reader(names) for cls, names in _FIELDS.items()}


def _value(value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], str) and value[0] in _CLASSES:
        cls = _CLASSES[value[0]]
        try:
            return cls(*(_value(item) for item in value[1:]))
        except TypeError as error:
            raise ValueError(f"a {value[0]} of another version") from error
    return value
