"""The endpoints of tenants, as the API sees them."""

from collections.abc import Sequence
from typing import Any, Protocol


class Endpoints(Protocol):
    """Endpoints by tenant. Each method raises StoreError when Redis is away."""

    def list(self, tenant: str) -> Sequence[Any]:
        """Every endpoint of a tenant, oldest first."""

    def get(self, tenant: str, endpoint: str) -> Any | None:
        """One endpoint; None when the tenant has none of this id."""

    def create(self, tenant: str, endpoint: Any) -> Any:
        """Keep a new endpoint."""

    def update(self, tenant: str, endpoint: Any) -> Any | None:
        """Keep a changed endpoint; None when the tenant has none of its id."""

    def delete(self, tenant: str, endpoint: str) -> bool:
        """Forget an endpoint and what waits for it; False when the tenant has none of this id."""
