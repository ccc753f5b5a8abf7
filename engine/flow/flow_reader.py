"""Reading one flow file: its head, its declarations, its blocks."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from engine.flow.declaration import VariableSource, declared
from engine.flow.document import Block, Flow, FlowEvents, Limits, Place
from engine.flow.fields import Duration, Keys, Name
from engine.flow.finding import Finding
from engine.flow.project import Language, Tenant
from engine.flow.step_reader import StepReader
from engine.flow.validation import validate
from engine.flow.yaml_source import LocatedMap, place_of

SCHEMA = 1
"""The version of the flow language this engine reads."""
RESERVED_BLOCKS = ("next", "repeat", "return", "hangup")
SCOPE_ROOTS = ("vars", "inputs", "session", "call", "error", "value", "response")


class LimitsSource(BaseModel):
    """Bounds of a call in this flow."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_steps: Annotated[int, Field(ge=1, le=100_000)] = Field(500, description="Steps in all.")
    max_duration: Duration = Field(3600.0, description="Time in all.")
    max_visits: Annotated[int, Field(ge=1, le=10_000)] = Field(
        20, description="Visits of one block between two inputs of the caller."
    )


class EventsSource(BaseModel):
    """Blocks for what happens aside from the steps."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hangup: str = Field("", description="Run when the caller hangs up; steps without media only.")
    error: str = Field("", description="Run when an error finds no handler at its step.")
    timeout: str = Field("", description="Run when limits.max_duration is over.")
    keys: dict[Keys, str] = Field(default={}, description="Keys that always work in prompts and menus.")


class FlowSource(BaseModel):
    """A flow file."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    flow: Name = Field(description="The flow's name.")
    schema_: int = Field(SCHEMA, alias="schema", description="The version of the language: 1.")
    description: str = Field("", description="What it is for.")
    tenant: Tenant = Field(
        "", description="Whose flow it is, and whose the calls that begin with it; the project's when left out."
    )
    languages: list[Language] = Field(
        default=[], description="Those it speaks, the project's when left out. Every prompt must exist in each."
    )
    inputs: dict[Name, VariableSource] = Field(default={}, description="What a flow that calls this one gives.")
    outputs: dict[Name, VariableSource] = Field(default={}, description="What this one gives back.")
    vars: dict[Name, VariableSource] = Field(default={}, description="Variables of this flow.")
    limits: LimitsSource = LimitsSource()
    events: EventsSource = EventsSource()
    start: str = Field("", description="The first block; the first of the file when left out.")
    blocks: dict[str, Any] = Field(min_length=1, description="Lists of steps by name.")


def read_flow(
    root: Any, file: str, reader: StepReader, languages: tuple[str, ...], tenant: str = "default"
) -> Flow | None:
    """The flow in a file's value, or None; what is wrong with it gathers in the reader's findings.

    `languages` and `tenant` are the project's, for a flow that names none.
    A flow with errors is still returned as far as it can be followed, so that one check tells everything.
    """
    if not isinstance(root, LocatedMap):
        reader.report(Place(file, 1, 1), 'write a map that begins with "flow: NAME"')
        return None
    source, findings = validate(FlowSource, root, root, what="the flow")
    reader.findings.extend(findings)
    written = root.get("blocks")
    blocks = _blocks(written, root, reader) if isinstance(written, LocatedMap) else {}
    if source is None:
        return None
    if source.schema_ != SCHEMA:
        reader.report(place_of(root, ("schema",)), f"this engine reads schema {SCHEMA}", "schema-version")
    more: list[Finding] = []
    flow = Flow(
        source.flow,
        source.start or next(iter(blocks), ""),
        blocks,
        place_of(root, ("flow",)),
        source.description,
        tuple(source.languages) or languages,
        declared(source.inputs, root, ("inputs",), more),
        declared(source.outputs, root, ("outputs",), more),
        declared(source.vars, root, ("vars",), more),
        Limits(source.limits.max_steps, source.limits.max_duration, source.limits.max_visits),
        FlowEvents(source.events.hangup, source.events.error, source.events.timeout, source.events.keys),
        source.tenant or tenant,
    )
    reader.findings.extend(more)
    return flow


def _blocks(written: LocatedMap, root: LocatedMap, reader: StepReader) -> Mapping[str, Block]:
    blocks: dict[str, Block] = {}
    for name, steps in written.items():
        place = place_of(root, ("blocks", name), key=True)
        if name in RESERVED_BLOCKS:
            reader.report(place, f'"{name}" is a word of the language; give the block another name', "reserved-name")
        elif not name.isidentifier() or not name.isascii():
            reader.report(place, "a block's name has letters, digits and _, and starts with a letter")
        blocks[name] = reader.block(name, steps, root, ("blocks", name))
    return blocks
