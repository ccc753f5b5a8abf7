"""Events of the simulated switch: what they hold, and the two texts in which a client may ask for them."""

from __future__ import annotations

import itertools
import json
import time
import urllib.parse
from dataclasses import dataclass, field
from email.utils import formatdate

import orjson

Value = str | list[str]

# mod_event_socket's URL rule leaves these unencoded (SWITCH_URL_UNSAFE of switch_utils.h lists the opposite set).
_PLAIN_SAFE = " !$&'()*,/:;=?@~._-|<>\"{}[]\\^`"

_CALLING = {
    "CHANNEL_STATE": ("switch_channel.c", "switch_channel_perform_set_running_state", "2408"),
    "CHANNEL_CALLSTATE": ("switch_channel.c", "switch_channel_perform_set_callstate", "301"),
    "CHANNEL_EXECUTE": ("switch_core_session.c", "switch_core_session_exec", "2948"),
    "CHANNEL_EXECUTE_COMPLETE": ("switch_core_session.c", "switch_core_session_exec", "2967"),
    "CHANNEL_PARK": ("switch_ivr.c", "switch_ivr_park", "1005"),
    "CHANNEL_UNPARK": ("switch_ivr.c", "switch_ivr_park", "1211"),
    "CHANNEL_ANSWER": ("switch_channel.c", "switch_channel_perform_mark_answered", "3862"),
    "CHANNEL_HANGUP": ("switch_channel.c", "switch_channel_perform_hangup", "3447"),
    "CHANNEL_HANGUP_COMPLETE": ("switch_core_state_machine.c", "switch_core_session_reporting_state", "960"),
    "DTMF": ("switch_channel.c", "switch_channel_dequeue_dtmf", "677"),
    "PLAYBACK_START": ("switch_ivr_play_say.c", "switch_ivr_play_file", "1508"),
    "PLAYBACK_STOP": ("switch_ivr_play_say.c", "switch_ivr_play_file", "2032"),
    "BACKGROUND_JOB": ("mod_event_socket.c", "api_exec", "1572"),
    "HEARTBEAT": ("switch_core.c", "send_heartbeat", "88"),
}
_CALLING_UNKNOWN = ("switch_core.c", "switch_core_event", "1")


@dataclass(slots=True)
class Event:
    """One event: headers in order, and a body for those that have one."""

    name: str
    headers: dict[str, Value]
    subclass: str | None = None
    body: str | None = None
    _json: bytes | None = field(default=None, repr=False)
    _plain: bytes | None = field(default=None, repr=False)

    def as_json(self) -> bytes:
        """The event as `text/event-json`; bytes of the caller that are not UTF-8 pass raw, as FreeSWITCH does it."""
        if self._json is None:
            document: dict[str, Value] = dict(self.headers)
            if self.body is not None:
                document["Content-Length"] = str(len(encoded(self.body)))
                document["_body"] = self.body
            try:
                self._json = orjson.dumps(document)
            except (TypeError, orjson.JSONEncodeError):
                text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
                self._json = encoded(text)
        return self._json

    def as_plain(self) -> bytes:
        """The event as `text/event-plain`: percent-encoded values, `_undef_` for an empty one."""
        if self._plain is None:
            lines = [f"{name}: {_plain_value(value)}\n" for name, value in self.headers.items()]
            text = "".join(lines).encode("ascii")
            if self.body is not None:
                body = encoded(self.body)
                text += b"Content-Length: %d\n\n" % len(body) + body
            else:
                text += b"\n"
            self._plain = text
        return self._plain


def encoded(text: str) -> bytes:
    """The bytes of a text that may carry a caller's bytes as surrogates."""
    return text.encode("utf-8", "surrogateescape")


def _plain_value(value: Value) -> str:
    if isinstance(value, list):
        value = "ARRAY::" + "|:".join(value)
    if not value:
        return "_undef_"
    return urllib.parse.quote(encoded(value), safe=_PLAIN_SAFE)


class EventFactory:
    """Makes events with the headers every event of one switch begins with."""

    def __init__(self, core_uuid: str, hostname: str, address: str) -> None:
        self.core_uuid = core_uuid
        self.hostname = hostname
        self._address = address
        self._sequence = itertools.count(1)
        self._second = -1
        self._local = self._gmt = ""

    def new(self, name: str, *, subclass: str | None = None, body: str | None = None) -> Event:
        """A new event with the base headers, numbered in the order of creation."""
        now = time.time()
        if int(now) != self._second:
            self._second = int(now)
            self._local = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now))
            self._gmt = formatdate(self._second, usegmt=True)
        file, function, line = _CALLING.get(name, _CALLING_UNKNOWN)
        headers: dict[str, Value] = {} if subclass is None else {"Event-Subclass": subclass}
        headers |= {
            "Event-Name": name,
            "Core-UUID": self.core_uuid,
            "FreeSWITCH-Hostname": self.hostname,
            "FreeSWITCH-Switchname": self.hostname,
            "FreeSWITCH-IPv4": self._address,
            "FreeSWITCH-IPv6": "::1",
            "Event-Date-Local": self._local,
            "Event-Date-GMT": self._gmt,
            "Event-Date-Timestamp": str(int(now * 1_000_000)),
            "Event-Calling-File": file,
            "Event-Calling-Function": function,
            "Event-Calling-Line-Number": line,
            "Event-Sequence": str(next(self._sequence)),
        }
        return Event(name, headers, subclass, body)
