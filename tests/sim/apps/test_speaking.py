"""Speech is silence of about its length."""

from tests.sim.conftest import World


def test_speaking_takes_time_and_may_be_broken(world: World) -> None:
    phone, call = world.answered()
    done = world.client.run(call, "speak", "flite|kal|Hi")
    assert done["Application"] == "speak"
    world.client.run(call, "say", "en number pronounced 5")
    assert 4800 <= len(phone.heard) <= 4960
    label = world.client.execute(call, "speak", "x" * 1000)
    phone.press("*")
    assert world.client.event("CHANNEL_EXECUTE_COMPLETE", Application_UUID=label)
