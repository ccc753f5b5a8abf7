"""Writing test files: cases as plain values become the YAML an author would have written."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.flow.document import Place
from engine.flow.rehearsal.heard_item import read_item
from engine.flow.yaml_source import plain_value

_PLAIN = re.compile(r"^[A-Za-z_][A-Za-z0-9_/. -]*$")
_LONGEST_PATTERN = 90
_NOWHERE = Place("", 0, 0)


def written_script(flow: str, cases: Sequence[Mapping[str, Any]], comment: str = "") -> str:
    """A test file; each case has `name` and what else a case has, `dialogue` as a list of one-key maps."""
    lines = [f"# {comment}"] if comment else []
    lines += [f"flow: {in_line(flow)}", "cases:"]
    for case in cases:
        lines.append(f"  - name: {in_line(case['name'])}")
        for key, value in case.items():
            if key == "mocks":
                lines.append("    mocks:")
                for section, entries in value.items():
                    lines.append(f"      {section}:" if isinstance(entries, dict) else f"      {section}: {entries}")
                    lines += [
                        f"        {in_line(name)}: {in_line(entry)}"
                        for name, entry in (entries.items() if isinstance(entries, dict) else ())
                    ]
            elif key == "dialogue":
                lines.append("    dialogue:" if value else "    dialogue: []")
                for action in value:
                    ((word, wanted),) = action.items()
                    lines.append(f"      - {word}:" + ("" if wanted is None else f" {in_line(wanted)}"))
            elif key != "name":
                lines.append(f"    {key}: {in_line(value)}")
    return "\n".join(lines) + "\n"


def in_line(value: Any) -> str:
    """A value as YAML in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{in_line(str(name))}: {in_line(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(in_line(part) for part in value) + "]"
    if isinstance(value, str):
        plain = _PLAIN.match(value) and not value.endswith((" ", "-")) and plain_value(value) == value
        return value if plain else _quoted(value)
    return json.dumps(value)


def _quoted(text: str) -> str:
    """A text in double quotes; what cannot be printed by its number, as YAML 1.2 §5.7 has it."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else f"\\U{ord(sign):08x}" for sign in quoted)


def written_item(text: str, ids: frozenset[str]) -> str:
    """Words that were heard, as an item that listens for them: a pattern, where the words alone would mean another."""
    words = " ".join(text.split())
    item, _ = read_item(words, _NOWHERE, ids)
    if item is not None and item.kind == "words":
        return words
    cut = words[:_LONGEST_PATTERN]
    return "/" + "".join(sign if sign.isalnum() or sign == " " else f"\\{sign}" for sign in cut) + "/"
