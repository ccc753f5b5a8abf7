"""A call that came in: from INVITE to 200, or to a refusal."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import gevent
from sipmessage import Request

from engine.sim.caller_profile import CallerProfile, clean, holds_variable, now_us
from engine.sim.causes import cause_of_sip, phrase_of, sip_code_of
from engine.sim.sip_call import SipCall
from engine.sim.sip_dialog import Dialog
from engine.sim.sip_message import SipAddress, cseq_of, header_safe, new_token, parse_address, response_to, text_of
from engine.sim.sip_transport import ServerTransaction
from engine.sim.states import State

if TYPE_CHECKING:
    from engine.sim.session import Session
    from engine.sim.sip_profile import SipProfile


class InboundCall(SipCall):
    """The leg of a caller."""

    def __init__(self, profile: SipProfile, session: Session, server: ServerTransaction) -> None:
        super().__init__(profile, session)
        self._server = server
        request = server.request
        contact = request.headers.get("Contact") or request.headers["From"]
        self.dialog = Dialog(
            call_id=request.headers["Call-ID"],
            local=f"{request.headers['To']};tag={new_token()}",
            remote=request.headers["From"],
            remote_target=parse_address(contact).uri,
            contact=profile.contact,
            fallback=server.source,
            routes=list(request.headers.getlist("Record-Route")),
            remote_cseq=cseq_of(request)[0],
        )
        self._answered = False

    # What the session asks for

    def dial(self) -> None:
        """An inbound call is not dialled."""

    def ring(self) -> None:
        """Send 180."""
        if self._open():
            self._say(180)

    def pre_answer(self) -> bool:
        """Send 183 with our SDP; True when there is audio."""
        if self._answered:
            return True
        if not self._open() or not self._ready_media():
            return False
        if not self.session.channel.early_media:
            self._say(183, self.sdp())
            self.session.channel.mark_early_media()
        return True

    def answer(self) -> bool:
        """Send 200 with our SDP; True when the call is answered."""
        if self._answered:
            return True
        if not self._open() or not self._ready_media():
            return False
        self._answered = self.established = True
        self.watch_media()
        self._say(200, self.sdp())
        self.session.channel.mark_answered()
        self.session.run_on_answer()
        self.session.channel.set("sip_to_tag", self.dialog.local_tag if self.dialog else "")
        gevent.spawn_later(self.profile.transport.life, self._unacknowledged)
        return True

    def hang_up(self, cause: str) -> None:
        """BYE when answered, else a refusal by the cause's status."""
        if self._answered:
            self.say_bye(cause)
        elif self._open():
            code = sip_code_of(cause)
            self.session.channel.set("sip_hangup_disposition", "send_refuse")
            self.session.channel.set("proto_specific_hangup_cause", f"sip:{code}")
            self._say(code)
            self.over = True
            self.profile.forget(self)
        else:
            self.profile.forget(self)

    def redirect(self, targets: str) -> None:
        """Send 302 with these addresses as contacts; the caller may then call them."""
        if not self._open() or self._answered:
            return
        contacts = ", ".join(f"<{part.strip().strip('<>')}>" for part in targets.split(",") if part.strip())
        self._say(302, Contact=header_safe(contacts))
        self._refused("REDIRECTION_TO_NEW_DESTINATION" if contacts else "NORMAL_CLEARING")

    def respond(self, code: int, phrase: str) -> None:
        """Refuse with this status."""
        if self._open() and not self._answered:
            self._say(code, phrase=header_safe(phrase))
            if code >= 300:
                self._refused(cause_of_sip(code))

    def _refused(self, cause: str) -> None:
        self.over = True
        self.session.channel.set("sip_hangup_disposition", "send_refuse")
        self.session.channel.hang_up(cause)

    # What the caller does

    def cancelled(self, server: ServerTransaction) -> None:
        """The caller gave up before the answer."""
        tag = self.dialog.local_tag if self.dialog is not None else ""
        self.profile.transport.respond(server, response_to(server.request, 200, tag=tag))
        if self._open():
            self._say(487)
            self.over = True
            channel = self.session.channel
            channel.set("sip_hangup_disposition", "recv_cancel")
            channel.set("sip_invite_failure_status", "487")
            channel.set("sip_invite_failure_phrase", "CANCEL")
            channel.set("sip_term_status", "487")
            channel.set("proto_specific_hangup_cause", "sip:487")
            channel.set("sip_term_cause", "487")
            channel.hang_up("ORIGINATOR_CANCEL")
            self.profile.forget(self)

    def ended_early(self, server: ServerTransaction) -> None:
        """The caller sent BYE before the answer, which some phones do instead of CANCEL (RFC 3261 15)."""
        self._answer(server, 200)
        if self._open():
            self._say(487)
            self.over = True
        self._ended_by_peer(server.request)
        self.profile.forget(self)

    def acknowledged(self, request: Request) -> None:
        """The caller has our 200; an offer that was missing in the INVITE comes now."""
        self._server.acknowledged = True
        if request.body:
            self.take_offer(request.body.decode("utf-8", "replace"))

    def _unacknowledged(self) -> None:
        if not self._server.acknowledged and self.session.channel.up:
            self.session.channel.set("sip_hangup_disposition", "send_bye")
            self.session.channel.hang_up("RECOVERY_ON_TIMER_EXPIRE")

    # Sending

    def _open(self) -> bool:
        return not self._server.final_code and not self.over

    def _ready_media(self) -> bool:
        media = self.open_media()
        body = self._server.request.body
        if body:
            offer = self.take_offer(body.decode("utf-8", "replace"))
            if offer is None:
                self.session.channel.hang_up("INCOMPATIBLE_DESTINATION")
                return False
            media.connect(offer, offer.codecs[0])
        else:
            self.session.channel.codec = "PCMU"
        return True

    def _say(self, code: int, body: str = "", phrase: str = "", **headers: str) -> None:
        if self.dialog is None:
            return
        headers.setdefault("Contact", self.dialog.contact)
        response = response_to(
            self._server.request,
            code,
            tag=self.dialog.local_tag,
            phrase=phrase or phrase_of(code),
            body=body,
            **headers,
        )
        self.profile.transport.respond(self._server, response)


