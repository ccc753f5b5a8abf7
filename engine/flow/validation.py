"""From pydantic's errors to findings: each at the place in the file, in words for authors."""

from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from engine.flow.finding import Finding
from engine.flow.suggestion import did_you_mean
from engine.flow.yaml_source import Located, place_of, spot_of

M = TypeVar("M", bound=BaseModel)
Path = tuple[str | int, ...]

_RENAMED = {"keys": "bad-choice-key"}
"""Types of errors that are a rule under another name. One with a dash is a rule itself, every other is `schema`."""

_WORDS: Mapping[str, str] = {
    "string_type": "write a text",
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "int_type": "write a whole number",
    "int_parsing": "write a whole number",
    "int_from_float": "write a whole number",
    "float_type": "write a number",
    "float_parsing": "write a number",
    "finite_number": "write a number",
    "dict_type": "write a map, key: value",
    "model_type": "write a map, key: value",
    "model_attributes_type": "write a map, key: value",
    "mapping_type": "write a map, key: value",
    "list_type": "write a list",
    "tuple_type": "write a list",
    "none_required": "leave it empty",
    "recursion_loop": "the value holds itself",
}


def validate(
    model: type[M],
    value: Any,
    root: Located,
    path: Path = (),
    *,
    what: str = "",
    context: dict[str, Any] | None = None,
) -> tuple[M | None, list[Finding]]:
    """The model made from `value`, which stands at `path` of `root`; or None and what is wrong with it.

    `what` is what an unknown or missing field belongs to, in words ("play").
    """
    try:
        return model.model_validate(value, context=context), []
    except ValidationError as error:
        return None, list(findings_of(error, model, root, path, what))
    except RecursionError:
        return None, [Finding(place_of(root, path), "error", "schema", "the value is nested too deeply")]


def findings_of(
    error: ValidationError, model: type[BaseModel], root: Located, path: Path, what: str
) -> Iterator[Finding]:
    """One finding for each thing that is wrong; of the alternatives of one value only the nearest is told."""
    groups: dict[Path, list[tuple[int, ErrorDetails]]] = {}
    for detail in error.errors(include_url=False):
        location = tuple(detail["loc"])
        stem = _stem(root, path, model, location)
        depth = len(spot_of(root, (*path, *location))[1])
        groups.setdefault(stem, []).append((depth, detail))
    for stem, details in groups.items():
        deepest = max(depth for depth, _ in details)
        nearest = [detail for depth, detail in details if depth == deepest]
        if len(nearest) > 1 and all(tuple(detail["loc"])[: len(stem)] == stem for detail in nearest):
            found = [_finding(detail, model, root, path, what) for detail in nearest]
            if len({finding.place for finding in found}) == 1 and len(stem) < len(nearest[0]["loc"]):
                messages = dict.fromkeys(finding.message for finding in found)
                first = found[0]
                yield Finding(first.place, first.severity, first.rule, ", or ".join(messages))
                continue
            yield from found
            continue
        for detail in nearest:
            yield _finding(detail, model, root, path, what)


def _stem(root: Located, path: Path, model: type[BaseModel], location: Path) -> Path:
    """The part of a location before the tag of an alternative; the whole location when there is none."""
    for length in range(1, len(location) + 1):
        if _is_tag(root, path, model, location[:length]):
            return location[: length - 1]
    return location


def _is_tag(root: Located, path: Path, model: type[BaseModel], location: Path) -> bool:
    before = spot_of(root, (*path, *location[:-1]))[1]
    here = spot_of(root, (*path, *location))[1]
    if before != here:
        return False
    parent = _model_at(model, location[:-1])
    name = location[-1]
    return not (parent is not None and isinstance(name, str) and name in _fields(parent))


def _finding(detail: ErrorDetails, model: type[BaseModel], root: Located, path: Path, what: str) -> Finding:
    location = tuple(detail["loc"])
    kind = detail["type"]
    context = detail.get("ctx") or {}
    whole = (*path, *location)
    if kind == "extra_forbidden":
        owner = _model_at(model, location[:-1])
        belongs = _owner_words(location[:-1], what)
        near = did_you_mean(str(location[-1]), _fields(owner) if owner else ())
        message = f'unknown field "{str(location[-1])[:60]}"{belongs}{near}'
        return Finding(place_of(root, whole, key=True), "error", "schema", message)
    if kind == "missing":
        message = f'"{location[-1]}" is missing{_owner_words(location[:-1], what)}'
        return Finding(_holder(root, (*path, *location[:-1])), "error", "schema", message)
    is_key = bool(location) and location[-1] == "[key]"
    if is_key:
        whole = whole[:-1]
    if "entry" in context:
        whole = (*whole, str(context["entry"]))
    rule = kind if "-" in kind else _RENAMED.get(kind, "schema")
    column = context.get("column")
    offset = int(column) - 1 if isinstance(column, int | str) and str(column).isdigit() else None
    place = place_of(root, whole, key=is_key, offset=offset)
    return Finding(place, "error", rule, _message(detail, kind, context))


def _holder(root: Located, path: Path) -> Any:
    """Where something missing is told: at the key of what lacks it, else at its beginning."""
    return place_of(root, path, key=True) if path and isinstance(path[-1], str) else place_of(root, path)


def _message(detail: ErrorDetails, kind: str, context: Mapping[str, Any]) -> str:
    if kind in ("literal_error", "enum"):
        allowed = [part.strip(" '") for part in str(context.get("expected", "")).replace(" or ", ", ").split(",")]
        given = str(detail.get("input"))[:60]
        return f'write one of {", ".join(allowed)}, not "{given}"{did_you_mean(given, allowed)}'
    if kind in _WORDS:
        return _WORDS[kind]
    bounds = {"greater_than": "more than", "greater_than_equal": "at least", "less_than": "less than"}
    for name, words in {**bounds, "less_than_equal": "at most"}.items():
        if kind == name:
            return f"write a number of {words} {next(iter(context.values()))}"
    if kind in ("too_short", "string_too_short"):
        return f"at least {context.get('min_length')} needed"
    if kind in ("too_long", "string_too_long"):
        return f"at most {context.get('max_length')} allowed"
    if kind == "string_pattern_mismatch":
        return f"write it in the form {context.get('pattern')}"
    message = str(detail["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _owner_words(location: Path, what: str) -> str:
    names = [str(part) for part in location if isinstance(part, str) and part != "items"]
    if names:
        return f" in {names[-1]}"
    return f" in {what}" if what else ""


def _fields(model: type[BaseModel]) -> list[str]:
    return [info.alias or name for name, info in model.model_fields.items()]


def _model_at(model: type[BaseModel], location: Sequence[str | int]) -> type[BaseModel] | None:
    """The model whose fields stand at a location, followed through lists, maps and alternatives."""
    types: list[Any] = [model]
    for element in location:
        following: list[Any] = []
        for candidate in types:
            if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                for name, info in candidate.model_fields.items():
                    if element in (name, info.alias):
                        following.extend(_members(info.annotation))
                if not following and getattr(candidate, "__name__", "") == element:
                    following.append(candidate)
            elif get_origin(candidate) in (list, tuple, dict, Mapping, Sequence):
                following.extend(member for part in get_args(candidate)[-2:] for member in _members(part))
        types = following or types
    models = [found for found in types if isinstance(found, type) and issubclass(found, BaseModel)]
    return models[0] if models else None


def _members(annotation: Any) -> list[Any]:
    """The alternatives of an annotation, without its decoration."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _members(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [member for part in get_args(annotation) for member in _members(part)]
    return [annotation]
