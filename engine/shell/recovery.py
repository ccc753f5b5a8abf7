"""After a (re)connection: every call is brought in line with its switch, nothing is lost, nobody is left waiting.

With a new lease the calls of its last holder are rebuilt from their journals; later connections under the same lease
find all of them here, and need no Redis. Then, for each call of this switch, what the switch shows now is compared with
what the call believes; see `engine.call.reconcile`. At last callers who wait unserved are taken.
"""

import time
from collections.abc import Callable, Iterable

import structlog

from engine.call.journal import decode
from engine.call.machine import CallMachine
from engine.call.reconcile import LegView, Plan, reconcile
from engine.core.effects import HttpCall, StartRecording
from engine.core.ids import AskId, CallId, LegId
from engine.core.signals import Recorded, SwitchRestarted
from engine.esl import snapshot, translate
from engine.flow.bundle import Bundle
from engine.shell.calls import Calls
from engine.shell.live_call import LiveCall
from engine.shell.recorded_file import recorded_ms
from engine.shell.store import Store
from engine.shell.switch import Switch

log = structlog.get_logger("recovery")


class Recovery:
    """Brings calls in line with one switch. `bundle_of` finds the version of the flows a call began with."""

    def __init__(self, calls: Calls, store: Store, bundle_of: Callable[[str], Bundle | None]) -> None:
        self._calls = calls
        self._store = store
        self._bundle_of = bundle_of
        self._rebuilt_under = 0
        self._lost: set[str] = set()

    def __call__(self, switch: Switch, restarted: bool) -> None:
        """Run after a connection was made, before its events are told.

        Raises SwitchError, StoreError or redis.RedisError when a look at either was not possible: try again.
        """
        began = time.monotonic()
        rows = {row.leg: row for row in switch.channels()}
        rebuilt = self._rebuild(switch)
        for live in [*self._calls]:
            if live.switch.name != switch.name:
                continue
            if restarted:
                live.post(SwitchRestarted(time.time()))
            else:
                self._align(live, switch)
            live.start()  # also one that was rebuilt before a look at the switch that failed
        waiting = self._take_waiting(switch, rows.values())
        if rebuilt or waiting:
            log.info(
                "calls recovered", switch=switch.name, recovered=len(rebuilt), taken=waiting,
                ms=round((time.monotonic() - began) * 1000),
            )  # fmt: skip

    # Calls of an engine that died

    def _rebuild(self, switch: Switch) -> list[LiveCall]:
        rebuilt: list[LiveCall] = []
        if switch.epoch and switch.epoch == self._rebuilt_under:
            return rebuilt
        self._store.drain()  # what this engine still has to write under an earlier lease belongs to the journals
        for call in self._store.live_calls(switch.name):
            if self._calls.get(call) is not None:
                continue
            live = self._replayed(call, switch)
            if live is not None:
                self._calls.register(live)
                rebuilt.append(live)
        self._rebuilt_under = switch.epoch
        return rebuilt

    def _replayed(self, call: CallId, switch: Switch) -> LiveCall | None:
        claimed = self._store.claim(call, switch.epoch)
        if claimed is None:
            log.warning("another engine has claimed a call", call=call, switch=switch.name)
            return None
        bundle_id, lines = claimed
        bundle = self._bundle_of(bundle_id)
        if not lines or bundle is None:
            log.error("a call cannot be rebuilt", call=call, bundle=bundle_id, signals=len(lines))
            self._give_up(call)
            return None
        machine = CallMachine(call, bundle)
        try:
            for line in lines:
                machine.handle(decode(line))
        except Exception as error:  # noqa: BLE001 - one call must not keep a whole switch from being served
            log.error("a journal cannot be replayed", call=call, error=repr(error))
            self._give_up(call)
            return None
        return LiveCall(machine, switch, self._calls, journalled=len(lines))

    def _give_up(self, call: CallId) -> None:
        self._store.forget(call)
        self._lost.add(call)

    # Against the switch

    def _align(self, live: LiveCall, switch: Switch) -> None:
        plan = self._plan(live.machine, switch)
        live.resume(plan.signals, plan.effects)

    def _plan(self, machine: CallMachine, switch: Switch) -> Plan:
        dumps = {leg_id: switch.look_at(leg_id) for leg_id, leg in machine.legs.items() if leg.live}
        views = {
            leg: None if dump is None else LegView(snapshot.is_answered(dump), snapshot.bridged_with(dump))
            for leg, dump in dumps.items()
        }
        fates: dict[AskId, snapshot.Fate] = {}
        for number, ask in machine.pending.items():
            if isinstance(ask, HttpCall):
                continue
            dump = dumps.get(ask.leg)
            recording = isinstance(ask, StartRecording)
            if dump is not None:
                fates[number] = snapshot.fate(ask, number, dump, self._recordings(switch, ask.leg) if recording else "")
            elif isinstance(ask, StartRecording):
                fates[number] = snapshot.Finished(Recorded(recorded_ms(ask.path), "hangup", ask.path))
        return reconcile(machine, views, fates, time.time())

    def _recordings(self, switch: Switch, leg: LegId) -> str:
        return switch.api(snapshot.recordings_line(leg)).text

    # Callers nobody serves

    def _take_waiting(self, switch: Switch, rows: Iterable[snapshot.ChannelRow]) -> int:
        taken = 0
        for row in rows:
            lost = row.leg in self._lost
            if not row.inbound or row.leg in self._calls.legs or not (row.waiting or lost):
                continue
            dump = switch.look_at(row.leg)
            if dump is not None and lost and snapshot.bridged_with(dump):
                continue  # a talk goes on; the caller waits again after it
            if dump is not None and self._calls.take(switch, translate.arrived(dump, time.time())) is not None:
                taken += 1
        self._lost.clear()
        return taken
