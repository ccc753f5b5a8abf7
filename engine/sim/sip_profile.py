"""One SIP port of the switch with its rules: the trunk takes any call, agents must prove who they are."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from engine.sim.event import Event
from engine.sim.sip_call import SipCall
from engine.sim.sip_inbound import InboundCall, admit
from engine.sim.sip_message import ALLOWED, new_token, parse_address, response_to
from engine.sim.sip_registrar import Digest, Registrar
from engine.sim.sip_transport import ServerTransaction, SipTransport

if TYPE_CHECKING:
    from engine.sim.core import Core

log = logging.getLogger(__name__)


class SipProfile:
    """A profile as FreeSWITCH's sofia has them."""

    def __init__(self, core: Core, name: str, port: int, *, authenticates: bool) -> None:
        settings = core.settings
        self.core = core
        self.name = name
        self.host = settings.host
        self.authenticates = authenticates
        self.transport = SipTransport(settings.host, port, settings.sip_t1, self._received)
        self.contact = f"<sip:mod_sofia@{self.host}:{self.transport.port}>"
        self.registrar = Registrar()
        self._digest = Digest(settings.domain, settings.users)
        self._calls: dict[tuple[str, str], SipCall] = {}
        self._ringing: dict[tuple[str, int], InboundCall] = {}

    def add(self, call: SipCall) -> None:
        """Let requests inside this call's dialog find it."""
        if call.dialog is not None:
            self._calls[call.dialog.key] = call

    def forget(self, call: SipCall) -> None:
        """The call's dialog is over."""
        if call.dialog is not None:
            self._calls.pop(call.dialog.key, None)
            self._ringing.pop((call.dialog.call_id, call.dialog.remote_cseq), None)

    def _received(self, server: ServerTransaction) -> None:
        request = server.request
        tag = parse_address(request.headers["To"]).tag
        call_id = request.headers["Call-ID"]
        method = request.method
        if tag:
            call = self._calls.get((call_id, tag))
            if call is not None:
                call.received(server)
            elif method != "ACK":
                self._refuse(server, 481)
        elif method == "CANCEL":
            self._cancel(server)
        elif method == "BYE" and (early := self._ringing_call(call_id)) is not None:
            early.ended_early(server)
        elif method == "INVITE":
            self._invite(server)
        elif method == "REGISTER":
            self._register(server)
        elif method in ("OPTIONS", "MESSAGE"):
            self._refuse(server, 200, Allow=ALLOWED, Accept="application/sdp")
        elif method in ("BYE", "NOTIFY", "INFO", "UPDATE", "REFER"):
            self._refuse(server, 481 if method != "REFER" else 603)
        elif method != "ACK":
            self._refuse(server, 405, Allow=ALLOWED)

    def _refuse(self, server: ServerTransaction, code: int, **headers: str) -> None:
        self.transport.respond(server, response_to(server.request, code, tag=new_token(), **headers))

    def _ringing_call(self, call_id: str) -> InboundCall | None:
        return next((call for (known, _), call in self._ringing.items() if known == call_id), None)

    def _cancel(self, server: ServerTransaction) -> None:
        request = server.request
        number = int(request.headers["CSeq"].split()[0])
        call = self._ringing.get((request.headers["Call-ID"], number))
        if call is None:
            self._refuse(server, 481)
        else:
            call.cancelled(server)

    def _invite(self, server: ServerTransaction) -> None:
        username = ""
        if self.authenticates:
            user = self._digest.user_of(server.request)
            if user is None:
                if self._known(server):
                    self._refuse(server, 403)
                else:
                    self._refuse(server, 407, Proxy_Authenticate=self._digest.challenge())
                return
            username = user
        self.transport.respond(server, response_to(server.request, 100))
        call = admit(self, server, username)
        if call is not None and call.dialog is not None:
            self.add(call)
            self._ringing[call.dialog.call_id, call.dialog.remote_cseq] = call

    def _known(self, server: ServerTransaction) -> bool:
        # A wrong password is refused; a stale nonce is challenged again.
        credentials = server.request.authorization or server.request.proxy_authorization
        values = credentials.parameters if credentials is not None else None
        return values is not None and self._digest.is_fresh(values.get("nonce", ""))

    def _register(self, server: ServerTransaction) -> None:
        if not self.authenticates:
            self._refuse(server, 403)
            return
        user = self._digest.user_of(server.request)
        if user is None:
            if self._known(server):
                self._refuse(server, 403)
            else:
                self._refuse(server, 401, WWW_Authenticate=self._digest.challenge())
            return
        outcome = self.registrar.register(user, server.request, server.source)
        response = response_to(server.request, outcome.code, tag=new_token())
        if outcome.code == 200:
            now = self.core.wall_time()
            contacts = [
                f"<{binding.contact}>;expires={max(0, int(binding.expires - now))}" for binding in outcome.bindings
            ]
            if contacts:
                response.headers.setlist("Contact", contacts)
            response.headers.set("Expires", str(outcome.expires))
            self._tell_registration(user, outcome.expires > 0, server)
        self.transport.respond(server, response)

    def _tell_registration(self, user: str, registered: bool, server: ServerTransaction) -> None:
        subclass = "sofia::register" if registered else "sofia::unregister"
        event: Event = self.core.events.new("CUSTOM", subclass=subclass)
        event.headers |= {
            "profile-name": self.name,
            "from-user": user,
            "from-host": self.core.settings.domain,
            "contact": server.request.headers.get("Contact") or "",
            "call-id": server.request.headers["Call-ID"],
            "network-ip": server.source[0],
            "network-port": str(server.source[1]),
            "user-agent": server.request.headers.get("User-Agent") or "",
            "status": "Registered(UDP)" if registered else "Unregistered",
        }
        self.core.publish(event)
