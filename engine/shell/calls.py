"""All live calls of one engine: who gets which signal, which callers are taken, who is told what happened."""

from collections.abc import Callable, Iterator, Mapping

import structlog

from engine.call.machine import CallMachine
from engine.core.events import CallEvent
from engine.core.ids import CallId, LegId
from engine.core.signals import DialRequested, LegArrived, Signal
from engine.flow.bundle import Bundle
from engine.shell.alarm import Alarm
from engine.shell.live_call import HttpClient, LiveCall, PromptSource
from engine.shell.store import Store
from engine.shell.switch import Switch
from engine.shell.turns import Turns

log = structlog.get_logger("calls")

Watcher = Callable[[LiveCall, list[CallEvent]], None]


class Calls:
    """The live calls. New callers get the newest bundle; a live call keeps the one it began with."""

    def __init__(
        self, *, store: Store, prompts: PromptSource, http: HttpClient, bundle: Callable[[], Bundle],
        recordings: str,
    ) -> None:  # fmt: skip
        self.store = store
        self.prompts = prompts
        self.http = http
        self.alarm = Alarm()
        self.alarm.start()
        self.turns = Turns(store)
        self.turns.start()
        self._bundle = bundle
        self._recordings = recordings
        self._by_leg: dict[str, LiveCall] = {}
        self._by_call: dict[CallId, LiveCall] = {}
        self._watchers: list[Watcher] = []
        self.accepting = True
        """False while draining: new callers hear the switch's treatment or reach another engine."""
        self.taken = 0
        """Calls taken since the start."""

    def __len__(self) -> int:
        return len(self._by_call)

    def __iter__(self) -> Iterator[LiveCall]:
        return iter(list(self._by_call.values()))

    def get(self, call: CallId) -> LiveCall | None:
        """A live call by its id."""
        return self._by_call.get(call)

    @property
    def legs(self) -> Mapping[str, LiveCall]:
        """Live calls by the legs they own."""
        return self._by_leg

    def watch(self, watcher: Watcher) -> None:
        """Have every batch of events shown to `watcher`, in the midst of a turn: it must not wait."""
        self._watchers.append(watcher)

    # From the switches

    def signal(self, switch: Switch, key: str, signal: Signal) -> None:
        """Bring a signal to its call; a caller nobody serves yet becomes a call."""
        live = self._by_leg.get(key) or self._by_call.get(CallId(key))
        if isinstance(signal, LegArrived):
            if live is None:
                self.take(switch, signal)
            return
        if live is not None:
            live.post(signal)

    def take(self, switch: Switch, arrival: LegArrived) -> LiveCall | None:
        """Begin a call for a caller who waits; None while no new ones are taken."""
        if not self.accepting:
            return None
        live = self._begin(arrival, switch, self._bundle())
        live.post(arrival)
        live.start()
        return live

    def place(self, switch: Switch, order: DialRequested, bundle: Bundle, patience: float) -> bool:
        """Begin a call by ringing somebody; whether the order is written down and given to the switch by now."""
        live = self._begin(order, switch, bundle)
        live.start()
        return live.deliver(order, patience)

    def _begin(self, first: LegArrived | DialRequested, switch: Switch, bundle: Bundle) -> LiveCall:
        live = LiveCall(CallMachine(CallId(first.leg), bundle), switch, self)
        self.taken += 1
        self.register(live)
        first.switch, first.recordings = switch.name, self._recordings
        return live

    def register(self, live: LiveCall) -> None:
        """Have the signals of a call and of its legs brought to it."""
        self._by_call[live.call] = live
        self._by_leg[live.call] = live
        for leg in live.machine.legs:
            self._by_leg[leg] = live

    # What a live call may ask of the world

    def adopt(self, leg: LegId, live: LiveCall) -> None:
        """Have the signals of a dialled leg brought to its call."""
        self._by_leg[leg] = live

    def finished(self, live: LiveCall) -> None:
        """Forget a closed call."""
        self._by_call.pop(live.call, None)
        for leg in live.machine.legs:
            self._by_leg.pop(leg, None)
        self._by_leg.pop(live.call, None)

    def told(self, live: LiveCall, events: list[CallEvent]) -> None:
        """Show events to the watchers."""
        for watcher in self._watchers:
            watcher(live, events)

    def stop(self) -> None:
        """Leave all calls where they are; another engine takes them over."""
        self.accepting = False
        for live in self:
            live.stop()
        self.turns.stop()
        self.alarm.stop()
        self._by_call.clear()
        self._by_leg.clear()
