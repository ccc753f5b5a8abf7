"""JSON Schemas of the files authors write, for editors: completion, hover texts, mistakes marked while typing.

They follow the dialect of yaml-language-server, which shows `markdownDescription` and `patternErrorMessage`. They are
made from the same classes that read the files, and are a convenience: what counts is `load`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from engine.flow.dialplan_reader import DialplanSource
from engine.flow.flow_reader import FlowSource
from engine.flow.kind import Kind
from engine.flow.kinds import KINDS
from engine.flow.project import ProjectSource
from engine.flow.prompt_reader import PromptSource
from engine.flow.rehearsal.source import ScriptSource
from engine.flow.step_reader import ERROR_FAMILIES

_DRAFT = "http://json-schema.org/draft-07/schema#"
_TARGET = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#/$defs/Step"}}]}

Schema = dict[str, Any]


class _WithShorthands(GenerateJsonSchema):
    """Where a value is spelled out before it is validated, its short form is allowed too."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        inner = super().function_before_schema(schema)
        if getattr(schema["function"]["function"], "__self__", None) is not None:  # a whole class, not a field
            return inner
        if inner.get("type") == "array":
            return {"anyOf": [inner["items"], inner]} if "items" in inner else inner
        if "$ref" in inner or inner.get("type") == "object":
            return {"anyOf": [inner, {"type": ["string", "number", "null"]}]}
        return inner


def schemas() -> Mapping[str, Schema]:
    """Every schema by the name of its file."""
    return {
        "flow.schema.json": flow_schema(),
        "project.schema.json": project_schema(),
        "dialplan.schema.json": dialplan_schema(),
        "prompts.schema.json": prompts_schema(),
        "test.schema.json": script_schema(),
    }


def flow_schema() -> Schema:
    """The schema of `*.flow.yaml`. In an empty step an editor offers exactly the kinds."""
    models: list[type[BaseModel]] = [FlowSource, *KINDS.values()]
    references, together = models_json_schema(
        [(model, "validation") for model in models], by_alias=True, schema_generator=_WithShorthands
    )
    definitions: Schema = together.get("$defs", {})
    flow = _resolved(references[FlowSource, "validation"], definitions)
    kinds = {word: _kind_schema(kind, references[kind, "validation"], definitions) for word, kind in KINDS.items()}
    flow["properties"]["blocks"] = {
        "type": "object",
        "minProperties": 1,
        "description": "Lists of steps by name.",
        "additionalProperties": {"type": "array", "items": {"$ref": "#/$defs/Step"}, "minItems": 1},
    }
    definitions["Step"] = _step_schema(kinds)
    found = {"$schema": _DRAFT, **flow, "title": "A flow: ivr_flows/*.flow.yaml", "$defs": definitions}
    return _pruned(_finished(found))


def project_schema() -> Schema:
    """The schema of `project.yaml`."""
    return _of_model(ProjectSource, "The project: ivr_flows/project.yaml")


def dialplan_schema() -> Schema:
    """The schema of `dialplans/*.yaml`."""
    return _of_model(DialplanSource, "A dial plan: dialplans/*.yaml")


def prompts_schema() -> Schema:
    """The schema of `prompts/<language>.yaml`."""
    words = TypeAdapter(dict[str, PromptSource]).json_schema(by_alias=True, schema_generator=_WithShorthands)
    words["additionalProperties"] = {"anyOf": [{"type": "string"}, words["additionalProperties"]]}
    title = "Prompts of a language: ivr_flows/prompts/*.yaml"
    return _finished({"$schema": _DRAFT, **words, "title": title})  # type: ignore[no-any-return]


def script_schema(*, names: bool = True) -> Schema:
    """The schema of `*.test.yaml`; with `names`, a `${name}` of `for_each` may stand for any value in a case."""
    found = _of_model(ScriptSource, "Tests of a flow: ivr_flows/*.test.yaml")
    return {**found, "$defs": _or_name(found["$defs"])} if names else found


def _or_name(value: Any) -> Any:
    """The schema with `${name}` allowed wherever a value has a form of its own."""
    if isinstance(value, list):
        return [_or_name(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "enum" in value or "pattern" in value or value.get("type") in ("integer", "number", "boolean"):
        return {"anyOf": [value, {"type": "string", "pattern": r"^\$\{\w+\}$"}]}
    return {key: _or_name(item) for key, item in value.items()}


def _of_model(model: type[BaseModel], title: str) -> Schema:
    found = model.model_json_schema(by_alias=True, schema_generator=_WithShorthands)
    return _finished({"$schema": _DRAFT, **found, "title": title})  # type: ignore[no-any-return]


def _resolved(reference: Mapping[str, Any], definitions: Mapping[str, Any]) -> Schema:
    name = str(reference.get("$ref", "")).rpartition("/")[2]
    return dict(definitions[name]) if name else dict(reference)


def _kind_schema(kind: type[Kind], reference: Mapping[str, Any], definitions: Schema) -> Schema:
    """What may stand under a kind's key: its fields, its shorthand, nothing when it needs no field."""
    fields = _resolved(reference, definitions)
    fields.pop("description", None)
    properties = fields.get("properties", {})
    forms: list[Schema] = []
    if kind.whole:
        forms.append(dict(properties[kind.whole]))
    else:
        forms.append(fields)
        if kind.short:
            forms.append(dict(properties[kind.short]))
    if not fields.get("required"):
        forms.append({"type": "null"})
    shape: Schema = {"anyOf": forms} if len(forms) > 1 else forms[0]
    return {**shape, "markdownDescription": kind.__doc__ or ""}


def _step_schema(kinds: Mapping[str, Schema]) -> Schema:
    siblings = {name: word for word, kind in KINDS.items() for name in kind.siblings}
    errors = dict.fromkeys(ERROR_FAMILIES, _TARGET)
    beside: Schema = {
        "name": {"type": "string", "description": "A label for people."},
        "when": {"type": ["string", "boolean"], "description": "An expression; the step is skipped when it is false."},
        "on_error": {
            "type": "object",
            "description": "Where errors go, by their dotted name or a beginning of it; any for all.",
            "properties": errors,
            "additionalProperties": _TARGET,
        },
    }
    return {
        "type": "object",
        "properties": {**kinds, **beside, **dict.fromkeys(siblings, _TARGET)},
        "additionalProperties": False,
        "minProperties": 1,
        "dependencies": {name: [word] for name, word in siblings.items()},
    }


def _pruned(schema: Schema) -> Schema:
    """The schema with those definitions only that something refers to."""
    definitions = schema["$defs"]
    wanted: set[str] = set()
    waiting = list(_references({key: value for key, value in schema.items() if key != "$defs"}))
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting.extend(_references(definitions[name]))
    return {**schema, "$defs": {name: definitions[name] for name in sorted(wanted)}}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _references(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref" and isinstance(item, str):
                yield item.rpartition("/")[2]
            else:
                yield from _references(item)


def _finished(value: Any) -> Any:
    """The schema with every mark of a step replaced by a reference, and without the titles nobody reads."""
    if isinstance(value, list):
        return [_finished(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "x-step" in value:
        return {"$ref": "#/$defs/Step"}
    return {key: _finished(item) for key, item in value.items() if not _is_title(key, item, value)}


def _is_title(key: str, item: Any, within: Mapping[str, Any]) -> bool:
    """Whether it is a title made from a class name; a field called `title` is a map, the file's title stays."""
    return key == "title" and isinstance(item, str) and "$schema" not in within
