"""Where orders come in to one engine: a desk and a word of presence for each switch it owns, and limits for all."""

from collections.abc import Callable, Mapping

from engine.call.dialling import DiallingRules
from engine.config import Settings
from engine.core.control import FlowsReloaded
from engine.flow.bundle import Bundle
from engine.shell.calls import Calls
from engine.shell.control.dial_limits import DialLimits
from engine.shell.control.engine_control import EngineControl
from engine.shell.control.order_desk import OrderDesk
from engine.shell.control.presence import Presence
from engine.shell.store import Store
from engine.shell.switch import Switch


class OrderIntake:
    """Takes orders for the switches that are `open`, from `start` to `close`."""

    def __init__(
        self, url: str, settings: Settings, store: Store, calls: Calls, switches: Mapping[str, Switch], *,
        bundle: Callable[[], Bundle], reload: Callable[[], FlowsReloaded],
    ) -> None:  # fmt: skip
        self._url = url
        self._engine = settings.name
        self._store = store
        self._calls = calls
        dialling = settings.dialling
        self._limits = DialLimits(store.redis, dialling.calls_per_second, dialling.concurrent_calls)
        self.control = EngineControl(
            calls, switches, bundle=bundle, rules=rules_of(settings), limits=self._limits, reload=reload
        )
        self._open: dict[str, tuple[OrderDesk, Presence]] = {}

    def start(self) -> None:
        """Begin to count which calls end."""
        self._calls.watch(self._limits.watch)
        self._limits.start()

    def open(self, switch: Switch) -> None:
        """This engine owns a switch: take its orders."""
        presence = Presence(self._store.redis, switch.name, self._engine, lambda: self._look(switch))
        desk = OrderDesk(self._url, switch.name, self.control, presence.changed)
        self._open[switch.name] = desk, presence
        desk.start()
        presence.start()

    def _look(self, switch: Switch) -> tuple[bool, int]:
        return switch.state == "up" and self._calls.accepting, self.control.calls_on(switch)

    def shut(self, switch: Switch) -> None:
        """This engine owns a switch no more."""
        desk, presence = self._open.pop(switch.name, (None, None))
        if presence is not None:
            presence.stop()
        if desk is not None:
            desk.close()

    def close(self) -> None:
        """Take no orders any more."""
        for desk, presence in self._open.values():
            presence.stop()
            desk.close()
        self._open.clear()
        self._limits.stop()


def rules_of(settings: Settings) -> DiallingRules:
    """Whom this installation lets programs ring."""
    dialling = settings.dialling
    return DiallingRules(
        settings.country, dialling.countries, dialling.numbers, dialling.refused, dialling.sip_hosts,
        dialling.max_duration, dialling.caller,
    )  # fmt: skip
