"""Calls of one engine on a switch that does as a test says, with a real Redis: what happens, is sent and is kept."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any

import gevent
import orjson
from gevent.event import Event

from engine.call.journal import decode
from engine.config import Settings
from engine.core.errors import ProviderError
from engine.core.ids import CallId
from engine.core.prompts import Prompt, SoundFile, Speech
from engine.core.signals import Signal
from engine.esl.command import Command
from engine.esl.link import Settle
from engine.flow.bundle import Bundle
from engine.shell.calls import Calls
from engine.shell.http import Http
from engine.shell.keys import Keys
from engine.shell.live_call import LiveCall
from engine.shell.recovery import Recovery
from engine.shell.store import Store
from engine.shell.switch import Switch, SwitchAddress
from tests.flow.author import loaded, project
from tests.shell.redis_server import RedisServer
from tests.shell.scripted_switch import PASSWORD, ScriptedSwitch
from tests.shell.waiting import eventually

_HEAD = "flow: {name}\nschema: 1\nstart: go\nblocks:\n  go:\n    - answer:\n"
_STEPS = {
    "say": "    - play: Welcome.\n    - play: Goodbye.\n    - hangup:\n",
    "wait": "    - pause: 10m\n    - hangup:\n",
    "brief": "    - pause: 150ms\n    - play: Welcome.\n    - hangup:\n",
    "ring": "    - transfer: {to: user/alice, timeout: 20s, failed: bye, after: bye}\n  bye:\n    - hangup:\n",
    "ask": '    - http: {url: "http://127.0.0.1:PORT/", timeout: 50s}\n'
    "      on_error: {any: next}\n    - play: Found.\n    - hangup:\n",
}
NUMBERS = {flow: str(100 + number) for number, flow in enumerate(_STEPS)}
_leg = count(1)


@cache
def bundle(port: int = 9, words: str = "Welcome.") -> Bundle:
    """All the flows; `port` is where the one that asks finds its web service."""
    flows = {
        name: (_HEAD.format(name=name) + steps).replace("PORT", str(port)).replace("Welcome.", words)
        for name, steps in _STEPS.items()
    }
    rules = "rules:\n" + "".join(f'  - {{number: "{number}", flow: {flow}}}\n' for flow, number in NUMBERS.items())
    result = loaded(project(dialplans__main=rules, **flows))
    assert result.bundle is not None, "\n".join(map(str, result.findings))
    return result.bundle


class Sounds:
    """Prompts of which a test decides when they are ready."""

    def __init__(self) -> None:
        self.known = True
        self.problem = ""
        self.finished = Event()
        self.path = "/var/sounds/words.wav"

    def ready(self, prompt: Prompt) -> Prompt | None:
        return self._files(prompt) if self.known else None

    def render(self, prompt: Prompt) -> Prompt:
        self.finished.wait()
        if self.problem:
            raise ProviderError(self.problem)
        return self._files(prompt)

    def _files(self, prompt: Prompt) -> Prompt:
        return tuple(SoundFile(self.path, item.text) if isinstance(item, Speech) else item for item in prompt)


class CountedSwitch(Switch):
    """Remembers what was sent in one piece."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.sendings: list[list[Command]] = []

    def submit(self, commands: Iterable[tuple[Command, Settle | None]]) -> None:
        listed = list(commands)
        self.sendings.append([command for command, _ in listed])
        super().submit(listed)


