"""Dial strings: nothing a caller or an author writes leaves the place it is put in."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.core.effects import Dial, DialTarget, GatewayNumber, RegisteredUser, SipUri
from engine.core.errors import UnsafeTextError
from engine.core.ids import CallId, LegId
from engine.esl.command import BackgroundApi
from engine.esl.dialstring import Routes, checked_sip_uri, endpoint, originate, plain_value

CALL = CallId("4990ca92-a3de-4111-b419-87ceaf4f9c90")
LEG = LegId("f9c8c8e2-2bcd-5d07-bd1a-97ffef4be23c")
ROUTES = Routes("agents", "trunk", "pbx.example", "carrier")
HOSTILE = [
    "${system(id)}", "a,b=c", "a}b{c", "it's", '"Bob"', "x'y,z='", "a\nb",
    "a\r\n\r\napi status", "[x=1]", "<y>", "a|b",
    "a\\b", "^^:a:b", "reload mod_event_socket", "Mod_Event_Socket unload", "\x00", "Grüße", "  ", "",
    "' &system(id) '",
]  # fmt: skip


def read(line: str) -> tuple[dict[str, str], str]:
    """An originate line as FreeSWITCH reads it: words at blanks, then variables at commas, but not in quotes."""
    words = re.findall(r"(?:'[^']*'|[^ '])+", line)
    assert words[0] == "originate"
    assert words[2:] == ["&park()"]
    match = re.fullmatch(r"\{((?:'[^']*'|[^'}])*)\}(.*)", words[1])
    assert match is not None, words[1]
    pairs = re.findall(r"(?:'[^']*'|[^,'])+", match[1])
    return {name: value.strip("'") for name, _, value in (pair.partition("=") for pair in pairs)}, match[2]


def test_a_dial_has_our_leg_its_call_and_its_time() -> None:
    dial = Dial(LEG, RegisteredUser("alice"), 20.4, "+441632960123", "Ann Lee", {"X-Queue": "sales"})
    assert originate(dial, CALL, ROUTES) == (
        f"originate {{origination_uuid={LEG},originate_timeout=20,ignore_early_media=true,hangup_after_bridge=true,"
        f"playback_terminators=any,sb_call={CALL},origination_caller_id_number=+441632960123,"
        "origination_caller_id_name='Ann Lee',sip_h_X-Queue=sales}sofia/agents/alice%pbx.example &park()"
    )


def test_without_a_name_the_number_is_shown_and_without_a_number_nothing() -> None:
    numbered, _ = read(originate(Dial(LEG, RegisteredUser("alice"), 5, "100"), CALL, ROUTES))
    assert numbered["origination_caller_id_name"] == "100"
    bare, _ = read(originate(Dial(LEG, RegisteredUser("alice"), 5), CALL, ROUTES))
    assert not [name for name in bare if "caller_id" in name]


def test_a_ring_time_is_never_none() -> None:
    variables, _ = read(originate(Dial(LEG, RegisteredUser("alice"), 0.2), CALL, ROUTES))
    assert variables["originate_timeout"] == "1"


@pytest.mark.parametrize(
    ("target", "written"),
    [
        (RegisteredUser("alice"), "sofia/agents/alice%pbx.example"),
        (GatewayNumber("+441632960123"), "sofia/gateway/carrier/+441632960123"),
        (GatewayNumber("*98#", "backup-2"), "sofia/gateway/backup-2/*98#"),
        (SipUri("sip:bob@example.org:5070;transport=tcp"), "sofia/trunk/sip:bob@example.org:5070;transport=tcp"),
        (SipUri("sip:[2001:db8::1]:5060"), "sofia/trunk/sip:[2001:db8::1]:5060"),
    ],
)
def test_where_a_target_is_reached(target: DialTarget, written: str) -> None:
    assert endpoint(target, ROUTES) == written


@pytest.mark.parametrize(
    "target",
    [
        RegisteredUser(""), RegisteredUser("a b"), RegisteredUser("alice@x"), RegisteredUser("alice\n"),
        RegisteredUser("a,[x=1]loopback/9"), RegisteredUser("${x}"), RegisteredUser("x" * 65),
        GatewayNumber(""), GatewayNumber("0 1"), GatewayNumber("1+2"), GatewayNumber("12345\n"), GatewayNumber("٣٤"),
        GatewayNumber("1|sofia/x/y"), GatewayNumber("1,2"), GatewayNumber("1" * 33), GatewayNumber("1", "a/b"),
        GatewayNumber("1", "g\n"), SipUri("bob@example.org"), SipUri("sip:"), SipUri("sip:bob@x,sip:eve@y"),
        SipUri("sip:bob@x\n"), SipUri("sip:bob@x;fs_path=y"), SipUri("sip:${x}@y"), SipUri("sip:a b@x"),
        SipUri("tel:1"),
    ],
)  # fmt: skip
def test_a_target_that_is_not_plainly_one_is_refused(target: DialTarget) -> None:
    with pytest.raises(UnsafeTextError):
        endpoint(target, ROUTES)


def test_a_number_without_any_gateway_says_what_is_missing() -> None:
    with pytest.raises(UnsafeTextError, match="no gateway is configured"):
        endpoint(GatewayNumber("100"), Routes())


@pytest.mark.parametrize("name", ["Queue", "X-", "X-a b", "X-a\n", "x-low", "X-é", "X-" + "a" * 49, "X-a=b", "X-a,b"])
def test_only_x_headers_can_be_sent(name: str) -> None:
    with pytest.raises(UnsafeTextError):
        originate(Dial(LEG, RegisteredUser("alice"), 5, headers={name: "1"}), CALL, ROUTES)


def test_a_leg_or_call_that_is_no_uuid_is_refused() -> None:
    with pytest.raises(UnsafeTextError):
        originate(Dial(LegId("a,b=c"), RegisteredUser("alice"), 5), CALL, ROUTES)
    with pytest.raises(UnsafeTextError):
        originate(Dial(LEG, RegisteredUser("alice"), 5), CallId("x\n"), ROUTES)


hostile = st.text(max_size=40) | st.sampled_from(HOSTILE) | st.lists(st.sampled_from(HOSTILE), max_size=3).map(" ".join)


@given(hostile, hostile, st.dictionaries(st.sampled_from(["X-A", "X-B-1"]), hostile))
@example("reload", "mod_event_socket", {"X-A": "reload mod_EVENT_socket"})
def test_hostile_names_numbers_and_headers_stay_values(name: str, number: str, headers: dict[str, str]) -> None:
    dial = Dial(LEG, RegisteredUser("alice"), 5, number, name, headers)
    line = originate(dial, CALL, ROUTES)
    BackgroundApi(line, LEG).encode()  # a caller of any name can be connected
    variables, where = read(line)
    assert where == "sofia/agents/alice%pbx.example"
    assert (line.count("{"), line.count("}")) == (1, 1)
    assert "$" not in line
    known = {
        "origination_uuid", "originate_timeout", "ignore_early_media", "hangup_after_bridge", "playback_terminators",
        "sb_call", "origination_caller_id_number", "origination_caller_id_name",
    }  # fmt: skip
    assert set(variables) <= known | {f"sip_h_{header}" for header in headers}
    assert line.count(",") == len(variables) - 1
    assert variables["origination_uuid"] == LEG
    for header, value in headers.items():
        assert variables[f"sip_h_{header}"] == plain_value(value, 256)


@given(hostile, hostile, hostile)
def test_hostile_targets_are_refused_or_plain(user: str, number: str, uri: str) -> None:
    for target in (RegisteredUser(user), GatewayNumber(number, user), SipUri(uri)):
        try:
            where = endpoint(target, ROUTES)
        except UnsafeTextError:
            continue
        assert re.fullmatch(r"sofia/[A-Za-z0-9/._+*#%:@;=~\[\]-]+", where)


@pytest.mark.parametrize(("text", "plain"), [('O\'Brien, "Bob" & co', "O Brien   Bob    co"), ("  x ", "x"), ("é", "")])
def test_what_has_a_meaning_becomes_a_space(text: str, plain: str) -> None:
    assert plain_value(text) == plain


def test_a_value_has_a_limit() -> None:
    assert plain_value("x" * 500) == "x" * 128
    assert plain_value("x" * 500, 10) == "x" * 10


def test_an_address_is_given_back() -> None:
    assert checked_sip_uri("sips:bob@example.org") == "sips:bob@example.org"


def test_a_caller_s_leg_comes_back_after_a_talk_and_has_an_end() -> None:
    variables, _ = read(originate(Dial(LEG, RegisteredUser("alice"), 20, stays=True, limit=3660), CALL, ROUTES))
    assert (variables["park_after_bridge"], variables["hangup_after_bridge"]) == ("true", "false")
    assert variables["execute_on_answer"] == "sched_hangup +3660 ALLOTTED_TIMEOUT"
    others, _ = read(originate(Dial(LEG, RegisteredUser("alice"), 20), CALL, ROUTES))
    assert others["hangup_after_bridge"] == "true"
    assert not {"park_after_bridge", "execute_on_answer"} & set(others)
