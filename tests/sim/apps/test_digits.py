"""Digits to the other side."""

from tests.sim.conftest import World


def test_digits_arrive_at_the_phone(world: World) -> None:
    phone, call = world.answered()
    world.client.run(call, "send_dtmf", "1#@100")
    world.client.wait(lambda: len(phone.digits_heard) == 2, "two digits")
    assert phone.digits_heard == ["1", "#"]
