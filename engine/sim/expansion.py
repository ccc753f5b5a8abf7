"""`${variable}` in the argument of an application, as a hardened FreeSWITCH expands it.

Variables expand, and their values again; `${api(args)}` becomes a refusal instead of running anything, which is what
`api-expansion=false` in switch.conf does.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_REFUSED = "<API Execute Permission Denied>"
_DEEPEST = 8
_SLICE = re.compile(r"^(.*?):(-?\d+)(?::(\d+))?$")


def expand(text: str, get: Callable[[str], str | None], depth: int = 0) -> str:
    """The text with its variables replaced; unknown ones vanish, and `\\$` stands for a dollar sign."""
    if "$" not in text or depth > _DEEPEST:
        return text
    parts: list[str] = []
    at = 0
    while at < len(text):
        if text.startswith("\\$", at):
            parts.append("$")
            at += 2
        elif text.startswith("${", at):
            end = _closing(text, at + 2)
            if end is None:
                parts.append(text[at:])
                break
            parts.append(_value(expand(text[at + 2 : end], get, depth + 1), get, depth))
            at = end + 1
        else:
            parts.append(text[at])
            at += 1
    return "".join(parts)


def _closing(text: str, start: int) -> int | None:
    depth = 1
    for at in range(start, len(text)):
        depth += (text[at] == "{") - (text[at] == "}")
        if depth == 0:
            return at
    return None


def _value(name: str, get: Callable[[str], str | None], depth: int) -> str:
    if re.match(r"^[\w-]+[( ]", name):
        return _REFUSED
    start = length = None
    sliced = _SLICE.match(name)
    if sliced:
        name, start = sliced.group(1), int(sliced.group(2))
        length = int(sliced.group(3)) if sliced.group(3) else None
    value = expand(get(name) or "", get, depth + 1)
    if start is not None:
        value = value[start:]
    return value if length is None else value[:length]
