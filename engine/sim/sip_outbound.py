"""A call that goes out: from INVITE to its answer, its refusal, or our CANCEL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sipmessage import Request, Response

from engine.sim.causes import cause_of_sip, number_of
from engine.sim.sip_call import SipCall
from engine.sim.sip_dialog import Dialog
from engine.sim.sip_message import cseq_of, header_safe, new_token, parse_address
from engine.sim.sip_transport import Address, ClientTransaction

if TYPE_CHECKING:
    from engine.sim.session import Session
    from engine.sim.sip_profile import SipProfile

_PLAIN_NAME = re.compile(r"^[\w .!%*+`'~-]*$", re.ASCII)


class OutboundCall(SipCall):
    """The leg of somebody we call."""

    def __init__(self, profile: SipProfile, session: Session, uri: str, target: Address) -> None:
        super().__init__(profile, session)
        self._uri = uri
        self._target = target
        self._client: ClientTransaction | None = None
        self._cancelled = False

    def dial(self) -> None:
        """Send the INVITE."""
        channel = self.session.channel
        caller = channel.profile
        assert caller is not None, "an outbound channel has a profile before it dials"
        name, number = caller.caller_id_name, caller.caller_id_number or "0000000000"
        user = re.sub(r"[^\w.!~*'()&=+$,;?/-]", lambda match: _percent(match.group()), number, flags=re.ASCII)
        local = f"<sip:{user}@{self.profile.host}>;tag={new_token()}"
        if name:
            name = header_safe(name)
            quoted = name if _PLAIN_NAME.match(name) else name.replace("\\", "\\\\").replace('"', '\\"')
            local = f'"{quoted}" {local}'
        self.dialog = Dialog(
            call_id=f"{self.session.uuid}-{new_token(6)}",
            local=local,
            remote=f"<{self._uri}>",
            remote_target=self._uri,
            contact=self.profile.contact,
            fallback=self._target,
        )
        try:
            request = self.dialog.request("INVITE", body=self.sdp())
        except (ValueError, OSError):
            channel.hang_up("INVALID_URL")
            return
        for header, value in channel.variables_with_prefix("sip_h_"):
            if re.match(r"^[A-Za-z][\w-]*$", header):
                request.headers.set(header, header_safe(value))
        channel.set("sip_call_id", self.dialog.call_id)
        channel.set("sip_from_tag", self.dialog.local_tag)
        self.profile.add(self)
        self._client = self.profile.transport.request(request, self._target, self._responded)

    # What comes back

    def _responded(self, response: Response) -> None:
        if self.dialog is None:
            return
        code = response.code
        if code < 200:
            self._progressed(response)
        elif code < 300:
            self._accepted(response)
        elif not self.over:
            self._refused(response)

    def _progressed(self, response: Response) -> None:
        if self._cancelled:
            self._cancel()
            return
        if response.code == 100:
            return
        self._note_peer(response)
        channel = self.session.channel
        if response.code == 180:
            channel.mark_ringing()
        if response.body and b"m=audio" in response.body:
            media = self.open_media()
            offer = self.take_offer(response.body.decode("utf-8", "replace"))
            if offer is not None and not channel.early_media:
                media.connect(offer, offer.codecs[0])
                channel.mark_early_media()

    def _accepted(self, response: Response) -> None:
        dialog = self.dialog
        assert dialog is not None
        repeated = self.established
        if not repeated:
            self._note_peer(response)
            self.established = True
            self.watch_media()
        self._ack(dialog, cseq_of(response)[0])
        if repeated:
            return
        channel = self.session.channel
        offer = self.take_offer(response.body.decode("utf-8", "replace"))
        if self.over or not channel.up:
            # The answer crossed our CANCEL: the call stands, so it is ended properly.
            self.over = False
            self.say_bye(channel.hangup_cause or "NORMAL_CLEARING")
        elif offer is None:
            channel.hang_up("INCOMPATIBLE_DESTINATION")
        else:
            channel.set("sip_term_status", "200")
            channel.mark_answered()
            self.session.run_on_answer()
            self.session.poke()

    def _refused(self, response: Response) -> None:
        self.over = True
        channel = self.session.channel
        self._note_peer(response)
        cause = cause_of_sip(response.code)
        channel.set("sip_invite_failure_status", str(response.code))
        channel.set("sip_invite_failure_phrase", response.phrase)
        channel.set("sip_hangup_disposition", "recv_refuse")
        channel.set("sip_term_status", str(response.code))
        channel.set("proto_specific_hangup_cause", f"sip:{response.code}")
        channel.set("sip_term_cause", str(number_of(cause)))
        self.profile.forget(self)
        channel.hang_up(cause)

    def _note_peer(self, response: Response) -> None:
        dialog = self.dialog
        assert dialog is not None
        to = response.headers["To"]
        channel = self.session.channel
        if parse_address(to).tag:
            dialog.remote = to
            channel.set("sip_to_tag", parse_address(to).tag)
            channel.set("sip_full_to", to)
        contact = response.headers.get("Contact")
        if contact and response.code < 300:
            dialog.remote_target = parse_address(contact).uri
            channel.set("sip_contact_uri", parse_address(contact).userhost)
            dialog.routes = list(reversed(response.headers.getlist("Record-Route")))
        if channel.profile is not None:
            channel.profile.network_addr = self._target[0]

    # What the session asks for

    def ring(self) -> None:
        """An outbound call is rung by the other side."""

    def pre_answer(self) -> bool:
        """Whether there is audio already."""
        return self.session.channel.answered or self.session.channel.early_media

    def answer(self) -> bool:
        """Whether the other side has answered."""
        return self.session.channel.answered

    def hang_up(self, cause: str) -> None:
        """BYE when answered, CANCEL when it still rings."""
        if self.established:
            self.say_bye(cause)
        elif not self.over:
            self.over = True
            self._cancelled = True
            self.session.channel.set("sip_hangup_disposition", "send_cancel")
            if self._client is not None and self._client.provisional:
                self._cancel()

    def _cancel(self) -> None:
        # A CANCEL may only follow a provisional answer (RFC 3261 9.1).
        self._cancelled = False
        if self._client is not None and not self._client.done:
            self.profile.transport.cancel(self._client)

    def acknowledged(self, request: Request) -> None:
        """An ACK of a re-INVITE's 200."""


def _percent(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode("utf-8", "surrogateescape"))
