"""Replays a recorded dialogue against the simulated switch and says where the two differ."""

from __future__ import annotations

import gzip
import json
import re
import time
import traceback
import wave
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gevent

from engine.sim import SimSettings, Simulation
from tests.sim.event_socket import EventSocket
from tests.sim.sip_peer import Incoming, SipPeer, answers_after, only_rings, refuses

TRACES = Path(__file__).parent / "traces"
SOUNDS = "/usr/share/freeswitch/sounds/en_US_f_Allison"
RECORDINGS = "/var/lib/freeswitch/recordings"
LONGEST_PAUSE = 0.6
DEADLINE = 20.0

# Samples of the sounds of the recorded switch, the long ones shortened: only the order matters.
SOUND_SAMPLES = {"beep": 3404, "beeperr": 2700, "vm-enter-num-to-call": 16184, "invalid": 4000}

_COMPARED = (
    "Event-Name Channel-State Channel-Call-State Channel-State-Number Answer-State Original-Channel-Call-State "
    "Call-Direction Unique-ID Other-Type Other-Leg-Unique-ID Bridge-A-Unique-ID Bridge-B-Unique-ID Application "
    "Application-Data Application-Response Application-UUID Hangup-Cause DTMF-Digit DTMF-Source DTMF-Duration "
    "Playback-Status Playback-File-Type Playback-File-Path Record-File-Path Record-Completion-Cause Direction "
    "Bridged-To Job-UUID Job-Command Job-Command-Arg _body "
    "Caller-Destination-Number Caller-Caller-ID-Name Caller-Caller-ID-Number Caller-Direction Caller-Context "
    "variable_playback_terminator_used variable_playback_terminators variable_read_result variable_digits "
    "variable_digits_invalid variable_read_terminator_used variable_hangup_cause variable_hangup_cause_q850 "
    "variable_sip_hangup_disposition variable_silence_hits_exhausted variable_current_application "
    "variable_current_application_data variable_current_application_response variable_note variable_who "
    "variable_export_vars variable_park_after_bridge variable_hangup_after_bridge variable_bridge_uuid "
    "variable_signal_bond variable_last_bridge_hangup_cause variable_bridge_hangup_cause variable_endpoint_disposition "
    "variable_record_completion_cause variable_flow"
)
COMPARED = tuple(_COMPARED.split())

RECORDED: dict[str, Any] = {
    "contexts": {"trunk": "public", "agents": "default"},
    "global_variables": {},
    "park_variables": {},
}
"""The dialogues were recorded with a dialplan that only parks, and without the variables of freeswitch-conf."""

Tap = tuple[float, Callable[[SipPeer], None]]


@dataclass
class Script:
    """What the people of a dialogue do: seconds after the call's answer (or INVITE), and the act."""

    caller: list[Tap] | None = None
    agent: Callable[..., None] | None = None
    after_answer: bool = True
    message_delay: float = 0.0


def press(digits: str) -> Callable[[SipPeer], None]:
    return lambda peer: peer.press(digits)


def refuses_to_resume(peer: SipPeer, message: Incoming) -> None:
    """An agent that answers, agrees to be held, and refuses the re-INVITE that ends the hold."""
    if "tag=" not in message.get("To"):
        answers_after(0.5)(peer, message)
    elif "sendonly" in message.body:
        peer.reply(200, "OK", body=peer.sdp("recvonly"), request=message)
    else:
        gevent.sleep(0.2)
        peer.reply(503, "Service Unavailable", request=message)


_CALL = Script(caller=[])
_DIGITS = Script(caller=[(1.0, press("1")), (1.6, press("2")), (2.2, press("3")), (2.8, press("4")), (3.4, press("#"))])
SCRIPTS = {
    "auth_rejected": Script(),
    "command_before_auth": Script(),
    "command_errors": Script(),
    "bridge_agent_hangs_up": Script(caller=[], agent=answers_after(0.3)),
    "bridge_hold_unhold_and_record": Script(caller=[], agent=refuses_to_resume),
    "bridge_caller_hangs_up": Script(caller=[(2.0, SipPeer.bye)], agent=answers_after(0.5)),
    "caller_cancels_before_answer": Script(caller=[(0.4, SipPeer.bye)], after_answer=False),
    "caller_hangs_up_during_collect": Script(caller=[(1.2, SipPeer.bye)]),
    "caller_hangs_up_during_playback": Script(caller=[(1.2, SipPeer.bye)]),
    "early_media_then_hangup": Script(caller=[(0.4, SipPeer.cancel)], after_answer=False, message_delay=0.8),
    "collect_four_digits_terminator": _DIGITS,
    "collect_invalid_then_valid": Script(caller=[(1.0, press("9")), (2.6, press("1"))]),
    "collect_one_digit": Script(caller=[(1.0, press("1"))]),
    "originate_answered": Script(agent=answers_after(0.5)),
    "originate_busy": Script(agent=refuses(486, "Busy Here")),
    "originate_cancelled_by_uuid_kill": Script(agent=only_rings),
    "originate_declined": Script(agent=refuses(603, "Decline", after=0.3, rings=True)),
    "originate_no_answer": Script(agent=only_rings),
    "originate_unavailable": Script(agent=refuses(480, "Temporarily Unavailable")),
    "originate_unreachable_host": Script(),
    "originate_unregistered_user": Script(),
    "playback_terminated_by_digit": Script(caller=[(0.9, press("1"))]),
    "record_session_until_hangup": Script(caller=[(1.2, SipPeer.bye)]),
    "send_dtmf_and_dtmf_received": _DIGITS,
}


