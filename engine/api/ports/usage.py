"""What tenants have used, as the API sees it."""

from collections.abc import Mapping
from typing import Any, Protocol


class Usage(Protocol):
    """Usage by tenant and month. Each method raises StoreError when Redis is away."""

    def month(self, tenant: str, month: str) -> Mapping[str, Any]:
        """The counts of one month, written `2026-11`: see engine/api/usage.py."""
