"""Whether callers can answer what they are asked: choices, lengths, and what follows silence and mistakes."""

from collections.abc import Iterator
from typing import Any

from engine.flow.checked_project import CheckedProject
from engine.flow.document import Flow, StepNode
from engine.flow.finding import Finding
from engine.flow.flow_graph import handles
from engine.flow.rule import RULES, rule

MISSING_NO_INPUT = rule("missing-no-input", "warning", "It is not said where a caller goes who presses nothing.")
MISSING_INVALID = rule("missing-invalid", "warning", "It is not said where a caller goes who only presses wrong keys.")
AMBIGUOUS = rule("ambiguous-choices", "warning", "One choice begins another: callers wait after the shorter one.")
SHADOWED_KEY = rule("shadowed-global-key", "warning", "A choice has a key of `events.keys`, which then does not work.")
TERMINATOR = rule("terminator-is-choice", "error", "A terminator is also a key the caller is to press.")
SWITCH_DEFAULT = rule("switch-without-default", "warning", "A `switch` has no `default` for other values.")


def check(project: CheckedProject) -> Iterator[Finding]:
    """Questions that cannot be answered well, and switches that do not expect all answers."""
    for flow in project.own_flows:
        for _, step in project.steps(flow):
            match step.kind.word:
                case "menu":
                    yield from _failures(project, step)
                    yield from _choices(project, flow, step)
                case "collect":
                    yield from _failures(project, step)
                    yield from _entry(project, step)
                case "switch" if step.kind.default is None:  # type: ignore[attr-defined]
                    place = project.map.in_step(step, key=True)
                    yield SWITCH_DEFAULT.at(place, 'add "default", if only "default: next"')


def _failures(project: CheckedProject, step: StepNode) -> Iterator[Finding]:
    kind: Any = step.kind
    for rule_, name, what in (
        (MISSING_NO_INPUT, "no_input", "who presses nothing"),
        (MISSING_INVALID, "invalid", "who only presses wrong keys"),
    ):
        if getattr(kind, name).then is None and not handles(step, f"input.{name}"):
            place = project.map.in_step(step, key=True)
            yield rule_.at(place, f"say where a caller goes {what}: {name}: {{then: BLOCK}}")


def _choices(project: CheckedProject, flow: Flow, step: StepNode) -> Iterator[Finding]:
    choices = list(step.kind.choices)  # type: ignore[attr-defined]
    for keys in choices:
        longer = [other for other in choices if other != keys and other.startswith(keys)]
        if longer:
            place = project.map.in_step(step, ("choices", keys), key=True)
            yield AMBIGUOUS.at(place, f'after "{keys}" the menu waits for "{longer[0]}"')
        if keys in flow.events.keys:
            place = project.map.in_step(step, ("choices", keys), key=True)
            yield SHADOWED_KEY.at(place, f'here "{keys}" is this choice, not events.keys')


def _entry(project: CheckedProject, step: StepNode) -> Iterator[Finding]:
    kind: Any = step.kind
    digits = [key for key in kind.terminators if key.isdigit()]
    if digits:
        place = project.map.in_step(step, ("terminators",))
        yield TERMINATOR.at(place, f'the terminator "{digits[0]}" is also a digit of the entry')
    if kind.confirm is not None and kind.confirm.yes == kind.confirm.no:
        place = project.map.in_step(step, ("confirm",))
        yield TERMINATOR.at(place, f'"{kind.confirm.yes}" says both yes and no')
    if kind.pattern is None:
        return
    shortest, longest = kind.pattern.shortest, kind.pattern.longest
    if shortest > kind.length.max or (longest is not None and longest < kind.length.min):
        wanted = str(shortest) if shortest == longest else f"{shortest} to {longest or 'any number of'}"
        allowed = f"{kind.length.min} to {kind.length.max}"
        message = f"no entry can fit: the pattern wants {wanted} keys, the length is {allowed}"
        yield RULES["length-impossible"].at(project.map.in_step(step, ("pattern",)), message)
