"""Accepting a call."""

from tests.sim.conftest import World


def test_answering_twice_is_answering_once(world: World) -> None:
    phone, call = world.answered()
    world.client.run(call, "answer")
    world.client.run(call, "pre_answer")
    world.client.run(call, "ring_ready")
    assert world.client.names(call).count("CHANNEL_ANSWER") == 1
    assert [message.code for message in phone.log if message.code] == [100, 200]


def test_playing_to_an_unanswered_call_opens_its_audio(world: World) -> None:
    phone, call = world.parked()
    world.client.run(call, "playback", "tone_stream://%(60,0,440)")
    assert phone.log[-1].code == 183
    world.client.wait(lambda: len(phone.heard) == 480, "the tone")
    names = world.client.names(call)
    assert names.index("CHANNEL_PROGRESS_MEDIA") < names.index("PLAYBACK_START")
