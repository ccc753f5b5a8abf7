"""Whom programs may have rung, for how long, and under which name: what keeps a stolen key from costing a fortune.

Fraudsters dial numbers they earn by: premium services, satellites, far countries. So an order is held to the countries
its installation names, to ordinary numbers in use there, and to known SIP hosts. What is checked is what is dialled.
(Reference: delivery-reliability-security §5.2.)
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from engine.core.control import LONGEST_RING, DialOrder
from engine.core.effects import DialTarget, GatewayNumber, RegisteredUser, SipUri
from engine.core.errors import ControlError, FlowError
from engine.flow.dial_target import parse_target
from engine.flow.numbers import country_of, e164, is_emergency, is_ordinary

ANY = "*"
LONGEST_NAME = 64
_CALLER = re.compile(r"\+?[0-9*#]{1,20}|[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class DiallingRules:
    """What an installation allows. `home` is where numbers without a country code belong.

    `numbers` are allowed beside those of `countries`, `refused` never; each is a whole number, or its beginning and a
    star. `max_duration` is seconds; `caller` is shown when an order names none.
    """

    home: str
    countries: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    sip_hosts: tuple[str, ...] = ()
    max_duration: float = 3600.0
    caller: str = ""

    def check(self, order: DialOrder, gateways: Collection[str] = ()) -> "Dialling":
        """What to dial for an order. Raises ControlError that says what is not allowed and which setting says so."""
        try:
            target = parse_target(order.to, gateways)
        except FlowError as error:
            raise ControlError(f"to: {error.message.partition(': ')[2]}", "refused_number") from None
        if not 1 <= order.ring_time <= LONGEST_RING:
            raise ControlError(f"ring_time: between 1 and {LONGEST_RING:.0f} seconds")
        if not 0 <= order.max_duration <= self.max_duration:
            raise ControlError(f"max_duration: at most {self.max_duration:.0f} seconds ([dialling] max_duration)")
        return Dialling(
            self._allowed(target),
            _caller(order.caller or self.caller),
            _caller_name(order.caller_name),
            order.ring_time,
            order.max_duration or self.max_duration,
        )

    def _allowed(self, target: DialTarget) -> DialTarget:
        match target:
            case RegisteredUser():
                return target
            case SipUri(uri=uri):
                host = _host(uri)
                if ANY not in self.sip_hosts and host not in (known.lower() for known in self.sip_hosts):
                    raise _refused(f"the host {host} is not among the [dialling] sip_hosts")
                return target
            case GatewayNumber(number=written):
                return replace(target, number=self._number(written))

    def _number(self, written: str) -> str:
        full = e164(written, self.home)
        number = full or written
        if full is None and is_emergency(written, self.home):
            raise _refused("emergency services are not called by programs")
        if _among(number, self.refused):
            raise _refused(f"{number} is among the [dialling] refused")
        if _among(number, self.numbers):
            return number
        if full is None or not is_ordinary(full):
            raise _refused(f"{written} is a special, premium or unknown number; [dialling] numbers can allow it")
        country = country_of(full) or ""
        if country not in (self.countries or (self.home,)) and (ANY not in self.countries or not country.isalpha()):
            raise _refused(f"{full} is in {_shown(country)}, which is not among the [dialling] countries")
        return full


@dataclass(frozen=True, slots=True)
class Dialling:
    """An order as it is carried out: the party, what its phone shows, and seconds of ring time and at most of talk."""

    target: DialTarget
    caller: str
    caller_name: str
    ring_time: float
    max_duration: float


def _among(number: str, patterns: Collection[str]) -> bool:
    return any(number.startswith(pattern[:-1]) if pattern.endswith(ANY) else number == pattern for pattern in patterns)


def _host(uri: str) -> str:
    """The host of an address, without port and parameters, in small letters."""
    host = uri.rpartition("@")[2].partition(";")[0]
    return (host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]).lower()


def _shown(country: str) -> str:
    return country if country.isalpha() else "no country (a satellite or worldwide service)"


def _caller(caller: str) -> str:
    if caller and not _CALLER.fullmatch(caller):
        raise ControlError("caller: a number, or a name of letters, digits, dots, dashes and underscores")
    return caller


def _caller_name(name: str) -> str:
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise ControlError(f"caller_name: at most {LONGEST_NAME} letters, without control characters")
    return name


def _refused(why: str) -> ControlError:
    return ControlError(f"to: {why}", "refused_number")
