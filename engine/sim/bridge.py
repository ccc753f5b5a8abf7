"""Two legs that hear each other: `uuid_bridge`, and the bridge that an application makes (switch_ivr_bridge.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.sim.caller_profile import now_us
from engine.sim.causes import NORMAL_CLEARING
from engine.sim.channel import Channel
from engine.sim.event import Value
from engine.sim.states import State
from engine.sim.transfer import transfer

if TYPE_CHECKING:
    from engine.sim.session import Session

_LONGEST_WAIT = 20.0


class Bridge:
    """The bond of an originating leg A and its peer B."""

    def __init__(self, a: Session, b: Session) -> None:
        self.a = a
        self.b = b
        self.broken = False

    def other(self, session: Session) -> Session:
        """The leg on the other side of this one."""
        return self.b if session is self.a else self.a

    def start(self) -> None:
        """Let audio pass."""
        self.a.bridge = self.b.bridge = self
        a_media, b_media = self.a.media, self.b.media
        if a_media is not None and b_media is not None:
            a_media.peer, b_media.peer = b_media, a_media

    def stop(self) -> None:
        """Let audio pass no more, and wake both."""
        if self.broken:
            return
        self.broken = True
        for session in (self.a, self.b):
            if session.media is not None:
                session.media.peer = None
            if session.bridge is self:
                session.bridge = None
            session.poke()

    def talk(self, session: Session) -> None:
        """Serve one leg until either leg leaves: its digits go to the other, its messages run meanwhile."""
        other = self.other(session)
        while session.channel.ready and not self.broken:
            session.run_messages()
            while session.digits:
                digit = session.take_digit()
                if digit is not None and other.media is not None:
                    other.media.send_digits(digit)
            if session.channel.ready and not self.broken:
                session.wait()
        self.stop()


def uuid_bridge(a: Session, b: Session) -> bool:
    """Ask two legs to leave what they do and talk to each other; False when neither has audio."""
    if a is b or not a.channel.up or not b.channel.up:
        return False
    if not _has_media(a):
        if not _has_media(b):
            return False
        a, b = b, a
    _introduce(a.channel, b.channel)
    a.channel.set("uuid_bridge", b.uuid)
    a.on_soft_execute = lambda: _originate_bridge(a, b)
    b.on_soft_execute = None
    for session in (b, a):
        session.stop_broadcast = session.in_message
        session.channel.set_state(State.HIBERNATE)
    return True


def _has_media(session: Session) -> bool:
    return session.channel.answered or session.channel.early_media


def _introduce(a: Channel, b: Channel) -> None:
    """Tell each leg who the other is, in profiles and variables."""
    for one, other in ((a, b), (b, a)):
        one.set("bridge_channel", other.name)
        one.set("bridge_uuid", other.uuid)
        one.set("signal_bond", other.uuid)
        if one.profile is not None:
            one.set("original_destination_number", one.profile.destination_number)
            one.set("original_caller_id_name", one.profile.caller_id_name)
            one.set("original_caller_id_number", one.profile.caller_id_number)
            one.profile.index += 1
            one.profile.times["Profile-Created"] = now_us()
    if b.direction == "outbound":
        b.hit_dialplan = False
    meet(a, b)


def meet(a: Channel, b: Channel) -> None:
    """Give both legs the headers of the other: B is the originatee of A, A the originator of B."""
    if a.profile is None or b.profile is None:
        return
    b_headers = b.profile.headers("Other-Leg")
    a_headers = a.profile.headers("Other-Leg", without_times=True)
    a.other_leg = {"Other-Type": "originatee", **b_headers}
    b.other_leg = {"Other-Type": "originator", **a_headers}
    a.profile.callee_id_name = b.profile.callee_id_name
    a.profile.callee_id_number = b.profile.callee_id_number
    b.profile.caller_id_name = a.profile.caller_id_name
    b.profile.caller_id_number = a.profile.caller_id_number


def _originate_bridge(a: Session, b: Session) -> None:
    a.channel.set("uuid_bridge", None)
    deadline = a.core.now() + _LONGEST_WAIT
    while a.channel.up and b.channel.up and not _in_state(b, State.SOFT_EXECUTE) and a.core.now() < deadline:
        if a.channel.state != State.SOFT_EXECUTE:
            return
        b.changed.clear()
        if not _in_state(b, State.SOFT_EXECUTE):
            b.changed.wait(0.5)
    if not a.channel.ready or not b.channel.ready:
        a.channel.hang_up("DESTINATION_OUT_OF_ORDER")
        b.channel.hang_up("DESTINATION_OUT_OF_ORDER")
        return
    for one, other in ((a, b), (b, a)):
        one.shown_application = ("uuid_bridge", other.uuid)
        one.channel.fire("CHANNEL_EXECUTE", {"Application": "uuid_bridge", "Application-Data": other.uuid})
    join(a, b)
    if a.channel.state == State.SOFT_EXECUTE:
        a.channel.set_state(State.EXECUTE)


def _in_state(session: Session, state: State) -> bool:
    return session.channel.state == state and session.channel.running_state == state


def join(a: Session, b: Session) -> None:
    """Bridge two legs, in A's greenlet, until one leaves; then A does what its variables say."""
    bond = Bridge(a, b)
    for one in (a, b):
        if one.channel.profile is not None:
            one.channel.profile.times["Channel-Bridged"] = now_us()
    b.channel.set("call_uuid", a.channel.get("call_uuid") or a.uuid)
    b.on_exchange_media = lambda: _exchange(b, bond)
    ids: dict[str, Value] = {"Bridge-A-Unique-ID": a.uuid, "Bridge-B-Unique-ID": b.uuid}
    b.channel.set_state(State.CONSUME_MEDIA)
    _await_state(b, State.CONSUME_MEDIA)
    bond.start()
    a.channel.set("last_bridge_role", "originator")
    b.channel.set("last_bridge_role", "originatee")
    a.channel.fire("CHANNEL_BRIDGE", before=ids)
    b.channel.set_state(State.EXCHANGE_MEDIA)
    _await_state(b, State.EXCHANGE_MEDIA)
    for one, other in ((a, b), (b, a)):
        _announce(one.channel, other.channel)
    bond.talk(a)
    while b.channel.up and b.channel.running_state == State.EXCHANGE_MEDIA:
        b.changed.clear()
        b.changed.wait(0.5)
    a.channel.set("bridge_to", None)
    b.channel.set("bridge_to", None)
    cause = b.channel.hangup_cause
    if cause is not None:
        a.channel.set("last_bridge_hangup_cause", cause)
        a.channel.set("bridge_hangup_cause", cause)
        specific = b.channel.get("proto_specific_hangup_cause")
        a.channel.set("last_bridge_proto_specific_hangup_cause", specific)
    if a.channel.hangup_cause is not None:
        b.channel.set("bridge_hangup_cause", a.channel.hangup_cause)
    a.channel.fire("CHANNEL_UNBRIDGE", before=ids)
    _go_on(a, cause or NORMAL_CLEARING)


