"""The bases of what requests carry: what is not known is refused, so that a misspelt name is not lost."""

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """The JSON object in a request's body. Types are exact: `"5"` is no number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Query(BaseModel):
    """The parameters after the question mark; a list is a parameter given several times."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Path(BaseModel):
    """The parts of the address."""

    model_config = ConfigDict(extra="forbid", frozen=True)
