"""Ways a playback ends, seen from inside."""

from collections.abc import Callable

from engine.sim.playing import Ended, terminators_of
from tests.sim.conftest import World


def test_terminators(world: World) -> None:
    _, call = world.parked()
    session = world.simulation.core.sessions[call]
    assert terminators_of(session) == "1234567890*#", "as freeswitch-conf says"
    for text, digits in (("any", "1234567890*#"), ("none", ""), ("12", "12")):
        session.channel.set("playback_terminators", text)
        assert terminators_of(session) == digits
    assert {ended.value for ended in Ended} == {"done", "break", "not found", "lost"}


def test_where_nobody_says_which_keys_end_a_playback_the_star_does(make_world: Callable[..., World]) -> None:
    world = make_world(global_variables={})
    _, call = world.parked()
    assert terminators_of(world.simulation.core.sessions[call]) == "*"


def test_a_hangup_during_a_playback_is_an_error_of_it(world: World) -> None:
    phone, call = world.answered()
    label = world.client.execute(call, "playback", "silence_stream://9000")
    world.client.event("PLAYBACK_START")
    phone.bye()
    done = world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)
    assert done["Application-Response"] == "PLAYBACK ERROR"
    names = world.client.names(call)
    assert names.index("CHANNEL_HANGUP") < names.index("PLAYBACK_STOP")
