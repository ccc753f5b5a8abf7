"""Orders and receipts as JSON: between who gives an order and the engine that carries it out."""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import orjson

from engine.core.control import (
    CallPlaced,
    DialOrder,
    FlowOrder,
    FlowsReloaded,
    HangUpOrder,
    Order,
    OrderTaken,
    Receipt,
    ReloadOrder,
)
from engine.core.errors import CONTROL_FAULTS, ControlError

_ORDERS: Mapping[str, type[Any]] = {"dial": DialOrder, "hangup": HangUpOrder, "flow": FlowOrder, "reload": ReloadOrder}
_RECEIPTS: Mapping[str, type[Any]] = {"placed": CallPlaced, "taken": OrderTaken, "reloaded": FlowsReloaded}
_NAMES = {cls: name for names in (_ORDERS, _RECEIPTS) for name, cls in names.items()}
_HINTS = {cls: get_type_hints(cls) for cls in _NAMES}


@dataclass(frozen=True, slots=True)
class Sent:
    """An order on its way. `id` is a uuid, and that of the call it places; after `until` (milliseconds of Redis's own
    clock) nobody waits for it any more, and it must not be carried out.
    """

    id: str
    until: int
    order: Order


def write_order(sent: Sent) -> bytes:
    """One line of a list of orders. Raises ControlError for an order that no engine would understand."""
    record = {"id": sent.id, "until": sent.until, "order": _NAMES[type(sent.order)], "fields": asdict(sent.order)}
    try:
        line = orjson.dumps(record)
        read_order(line)
    except (TypeError, ValueError) as error:
        raise ControlError(f"not an order: {error}") from None
    return line


def read_order(line: bytes) -> Sent:
    """The order of a line. Raises ValueError for what is none."""
    record = _record(line)
    order = _made(_ORDERS.get(str(record.get("order"))), record.get("fields"))
    number, until = record.get("id"), record.get("until")
    if not isinstance(number, str) or not isinstance(until, int):
        raise ValueError("an order without id or end")
    return Sent(number, until, order)


def write_receipt(receipt: Receipt) -> bytes:
    """What is answered to an order that was carried out."""
    return orjson.dumps({"receipt": _NAMES[type(receipt)], "fields": asdict(receipt)})


def write_fault(error: ControlError) -> bytes:
    """What is answered to one that was not."""
    return orjson.dumps({"fault": error.fault, "message": str(error), "retry_after": error.retry_after})


def read_receipt(line: bytes) -> Receipt:
    """What became of an order. Raises ControlError when it was not carried out, ValueError for what is no answer."""
    record = _record(line)
    if "fault" in record:
        known = next((fault for fault in CONTROL_FAULTS if fault == record["fault"]), CONTROL_FAULTS[0])
        after = record.get("retry_after")
        raise ControlError(str(record.get("message")), known, float(after) if isinstance(after, int | float) else 0.0)
    receipt: Receipt = _made(_RECEIPTS.get(str(record.get("receipt"))), record.get("fields"))
    return receipt


def _record(line: bytes) -> dict[str, Any]:
    record = orjson.loads(line)
    if not isinstance(record, dict):
        raise ValueError("no JSON object")
    return record


def _made(cls: type[Any] | None, given: Any) -> Any:
    """An order or receipt of plain fields; those this version does not know are passed over."""
    if cls is None or not isinstance(given, dict):
        raise ValueError("no order or receipt of this version")
    values = {}
    for field in fields(cls):
        if field.name not in given:
            if field.default is MISSING and field.default_factory is MISSING:
                raise ValueError(f"{cls.__name__} without {field.name}")
            continue
        value, hint = given[field.name], _HINTS[cls][field.name]
        if not _fits(value, hint):
            raise ValueError(f"{cls.__name__} with another {field.name}")
        values[field.name] = tuple(value) if get_origin(hint) is tuple else value
    return cls(**values)


def _fits(value: Any, hint: Any) -> bool:
    hint = getattr(hint, "__supertype__", hint)
    origin = get_origin(hint)
    if origin is UnionType:
        return any(_fits(value, part) for part in get_args(hint))
    if origin is tuple:
        return isinstance(value, list) and all(_fits(item, get_args(hint)[0]) for item in value)
    if origin is not None:  # a mapping of JSON
        return isinstance(value, dict)
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, hint)
