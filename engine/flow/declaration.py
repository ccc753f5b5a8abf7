"""Declarations of variables, as they stand under `vars`, `inputs`, `outputs` and in the project's `session`."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.flow.document import Variable, VariableType
from engine.flow.finding import Finding
from engine.flow.values import type_word
from engine.flow.variable import fits
from engine.flow.yaml_source import Located, place_of


class VariableSource(BaseModel):
    """One declared variable."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: VariableType = Field(
        "string", description="string, digits, number, bool, map, list, file or datetime. Digits are text."
    )
    default: Any = Field(None, description="What it holds before anything is stored in it.")
    secret: bool = Field(False, description="A secret never reaches logs, events or the call's record.")
    description: str = ""

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return {} if value is None else value


def declared(
    sources: Mapping[str, VariableSource], root: Located, path: tuple[str | int, ...], findings: list[Finding]
) -> dict[str, Variable]:
    """The variables declared at `path`; a default that does not fit its type is a finding."""
    variables: dict[str, Variable] = {}
    for name, source in sources.items():
        variables[name] = Variable(
            name,
            source.type,
            source.default,
            source.secret,
            source.description,
            required="default" not in source.model_fields_set,
            place=place_of(root, (*path, name), key=True),
        )
        if not fits(source.default, source.type):
            message = f"the default of {name} is {type_word(source.default)}, its type is {source.type}"
            findings.append(Finding(place_of(root, (*path, name, "default")), "error", "schema", message))
    return variables
