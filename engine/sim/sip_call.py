"""What inbound and outbound SIP calls share: audio, and everything that happens inside the dialog."""

from __future__ import annotations

import logging
import random
import re
import time
from typing import TYPE_CHECKING

from gevent.event import AsyncResult
from sipmessage import Request, Response

from engine.sim.causes import cause_of, cause_of_sip, number_of
from engine.sim.media import MediaLeg
from engine.sim.sdp import AudioOffer, audio_sdp, parse_audio
from engine.sim.sip_dialog import Dialog
from engine.sim.sip_message import cseq_of, parse_address, response_to
from engine.sim.sip_transport import ServerTransaction

if TYPE_CHECKING:
    from engine.sim.session import Session
    from engine.sim.sip_profile import SipProfile

log = logging.getLogger(__name__)
_CODECS = ("PCMU", "PCMA")


class SipCall:
    """One SIP call leg; the endpoint of a session."""

    def __init__(self, profile: SipProfile, session: Session) -> None:
        self.profile = profile
        self.session = session
        self.dialog: Dialog | None = None
        self.media: MediaLeg | None = None
        self.established = False
        self.over = False
        self._sdp_session = random.randrange(1_000_000_000, 2_000_000_000)
        self._sdp_version = self._sdp_session
        self._referred: AsyncResult[bool] | None = None
        self._codecs: tuple[str, ...] = _CODECS
        self._event_type: int | None = 101

    # Audio

    def open_media(self) -> MediaLeg:
        """The leg's RTP port, opened when first needed."""
        if self.media is None:
            core = self.session.core
            self.media = MediaLeg(core.clock, core.rtp.bind(), self.session.push_digit)
            self.session.channel.set("local_media_ip", self.profile.host)
            self.session.channel.set("local_media_port", str(self.media.port))
            self.session.channel.set("advertised_media_ip", self.profile.host)
        return self.media

    def take_offer(self, text: str) -> AudioOffer | None:
        """Accept the other side's SDP; None when it has no codec of ours."""
        offer = parse_audio(text)
        channel = self.session.channel
        if offer is None or not offer.codecs:
            return None
        codec = offer.codecs[0]
        channel.codec = codec
        channel.set("switch_r_sdp", text)
        channel.set("rtp_use_codec_name", codec)
        channel.set("rtp_use_codec_rate", "8000")
        channel.set("rtp_use_codec_ptime", "20")
        channel.set("read_codec", codec)
        channel.set("read_rate", "8000")
        channel.set("write_codec", codec)
        channel.set("write_rate", "8000")
        channel.set("remote_media_ip", offer.host)
        channel.set("remote_media_port", str(offer.port))
        channel.set("dtmf_type", "rfc2833" if offer.event_type is not None else "none")
        self._codecs = (codec,)
        self._event_type = offer.event_type
        if self.media is not None:
            self.media.connect(offer, codec)
        return offer

    def watch_media(self) -> None:
        """From the answer on: a call from which no packet comes for too long ends with MEDIA_TIMEOUT (switch_rtp.c)."""
        if self.session.core.settings.media_timeout > 0:
            self._look_for_packets(self.session.core.settings.media_timeout)

    def _look_for_packets(self, after: float) -> None:
        self.session.core.schedule.after(after, f"media of {self.session.uuid}", self._waited_for_packets)

    def _waited_for_packets(self) -> None:
        if self.over or self.media is None or not self.session.channel.up:
            return
        limit = self.session.core.settings.media_timeout
        silent = 0.0 if self.session.channel.held else time.monotonic() - self.media.heard_at
        if silent >= limit:
            self.session.channel.hang_up("MEDIA_TIMEOUT")
        else:
            self._look_for_packets(limit - silent)

    def sdp(self, direction: str = "sendrecv") -> str:
        """Our SDP, one version later than the last."""
        media = self.open_media()
        self._sdp_version += 1
        text = audio_sdp(
            self.profile.host, media.port, self._codecs, self._event_type,
            version=self._sdp_version, session=self._sdp_session, direction=direction,
        )  # fmt: skip
        channel = self.session.channel
        channel.set("rtp_local_sdp_str", text)
        channel.set("rtp_use_ssrc", str(media.ssrc))
        return text

    # Inside the dialog

    def received(self, server: ServerTransaction) -> None:
        """A request inside the dialog."""
        request = server.request
        method = request.method
        number = cseq_of(request)[0]
        if self.dialog is not None and method != "ACK":
            if number < self.dialog.remote_cseq:
                self._answer(server, 500)
                return
            self.dialog.remote_cseq = number
        if method == "ACK":
            self.acknowledged(request)
        elif method == "BYE":
            if self.established:
                self._answer(server, 200)
                self.over = True
                self._ended_by_peer(request)
                self.profile.forget(self)
            else:
                self.ended_early(server)
        elif method in ("INVITE", "UPDATE"):
            self._renegotiate(server)
        elif method == "NOTIFY":
            self._answer(server, 200)
            self._notified(request)
        elif method == "INFO":
            self._answer(server, 200)
            self._info(request)
        elif method in ("OPTIONS", "MESSAGE"):
            self._answer(server, 200)
        elif method == "REFER":
            self._answer(server, 603)
        else:
            self._answer(server, 405)

    def acknowledged(self, request: Request) -> None:
        """An ACK came for a 200 of ours."""

    def ended_early(self, server: ServerTransaction) -> None:
        """A BYE came before the call was established; only a caller may send that."""
        self._answer(server, 481)

    def _ended_by_peer(self, request: Request) -> None:
        channel = self.session.channel
        channel.set("sip_term_status", "200")
        channel.set("proto_specific_hangup_cause", "sip:200")
        channel.set("sip_term_cause", "16")
        reason = re.search(r"Q\.850\s*;.*?cause\s*=\s*(\d+)", request.headers.get("Reason") or "", re.IGNORECASE)
        cause = "NORMAL_CLEARING"
        if reason:
            cause = cause_of(reason.group(1))
        channel.hang_up(cause)
        channel.set("sip_hangup_disposition", "recv_bye")

    def _renegotiate(self, server: ServerTransaction) -> None:
        request = server.request
        if not request.body:
            # An INVITE without an offer asks for ours, one without a body in an UPDATE refreshes the session.
            body = self.sdp() if request.method == "INVITE" else ""
            self._answer(server, 200, body)
            return
        offer = self.take_offer(request.body.decode("utf-8", "replace"))
        if offer is None:
            self._answer(server, 488)
            return
        answer = {"sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}.get(
            offer.direction, "sendrecv"
        )
        self._answer(server, 200, self.sdp(answer))
        self.session.channel.mark_held(offer.held)

    def _answer(self, server: ServerTransaction, code: int, body: str = "") -> None:
        tag = self.dialog.local_tag if self.dialog is not None else ""
        headers = {"Contact": self.dialog.contact} if self.dialog is not None and body else {}
        if code == 405:
            headers["Allow"] = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, NOTIFY, REFER, UPDATE"
        self.profile.transport.respond(server, response_to(server.request, code, tag=tag, body=body, **headers))

    def _info(self, request: Request) -> None:
        text = request.body.decode("utf-8", "replace")
        signal = re.search(r"Signal\s*=\s*([0-9*#A-Da-d])", text)
        if signal is None and "application/dtmf" in (request.headers.get("Content-Type") or "").lower():
            signal = re.match(r"\s*([0-9*#A-D])\s*$", text)
        if signal:
            self.session.push_digit(signal.group(1).upper(), 2000, "ENDPOINT")

    def _notified(self, request: Request) -> None:
        if self._referred is not None and not self._referred.ready():
            status = re.match(rb"\s*SIP/2\.0\s+(\d+)", request.body)
            code = int(status.group(1)) if status else 0
            if not code or code >= 200:
                self.session.channel.set("sip_refer_reply", request.body.decode("utf-8", "replace"))
            if code >= 200:
                self._referred.set(code < 300)
            elif "terminated" in (request.headers.get("Subscription-State") or "").lower():
                self._referred.set(False)

    # What a session asks for

    def hold(self, on: bool) -> None:
        """Send a re-INVITE that puts the other side on hold or takes it from hold."""
        self._reinvite("sendonly" if on else "sendrecv")

    def _reinvite(self, direction: str) -> None:
        if self.dialog is None or not self.established or self.over:
            return
        dialog = self.dialog
        request = dialog.request("INVITE", body=self.sdp(direction))

        def answered(response: Response) -> None:
            if 200 <= response.code < 300:
                self._ack(dialog, cseq_of(response)[0])
                if response.body:
                    self.take_offer(response.body.decode("utf-8", "replace"))
            elif response.code not in (100, 180, 183, 491):
                self._refused_inside(response)

        self.profile.transport.request(request, dialog.target, answered)

    def _refused_inside(self, response: Response) -> None:
        # As sofia does: a refused re-INVITE ends the call, with the cause of the refusal.
        channel = self.session.channel
        cause = cause_of_sip(response.code)
        channel.set("sip_hangup_disposition", "recv_refuse")
        channel.set("sip_invite_failure_status", str(response.code))
        channel.set("sip_invite_failure_phrase", response.phrase)
        channel.set("sip_term_status", str(response.code))
        channel.set("proto_specific_hangup_cause", f"sip:{response.code}")
        channel.set("sip_term_cause", str(number_of(cause)))
        channel.hang_up(cause)

    def _ack(self, dialog: Dialog, number: int) -> None:
        ack = dialog.request("ACK", cseq=number)
        self.profile.transport.send_ack(ack, dialog.target)

    def refer(self, target: str) -> bool:
        """Send REFER and wait for the NOTIFY that tells how it went (RFC 3515)."""
        if self.dialog is None or not self.established or self.over:
            return False
        outcome: AsyncResult[bool] = AsyncResult()
        self._referred = outcome
        dialog = self.dialog
        uri = target if re.match(r"^<?(sips?|tel):", target) else f"sip:{target}"
        refer = dialog.request("REFER", Refer_To=f"<{uri.strip('<>')}>", Referred_By=f"<{_bare(dialog.local)}>")

        def answered(response: Response) -> None:
            if response.code >= 300 and not outcome.ready():
                outcome.set(False)

        self.profile.transport.request(refer, dialog.target, answered)
        return bool(outcome.get(timeout=self.profile.transport.life)) if self._awaited(outcome) else False

    def _awaited(self, outcome: AsyncResult[bool]) -> bool:
        # The caller may hang up instead of reporting, which most phones do.
        deadline = self.session.core.now() + self.profile.transport.life
        while not outcome.ready() and self.session.channel.up and self.session.core.now() < deadline:
            outcome.wait(timeout=0.1)
        return outcome.ready()

    def say_bye(self, cause: str) -> None:
        """End an established call."""
        if self.dialog is None or self.over:
            return
        self.over = True
        if self.session.channel.get("sip_hangup_disposition") is None:
            self.session.channel.set("sip_hangup_disposition", "send_bye")
        number = number_of(cause)
        reason = f'Q.850;cause={number};text="{cause}"' if number < 128 else f'FreeSWITCH;cause={number};text="{cause}"'
        bye = self.dialog.request("BYE", Reason=reason)
        self.profile.transport.request(bye, self.dialog.target, lambda _: self.profile.forget(self))

    def redirect(self, targets: str) -> None:
        """Only an unanswered inbound call can be redirected."""

    def respond(self, code: int, phrase: str) -> None:
        """Only an unanswered inbound call can be refused with a status."""


def _bare(header: str) -> str:
    return parse_address(header).uri
