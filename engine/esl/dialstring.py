"""Where to dial, as FreeSWITCH writes it.

Built from typed parts only, because a dial string can set variables and run things.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from engine.core.effects import Dial, DialTarget, GatewayNumber, RegisteredUser, SipUri
from engine.core.errors import UnsafeTextError
from engine.core.ids import CallId
from engine.esl.command import checked_uuid

_USER = re.compile(r"[A-Za-z0-9._-]{1,64}")
_NUMBER = re.compile(r"\+?[0-9*#]{1,32}")
_GATEWAY = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HOST = r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:]{2,45}\])"
_SIP_URI = re.compile(
    rf"sips?:(?:[A-Za-z0-9._+*#~-]{{1,64}}@)?{_HOST}(?::[0-9]{{1,5}})?(?:;transport=(?:udp|tcp|tls))?"
)
_HEADER = re.compile(r"X-[A-Za-z0-9-]{1,48}")
_UNSAFE_VALUE = re.compile(r"[^A-Za-z0-9 ._:@+~*#/-]|(?i:(?<=mod)_(?=event_socket))")


@dataclass(frozen=True, slots=True)
class Routes:
    """The names a switch's configuration gives its ways out."""

    agent_profile: str = "agents"
    trunk_profile: str = "trunk"
    domain: str = "switchboard.local"
    default_gateway: str = ""


def plain_value(text: str, limit: int = 128) -> str:
    """Text as the value of a channel variable in a dial string: whatever has a meaning there becomes a space.

    So does the mark that makes a name of "mod_event_socket": a caller of that name shall be connected like any other.
    """
    return _UNSAFE_VALUE.sub(" ", text).strip()[:limit]


def endpoint(target: DialTarget, routes: Routes) -> str:
    """The endpoint part of a dial string. Raises UnsafeTextError for a target that is not plainly one.

    A registered phone is dialled as `sofia/PROFILE/NAME%DOMAIN`: with API expansion off, `user/NAME` cannot work.
    """
    match target:
        case RegisteredUser(name=name):
            if not _USER.fullmatch(name):
                raise UnsafeTextError(f"not the name of a SIP user: {name[:64]!r}")
            return f"sofia/{routes.agent_profile}/{name}%{routes.domain}"
        case GatewayNumber(number=number, gateway=gateway):
            chosen = gateway or routes.default_gateway
            if not _NUMBER.fullmatch(number):
                raise UnsafeTextError(f"not a number to dial: {number[:64]!r}")
            if not _GATEWAY.fullmatch(chosen):
                raise UnsafeTextError("no gateway is configured to reach numbers" if not chosen else "not a gateway")
            return f"sofia/gateway/{chosen}/{number}"
        case SipUri(uri=uri):
            return f"sofia/{routes.trunk_profile}/{checked_sip_uri(uri)}"


def checked_sip_uri(uri: str) -> str:
    """A plain `sip:` address. Raises UnsafeTextError."""
    if not _SIP_URI.fullmatch(uri):
        raise UnsafeTextError(f"not a plain SIP address: {uri[:120]!r}")
    return uri


def originate(dial: Dial, call: CallId, routes: Routes) -> str:
    """The `originate` line for a dial. Its leg id is ours, so a repeated dial is refused instead of ringing twice."""
    variables: dict[str, str] = {
        "origination_uuid": checked_uuid(dial.leg),
        "originate_timeout": str(max(1, round(dial.timeout))),
        "ignore_early_media": "true",
        "hangup_after_bridge": "false" if dial.stays else "true",
        "playback_terminators": "any",
        "sb_call": checked_uuid(call),
    }
    if dial.caller_number:
        variables["origination_caller_id_number"] = plain_value(dial.caller_number, 64)
    if dial.caller_name or dial.caller_number:
        variables["origination_caller_id_name"] = plain_value(dial.caller_name or dial.caller_number, 64)
    if dial.stays:
        variables["park_after_bridge"] = "true"
    if dial.limit:
        variables["execute_on_answer"] = f"sched_hangup +{dial.limit} ALLOTTED_TIMEOUT"
    variables |= _headers(dial.headers)
    written = ",".join(f"{name}={_quoted(value)}" for name, value in variables.items())
    return f"originate {{{written}}}{endpoint(dial.target, routes)} &park()"


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, value in headers.items():
        if not _HEADER.fullmatch(name):
            raise UnsafeTextError(f"not an X- header: {name[:64]!r}")
        found[f"sip_h_{name}"] = plain_value(value, 256)
    return found


def _quoted(value: str) -> str:
    # originate is split on spaces first (mod_commands.c); single quotes keep a value together.
    return f"'{value}'" if " " in value or not value else value