@dataclass
class Line:
    """One engine's calls, on one switch."""

    redis: RedisServer
    server: ScriptedSwitch
    store: Store
    sounds: Sounds = field(default_factory=Sounds)
    bundle: Bundle = field(default_factory=bundle)
    recovers: bool = False
    epoch: int = 0

    def __post_init__(self) -> None:
        self.calls = Calls(
            store=self.store, prompts=self.sounds, http=Http(Settings()), bundle=lambda: self.bundle,
            recordings="/rec",
        )  # fmt: skip
        recovery = Recovery(self.calls, self.store, {self.bundle.id: self.bundle}.get)
        self.switch = CountedSwitch(
            SwitchAddress("fs1", "127.0.0.1", self.server.port, PASSWORD), on_signal=self.calls.signal,
            on_up=recovery if self.recovers else lambda _switch, _restarted: None, first_retry=0.01,
        )  # fmt: skip
        self.switch.epoch = self.epoch

    def start(self) -> None:
        self.switch.start()
        assert self.switch.wait_up(10)

    def close(self) -> None:
        self.calls.stop()
        self.switch.stop()

    # What happens

    def parks(self, flow: str, leg: str = "") -> CallId:
        """A caller for a flow arrives."""
        leg = leg or f"leg-{next(_leg)}"
        self.server.tell(parked(leg, NUMBERS[flow]))
        return CallId(leg)

    def arrives(self, flow: str) -> LiveCall:
        """The same, and the call it became; its leg is answered."""
        call = self.parks(flow)
        live = eventually(lambda: self.calls.get(call), "a call")
        self.server.tell({"Event-Name": "CHANNEL_ANSWER", "Call-Direction": "inbound", "Unique-ID": call})
        return live

    def completes(self, call: CallId, ask: int, application: str = "playback", **headers: str) -> None:
        """An application of a call ends."""
        self.server.tell(
            {
                "Event-Name": "CHANNEL_EXECUTE_COMPLETE", "Unique-ID": call, "Application": application,
                "Application-UUID": f"{call}:{ask}", "Application-Response": "FILE PLAYED", **headers,
            }
        )  # fmt: skip

    def hangs_up(self, leg: str) -> None:
        """A party leaves, and the switch has the last word."""
        self.server.tell(hung_up(leg))

    def closed(self, live: LiveCall) -> None:
        """Wait until a call is over and everything of it is written."""
        eventually(lambda: live.machine.phase == "closed" and live.call not in self.kept_live(), "the end of the call")

    # What was sent and what is kept

    def sent(self, word: str = "") -> list[str]:
        """The commands the switch was given, those that hold a text."""
        return [
            block
            for peer in self.server.peers
            for block in peer.received
            if word in block and not block.startswith(("auth ", "event ", "filter ", "api global", "api version"))
        ]

    def is_sent(self, word: str) -> str:
        """Wait for a command that holds a text."""
        return eventually(lambda: next(iter(self.sent(word)), ""), f"a command with {word}")

    def kept(self, call: CallId) -> list[Signal]:
        """The journal of a call."""
        return [decode(line) for line in self.store.journal(call)[1]]

    def kept_live(self) -> list[CallId]:
        return self.store.live_calls("fs1")

    def told(self, call: CallId) -> list[dict[str, Any]]:
        """The events of a call, from Redis."""
        stream: Any = self.redis.client().xrange(Keys(0).events)
        return [event for _, fields in stream if (event := orjson.loads(fields[b"event"]))["call"] == call]

    def types(self, call: CallId) -> list[str]:
        return [event["type"] for event in self.told(call)]


def parked(leg: str, number: str, **headers: str) -> dict[str, Any]:
    return {
        "Event-Name": "CHANNEL_PARK", "Call-Direction": "inbound", "Unique-ID": leg, "Answer-State": "ringing",
        "Caller-Caller-ID-Number": "+441632960123", "Caller-Caller-ID-Name": "Ann",
        "Caller-Destination-Number": number, **headers,
    }  # fmt: skip


def hung_up(leg: str) -> dict[str, Any]:
    return {
        "Event-Name": "CHANNEL_HANGUP_COMPLETE", "Unique-ID": leg, "Hangup-Cause": "NORMAL_CLEARING",
        "variable_sip_hangup_disposition": "recv_bye",
    }  # fmt: skip


def settle() -> None:
    """Let everything that can happen now happen, so that what did not happen can be told."""
    for _ in range(50):
        gevent.sleep(0.001)
