"""One case for each of some values: `for_each` spelled out, with every part of a case keeping its place in the file."""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from engine.core.signals import Json
from engine.flow.finding import Finding
from engine.flow.suggestion import did_you_mean
from engine.flow.values import to_text
from engine.flow.yaml_source import Located, LocatedList, LocatedMap, place_of

MOST_VALUES = 1000
"""Cases that one case may stand for."""
_NAME = re.compile(r"(\$?)\$\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}")

Values = Mapping[str, Json]


def expanded(case: LocatedMap, findings: list[Finding]) -> Iterator[LocatedMap]:
    """The case itself, or one for each set of values of its `for_each`, with these filled in."""
    written = case.get("for_each")
    if "for_each" not in case or written is None:
        yield case
        return
    sets = _value_sets(case, written, findings)
    unknown: set[tuple[int, int]] = set()
    for values in sets:
        filled = _filled(case, values, case, (), findings, unknown)
        if len(sets) > 1 and str(case.get("name")) == str(filled.get("name")):
            told = ", ".join(f"{name} {to_text(value)}" for name, value in values.items())
            filled["name"] = f"{filled.get('name')} ({told})"[:200]
        del filled["for_each"]
        yield filled


def _value_sets(case: LocatedMap, written: Any, findings: list[Finding]) -> list[Values]:
    place = place_of(case, ("for_each",))
    message = ""
    if isinstance(written, LocatedMap) and written:
        columns = {name: values if isinstance(values, list) else [values] for name, values in written.items()}
        count = 1
        for column in columns.values():
            count *= len(column)
        if 0 < count <= MOST_VALUES:
            return [dict(zip(columns, values, strict=True)) for values in product(*columns.values())]
        message = f"it stands for {count} cases; from 1 to {MOST_VALUES} are possible"
    elif isinstance(written, LocatedList) and written and all(isinstance(item, LocatedMap) for item in written):
        if len(written) <= MOST_VALUES:
            return list(written)
        message = f"at most {MOST_VALUES} cases"
    else:
        message = "write names with lists of values, as {lang: [en, fr]}, or a list of maps"
    findings.append(Finding(place, "error", "schema", message))
    return []


def _filled(
    value: Any,
    values: Values,
    holder: Located,
    path: tuple[str | int, ...],
    findings: list[Finding],
    unknown: set[tuple[int, int]],
) -> Any:
    if isinstance(value, LocatedMap):
        copy = LocatedMap(value.file, value.spot)
        for key, item in value.items():
            kept = key == "for_each" and not path
            name = to_text(_filled(key, values, value, (key,), findings, unknown))
            copy[name] = item if kept else _filled(item, values, value, (key,), findings, unknown)
            copy.key_spots[name], copy.value_spots[name] = value.key_spots[key], value.value_spots[key]
        return copy
    if isinstance(value, LocatedList):
        items = LocatedList(value.file, value.spot)
        items.value_spots = value.value_spots
        items.extend(_filled(item, values, value, (index,), findings, unknown) for index, item in enumerate(value))
        return items
    if not isinstance(value, str) or "${" not in value:
        return value
    for match in _NAME.finditer(value):
        if not match[1] and match[2] not in values:
            place = place_of(holder, path)
            if (place.line, place.column) not in unknown:
                unknown.add((place.line, place.column))
                message = f'for_each has no value "{match[2][:60]}"{did_you_mean(match[2], values)}'
                findings.append(Finding(place, "error", "unknown-in-test", message))
    whole = _NAME.fullmatch(value)
    if whole and not whole[1]:
        return values.get(whole[2], value)
    return _NAME.sub(lambda match: match[0][1:] if match[1] else to_text(values.get(match[2], match[0])), value)
