"""Reads the settings: the file, then the environment; each mistake is named with the place it was made."""

import difflib
import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from engine.config.sections import Section, Settings
from engine.core.errors import SettingsError

FILE_NAME = "switchboard.toml"
PREFIX = "SWITCHBOARD_"
FILE_VARIABLE = "SWITCHBOARD_CONFIG"
SECRET_PREFIX = f"{PREFIX}SECRET_"
"""Variables of this prefix hold secrets that flows name as `secret:NAME`; they are not settings."""


def load_settings(
    file: Path | None = None, environment: Mapping[str, str] | None = None, directory: Path | None = None
) -> Settings:
    """Read and validate the settings.

    The file is `file`, else the one SWITCHBOARD_CONFIG names, else `switchboard.toml` in `directory` (default: the
    working directory) if there is one. Raises SettingsError that names each wrong setting and where it was set.
    """
    environment = os.environ if environment is None else environment
    directory = directory or Path.cwd()
    named = file or (Path(environment[FILE_VARIABLE]) if environment.get(FILE_VARIABLE) else None)
    path = named or directory / FILE_NAME
    values: dict[str, Any] = {}
    if named is not None or path.exists():
        values = _read_file(path)
        directory = path.resolve().parent
    sources = dict.fromkeys(_paths(values), str(path))
    for key, text in sorted(environment.items()):
        if key.startswith(PREFIX) and not key.startswith(SECRET_PREFIX) and key != FILE_VARIABLE:
            where = tuple(key.removeprefix(PREFIX).lower().split("__"))
            _put(values, where, _from_text(where, text), key)
            sources.update(dict.fromkeys(_paths(_nested(where)), key))
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(problem, sources, str(path)) for problem in error.errors())) from None
    return _anchored(settings, directory)


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None


def _paths(values: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in values.items():
        yield (*above, key)
        if isinstance(value, Mapping):
            yield from _paths(value, (*above, key))


def _nested(where: tuple[str, ...]) -> dict[str, Any]:
    return {where[0]: _nested(where[1:])} if where else {}


def _put(values: dict[str, Any], where: tuple[str, ...], value: Any, key: str) -> None:
    for part in where[:-1]:
        values = values.setdefault(part, {})
        if not isinstance(values, dict):
            raise SettingsError(f"{key}: {part} is not a section")
    values[where[-1]] = value


def _from_text(where: tuple[str, ...], text: str) -> Any:
    """The value of an environment variable: JSON where a list or a table is expected, else the text."""
    model: Any = Settings
    for part in where[:-1]:
        model = _section_of(model, part)
    field = getattr(model, "model_fields", {}).get(where[-1])
    if field is not None and (get_origin(field.annotation) in (tuple, Mapping) or _is_section(field.annotation)):
        try:
            return json.loads(text)
        except ValueError as error:
            raise SettingsError(f"{PREFIX}{'__'.join(where).upper()}: not valid JSON: {error}") from None
    return text


def _section_of(model: Any, name: str) -> Any:
    field = getattr(model, "model_fields", {}).get(name)
    return field.annotation if field is not None and _is_section(field.annotation) else None


def _is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _explain(problem: Any, sources: Mapping[tuple[str, ...], str], file: str) -> str:
    where = tuple(problem["loc"])
    names = tuple(part for part in where if isinstance(part, str))
    source = next((sources[where[:n]] for n in range(len(where), 0, -1) if where[:n] in sources), file)
    setting = ".".join(str(part) for part in where) or "settings"
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        known = _known_names(names[:-1])
        close = difflib.get_close_matches(names[-1], known, 1, 0.6)
        suggestion = f', did you mean "{close[0]}"?' if close else f" (known: {', '.join(known)})"
        return f"{source}: no such setting: {setting}{suggestion}"
    return f"{source}: {setting}: {message[:1].lower()}{message[1:]}"


def _known_names(sections: tuple[str, ...]) -> list[str]:
    model: Any = Settings
    for name in sections:
        field = getattr(model, "model_fields", {}).get(name)
        model = next(iter(_sections_in(field.annotation)), None) if field else None
    return sorted(getattr(model, "model_fields", {}))


def _sections_in(annotation: Any) -> Iterator[Any]:
    if _is_section(annotation):
        yield annotation
    elif get_origin(annotation) in (tuple, Union, UnionType):
        for part in get_args(annotation):
            yield from _sections_in(part)


def _anchored(settings: Settings, directory: Path) -> Settings:
    """The settings with every relative path made absolute."""
    changes: dict[str, Any] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, Path):
            changes[name] = (directory / value).resolve()
        elif name == "switches":
            changes[name] = tuple(_anchored_section(switch, directory) for switch in value)
        elif isinstance(value, Section):
            changes[name] = _anchored_section(value, directory)
    return settings.model_copy(update=changes)


def _anchored_section(section: Section, directory: Path) -> Section:
    paths = {
        name: (directory / value).resolve()
        for name in type(section).model_fields
        if isinstance(value := getattr(section, name), Path)
    }
    return section.model_copy(update=paths)
