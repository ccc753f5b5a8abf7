"""From the address of a dial string to a leg that can be dialled."""

from __future__ import annotations

import re
import uuid as uuids
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.sim.caller_profile import CallerProfile
from engine.sim.sip_dialog import resolve
from engine.sim.sip_message import parse_address
from engine.sim.sip_outbound import OutboundCall
from engine.sim.sip_transport import Address
from engine.sim.states import State

if TYPE_CHECKING:
    from engine.sim.core import Core
    from engine.sim.session import Session
    from engine.sim.sip_profile import SipProfile

_ALIASES = {"internal": "trunk", "external": "trunk"}


class UnreachableError(Exception):
    """There is no way to this address; the text is the cause."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where an address leads."""

    profile: SipProfile
    shown_profile: str
    uri: str
    target: Address
    user: str
    shown: str


def route_of(core: Core, address: str) -> Route:
    """The way to `sofia/...` or `user/...`; UnreachableError with the cause when there is none."""
    kind, _, rest = address.partition("/")
    if kind.lower() == "user":
        return _registered(core, "agents", rest)
    if kind.lower() != "sofia":
        raise UnreachableError("CHAN_NOT_IMPLEMENTED")
    name, _, destination = rest.partition("/")
    if name.lower() == "gateway":
        gateway, _, number = destination.partition("/")
        where = core.settings.gateways.get(gateway)
        if where is None:
            raise UnreachableError("INVALID_GATEWAY")
        return _direct(core, "trunk", f"{number}@{where}")
    profile = name.lower()
    if profile not in core.profiles and profile not in _ALIASES:
        raise UnreachableError("INVALID_PROFILE")
    if "%" in destination and "@" not in destination:
        return _registered(core, profile, destination.replace("%", "@"))
    user, _, host = destination.partition("@")
    # Somebody at our own domain is reached where he registered, anybody else where the address says.
    if profile == "agents" and not destination.startswith(("sip:", "<")) and _is_ours(core, user, host):
        return _registered(core, profile, destination)
    return _direct(core, profile, destination)


def _is_ours(core: Core, user: str, host: str) -> bool:
    return not host or (host in (core.settings.domain, core.settings.host) and ";" not in user)


def _registered(core: Core, name: str, destination: str) -> Route:
    profile = core.profiles[_ALIASES.get(name, name)]
    user = destination.partition("@")[0]
    bindings = profile.registrar.bindings_of(user)
    if not bindings:
        raise UnreachableError("USER_NOT_REGISTERED")
    binding = bindings[-1]
    contact = parse_address(binding.contact)
    target = resolve(contact.host, contact.port) or binding.source
    return Route(profile, name, binding.contact, target, user, f"{user}@{contact.hostport}")


def _direct(core: Core, name: str, destination: str) -> Route:
    text = destination.strip("<>").partition(";fs_path=")[0]
    uri = text if re.match(r"^sips?:", text) else f"sip:{text}"
    address = parse_address(uri)
    target = resolve(address.host, address.port)
    if not address.host or target is None:
        raise UnreachableError("NETWORK_OUT_OF_ORDER" if address.host else "INVALID_URL")
    profile = core.profiles[_ALIASES.get(name, name)]
    return Route(profile, name, uri, target, address.user, address.userhost)


def new_leg(core: Core, address: str, variables: Mapping[str, str], caller: Session | None) -> Session:
    """A leg for this address, not yet dialled; UnreachableError with the cause when it cannot be made."""
    route = route_of(core, address)
    uuid = variables.get("origination_uuid") or str(uuids.uuid4())
    name = f"sofia/{route.shown_profile}/{route.shown}"
    session = core.new_session(name, "outbound", uuid)
    if session is None:
        # FreeSWITCH tells a taken uuid and too many sessions by the endpoint's default cause.
        raise UnreachableError("DESTINATION_OUT_OF_ORDER")
    channel = session.channel
    source = caller.channel.profile if caller is not None else None
    number = variables.get("origination_caller_id_number") or (source.caller_id_number if source else "0000000000")
    caller_name = variables.get("origination_caller_id_name") or (source.caller_id_name if source else "")
    channel.profile = CallerProfile(
        uuid=uuid,
        direction="outbound",
        channel_name=name,
        destination_number=route.user or route.shown,
        caller_id_name=caller_name,
        caller_id_number=number,
        callee_id_name=variables.get("origination_callee_id_name", "Outbound Call"),
        callee_id_number=variables.get("origination_callee_id_number", route.user or route.shown),
        ani=number,
        source="src/switch_ivr_originate.c",
        context="default",
    )
    channel.state = State.INIT
    channel.fire("CHANNEL_OUTGOING")
    channel.set("sip_local_network_addr", route.profile.host)
    channel.set("sip_profile_name", route.profile.name)
    channel.set("channel_name", name)
    channel.set("sip_destination_url", route.uri)
    for key, value in variables.items():
        channel.set(key, value)
    channel.set("originate_endpoint", "sofia")
    channel.set("sip_req_uri", route.shown)
    channel.set("sofia_profile_name", route.profile.name)
    session.endpoint = OutboundCall(route.profile, session, route.uri, route.target)
    return session
