"""Which events a client asked for: names, subclasses and filters (mod_event_socket.c)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from engine.sim.event import Event

_NAMES = """
CUSTOM CLONE CHANNEL_CREATE CHANNEL_DESTROY CHANNEL_STATE CHANNEL_CALLSTATE CHANNEL_ANSWER CHANNEL_HANGUP
CHANNEL_HANGUP_COMPLETE CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE CHANNEL_HOLD CHANNEL_UNHOLD CHANNEL_BRIDGE
CHANNEL_UNBRIDGE CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_OUTGOING CHANNEL_PARK CHANNEL_UNPARK
CHANNEL_APPLICATION CHANNEL_ORIGINATE CHANNEL_UUID API LOG INBOUND_CHAN OUTBOUND_CHAN STARTUP SHUTDOWN PUBLISH
UNPUBLISH TALK NOTALK SESSION_CRASH MODULE_LOAD MODULE_UNLOAD DTMF MESSAGE PRESENCE_IN NOTIFY_IN PRESENCE_OUT
PRESENCE_PROBE MESSAGE_WAITING MESSAGE_QUERY ROSTER CODEC BACKGROUND_JOB DETECTED_SPEECH DETECTED_TONE
PRIVATE_COMMAND HEARTBEAT TRAP ADD_SCHEDULE DEL_SCHEDULE EXE_SCHEDULE RE_SCHEDULE RELOADXML NOTIFY PHONE_FEATURE
PHONE_FEATURE_SUBSCRIBE SEND_MESSAGE RECV_MESSAGE REQUEST_PARAMS CHANNEL_DATA GENERAL COMMAND SESSION_HEARTBEAT
CLIENT_DISCONNECTED SERVER_DISCONNECTED SEND_INFO RECV_INFO RECV_RTCP_MESSAGE SEND_RTCP_MESSAGE CALL_SECURE NAT
RECORD_START RECORD_STOP PLAYBACK_START PLAYBACK_STOP CALL_UPDATE FAILURE SOCKET_DATA MEDIA_BUG_START
MEDIA_BUG_STOP CONFERENCE_DATA_QUERY CONFERENCE_DATA CALL_SETUP_REQ CALL_SETUP_RESULT CALL_DETAIL DEVICE_STATE
TEXT SHUTDOWN_REQUESTED ALL
"""
EVENT_NAMES = frozenset(_NAMES.split())


@dataclass(slots=True)
class Subscription:
    """The events one connection wants."""

    kind: str = "plain"
    names: set[str] = field(default_factory=set)
    subclasses: set[str] = field(default_factory=set)
    everything: bool = False
    _filters: list[tuple[str, str, bool]] = field(default_factory=list)
    """Lower-case header, value, and whether a match lets the event pass."""

    def add(self, words: list[str]) -> bool:
        """Subscribe to these words; after CUSTOM every word is a subclass. False when none is known."""
        custom = known = False
        for word in words:
            name = word.upper()
            if custom:
                self.subclasses.add(word)
                known = True
            elif name == "ALL":
                self.everything = known = True
            elif name in EVENT_NAMES:
                self.names.add(name)
                custom = name == "CUSTOM"
                known = True
        return known

    def remove(self, words: list[str]) -> None:
        """Unsubscribe from these words."""
        custom = False
        for word in words:
            name = word.upper()
            if custom:
                self.subclasses.discard(word)
            elif name == "ALL":
                self.clear()
            elif name == "CUSTOM":
                custom = True
                if word is words[-1]:
                    self.names.discard(name)
            else:
                if self.everything:
                    self.everything = False
                    self.names = set(EVENT_NAMES) - {"ALL"}
                self.names.discard(name)

    def clear(self) -> None:
        """Unsubscribe from everything."""
        self.names.clear()
        self.subclasses.clear()
        self.everything = False

    def add_filter(self, header: str, value: str) -> None:
        """Let pass what has this header with this value; a leading minus lets nothing with it pass."""
        self._filters.append((header.lower(), value.removeprefix("-"), not value.startswith("-")))

    def delete_filter(self, header: str, value: str) -> None:
        """Forget the filters of a header, of one of its values, or `all`."""
        if header.lower() == "all":
            self._filters.clear()
        else:
            self._filters = [
                entry
                for entry in self._filters
                if entry[0] != header.lower() or (value and entry[1] != value.removeprefix("-"))
            ]

    def wants_name(self, name: str) -> bool:
        """Whether events of this name may interest the client at all."""
        return self.everything or name in self.names

    def wants(self, event: Event) -> bool:
        """Whether this event is to be sent."""
        if event.subclass is not None:
            if not self.everything and event.subclass not in self.subclasses:
                return False
        elif not self.wants_name(event.name):
            return False
        return not self._filters or self._passes(event)

    def _passes(self, event: Event) -> bool:
        # One match of a positive filter is needed, and one match of a negative filter forbids.
        headers = {name.lower(): value for name, value in event.headers.items()}
        if event.body is not None:
            headers["content-length"] = str(len(event.body))
        passes = False
        for header, wanted, positive in self._filters:
            value = headers.get(header)
            if isinstance(value, str) and _matches(value, wanted):
                if not positive:
                    return False
                passes = True
        return passes


def _matches(value: str, wanted: str) -> bool:
    if wanted.startswith("/"):
        try:
            return re.search(wanted[1:].removesuffix("/"), value) is not None
        except re.error:
            return False
    return wanted.lower() == value.lower()
