"""How many requests one process sends at once, over all endpoints, and who gets the next one when they are scarce.

A request to a receiver that hangs keeps its slot for as long as a request may take, and nobody can take it away. So
no tenant gets more than a bounded number, and the last part of what there is, of the process among its tenants and of
a tenant among its endpoints, goes to those that have none on its way: whoever else hangs, each gets its turn.
A slot that comes free is handed to whoever waits, and nobody can be quicker: first to the tenant that has the fewest,
and there to the endpoint that has none, then to the one that waits longest.
"""

from dataclasses import dataclass, field
from typing import Protocol

import gevent

SLOTS = 512
PER_TENANT = 64
TENANTS_KEPT = 8
"""One of so many slots of the process is kept for tenants that have none."""
ENDPOINTS_KEPT = 4
"""One of so many slots of a tenant is kept for its endpoints that have none."""


class Waiting(Protocol):
    """Somebody who wants slots."""

    @property
    def tenant(self) -> str:
        """Whom it belongs to; always the same."""

    def go(self) -> None:
        """Try again; must not wait."""


@dataclass(slots=True, eq=False)
class _Tenant:
    taken: int = 0
    holders: dict[Waiting, int] = field(default_factory=dict)
    """Slots of each of its endpoints that has some."""
    waiting: dict[Waiting, None] = field(default_factory=dict)


class Slots:
    """The slots of one process."""

    def __init__(self, most: int = SLOTS, per_tenant: int = PER_TENANT) -> None:
        self.most = most
        self.per_tenant = per_tenant
        self.taken = 0
        """Slots taken, with those on their way to somebody who waited."""
        self._tenants: dict[str, _Tenant] = {}
        """Those that have slots or wait for some."""
        self._wanting: dict[str, _Tenant] = {}
        """Those that wait, in turn."""
        self._offered: Waiting | None = None

    def take(self, who: Waiting) -> bool:
        """Take a slot; False when there is none for it, and then `who.go()` is called when there is one."""
        if self._offered is who:
            self._offered = None
            return True
        tenant = self._tenants.get(who.tenant)
        if tenant is None:
            tenant = self._tenants[who.tenant] = _Tenant()
        if self._room(tenant) and self._may(tenant, who):
            self._give(tenant, who)
            return True
        tenant.waiting[who] = None
        self._wanting.setdefault(who.tenant, tenant)
        return False

    def give_back(self, who: Waiting) -> None:
        """Give a slot back, to whoever is next."""
        tenant = self._tenants[who.tenant]
        self.taken -= 1
        tenant.taken -= 1
        tenant.holders[who] -= 1
        if not tenant.holders[who]:
            del tenant.holders[who]
        self._tidy(who.tenant, tenant)
        while self._wanting and self.taken < self.most and self._serve_one():
            pass

    def forget(self, who: Waiting) -> None:
        """It does not want any more."""
        tenant = self._tenants.get(who.tenant)
        if tenant is not None:
            tenant.waiting.pop(who, None)
            self._tidy(who.tenant, tenant)

    def _room(self, tenant: _Tenant) -> bool:
        """Whether one more may go to a tenant."""
        if not tenant.taken:
            return self.taken < self.most
        return tenant.taken < self.per_tenant and self.taken < self.most - _share(self.most, TENANTS_KEPT)

    def _may(self, tenant: _Tenant, who: Waiting) -> bool:
        """Whether one of those of its tenant may go to an endpoint."""
        kept = _share(self.per_tenant, ENDPOINTS_KEPT) if who in tenant.holders else 0
        return tenant.taken < self.per_tenant - kept

    def _give(self, tenant: _Tenant, who: Waiting) -> None:
        self.taken += 1
        tenant.taken += 1
        tenant.holders[who] = tenant.holders.get(who, 0) + 1

    def _serve_one(self) -> bool:
        """Hand a slot to somebody who waits; False when there is none for any of them."""
        fewest: tuple[int, str, Waiting] | None = None
        for name, tenant in self._wanting.items():
            if (fewest is None or tenant.taken < fewest[0]) and self._room(tenant):
                who = self._next_of(tenant)
                if who is not None:
                    fewest = tenant.taken, name, who
        if fewest is None:
            return False
        _, name, who = fewest
        tenant = self._wanting.pop(name)
        del tenant.waiting[who]
        if tenant.waiting:
            self._wanting[name] = tenant  # behind the others
        self._give(tenant, who)
        # Not from here: a hundred may wait, one inside the other.
        gevent.get_hub().loop.run_callback(self._offer, who)
        return True

    def _next_of(self, tenant: _Tenant) -> Waiting | None:
        """No more are looked at than have slots, and one."""
        for who in tenant.waiting:
            if who not in tenant.holders:
                return who
        first = next(iter(tenant.waiting))
        return first if self._may(tenant, first) else None

    def _offer(self, who: Waiting) -> None:
        self._offered = who
        try:
            who.go()
        finally:
            if self._offered is who:
                self._offered = None
                self.give_back(who)  # it has nothing to send any more

    def _tidy(self, name: str, tenant: _Tenant) -> None:
        if not tenant.waiting:
            self._wanting.pop(name, None)
            if not tenant.taken:
                self._tenants.pop(name, None)


def _share(slots: int, parts: int) -> int:
    """The part that is kept, rounded up."""
    return -(-slots // parts)