def names() -> list[str]:
    """The dialogues that begin at their beginning; `resync_after_reconnect` has a test of its own."""
    found = sorted(path.name.removesuffix(".jsonl.gz") for path in TRACES.glob("*.jsonl.gz"))
    return [name for name in found if name != "resync_after_reconnect"]


def trace(name: str) -> list[dict[str, Any]]:
    with gzip.open(TRACES / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@dataclass
class Outcome:
    """What was recorded and what the simulation did, in the same words."""

    expected: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    got: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    expected_replies: list[tuple[str, str, str]] = field(default_factory=list)
    replies: list[tuple[str, str, str]] = field(default_factory=list)
    failure: str = ""


class Replay:
    """One dialogue at work."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.items = trace(name)
        self.script = SCRIPTS.get(name, _CALL)
        self.folder = folder
        self.ids: dict[str, str] = {}
        self.seen: dict[str, int] = defaultdict(int)
        make_sounds(folder)

    def run(self) -> Outcome:
        outcome = Outcome()
        delay = self.script.message_delay
        settings = SimSettings(sounds_dir=self.folder, treatment_after=0, message_delay=delay, **RECORDED)
        with Simulation(settings) as simulation:
            caller, agent = SipPeer(), SipPeer("agent", behaviour=self.script.agent)
            try:
                self._play(simulation, caller, agent, outcome)
            except Exception as error:  # noqa: BLE001 - one dialogue must not hide the others
                outcome.failure = "".join(traceback.format_exception(error))
            finally:
                caller.close()
                agent.close()
        return outcome

    def _play(self, simulation: Simulation, caller: SipPeer, agent: SipPeer, outcome: Outcome) -> None:
        client = EventSocket(simulation.esl_port, None)
        self.simulation, self.agent = simulation, agent
        wants_call = self.script.caller is not None
        before = 0.0
        started = False
        for item in self.items:
            pause = min(item["t"] - before, LONGEST_PAUSE)
            before = item["t"]
            if item["dir"] == "send":
                gevent.sleep(pause)
                self._await(client, outcome)
                client.send(self._translated(item["text"]) + ("\n\n" if "\n\n" not in item["text"] else ""))
            elif item["dir"] == "reply":
                reply = client.next_reply()
                outcome.expected_replies.append(self._reply(item["headers"], item.get("body", "")))
                outcome.replies.append(self._reply(reply, reply["_body"]))
                self._learn(item["headers"].get("Job-UUID"), reply.get("Job-UUID"))
                enabled = item["headers"].get("Reply-Text", "").startswith("+OK event listener")
                if enabled and wants_call and not started:
                    started = True
                    gevent.spawn(self._call, caller)
            elif item["dir"] == "event":
                self._expect(item["event"], outcome)
            elif item["dir"] == "closed":
                client.wait(lambda: client.closed, "the end of the connection")
        self._await(client, outcome)
        gevent.sleep(0.1)
        for event in client.events:
            outcome.got.setdefault(self._channel(event), []).append(self._shown(event))
        for events in outcome.expected.values():
            for event in events:
                self._map(event)
        client.close()

    def _call(self, caller: SipPeer) -> None:
        caller.call(self.simulation.trunk_sip_port)
        if self.script.after_answer and self.script.caller:
            caller.answered.wait(DEADLINE)
        if not self.script.after_answer:
            caller.ringing.wait(1.0)
        start = time.monotonic()
        for at, act in self.script.caller or []:
            gevent.sleep(max(0.0, start + at - time.monotonic()))
            act(caller)

    def _expect(self, event: dict[str, Any], outcome: Outcome) -> None:
        shown = {key: self._translated(value) if isinstance(value, str) else value for key, value in event.items()}
        outcome.expected.setdefault(self._channel(event), []).append({key: shown.get(key) for key in COMPARED})

    def _await(self, client: EventSocket, outcome: Outcome) -> None:
        """Wait until every channel has said as much as it had when this was recorded."""

        def ready() -> bool:
            self._learn_channels(client)
            for channel, events in outcome.expected.items():
                mine = self.ids.get(channel, channel)
                got = [event for event in client.events if self._channel(event) == mine]
                if len(got) < len(events):
                    return False
            return True

        try:
            client.wait(ready, "the recorded events", DEADLINE)
        except AssertionError:
            missing = {
                channel: [event["Event-Name"] for event in events] for channel, events in outcome.expected.items()
            }
            there = defaultdict(list)
            for event in client.events:
                there[self._channel(event)].append(event["Event-Name"])
            raise AssertionError(f"{self.name}: expected {missing}\n got {dict(there)} ids {self.ids}") from None

    def _learn_channels(self, client: EventSocket) -> None:
        known = set(self.ids.values())
        fresh = [event["Unique-ID"] for event in client.events if event.get("Unique-ID", "") not in {*known, ""}]
        recorded = [
            item["event"]["Unique-ID"]
            for item in self.items
            if item["dir"] == "event" and "Unique-ID" in item["event"] and item["event"]["Unique-ID"] not in self.ids
        ]
        mine = list(dict.fromkeys(uuid for uuid in fresh if uuid))
        theirs = list(dict.fromkeys(recorded))
        for uuid in mine:
            if uuid in theirs:
                # An origination_uuid that we chose ourselves.
                self.ids[uuid] = uuid
                theirs.remove(uuid)
            elif theirs:
                self.ids[theirs.pop(0)] = uuid

    def _learn(self, theirs: str | None, mine: str | None) -> None:
        if theirs and mine:
            self.ids[theirs] = mine

    def _translated(self, text: str) -> str:
        for theirs, mine in self.ids.items():
            text = text.replace(theirs, mine)
        text = text.replace(SOUNDS, str(self.folder)).replace(RECORDINGS, str(self.folder / "recordings"))
        text = text.replace("127.0.0.1:6200", f"127.0.0.1:{self.agent.port}")

        def fit(match: re.Match[str]) -> str:
            body = match.group(2)
            return f"Content-Length: {len(body.encode())}\n\n{body}"

        return re.sub(r"Content-Length: (\d+)\n\n(.*)$", fit, text, flags=re.DOTALL)

    def _map(self, event: dict[str, Any]) -> None:
        for key, value in event.items():
            if isinstance(value, str):
                event[key] = self._translated(value)

    def _reply(self, headers: dict[str, str], body: str) -> tuple[str, str, str]:
        text = self._translated(headers.get("Reply-Text", ""))
        text = re.sub(r"Job-UUID: \S+", "Job-UUID: *", text)
        return headers.get("Content-Type", ""), text, generalised(self._translated(body))

    @staticmethod
    def _channel(event: dict[str, Any]) -> str:
        return str(event.get("Unique-ID") or "-")

    @staticmethod
    def _shown(event: dict[str, Any]) -> dict[str, Any]:
        return {key: event.get(key) for key in COMPARED}


def generalised(body: str) -> str:
    """A body without what no two switches share: times, versions, the contents of dumps."""
    if body.startswith("UP "):
        return "UP"
    if body.startswith("FreeSWITCH Version"):
        return "version"
    if body.strip().isdigit():
        return "a number"
    if body.startswith('{"row_count"'):
        return "rows"
    if body.startswith('{"Event-Name":"CHANNEL_DATA"'):
        return "a dump"
    return body


def make_sounds(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, samples in SOUND_SAMPLES.items():
        with wave.open(str(folder / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(bytes(2 * samples))


def differences(outcome: Outcome, ids: dict[str, str]) -> Iterator[str]:
    """Where the simulation says something else, in words; nothing when it conforms."""
    if outcome.failure:
        yield outcome.failure
        return
    for theirs, mine in zip(outcome.expected_replies, outcome.replies, strict=True):
        if theirs != mine:
            yield f"reply: recorded {theirs}, simulated {mine}"
    for channel, events in outcome.expected.items():
        got = outcome.got.get(ids.get(channel, channel), [])
        theirs_names = [event["Event-Name"] for event in events]
        mine_names = [event["Event-Name"] for event in got]
        if theirs_names != mine_names:
            yield f"order on {channel}:\n  recorded  {theirs_names}\n  simulated {mine_names}"
            continue
        for number, (theirs_event, mine_event) in enumerate(zip(events, got, strict=True)):
            for key in COMPARED:
                if not same(key, theirs_event, mine_event):
                    yield (
                        f"{channel[:4]} #{number} {theirs_event['Event-Name']} {key}: "
                        f"recorded {theirs_event[key]!r}, simulated {mine_event[key]!r}"
                    )


def same(key: str, theirs: dict[str, Any], mine: dict[str, Any]) -> bool:
    if theirs[key] == mine[key]:
        return True
    if key == "Application-UUID":
        # An id of the switch's own (park by the dialplan) is any id.
        return bool(theirs[key]) and bool(mine[key]) and theirs["Application"] in ("park",)
    if key in ("Application-Response", "variable_current_application_response"):
        # A playback cut by a hang-up ends by whichever part of the switch notices first.
        return theirs["Hangup-Cause"] is not None and {theirs[key], mine[key]} == {"FILE PLAYED", "PLAYBACK ERROR"}
    return False