def admit(profile: SipProfile, server: ServerTransaction, username: str = "") -> InboundCall | None:
    """Make the session of an INVITE and let it run; None (and a refusal) when that is not possible."""
    request = server.request
    caller = parse_address(request.headers["From"])
    called = parse_address(str(request.uri))
    name = f"sofia/{profile.name}/{caller.userhost or caller.host}"
    session = profile.core.new_session(name, "inbound")
    if session is None:
        busy = response_to(request, 503, tag=new_token(), Retry_After="300")
        profile.transport.respond(server, busy)
        return None
    call = InboundCall(profile, session, server)
    session.endpoint = call
    channel = session.channel
    channel.enter(State.NEW)
    _describe(channel.set, request, caller, called, profile, server)
    channel.profile = CallerProfile(
        uuid=session.uuid,
        direction="inbound",
        channel_name=name,
        destination_number=clean(called.user or called.host),
        caller_id_name=clean(_shown_name(request, caller)),
        caller_id_number=clean(_shown_number(request, caller)),
        username=clean(username or caller.user),
        dialplan="XML",
        ani=clean(caller.user),
        network_addr=server.source[0],
        context=profile.core.settings.contexts.get(profile.name, "default"),
    )
    body = request.body.decode("utf-8", "replace")
    acceptable = not body or call.take_offer(body) is not None
    channel.set("endpoint_disposition", "RECEIVED")
    channel.state = State.INIT
    if not acceptable:
        channel.hang_up("INCOMPATIBLE_DESTINATION")
    session.start()
    return call


def _identities(request: Request, caller: SipAddress) -> list[SipAddress]:
    """Who the caller says to be, the last one counting most (sofia.c, sofia_handle_sip_i_invite)."""
    headers = ("Remote-Party-ID", "P-Asserted-Identity", "P-Preferred-Identity")
    return [caller, *(parse_address(value) for name in headers if (value := request.headers.get(name)))]


def _shown_name(request: Request, caller: SipAddress) -> str:
    return next((one.name for one in reversed(_identities(request, caller)) if one.name), caller.user)


def _shown_number(request: Request, caller: SipAddress) -> str:
    return next((one.user for one in reversed(_identities(request, caller)) if one.user), "")


def _describe(
    set_variable: Callable[[str, str], None],
    request: Request,
    caller: SipAddress,
    called: SipAddress,
    profile: SipProfile,
    server: ServerTransaction,
) -> None:
    def put(name: str, value: str) -> None:
        if not holds_variable(value):
            set_variable(name, value)

    contact = parse_address(request.headers.get("Contact") or request.headers["From"])
    to = parse_address(request.headers["To"])
    for prefix, address in (("from", caller), ("req", called), ("to", to), ("contact", contact)):
        put(f"sip_{prefix}_user", address.user)
        put(f"sip_{prefix}_port", str(address.port or ""))
        put(f"sip_{prefix}_uri", address.userhost)
        put(f"sip_{prefix}_host", address.host)
    put("channel_name", f"sofia/{profile.name}/{caller.userhost or caller.host}")
    put("sip_call_id", text_of(request.headers["Call-ID"]))
    put("sip_local_network_addr", profile.host)
    put("sip_network_ip", server.source[0])
    put("sip_network_port", str(server.source[1]))
    put("sip_received_ip", server.source[0])
    put("sip_received_port", str(server.source[1]))
    put("sip_invite_stamp", str(now_us()))
    put("sip_via_protocol", "udp")
    put("sip_from_user_stripped", caller.user.lstrip("+"))
    put("sip_from_tag", caller.tag)
    put("sip_from_display", caller.name)
    put("sip_full_from", text_of(request.headers["From"]))
    put("sip_full_to", text_of(request.headers["To"]))
    put("sip_full_via", text_of(request.headers["Via"]))
    put("sip_cseq", str(cseq_of(request)[0]))
    put("sip_user_agent", text_of(request.headers.get("User-Agent") or ""))
    put("sofia_profile_name", profile.name)
    put("recovery_profile_name", profile.name)
    put("sofia_profile_url", f"sip:mod_sofia@{profile.host}:{profile.transport.port}")
    put("max_forwards", (request.headers.get("Max-Forwards") or "70").strip())
    put("rtp_use_codec_string", "PCMU,PCMA")
    for name in request.headers.keys():  # noqa: SIM118 - not a mapping
        if re.match(r"^[XP]-", name, re.IGNORECASE):
            put(f"sip_h_{name}", text_of(request.headers[name]))
