"""Reading YAML with the place of every key and value.

Scalars are those of YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema), with two deviations that
telephone numbers need: digits with a leading zero or plus sign stay text, and so do numbers of more than 17 digits.
Keys are always text. What a flow has no use for and a mistake can cause is a finding: duplicate keys, merge keys, tags,
aliases of themselves, files too large or too deep.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from engine.flow.document import Place
from engine.flow.finding import Finding

MAX_BYTES = 1 << 20
MAX_DEPTH = 50
MAX_VALUES = 50_000

_INT = re.compile(r"^-?(?:0|[1-9][0-9]{0,16})$")
_FLOAT = re.compile(r"^[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?$")
_RADIX = re.compile(r"^0o[0-7]{1,16}$|^0x[0-9a-fA-F]{1,14}$")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class Spot(NamedTuple):
    """Where a key or value begins; `text_column` is where its text does (after a quote), 0 when that is not known."""

    line: int
    column: int
    text_column: int = 0


class LocatedMap(dict[str, Any]):
    """A map that knows where each of its keys and values stands."""

    __slots__ = ("file", "key_spots", "spot", "value_spots")

    def __init__(self, file: str, spot: Spot) -> None:
        super().__init__()
        self.file = file
        self.spot = spot
        self.key_spots: dict[str, Spot] = {}
        self.value_spots: dict[str, Spot] = {}


class LocatedList(list[Any]):
    """A list that knows where each of its items stands."""

    __slots__ = ("file", "spot", "value_spots")

    def __init__(self, file: str, spot: Spot) -> None:
        super().__init__()
        self.file = file
        self.spot = spot
        self.value_spots: list[Spot] = []


Located = LocatedMap | LocatedList
Path = Sequence[str | int]


def walk(root: Located, path: Path) -> Iterator[tuple[Any, str | int | None]]:
    """The values along a path, with the element of the path that led to each; what leads nowhere is passed over.

    A path may hold elements the file does not: the field a shorthand fills, or the tag of an alternative.
    """
    value: Any = root
    for element in path:
        if isinstance(value, LocatedMap):
            key = _key_of(value, element)
            if key is not None:
                value = value[key]
                yield value, key
                continue
        elif isinstance(value, LocatedList) and isinstance(element, int) and 0 <= element < len(value):
            value = value[element]
            yield value, element
            continue
        yield value, None


def _key_of(value: LocatedMap, element: str | int) -> str | None:
    name = str(element)
    return name if name in value else name.rstrip("_") if name.rstrip("_") in value else None


def spot_of(root: Located, path: Path, *, key: bool = False) -> tuple[Spot, tuple[str | int, ...]]:
    """Where the value (or with `key` the key) at a path stands, and the part of the path that the file has."""
    container: Located = root
    spot = root.spot
    found: list[str | int] = []
    for value, element in walk(root, path):
        if element is None:
            continue
        found.append(element)
        if isinstance(container, LocatedMap):
            spots = container.key_spots if key else container.value_spots
            spot = spots.get(str(element), container.spot)
        elif isinstance(element, int) and element < len(container.value_spots):
            spot = container.value_spots[element]
        if isinstance(value, LocatedMap | LocatedList):
            container = value
    return spot, tuple(found)


def place_of(root: Located, path: Path = (), *, key: bool = False, offset: int | None = None) -> Place:
    """The place of the value (or key) at a path; with `offset` that many columns into its text, where it is known."""
    spot, _ = spot_of(root, path, key=key)
    column = spot.column if offset is None or not spot.text_column else spot.text_column + offset
    return Place(root.file, spot.line, column)


@dataclass(slots=True)
class _Open:
    """A list or map whose end has not come yet."""

    value: Located
    anchor: str | None
    weight: int = 1
    height: int = 1
    key: str | None = None
    key_spot: Spot | None = None
    expects_key: bool = True
    skipped: bool = False
    """The value that comes belongs to a key that was refused."""


@dataclass(slots=True)
class _Anchored:
    value: Any
    weight: int
    height: int


@dataclass(slots=True)
class _Reader:
    file: str
    lines: list[str]
    findings: list[Finding] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, _Anchored | None] = field(default_factory=dict)
    result: Any = None
    documents: int = 0
    full: bool = False

    def report(self, rule: str, message: str, spot: Spot) -> None:
        self.findings.append(Finding(Place(self.file, spot.line, spot.column), "error", rule, message))

    def spot(self, event: Any) -> Spot:
        mark = event.start_mark
        return Spot(mark.line + 1, mark.column + 1)

    def read(self, event: Any) -> None:
        match event:
            case yaml.ScalarEvent():
                self.scalar(event)
            case yaml.SequenceStartEvent():
                self.begin(LocatedList(self.file, self.spot(event)), event)
            case yaml.MappingStartEvent():
                self.begin(LocatedMap(self.file, self.spot(event)), event)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self.end()
            case yaml.AliasEvent():
                self.alias(event)
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents == 2:
                    self.report("yaml-syntax", "a second document begins here; a file holds one", self.spot(event))

    def begin(self, value: Located, event: Any) -> None:
        spot = self.spot(event)
        self.no_tag(event, spot)
        if self.stack and isinstance(self.stack[-1].value, LocatedMap) and self.stack[-1].expects_key:
            hint = "; write ${...} instead of {{...}}" if isinstance(value, LocatedMap) else ""
            self.report("yaml-syntax", f"a key must be a text, not a list or map{hint}", spot)
        if len(self.stack) >= MAX_DEPTH:
            self.report("yaml-too-large", f"lists and maps are nested more than {MAX_DEPTH} deep", spot)
            self.full = True
        if event.anchor:
            self.anchors[event.anchor] = None
        self.stack.append(_Open(value, event.anchor))

    def end(self) -> None:
        done = self.stack.pop()
        if done.anchor:
            self.anchors[done.anchor] = _Anchored(done.value, done.weight, done.height)
        self.put(done.value, done.value.spot, done.weight, done.height)

    def alias(self, event: Any) -> None:
        spot = self.spot(event)
        anchored = self.anchors.get(event.anchor)
        if anchored is None:  # never seen, or still open
            known = event.anchor in self.anchors
            message = (
                f"*{event.anchor} stands inside what it names" if known else f"no anchor &{event.anchor} before it"
            )
            self.report("yaml-recursive" if known else "yaml-syntax", message, spot)
            self.put(None, spot, 1, 0)
            return
        if len(self.stack) + anchored.height > MAX_DEPTH:
            self.report("yaml-too-large", f"lists and maps are nested more than {MAX_DEPTH} deep", spot)
            self.full = True
        self.put(anchored.value, spot, anchored.weight, anchored.height)

    def scalar(self, event: Any) -> None:
        spot = self.spot(event)
        self.no_tag(event, spot)
        text: str = event.value
        bare = event.start_mark.line == event.end_mark.line and not event.anchor and not event.tag
        if event.implicit[0] and event.style in (None, ""):
            if self.stack and isinstance(self.stack[-1].value, LocatedMap) and self.stack[-1].expects_key:
                self.key(text, spot, plain=True)
                return
            self.keep(event, plain_value(text), spot._replace(text_column=spot.column if bare else 0))
            return
        if self.stack and isinstance(self.stack[-1].value, LocatedMap) and self.stack[-1].expects_key:
            self.key(text, spot, plain=False)
            return
        written = self.lines[spot.line - 1][spot.column :] if spot.line <= len(self.lines) else ""
        self.keep(event, text, spot._replace(text_column=spot.column + 1 if bare and written.startswith(text) else 0))

    def keep(self, event: Any, value: Any, spot: Spot) -> None:
        if event.anchor:
            self.anchors[event.anchor] = _Anchored(value, 1, 0)
        self.put(value, spot, 1, 0)

    def key(self, text: str, spot: Spot, *, plain: bool) -> None:
        top = self.stack[-1]
        top.expects_key = False
        top.skipped = False
        top.key, top.key_spot = text, spot
        if plain and text == "<<":
            self.report("yaml-merge-key", "merge keys (<<) are not supported; repeat the fields", spot)
            top.skipped = True
        elif isinstance(top.value, LocatedMap) and text in top.value:
            first = top.value.key_spots[text]
            self.report("yaml-duplicate-key", f'the key "{text[:60]}" is already in line {first.line}', spot)
            top.skipped = True

    def put(self, value: Any, spot: Spot, weight: int, height: int) -> None:
        if not self.stack:
            if self.documents <= 1:
                self.result = value
            return
        top = self.stack[-1]
        top.weight += weight
        top.height = max(top.height, height + 1)
        if top.weight > MAX_VALUES and not self.full:
            self.report("yaml-too-large", f"the file holds more than {MAX_VALUES} values", spot)
            self.full = True
        if isinstance(top.value, LocatedList):
            top.value.append(value)
            top.value.value_spots.append(spot)
        elif top.expects_key:  # a list, map or alias as a key; reported where it began
            if not isinstance(value, LocatedMap | LocatedList):
                self.report("yaml-syntax", "a key must be a plain text", spot)
            top.expects_key, top.skipped = False, True
        else:
            top.expects_key = True
            if not top.skipped and top.key is not None and top.key_spot is not None:
                top.value[top.key] = value
                top.value.key_spots[top.key] = top.key_spot
                top.value.value_spots[top.key] = spot

    def no_tag(self, event: Any, spot: Spot) -> None:
        if event.tag:
            self.report("yaml-syntax", "tags (!) are not supported; write the plain value", spot)


def plain_value(text: str) -> Any:
    """The value of a scalar without quotes."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text):
        return int(text)
    if _RADIX.match(text):
        return int(text, 0)
    if _FLOAT.match(text) and not text.startswith("+") and not (text.isdigit() and len(text) > 17):
        number = float(text)
        return number if math.isfinite(number) else text
    return text


