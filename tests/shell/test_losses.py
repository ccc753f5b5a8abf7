"""Notes of what was lost: written, read from a place on, and each tenant's own."""

from dataclasses import replace

from engine.shell.losses import Loss, note_losses, read_losses
from tests.shell.redis_server import RedisServer

ONE = Loss(1700000000.5, "stream", "acme", 12, "evt_a_1", "evt_b_3", "the stream is full")


def test_a_note_comes_back_with_its_place(redis_server: RedisServer) -> None:
    client = redis_server.client()
    assert read_losses(client) == []
    two, three = replace(ONE, tenant="other", where="outbox"), replace(ONE, events=1)
    note_losses(client, [ONE, two])
    note_losses(client, [three])
    assert [loss for _, loss in read_losses(client)] == [ONE, two, three]
    assert [loss for _, loss in read_losses(client, "acme")] == [ONE, three]
    place = read_losses(client)[0][0]
    assert [loss for _, loss in read_losses(client, since=place)] == [two, three]
    assert len(read_losses(client, most=2)) == 2


def test_notes_do_not_grow_without_end(redis_server: RedisServer) -> None:
    client = redis_server.client()
    for _ in range(3):
        note_losses(client, [ONE] * 500)
    assert len(read_losses(client, most=10_000)) < 1300
