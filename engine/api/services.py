"""Everything the API asks of the rest of the system, in one object handed to `create_app`."""

from dataclasses import dataclass

from engine.api.ports.calls import CallRecords
from engine.api.ports.deliveries import Deliveries
from engine.api.ports.endpoints import Endpoints
from engine.api.ports.events import EventFeed
from engine.api.ports.flows import Flows
from engine.api.ports.idempotency import Idempotency
from engine.api.ports.keys import Keys
from engine.api.ports.limits import Limits
from engine.api.ports.readiness import Readiness
from engine.api.ports.sessions import Sessions
from engine.api.ports.usage import Usage
from engine.core.control import Control
from engine.webhooks.address_rules import AddressRules
from engine.webhooks.target import UrlRules


@dataclass(frozen=True, slots=True)
class Services:
    """The world behind the API. A resource takes what it needs: `services().calls.get(tenant(), path.call)`."""

    keys: Keys
    limits: Limits
    idempotency: Idempotency
    readiness: Readiness
    flows: Flows
    calls: CallRecords
    control: Control
    endpoints: Endpoints
    deliveries: Deliveries
    events: EventFeed
    usage: Usage
    sessions: Sessions
    urls: UrlRules = UrlRules(AddressRules())  # noqa: RUF009 - it never changes
    """Which URLs an endpoint may have; without a word of the operator only public ones."""
