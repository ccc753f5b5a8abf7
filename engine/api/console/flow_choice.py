"""Choosing a flow in a form, and giving it the inputs its author declared."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import orjson

from engine.api.access import services
from engine.api.flows import own_flows
from engine.core.signals import Json
from engine.flow.document import Flow, Variable

LONGEST_INPUT = 2000
PREFIX = "input."
"""Before the names of inputs in a form, so that they meet no other field's."""


@dataclass(frozen=True, slots=True)
class InputField:
    """One input of a flow as a form asks for it."""

    name: str
    label: str
    type: str
    help: str
    required: bool
    value: str
    problem: str = ""
    secret: bool = False


def flows_to_choose() -> dict[str, Flow]:
    """The flows calls of this visitor's tenant can be sent into, by name; none while no version could be loaded."""
    bundle = services().flows.bundle()
    return own_flows(bundle) if bundle is not None else {}


def fields_of(
    flow: Flow | None, form: Mapping[str, str], problems: Mapping[str, str] | None = None
) -> list[InputField]:
    """What a form asks for a flow, filled with what was typed before."""
    found = problems or {}
    return [
        InputField(
            name=f"{PREFIX}{name}", label=name, type=each.type, help=each.description,
            required=each.required and each.default is None,
            value=form.get(f"{PREFIX}{name}", _default(each)), problem=found.get(name, ""), secret=each.secret,
        )
        for name, each in (flow.inputs.items() if flow else ())
    ]  # fmt: skip


def read_inputs(flow: Flow, form: Mapping[str, str]) -> tuple[dict[str, Json], dict[str, str]]:
    """The inputs that were typed, each of its type, and what is wrong with those that are not."""
    inputs: dict[str, Json] = {}
    problems: dict[str, str] = {}
    for name, declared in flow.inputs.items():
        text = form.get(f"{PREFIX}{name}", "")
        if declared.type == "bool" and text in ("yes", "no"):
            inputs[name] = text == "yes"
        elif not text.strip():
            if declared.required and declared.default is None:
                problems[name] = "is needed"
        elif len(text) > LONGEST_INPUT:
            problems[name] = f"has more than {LONGEST_INPUT} characters"
        else:
            try:
                inputs[name] = _value(declared, text.strip())
            except ValueError as error:
                problems[name] = str(error)
    return inputs, problems


def _default(declared: Variable) -> str:
    if declared.default is None:
        return ""
    if isinstance(declared.default, bool):
        return "yes" if declared.default else "no"
    return declared.default if isinstance(declared.default, str) else orjson.dumps(declared.default).decode()


def _value(declared: Variable, text: str) -> Json:
    if declared.type == "digits":
        if not text.isascii() or not text.isdigit():
            raise ValueError("takes digits only")
        return text
    if declared.type == "number":
        try:
            return int(text) if text.lstrip("+-").isdigit() else _finite(float(text))
        except ValueError:
            raise ValueError("takes a number") from None
    if declared.type in ("map", "list"):
        return _structure(declared.type, text)
    return text


def _finite(number: float) -> float:
    if not isfinite(number):
        raise ValueError("not finite")
    return number


def _structure(kind: str, text: str) -> Json:
    try:
        value: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict if kind == "map" else list):
        raise ValueError(f"takes a JSON {'object' if kind == 'map' else 'array'}")
    found: Json = value
    return found
