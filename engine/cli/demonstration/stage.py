"""The stage: a simulated switch, a Redis and an engine, all on free loopback ports; an agent's phone, a customer."""

import secrets
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from engine.cli.demonstration.customer import Customer
from engine.cli.demonstration.phone import HOST, Phone
from engine.cli.run import with_simulation
from engine.config import Settings, Sim, Webhooks
from engine.core.errors import ControlError
from engine.shell.delivery.process import DeliverProcess
from engine.shell.delivery.transport import Transport
from engine.shell.engine import Engine
from engine.shell.event_reader import EventReader
from engine.shell.prompts import Prompts, Rendered
from engine.shell.telemetry import start_telemetry
from engine.sim import Simulation

AGENT = "alice"
TALK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that is up while the calls are made."""

    folder: Path
    settings: Settings
    simulation: Simulation
    engine: Engine
    agent: Phone
    customer: Customer
    redis_url: str

    @property
    def switch(self) -> tuple[str, int]:
        """Where callers call."""
        return HOST, self.simulation.trunk_sip_port

    def reader(self) -> EventReader:
        """The events in Redis."""
        return EventReader(self.redis_url)


def set_up(settings: Settings, folder: Path, stack: ExitStack, progress: Callable[[Rendered], None]) -> Stage:
    """Start everything; `stack` ends it. Raises an EngineError that says what could not be started."""
    password = secrets.token_urlsafe(12)
    folder.mkdir(parents=True, exist_ok=True)
    own = settings.model_copy(
        update={
            "name": "demo", "state_dir": folder / "state", "recordings_dir": folder / "recordings",
            "prompts_dir": settings.prompt_cache, "redis_url": SecretStr(""), "metrics_port": 0, "switches": (),
            "sim": Sim(sip_port=0, agent_sip_port=0, users={AGENT: SecretStr(password)}),
            "webhooks": Webhooks(allow_networks=(f"{HOST}/32",)),
        }
    )  # fmt: skip
    log = stack.enter_context((folder / "engine.log").open("wb"))
    writer = start_telemetry("info", "console", log.fileno())
    stack.callback(writer.close)
    own, simulation = with_simulation(own, stack)
    engine = Engine(own)
    stack.callback(engine.stop)
    engine.start()
    if not engine.wait_up(10.0):
        raise ControlError(f"the engine did not reach the simulated switch; see {folder / 'engine.log'}")
    Prompts(own).prerender(engine.bundle, progress)
    agent = stack.enter_context(Phone("agent", folder / "agent", service=AGENT, stays=TALK_SECONDS))
    agent.wait_bound()
    _register(own, simulation, agent, password, folder / "agent")
    assert engine.redis is not None
    assert engine.redis.running is not None
    url = engine.redis.running.url
    customer = _deliver(own, url, engine.bundle.project.tenant or own.tenant, stack)
    return Stage(folder, own, simulation, engine, agent, customer, url)


def _deliver(settings: Settings, redis_url: str, tenant: str, stack: ExitStack) -> Customer:
    """A customer who is told of every event."""
    customer = Customer()
    customer.start()
    stack.callback(customer.stop)
    delivery = DeliverProcess(settings, redis_url, Transport(settings.webhooks))
    stack.callback(delivery.stop)
    delivery.store.create(tenant, customer.endpoint(tenant))
    delivery.start()
    return customer


def _register(settings: Settings, simulation: Simulation, agent: Phone, password: str, folder: Path) -> None:
    words: dict[str, str | int] = {"domain": settings.sim.domain, "phone_port": agent.port}
    with Phone(
        "register", folder, service=AGENT, remote=(HOST, simulation.agent_sip_port), login=(AGENT, password),
        keywords=words,
    ) as login:  # fmt: skip
        if not login.went_well(15.0):
            raise ControlError(f"the agent's phone could not register\n{login.last_words()}")
