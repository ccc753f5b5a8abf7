"""The transitions of the HTTP API that must be one step for every process sharing a Redis, in Lua."""

from importlib.resources import files


def source(name: str) -> str:
    """The text of a script. Raises FileNotFoundError for one that does not exist."""
    return (files(__name__) / f"{name}.lua").read_text(encoding="utf-8")
