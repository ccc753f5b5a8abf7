"""A channel: its variables, its states, and the events that tell of it."""

from __future__ import annotations

from collections.abc import Callable

from engine.sim.caller_profile import CallerProfile, now_us
from engine.sim.event import Event, EventFactory, Value
from engine.sim.states import CallState, State

_BASIC = frozenset(("CHANNEL_STATE", "CHANNEL_CALLSTATE", "DTMF", "PRIVATE_COMMAND", "CHANNEL_OUTGOING"))
"""Events that carry no variables (switch_channel.c, switch_channel_event_set_data)."""


class Channel:
    """One leg as the event socket shows it. Nothing here touches SIP, audio or time beyond stamping."""

    def __init__(
        self,
        uuid: str,
        name: str,
        direction: str,
        events: EventFactory,
        publish: Callable[[Event], None],
        wanted: Callable[[str], bool],
        global_variable: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        self.uuid = uuid
        self.name = name
        self.direction = direction
        self._events = events
        self._publish = publish
        self._wanted = wanted
        self._global_variable = global_variable
        self._variables: dict[str, Value] = {}
        self.profile: CallerProfile | None = None
        self.other_leg: dict[str, Value] = {}
        self.state = State.NEW
        self.running_state = State.NONE
        self.call_state = CallState.DOWN
        self.answered = self.early_media = self.held = False
        self.hit_dialplan = direction == "inbound"
        self.hangup_cause: str | None = None
        self.codec: str | None = None
        self.presence_direction = direction
        self.on_change: Callable[[], None] = lambda: None

    # Variables

    def get(self, name: str) -> str | None:
        """A variable's text, else the caller profile's field of that name, else the switch's variable, else None."""
        value = self._variables.get("variable_" + name)
        if value is not None:
            return value if isinstance(value, str) else "ARRAY::" + "|:".join(value)
        field = self.profile.value_of(name) if self.profile is not None else None
        return self._global_variable(name) if field is None else field

    def set(self, name: str, value: str | None) -> None:
        """Set a variable; an empty text or None removes it, as in FreeSWITCH."""
        key = "variable_" + name
        if not value:
            self._variables.pop(key, None)
        elif key in self._variables:
            self._variables[key] = value
        else:
            self._variables[key] = value

    def append(self, name: str, value: str) -> None:
        """Add a value to a variable, which becomes a list from the second on."""
        key = "variable_" + name
        present = self._variables.get(key)
        if present is None:
            self._variables[key] = value
        else:
            self._variables[key] = [*(present if isinstance(present, list) else [present]), value]

    def is_true(self, name: str) -> bool:
        """Whether a variable says yes in one of FreeSWITCH's ways."""
        value = (self.get(name) or "").lower()
        return value in ("yes", "on", "true", "t", "enabled", "active", "allow") or (
            value.lstrip("-").isdigit() and int(value) != 0
        )

    def variables_with_prefix(self, prefix: str) -> list[tuple[str, str]]:
        """The rest of the names and the texts of the variables whose names begin so, in order of setting."""
        start = "variable_" + prefix
        return [
            (key[len(start) :], value if isinstance(value, str) else value[-1])
            for key, value in self._variables.items()
            if key.startswith(start)
        ]

    # State

    @property
    def answer_state(self) -> str:
        """`ringing`, `early`, `answered` or `hangup`."""
        if self.hangup_cause is not None:
            return "hangup"
        if self.answered:
            return "answered"
        return "early" if self.early_media else "ringing"

    @property
    def ready(self) -> bool:
        """Whether an application may go on: the channel is up and nobody moved it to another state."""
        return (
            self.hangup_cause is None and State.ROUTING < self.state < State.HANGUP and self.state == self.running_state
        )

    @property
    def up(self) -> bool:
        """Whether nobody has hung up yet."""
        return self.hangup_cause is None

    def set_state(self, state: State) -> None:
        """Ask the session to enter a state; nothing leads back from a hang-up."""
        if self.state >= State.HANGUP and state < self.state:
            return
        self.state = state
        self.on_change()

    def enter(self, state: State) -> None:
        """Begin to run a state, and say so."""
        self.running_state = state
        if self.direction == "inbound" and state < State.HANGUP:
            if state == State.ROUTING:
                self.set_call_state(CallState.RINGING)
            elif self.answered:
                self.set_call_state(CallState.ACTIVE)
            elif self.early_media:
                self.set_call_state(CallState.EARLY)
        self.fire("CHANNEL_STATE")

    def set_call_state(self, state: CallState) -> None:
        """Change the call state, and say so."""
        if state != self.call_state:
            before, self.call_state = self.call_state, state
            first: dict[str, Value] = {
                "Original-Channel-Call-State": before.name,
                "Channel-Call-State-Number": str(int(state)),
            }
            self.fire("CHANNEL_CALLSTATE", before=first)

    def hang_up(self, cause: str) -> bool:
        """End the call for this cause; False when it has ended already."""
        if self.hangup_cause is not None:
            return False
        self.hangup_cause = cause
        self.state = State.HANGUP
        self.fire("CHANNEL_HANGUP")
        self.on_change()
        return True

    def mark_answered(self) -> None:
        """The call is answered."""
        if self.answered or not self.up:
            return
        self.answered = True
        if self.profile is not None:
            self.profile.mark("Channel-Answered")
        self.fire("CHANNEL_ANSWER")
        self.set("endpoint_disposition", "ANSWER")
        self.set_call_state(CallState.ACTIVE)
        self.on_change()

    def mark_early_media(self) -> None:
        """There is audio before the answer."""
        if self.early_media or self.answered or not self.up:
            return
        self.early_media = True
        if self.profile is not None:
            self.profile.mark("Channel-Progress-Media")
        self.set("endpoint_disposition", "EARLY MEDIA")
        self.fire("CHANNEL_PROGRESS_MEDIA")
        self.set_call_state(CallState.EARLY)
        self.on_change()

    def mark_ringing(self) -> None:
        """The other side rings."""
        if self.profile is None or "Channel-Progress" in self.profile.times or self.answered or not self.up:
            return
        self.profile.mark("Channel-Progress")
        self.fire("CHANNEL_PROGRESS")
        if self.direction == "outbound":
            self.set_call_state(CallState.RINGING)

    def mark_held(self, held: bool) -> None:
        """The call was put on hold or taken from it."""
        if held == self.held or self.profile is None or not self.up:
            return
        self.held = held
        if held:
            self.profile.last_hold = now_us()
            self.set_call_state(CallState.HELD)
            self.fire("CHANNEL_HOLD")
        else:
            self.profile.hold_accumulated += now_us() - self.profile.last_hold
            self.set_call_state(CallState.UNHELD)
            self.fire("CHANNEL_UNHOLD")
            self.set_call_state(CallState.ACTIVE)

    # Events

    def fire(self, name: str, after: dict[str, Value] | None = None, *, before: dict[str, Value] | None = None) -> None:
        """Publish an event of this channel, with headers before and after the channel's own."""
        if not self._wanted(name):
            return
        event = self._events.new(name)
        if before:
            event.headers.update(before)
        event.headers.update(self.headers(variables=name not in _BASIC))
        if after:
            event.headers.update(after)
        self._publish(event)

    def headers(self, *, variables: bool = True) -> dict[str, Value]:
        """The channel's headers in FreeSWITCH's order."""
        headers: dict[str, Value] = {
            "Channel-State": "CS_" + self.running_state.name,
            "Channel-Call-State": self.call_state.name,
            "Channel-State-Number": str(int(self.state)),
            "Channel-Name": self.name,
            "Unique-ID": self.uuid,
            "Call-Direction": self.direction,
            "Presence-Call-Direction": self.presence_direction,
            "Channel-HIT-Dialplan": "true" if self.hit_dialplan else "false",
            "Channel-Call-UUID": self.get("call_uuid") or self.uuid,
            "Answer-State": self.answer_state,
        }
        if self.hangup_cause is not None:
            headers["Hangup-Cause"] = self.hangup_cause
        if self.codec is not None:
            for way in ("Read", "Write"):
                headers[f"Channel-{way}-Codec-Name"] = self.codec
                headers[f"Channel-{way}-Codec-Rate"] = "8000"
                headers[f"Channel-{way}-Codec-Bit-Rate"] = "64000"
        if self.profile is not None:
            headers.update(self.profile.headers("Caller"))
        headers.update(self.other_leg)
        if variables:
            headers.update(self._variables)
        return headers
