"""The flows of this installation, as the API sees them."""

from typing import Protocol

from engine.flow.bundle import Bundle
from engine.flow.finding import Finding


class Flows(Protocol):
    """The project of this installation."""

    def bundle(self) -> Bundle | None:
        """The newest version without errors; None before there is one."""

    def check(self, tenant: str, file: str = "", text: str = "") -> tuple[Finding, ...]:
        """What is wrong with a tenant's part of the files on disk; with a `file` (its path from the project's root),
        what would be wrong with it if it held `text`. Nothing of other tenants shows in it.
        """
