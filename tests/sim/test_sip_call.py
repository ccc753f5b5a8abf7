"""What happens inside an established call."""

import threading
from collections.abc import Callable

from engine.sim import SimSettings, Simulation
from tests.sim.conftest import World
from tests.sim.sip_peer import SipPeer


def test_hold_by_the_caller(world: World) -> None:
    phone, call = world.answered()
    phone.reinvite("sendonly")
    held = world.client.event("CHANNEL_HOLD")
    assert held["Channel-Call-State"] == "HELD"
    assert "a=recvonly" in phone.log[-1].body
    phone.reinvite("sendrecv")
    world.client.event("CHANNEL_UNHOLD")
    assert (
        world.client.event("CHANNEL_CALLSTATE", Original_Channel_Call_State="UNHELD")["Channel-Call-State"] == "ACTIVE"
    )
    assert world.client.names(call).count("CHANNEL_HOLD") == 1


def test_a_reinvite_without_a_common_codec_changes_nothing(world: World) -> None:
    phone, call = world.answered()
    assert phone.server
    body = phone.sdp(codecs="18").replace("a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n", "")
    phone.sock.sendto(phone.request("INVITE", phone.target, body=body), phone.server)
    world.client.wait(lambda: phone.log[-1].code == 488, "the refusal")
    assert world.client.api(f"uuid_exists {call}") == "true"


def test_bye_ends_the_call(world: World) -> None:
    phone, call = world.answered()
    phone.bye()
    done = world.client.event("CHANNEL_HANGUP_COMPLETE")
    assert (done["Hangup-Cause"], done["variable_sip_hangup_disposition"]) == ("NORMAL_CLEARING", "recv_bye")
    world.client.wait(lambda: phone.log[-1].code == 200, "the answer to BYE")
    assert world.client.api(f"uuid_exists {call}") == "false"


def test_a_kill_says_bye_with_its_reason(world: World) -> None:
    phone, call = world.answered()
    world.client.api(f"uuid_kill {call} USER_BUSY")
    assert phone.ended.wait(5)
    bye = next(message for message in phone.log if message.method == "BYE")
    assert bye.get("Reason") == 'Q.850;cause=17;text="USER_BUSY"'


def test_a_call_from_which_nothing_comes_is_ended(make_world: Callable[..., World]) -> None:
    world = make_world(media_timeout=0.3)
    talking, heard = world.answered()
    stop = threading.Event()

    def talk() -> None:
        while not stop.wait(0.05):
            talking.say([b"\xff" * 160])

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    try:
        _, silent = world.answered()
        assert world.client.event("CHANNEL_HANGUP_COMPLETE", Unique_ID=silent)["Hangup-Cause"] == "MEDIA_TIMEOUT"
        assert world.client.api(f"uuid_exists {heard}") == "true"
    finally:
        stop.set()
        thread.join()


def test_digits_by_info(world: World) -> None:
    phone, _ = world.answered()
    assert phone.server
    body = "Signal=7\r\nDuration=100\r\n"
    data = phone.request("INFO", phone.target, body=body).replace(b"application/sdp", b"application/dtmf-relay")
    phone.sock.sendto(data, phone.server)
    assert world.client.event("DTMF")["DTMF-Digit"] == "7"


def test_a_refer_of_the_caller_is_declined_and_nonsense_is_405(world: World) -> None:
    phone, _ = world.answered()
    assert phone.server
    for method, code in (("REFER", 603), ("PUBLISH", 405), ("OPTIONS", 200)):
        phone.sock.sendto(phone.request(method, phone.target, extra="Refer-To: <sip:x@y>\r\n"), phone.server)
        world.client.wait(lambda wanted=code: phone.log[-1].code == wanted, f"{code}")


def test_stopping_the_switch_ends_its_calls() -> None:
    simulation = Simulation(SimSettings(treatment_after=0))
    simulation.start()
    phone = SipPeer()
    phone.call(simulation.trunk_sip_port)
    assert phone.ringing.wait(0.2) is False
    simulation.stop()
    assert phone.ended.wait(5)
    assert phone.final >= 400
    phone.close()
