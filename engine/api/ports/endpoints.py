"""The endpoints of tenants, as the API sees them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from engine.webhooks.endpoint import Endpoint


class Endpoints(Protocol):
    """Endpoints by tenant. Each method raises StoreError when Redis is away."""

    def list(self, tenant: str) -> Sequence[Endpoint]:
        """Every endpoint of a tenant, oldest first."""

    def get(self, tenant: str, endpoint: str) -> Endpoint | None:
        """One endpoint; None when the tenant has none of this id."""

    def create(self, tenant: str, endpoint: Endpoint) -> Endpoint:
        """Keep a new endpoint, with the time of its creation."""

    def change(self, tenant: str, endpoint: str, how: Callable[[Endpoint], Endpoint]) -> Endpoint | None:
        """Change what is there now, whoever else changes it; None when the tenant has none of this id."""

    def delete(self, tenant: str, endpoint: str) -> bool:
        """Forget an endpoint and what waits for it; False when the tenant has none of this id."""

    def health(self, endpoint: str) -> Mapping[str, str]:
        """What became of its deliveries: `delivered`, `failed`, `last_success_at` and so on."""

    def backlog(self, endpoint: str) -> Mapping[str, int]:
        """How many events wait (`waiting`), are on the slow schedule (`slow`) and were given up (`dead`)."""
