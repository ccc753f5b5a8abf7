"""Checking a project that could be read: every group of rules in `engine/flow/checks/` over all of it.

A new group is a new file there with a function `check`: it is found by itself.
"""

from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules

from engine.flow import checks
from engine.flow.checked_project import CheckedProject
from engine.flow.finding import Finding

Check = Callable[[CheckedProject], Iterator[Finding]]


def _discover() -> tuple[Check, ...]:
    modules = sorted(module.name for module in iter_modules(checks.__path__))
    return tuple(import_module(f"{checks.__name__}.{name}").check for name in modules)


CHECKS: tuple[Check, ...] = _discover()
"""Every group of rules."""


def check(project: CheckedProject) -> Iterator[Finding]:
    """Everything the rules find, in no order."""
    for group in CHECKS:
        yield from group(project)


__all__ = ["CHECKS", "CheckedProject", "check"]
