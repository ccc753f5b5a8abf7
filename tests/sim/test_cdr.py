"""The numbers of a finished call."""

from tests.sim.conftest import World


def test_durations_and_packets(world: World) -> None:
    phone, call = world.answered()
    phone.say([b"\xff" * 160] * 5)
    world.client.run(call, "playback", "silence_stream://100")
    phone.bye()
    done = world.client.event("CHANNEL_HANGUP_COMPLETE")
    assert int(done["variable_billmsec"]) <= int(done["variable_mduration"])
    assert int(done["variable_mduration"]) >= 100
    assert (done["variable_rtp_audio_in_packet_count"], done["variable_rtp_audio_out_packet_count"]) == ("5", "5")
    assert (done["variable_last_app"], done["variable_hangup_cause_q850"]) == ("playback", "16")
    assert done["variable_answer_epoch"] != "0"


def test_an_unanswered_call_has_no_billed_time(world: World) -> None:
    phone, _ = world.parked()
    phone.cancel()
    done = world.client.event("CHANNEL_HANGUP_COMPLETE")
    assert (done["variable_billsec"], done["variable_answer_epoch"]) == ("0", "0")
