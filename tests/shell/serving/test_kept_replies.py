"""Kept replies: one request under a key, whoever asks again is given the first reply."""

import pytest

from engine.api.ports.idempotency import KeptReply
from engine.core.errors import StoreError
from engine.shell.installation_key import InstallationKey
from engine.shell.serving.kept_replies import KEPT_FOR, RUNS_FOR, KeptReplies
from tests.shell.redis_server import RedisServer

KEY = InstallationKey(bytes(32))
REPLY = KeptReply(201, "application/json", b'{"secret":"whsec_abc"}')


@pytest.fixture
def replies(redis_server: RedisServer) -> KeptReplies:
    return KeptReplies(redis_server.client(), KEY)


def test_the_first_goes_on_and_the_second_waits_then_is_given_the_reply(replies: KeptReplies) -> None:
    assert replies.begin("acme", "k", "f").state == "new"
    assert replies.begin("acme", "k", "f").state == "running"
    replies.finish("acme", "k", "f", REPLY)
    begun = replies.begin("acme", "k", "f")
    assert (begun.state, begun.reply) == ("done", REPLY)


def test_another_request_under_the_key_is_told_apart(replies: KeptReplies) -> None:
    replies.begin("acme", "k", "f")
    assert replies.begin("acme", "k", "other").state == "other"
    replies.finish("acme", "k", "f", REPLY)
    assert replies.begin("acme", "k", "other").state == "other"


def test_tenants_and_keys_do_not_meet(replies: KeptReplies) -> None:
    replies.begin("acme", "k", "f")
    assert replies.begin("other", "k", "f").state == "new"
    assert replies.begin("acme", "k2", "f").state == "new"


def test_what_failed_may_be_tried_again(replies: KeptReplies) -> None:
    replies.begin("acme", "k", "f")
    replies.give_up("acme", "k")
    assert replies.begin("acme", "k", "f").state == "new"


def test_nothing_is_kept_for_ever_or_in_the_clear(replies: KeptReplies, redis_server: RedisServer) -> None:
    client = redis_server.client()
    replies.begin("acme", "k", "f")
    (name,) = client.scan_iter()
    assert 0 < client.ttl(name) <= RUNS_FOR
    replies.finish("acme", "k", "f", REPLY)
    assert RUNS_FOR < client.ttl(name) <= KEPT_FOR
    assert b"whsec" not in client.get(name)


def test_another_installation_cannot_read_it(replies: KeptReplies, redis_server: RedisServer) -> None:
    replies.begin("acme", "k", "f")
    replies.finish("acme", "k", "f", REPLY)
    with pytest.raises(StoreError, match="cannot be read"):
        KeptReplies(redis_server.client(), InstallationKey(b"x" * 32)).begin("acme", "k", "f")


def test_without_redis_it_says_so(own_redis: RedisServer) -> None:
    replies = KeptReplies(own_redis.client(), KEY)
    own_redis.stop()
    for ask in (
        lambda: replies.begin("acme", "k", "f"),
        lambda: replies.finish("acme", "k", "f", REPLY),
        lambda: replies.give_up("acme", "k"),
    ):
        with pytest.raises(StoreError):
            ask()
