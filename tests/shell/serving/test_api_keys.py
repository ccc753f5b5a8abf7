"""API keys: shown once, kept as digests, good for what they say until they expire or are revoked."""

import re
from collections.abc import Callable

import pytest

from engine.core.errors import ControlError, StoreError
from engine.shell import keys
from engine.shell.serving.api_keys import LOOK, TRUST, ApiKeys
from tests.shell.redis_server import RedisServer

PEPPER = b"p" * 32


class Clock:
    """A time that is set."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


Make = Callable[..., ApiKeys]


@pytest.fixture
def make(redis_server: RedisServer, clock: Clock) -> Make:
    """Another process's view of the same keys."""
    return lambda pepper=PEPPER: ApiKeys(redis_server.client(), pepper, clock=clock)


def test_a_key_opens_what_it_was_made_for(make: Make) -> None:
    api_keys = make()
    text, key = api_keys.create("acme", "billing", ["calls:read"], per_minute=5)
    assert re.fullmatch(r"sb_live_[A-Za-z0-9]{8}_[A-Za-z0-9]{32}", text)
    caller = api_keys.find(text)
    assert caller is not None
    assert (caller.tenant, caller.key, caller.per_minute, caller.per_hour) == ("acme", key.id, 5, 3600)
    assert caller.may("calls:read")
    assert not caller.may("calls:write")


def test_the_star_opens_everything(make: Make) -> None:
    api_keys = make()
    caller = api_keys.find(api_keys.create("acme", "", ["*"])[0])
    assert caller is not None
    assert caller.may("webhooks:write")


def test_the_secret_is_nowhere_in_redis(make: Make, redis_server: RedisServer) -> None:
    text, _ = make().create("acme", "billing", ["*"])
    secret = text.rpartition("_")[2].encode()
    client = redis_server.client()
    for name in client.scan_iter():
        assert secret not in client.dump(name)


def test_without_the_pepper_nothing_opens(make: Make) -> None:
    text, _ = make().create("acme", "", ["*"])
    assert make().find(text) is not None
    assert make(b"q" * 32).find(text) is None


@pytest.mark.parametrize(
    "change", [str.upper, lambda text: text[:-1], lambda text: f"{text} ", lambda text: "", str.title]
)
def test_a_changed_key_opens_nothing(make: Make, change: Callable[[str], str]) -> None:
    api_keys = make()
    text, _ = api_keys.create("acme", "", ["*"])
    assert api_keys.find(change(text)) is None


def test_another_secret_under_the_same_id_opens_nothing(make: Make) -> None:
    api_keys = make()
    first, second = (api_keys.create("acme", "", ["*"])[0] for _ in range(2))
    assert api_keys.find(first[:17] + second[17:]) is None


def test_a_key_expires(make: Make, clock: Clock) -> None:
    api_keys = make()
    text, _ = api_keys.create("acme", "", ["*"], lifetime=60)
    assert api_keys.find(text) is not None
    clock.now += 60
    assert api_keys.find(text) is None


def test_a_revoked_key_is_refused_everywhere_within_a_second(make: Make, clock: Clock) -> None:
    here, there = make(), make()
    text, key = here.create("acme", "", ["*"])
    other, _ = here.create("acme", "", ["*"])
    assert there.find(text)
    here.revoke(key.id)
    clock.now += LOOK
    assert LOOK < 1
    assert there.find(text) is None
    assert here.find(text) is None
    assert there.find(other)


def test_a_key_made_elsewhere_after_it_was_asked_for_is_known(make: Make, clock: Clock) -> None:
    here, there = make(), make()
    text, key = here.create("acme", "", ["*"])
    client = here._redis
    record = client.hget(keys.API_KEYS, key.id)
    client.hdel(keys.API_KEYS, key.id)
    assert there.find(text) is None
    client.hset(keys.API_KEYS, key.id, record)
    here.create("acme", "", ["*"])
    clock.now += LOOK
    assert there.find(text)


def test_whose_a_key_is_is_known_by_its_id_while_it_is_good(make: Make, clock: Clock) -> None:
    api_keys = make()
    text, key = api_keys.create("acme", "console", ["calls:read"], lifetime=60.0)
    assert api_keys.holder(key.id) == api_keys.find(text)
    assert api_keys.holder("AAAAAAAA") is None
    clock.now += 61
    assert api_keys.holder(key.id) is None
    _, other = api_keys.create("acme", "console", ["calls:read"])
    assert api_keys.holder(other.id) is not None
    api_keys.revoke(other.id)
    clock.now += LOOK
    assert api_keys.holder(other.id) is None


def test_revoking_by_the_whole_text_or_twice_is_the_same(make: Make, clock: Clock) -> None:
    api_keys = make()
    text, _ = api_keys.create("acme", "", ["*"])
    first = api_keys.revoke(text)
    clock.now += 10
    assert api_keys.revoke(first.id).revoked_at == first.revoked_at == clock.now - 10


def test_a_key_that_is_not_there_cannot_be_revoked(make: Make) -> None:
    with pytest.raises(ControlError, match="no key abcdefgh"):
        make().revoke("abcdefgh")


@pytest.mark.parametrize(
    ("tenant", "scopes", "wrong"),
    [
        ("a:b", ["*"], "tenant"),
        ("", ["*"], "tenant"),
        ("acme", [], "needs a scope"),
        ("acme", ["calls"], "no such scope: calls"),
    ],
)
def test_what_cannot_be_is_not_made(make: Make, tenant: str, scopes: list[str], wrong: str) -> None:
    with pytest.raises(ControlError, match=wrong):
        make().create(tenant, "", scopes)


def test_keys_are_listed_with_their_last_use_and_by_tenant(make: Make, clock: Clock) -> None:
    api_keys = make()
    text, first = api_keys.create("acme", "one", ["*"])
    clock.now += 1
    _, second = api_keys.create("other", "two", ["*"])
    api_keys.find(text)
    listed = api_keys.kept()
    assert [(key.id, key.last_used_at) for key in listed] == [(first.id, clock.now), (second.id, None)]
    assert [key.name for key in api_keys.kept("other")] == ["two"]


def test_known_keys_are_believed_for_a_while_without_redis(own_redis: RedisServer, clock: Clock) -> None:
    api_keys = ApiKeys(own_redis.client(), PEPPER, clock=clock)
    text, _ = api_keys.create("acme", "", ["*"])
    stranger, _ = api_keys.create("acme", "", ["*"])
    assert api_keys.find(text)
    own_redis.stop()
    clock.now += LOOK
    assert api_keys.find(text)
    with pytest.raises(StoreError):
        api_keys.find(stranger)
    clock.now += TRUST
    with pytest.raises(StoreError):
        api_keys.find(text)
    for ask in (api_keys.kept, lambda: api_keys.create("acme", "", ["*"]), lambda: api_keys.revoke(text)):
        with pytest.raises(StoreError):
            ask()