def read_yaml(file: str, source: str | bytes) -> tuple[Any, list[Finding]]:
    """The value in a YAML text, its containers located, and what is wrong with the text.

    With any error among the findings the value is what could be read, or None. Never raises for any input.
    """
    if len(source) > MAX_BYTES:
        return None, [Finding(Place(file, 1, 1), "error", "yaml-too-large", "the file is larger than 1 MiB")]
    try:
        text = source.decode("utf-8") if isinstance(source, bytes) else source
        text.encode("utf-8")
    except UnicodeError as error:
        at = getattr(error, "start", 0)
        before = source[:at] if isinstance(source, bytes) else source[:at].encode()
        place = Place(file, before.count(b"\n") + 1, len(before) - before.rfind(b"\n"))
        return None, [Finding(place, "error", "yaml-syntax", "the file is not UTF-8 text; save it as UTF-8")]
    text = text.removeprefix("\ufeff")
    reader = _Reader(file, text.splitlines())
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            reader.read(event)
            if reader.full or reader.documents > 1:
                return reader.result, reader.findings
    except yaml.YAMLError as error:
        reader.findings.append(_syntax_finding(file, text, error))
        return None, reader.findings
    return reader.result, reader.findings


def _syntax_finding(file: str, text: str, error: yaml.YAMLError) -> Finding:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:  # a character YAML does not allow
        position = getattr(error, "position", 0)
        before = text[: position if isinstance(position, int) else 0]
        place = Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        return Finding(place, "error", "yaml-syntax", "the file holds a control character YAML does not allow")
    line, column = mark.line + 1, mark.column + 1
    lines = text.splitlines()
    written = lines[mark.line] if mark.line < len(lines) else ""
    place = Place(file, line, column)
    if "\t" in written[: len(written) - len(written.lstrip())]:
        return Finding(place, "error", "yaml-tabs", "the line begins with a tab; YAML wants spaces")
    context = getattr(error, "context", None)
    problem = getattr(error, "problem", None) or "it is not YAML"
    message = f"cannot read the YAML: {problem}{' ' + context if context else ''}"
    if written[mark.column : mark.column + 1] in ("@", "`", "%"):
        message += "; put the value in quotes"
    elif problem.startswith("mapping values are not allowed"):
        message += '; put a value that holds ": " in quotes'
    return Finding(place, "error", "yaml-syntax", message)
