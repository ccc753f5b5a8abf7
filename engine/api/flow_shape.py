"""A flow as plain data: its blocks and steps as they were written, with the lines they stand in and where they lead."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from engine.flow.bundle import Bundle
from engine.flow.checked_project import targets_of
from engine.flow.document import Block, Flow, StepNode, Variable
from engine.flow.fields import Jump
from engine.flow.yaml_source import read_yaml


def flow_summary(flow: Flow) -> dict[str, Any]:
    """What a list of flows tells of one."""
    return {
        "name": flow.name,
        "description": flow.description,
        "languages": list(flow.languages),
        "start": flow.start,
        "file": flow.place.file,
        "inputs": [_variable(variable) for variable in flow.inputs.values()],
        "blocks": len(flow.blocks),
    }


def flow_shape(flow: Flow, bundle: Bundle) -> dict[str, Any]:
    """All of a flow."""
    written = _written_blocks(flow, bundle)
    return {
        **flow_summary(flow),
        "version": bundle.id,
        "outputs": [_variable(variable) for variable in flow.outputs.values()],
        "limits": asdict(flow.limits),
        "events": {**asdict(flow.events), "keys": dict(flow.events.keys)},
        "blocks": [_block(block, written.get(block.name)) for block in flow.blocks.values()],
    }


def _variable(variable: Variable) -> dict[str, Any]:
    default = None if variable.secret else variable.default
    return {
        "name": variable.name,
        "type": variable.type,
        "required": variable.required,
        "default": default,
        "secret": variable.secret,
        "description": variable.description,
    }


def _written_blocks(flow: Flow, bundle: Bundle) -> Mapping[str, Any]:
    root, _ = read_yaml(flow.place.file, bundle.sources.get(flow.place.file, ""))
    blocks = root.get("blocks") if isinstance(root, dict) else None
    return blocks if isinstance(blocks, dict) else {}


def _block(block: Block, written: Any) -> dict[str, Any]:
    lines = written if isinstance(written, list) and len(written) == len(block.steps) else [None] * len(block.steps)
    steps = [_step(step, line) for step, line in zip(block.steps, lines, strict=True)]
    return {"name": block.name, "line": block.place.line, "steps": steps}


def _step(step: StepNode, written: Any) -> dict[str, Any]:
    """A step; `fields` is what stands under its kind, which is a word alone in the shortest form."""
    word = step.kind.word
    return {
        "kind": word,
        "name": step.name,
        "line": step.place.line,
        "when": step.when.source if step.when is not None else None,
        "fields": written.get(word) if isinstance(written, dict) else None,
        "leads_to": list(_ways(step)),
    }


def _ways(step: StepNode) -> Iterator[dict[str, Any]]:
    """Where it can lead; `to` is null for steps written in place."""
    for path, target, _ in targets_of(step):
        yield {"on": ".".join(map(str, path)), "to": target.name if isinstance(target, Jump) else None}
