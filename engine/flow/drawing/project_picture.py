"""Draws a whole project: its flows as boxes, or as frames around their blocks, with the numbers that lead to them."""

from collections.abc import Mapping
from dataclasses import replace

from engine.flow.builtin import SOURCES
from engine.flow.bundle import Bundle
from engine.flow.checked_project import steps_of, targets_of
from engine.flow.document import Flow
from engine.flow.drawing.flow_picture import ELSEWHERE, Places, flow_group
from engine.flow.drawing.picture import Box, Exit, Group, Picture, Row, Way
from engine.flow.drawing.tally import Tally
from engine.flow.fields import Jump

MOST_NUMBERS = 3
MOST_PLACES = 3


def project_picture(bundle: Bundle, tally: Tally | None = None) -> Picture:
    """Flows as boxes, with which of them runs or goes to which, and which numbers reach them."""
    flows = _shown(bundle)
    ids = {flow.name: f"f{number}" for number, flow in enumerate(flows, 1)}
    roles = _roles(bundle)
    boxes = []
    for flow in flows:
        heat, badge = tally.flow_heat(flow) if tally else (None, "")
        rows = _flow_rows(flow, ids)
        boxes.append(Box(ids[flow.name], flow.name, rows, "flow", tuple(roles.get(flow.name, ())), heat, badge))
    return Picture(bundle.project.name or "flows", "", (Group("", tuple(boxes)),), tally.shows if tally else "")


def project_blocks_picture(bundle: Bundle, tally: Tally | None = None) -> Picture:
    """Flows as frames around their blocks."""
    flows = _shown(bundle)
    places = Places(flows)
    roles = _roles(bundle)
    groups = []
    for flow in flows:
        group = flow_group(flow, places, bundle.prompts, tally)
        start = places.start(flow.name)
        boxes = (
            replace(box, roles=(*box.roles, *roles.get(flow.name, ()))) if box.id == start else box
            for box in group.boxes
        )
        groups.append(replace(group, boxes=tuple(boxes)))
    return Picture(bundle.project.name or "flows", "", tuple(groups), tally.shows if tally else "")


def _shown(bundle: Bundle) -> list[Flow]:
    """The author's flows, and of the built-in ones those a rule of the dial plan or a step names."""
    named = {rule.flow for rule in bundle.dialplan.rules}
    own = [flow for flow in bundle.flows.values() if flow.place.file not in SOURCES]
    named.update(name for flow in own for name, _ in _others(flow))
    builtin = [flow for flow in bundle.flows.values() if flow.place.file in SOURCES and flow.name in named]
    return [*own, *builtin]


def _roles(bundle: Bundle) -> Mapping[str, list[str]]:
    """How calls come to flows from outside."""
    numbers: dict[str, list[str]] = {}
    for rule in bundle.dialplan.rules:
        numbers.setdefault(rule.flow, []).extend(number.source for number in rule.numbers)
        if not rule.numbers:
            numbers[rule.flow].append("any number")
    roles: dict[str, list[str]] = {}
    for flow, found in numbers.items():
        known = list(dict.fromkeys(found))
        more = len(known) - MOST_NUMBERS
        roles[flow] = ["called by " + ", ".join(known[:MOST_NUMBERS]) + (f" and {more} more" if more > 0 else "")]
    if bundle.project.error_flow:
        roles.setdefault(bundle.project.error_flow, []).append("on errors")
    return roles


def _flow_rows(flow: Flow, ids: Mapping[str, str]) -> tuple[Row, ...]:
    steps = sum(1 for _ in steps_of(flow))
    rows = [Row("", flow.description)] if flow.description else []
    rows.append(Row("", f"{_counted(len(flow.blocks), 'block')}, {_counted(steps, 'step')}"))
    for (name, way), blocks in _others(flow).items():
        more = len(blocks) - MOST_PLACES
        where = ", ".join(blocks[:MOST_PLACES]) + (f" and {more} more" if more > 0 else "")
        leads = Exit("", f"flow {name}", ids.get(name, ""), way)
        rows.append(Row("runs" if way == "call" else "goes to", f"in {where}", (leads,)))
    return tuple(rows)


def _others(flow: Flow) -> dict[tuple[str, Way], list[str]]:
    """The flows one runs or goes to, with the blocks in which it does."""
    found: dict[tuple[str, Way], dict[str, None]] = {}
    for block, step in steps_of(flow):
        if step.kind.word == "call":
            found.setdefault((str(getattr(step.kind, "flow", "")), "call"), {})[block.name] = None
        for _, target, _ in targets_of(step):
            if isinstance(target, Jump) and target.name.startswith(ELSEWHERE):
                found.setdefault((target.name.removeprefix(ELSEWHERE), "way"), {})[block.name] = None
    return {key: list(blocks) for key, blocks in found.items()}


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
