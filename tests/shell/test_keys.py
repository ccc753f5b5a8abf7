"""The names in Redis: keys one script touches share a hash tag, and a call never changes its shard."""

import re

from engine.shell.keys import (
    CallKeys,
    DiallingKeys,
    EndpointKeys,
    Keys,
    TenantKeys,
    answer_key,
    bundle_key,
    endpoints_key,
    orders_key,
    owner_key,
    serving_key,
    shard_of,
    source_of,
)  # fmt: skip


def tag(key: str) -> str:
    match = re.search(r"\{(.+?)\}", key)
    return match[1] if match else key


def test_everything_a_commit_touches_is_in_one_slot() -> None:
    keys = Keys(3)
    assert {tag(key) for key in (keys.events, keys.live, keys.journal("c1"), keys.state("c1"))} == {"s03"}
    assert len({keys.events, keys.live, keys.journal("c1"), keys.state("c1"), Keys(4).journal("c1")}) == 5


def test_a_call_lives_in_the_same_shard_for_every_engine() -> None:
    # Another process of another version must find it: the numbers are part of the format.
    assert [shard_of(f"call-{number}", 16) for number in range(6)] == [6, 0, 10, 12, 15, 9]
    assert {shard_of(str(number), 4) for number in range(100)} == {0, 1, 2, 3}


def test_owners_and_bundles_have_keys_of_their_own() -> None:
    assert tag(owner_key("fs1")) == "fs1"
    assert owner_key("fs1") != owner_key("fs2")
    assert bundle_key("b1") != bundle_key("b2")


def test_everything_of_an_endpoint_is_in_one_slot_and_no_two_keys_are_the_same() -> None:
    keys = EndpointKeys("ep_one")
    every = keys.everything([source_of(0), source_of(1), "replay"])
    assert {tag(key) for key in every} == {"ep_one"}
    assert len(every) == len(set(every)) == 11
    assert not set(every) & set(EndpointKeys("ep_two").everything(["s00"]))


def test_the_endpoints_of_a_tenant_have_a_key_that_no_other_tenant_has() -> None:
    assert tag(endpoints_key("acme")) == "t:acme"
    assert endpoints_key("acme") != endpoints_key("other")
    assert tag(Keys(3).dispatcher) == "s03"


def test_what_is_remembered_of_a_call_and_of_a_tenant_s_calls_is_in_one_slot_each() -> None:
    call = CallKeys("one")
    assert {tag(call.record), tag(call.trace)} == {"c:one"}
    tenant = TenantKeys("acme")
    every = [tenant.calls, tenant.live, tenant.found_by("flow", "main"), tenant.usage("2026-11")]
    assert {tag(key) for key in every} == {"t:acme"}
    assert len(set(every)) == 4


def test_orders_are_a_switch_s_and_limits_a_tenant_s() -> None:
    assert {tag(key("fs1")) for key in (orders_key, serving_key, answer_key)} == {"fs1"}
    assert len({orders_key("x"), serving_key("x"), answer_key("x"), owner_key("x"), orders_key("y")}) == 5
    acme = DiallingKeys("acme")
    assert {tag(acme.rate), tag(acme.live)} == {"t:acme"}
    assert acme.rate != acme.live != DiallingKeys("other").live
