"""Whom to ring, as an author writes it: `user/NAME`, `sip:...`, a number, or `gateway/NAME/NUMBER`.

What is written may come from a caller's keys or an HTTP reply, so it is held to a strict form before it is dialled.
"""

import re
from collections.abc import Collection

from engine.core.effects import DialTarget, GatewayNumber, RegisteredUser, SipUri
from engine.core.errors import FlowError

_NUMBER = re.compile(r"^\+?[0-9*#]{2,20}$")
_USER = re.compile(r"^[A-Za-z0-9._-]{1,64}$")
_GATEWAY = re.compile(r"^[A-Za-z0-9._-]{1,64}$")
# RFC 3261 §25.1 sip-URI, without what means something to a dial string: passwords, headers, most signs and parameters.
_URI = re.compile(
    r"^sips?:[A-Za-z0-9._+*#~-]{1,64}@(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:]{2,45}\])(?::[0-9]{1,5})?"
    r"(?:;transport=(?:udp|tcp|tls))?$"
)
_SEPARATORS = str.maketrans("", "", " -().")


def parse_target(written: str, gateways: Collection[str] = ()) -> DialTarget:
    """The party `written` names; `gateways` are those the project allows, empty for any.

    Raises FlowError `transfer.failed` for what is none of the forms.
    """
    text = written.strip()
    scheme, slash, rest = text.partition("/")
    if slash and scheme == "user":
        if _USER.match(rest):
            return RegisteredUser(rest)
        raise _refused(text, "a user name has letters, digits, dots, dashes and underscores, at most 64")
    if slash and scheme == "gateway":
        gateway, _, number = rest.partition("/")
        if not _GATEWAY.match(gateway):
            raise _refused(text, "write gateway/NAME/NUMBER")
        if gateways and gateway not in gateways:
            raise _refused(text, f"the project does not allow the gateway {gateway[:64]!r}")
        return GatewayNumber(_number(text, number), gateway)
    if text.startswith(("sip:", "sips:")):
        if _URI.match(text):
            return SipUri(text)
        raise _refused(text, "write a plain SIP address: sip:NAME@HOST, with a port or ;transport= at most")
    return GatewayNumber(_number(text, text))


def _number(written: str, text: str) -> str:
    number = text.translate(_SEPARATORS)
    if not _NUMBER.match(number) or not number.isascii():
        raise _refused(written, "write user/NAME, sip:NAME@HOST, gateway/NAME/NUMBER or a number of 2 to 20 digits")
    return number


def _refused(written: str, why: str) -> FlowError:
    return FlowError("transfer.failed", f"cannot transfer to {written[:80]!r}: {why}")


def written(target: DialTarget) -> str:
    """The party as an author writes it; `parse_target` reads it back."""
    match target:
        case RegisteredUser(name=name):
            return f"user/{name}"
        case SipUri(uri=uri):
            return uri
        case GatewayNumber(number=number, gateway=gateway):
            return f"gateway/{gateway}/{number}" if gateway else number


def deflect_uri(target: DialTarget) -> str:
    """The address to hand to the caller's side; one without a host is completed with the switch's own."""
    match target:
        case SipUri(uri=uri):
            return uri
        case RegisteredUser(name=name):
            return f"sip:{name}"
        case GatewayNumber(number=number):
            return f"sip:{number}"
