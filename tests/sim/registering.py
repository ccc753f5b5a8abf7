"""Registering a phone in a test."""

from __future__ import annotations

from tests.sim.conftest import World
from tests.sim.digest_peer import authorization
from tests.sim.sip_peer import Incoming, SipPeer


def ask(world: World, phone: SipPeer, method: str, *, extra: str = "", body: str = "", port: int = 0) -> int:
    """Send a request outside any call; the status of its answer."""
    port = port or world.simulation.agent_sip_port
    seen = len(phone.log)
    phone.server = ("127.0.0.1", port)
    uri = f"sip:127.0.0.1:{port}"
    data = phone.request(method, uri, extra=extra, body=body, sender=f"<sip:{phone.name}@switchboard.local>")
    phone.sock.sendto(data, phone.server)
    number = f"{phone.cseq} {method}"

    def answers() -> list[Incoming]:
        return [message for message in phone.log[seen:] if message.code >= 200 and message.get("CSeq") == number]

    answer: Incoming = world.client.wait(answers, f"an answer to {method}")[-1]
    return answer.code


def register(world: World, phone: SipPeer, password: str, expires: int = 60) -> int:
    """REGISTER with digest; the final status."""
    port = world.simulation.agent_sip_port
    phone.to = f"<sip:{phone.name}@switchboard.local>"
    extra = f"Expires: {expires}\r\n"
    code = ask(world, phone, "REGISTER", extra=extra)
    if code == 401:
        proof = authorization(phone.log[-1], "REGISTER", f"sip:127.0.0.1:{port}", phone.name, password)
        code = ask(world, phone, "REGISTER", extra=extra + proof)
    phone.to = ""
    phone.server = None
    return code
