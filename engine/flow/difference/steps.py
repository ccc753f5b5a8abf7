"""Differences of blocks: which steps were added, removed or changed, and in those which fields and branches."""

import json
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

from engine.flow.difference.change import Change, values_differ, within
from engine.flow.difference.plain import comparable, plain_step, shown
from engine.flow.document import Place, StepNode


def steps_differ(before: Sequence[StepNode], after: Sequence[StepNode]) -> Iterator[Change]:
    """The differences of two lists of steps, in their order."""
    old, new = ([json.dumps(comparable(step), sort_keys=True) for step in steps] for steps in (before, after))
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what != "equal":
            yield from _replaced(before[a:b], after[c:d])


def _replaced(before: Sequence[StepNode], after: Sequence[StepNode]) -> Iterator[Change]:
    """Steps in place of others: those of the same kind are taken for the same step, changed."""
    old, new = ([step.kind.word for step in steps] for steps in (before, after))
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            for earlier, later in zip(before[a:b], after[c:d], strict=True):
                yield from _changed(earlier, later)
            continue
        for step in before[a:b]:
            yield Change("removed", _name(step), before=_line(step), where=place_text(step.place))
        for step in after[c:d]:
            yield Change("added", _name(step), after=_line(step), where=place_text(step.place))


def _changed(before: StepNode, after: StepNode) -> Iterator[Change]:
    yield from within(_name(after), _fields(plain_step(before), plain_step(after)), place_text(after.place))


def _fields(before: Any, after: Any, what: str = "") -> Iterator[Change]:
    """The differences of two plain steps; where both have steps in a branch, those of these steps."""
    if isinstance(before, tuple) and isinstance(after, tuple):
        yield from within(what, steps_differ(before, after))
    elif isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            name = ".".join(filter(None, (what, "" if key == "fields" and not what else key)))
            if key in before and key in after:
                yield from _fields(before[key], after[key], name)
            else:
                held = {key: before[key]} if key in before else {}
                yield from values_differ(held, {key: after[key]} if key in after else {}, what)
    else:
        yield from values_differ(before, after, what)


def place_text(place: Place) -> str:
    """A place as `file:line`."""
    return f"{place.file}:{place.line}"


def _name(step: StepNode) -> str:
    return f'{step.kind.word} "{step.name}"' if step.name else step.kind.word


def _line(step: StepNode) -> str:
    """The whole of a step on one line."""
    written = plain_step(step)
    fields = written.pop("fields")
    written.pop("kind")
    return " ".join(shown(part) for part in (fields, written) if part)
