"""Applications that set variables: set, unset, multiset, export."""

from __future__ import annotations

from engine.sim.expansion import expand
from engine.sim.registry import application
from engine.sim.session import Session


@application("set")
def set_(session: Session, argument: str) -> None:
    """`name=value`; the value expands once more by itself, an empty one (or `_undef_`) removes the variable."""
    name, _, value = argument.partition("=")
    if name.strip():
        value = expand(value, session.variable)
        session.channel.set(name.strip(), None if value == "_undef_" else value)


@application("unset")
def unset(session: Session, argument: str) -> None:
    """Remove a variable."""
    session.channel.set(argument.strip(), None)


@application("multiset")
def multiset(session: Session, argument: str) -> None:
    """Several `name=value`, separated by spaces or by the delimiter after `^^`."""
    parts = argument[3:].split(argument[2]) if argument.startswith("^^") and len(argument) > 3 else argument.split(" ")
    for part in parts:
        if part.strip():
            set_(session, part.strip() if not argument.startswith("^^") else part)


@application("export")
def export(session: Session, argument: str) -> None:
    """Set a variable, and have the legs this channel calls get it too; `nolocal:` only for them."""
    name, _, value = argument.partition("=")
    value = expand(value, session.variable)
    local = not name.startswith("nolocal:")
    if local:
        session.channel.set(name, value)
    listed = session.channel.get("export_vars")
    session.channel.set("export_vars", f"{listed},{name}" if listed else name)
    if not local:
        session.channel.set(name, value)