def _await_state(session: Session, state: State) -> None:
    while session.channel.up and session.channel.state == state and session.channel.running_state != state:
        session.changed.clear()
        session.changed.wait(0.5)


def _announce(channel: Channel, other: Channel) -> None:
    if not channel.up or other.profile is None:
        return
    name = other.profile.callee_id_name if channel.other_leg.get("Other-Type") == "originatee" else ""
    number = other.profile.callee_id_number if channel.other_leg.get("Other-Type") == "originatee" else ""
    number = number or other.profile.caller_id_number
    name = name or other.profile.caller_id_name or number
    channel.set("bridge_to", other.uuid)
    channel.set("last_bridge_to", other.uuid)
    channel.set("last_sent_callee_id_name", name)
    channel.set("last_sent_callee_id_number", number)
    first: dict[str, Value] = {
        "Direction": "SEND",
        "Sent-Callee-ID-Name": name,
        "Sent-Callee-ID-Number": number,
        "Bridged-To": other.uuid,
    }
    channel.fire("CALL_UPDATE", before=first)


def _go_on(a: Session, cause: str) -> None:
    """What A does after the talk, when nobody has sent it elsewhere."""
    channel = a.channel
    hang_up_after = (channel.get("hangup_after_bridge") or "").lower()
    if not channel.up or channel.state != channel.running_state:
        return
    target = channel.get("transfer_after_bridge")
    if hang_up_after == "explicit":
        channel.hang_up(cause)
    elif channel.is_true("park_after_bridge"):
        channel.set_state(State.PARK)
    elif target is not None:
        transfer(a, *_destination(target), label="transfer_after_bridge")
    elif channel.is_true("hangup_after_bridge"):
        channel.hang_up(cause)


def _exchange(b: Session, bond: Bridge) -> None:
    """B's side of a bridge; afterwards it parks, is transferred, or hangs up."""
    channel = b.channel
    if not bond.broken:
        bond.talk(b)
    if not channel.up or channel.state != State.EXCHANGE_MEDIA:
        return
    channel.set("last_bridge_hangup_cause", bond.a.channel.hangup_cause)
    target = channel.get("transfer_after_bridge")
    if channel.is_true("park_after_bridge"):
        channel.set_state(State.PARK)
    elif target is not None:
        transfer(b, *_destination(target), label="transfer_after_bridge")
    else:
        channel.hang_up(NORMAL_CLEARING if channel.answered else "ORIGINATOR_CANCEL")


def _destination(text: str) -> tuple[str, str, str]:
    extension, _, rest = text.partition(":")
    dialplan, _, context = rest.partition(":")
    return extension, dialplan or "XML", context or "default"
