"""Whom programs may have rung: everything not plainly allowed is refused, with a word that says why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.call.dialling import ANY, LONGEST_NAME, Dialling, DiallingRules
from engine.core.control import DialOrder
from engine.core.effects import DialTarget, GatewayNumber, RegisteredUser, SipUri
from engine.core.errors import ControlError
from engine.flow.numbers import country_of, is_ordinary

GB = DiallingRules("GB")


def target(to: str, rules: DiallingRules = GB) -> DialTarget:
    return rules.check(DialOrder(to, "welcome")).target


def refusal(to: str, rules: DiallingRules = GB) -> str:
    with pytest.raises(ControlError) as refused:
        rules.check(DialOrder(to, "welcome"))
    assert refused.value.fault == "refused_number"
    assert str(refused.value).startswith("to: ")
    return str(refused.value)


@pytest.mark.parametrize(
    ("to", "dialled"),
    [
        ("+442079460000", GatewayNumber("+442079460000")),
        ("020 7946 0000", GatewayNumber("+442079460000")),
        ("00442079460000", GatewayNumber("+442079460000")),
        ("gateway/carrier/020 7946 0000", GatewayNumber("+442079460000", "carrier")),
        ("+447400123456", GatewayNumber("+447400123456")),
        ("+448001111111", GatewayNumber("+448001111111")),
        ("user/zoe", RegisteredUser("zoe")),
    ],
)
def test_numbers_at_home_and_our_own_phones_are_dialled(to: str, dialled: DialTarget) -> None:
    assert target(to) == dialled


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("+88216000000", "no country"),
        ("+870773000000", "no country"),
        ("+18765550100", "in JM"),
        ("0018765550100", "in JM"),
        ("+441534500000", "in JE"),
        ("+447011234567", "premium"),
        ("+449011234567", "premium"),
        ("+448451234567", "premium"),
        ("+443001234567", "premium"),
        ("+44999", "premium"),
        ("1571", "premium"),
        ("*21*0900123456#", "premium"),
        ("112", "emergency"),
        ("999", "emergency"),
        ("gateway/carrier/999", "emergency"),
        ("sip:00882160000000@carrier.example.com", "sip_hosts"),
        ("sip:zoe@10.0.0.1", "sip_hosts"),
        ("", "2 to 20 digits"),
        ("user/zoe,sofia/gateway/carrier/0900", "user name"),
        ("+442079460000\r\napi status", "2 to 20 digits"),
        ("{sip_auth=1}sofia/x/y", "2 to 20 digits"),
        ("${system(id)}", "2 to 20 digits"),
        ("sip:zoe@allowed.example?Replaces=x", "plain SIP address"),
    ],
)
def test_what_could_cost_or_harm_is_refused(to: str, why: str) -> None:
    assert why in refusal(to, DiallingRules("GB", sip_hosts=("allowed.example",)))


def test_countries_are_those_that_are_named() -> None:
    rules = DiallingRules("GB", countries=("DE", "JM"))
    assert target("+4915112345678", rules) == GatewayNumber("+4915112345678")
    assert "in GB" in refusal("+442079460000", rules)
    everywhere = DiallingRules("GB", countries=(ANY,))
    assert target("+18765550100", everywhere)
    assert "no country" in refusal("+88216000000", everywhere), "satellites are nowhere"
    assert "premium" in refusal("+449011234567", everywhere)


def test_single_numbers_are_allowed_and_refused() -> None:
    rules = DiallingRules("GB", numbers=("1571", "+88216*", "2*"), refused=("+442079461*", "+442079460001"))
    assert target("1571", rules) == GatewayNumber("1571")
    assert target("204", rules) == GatewayNumber("204")
    assert target("+88216000000", rules) == GatewayNumber("+88216000000")
    assert "refused" in refusal("020 7946 1234", rules)
    assert "refused" in refusal("+442079460001", rules)
    assert target("+442079460002", rules)
    assert "emergency" in refusal("112", DiallingRules("GB", numbers=("1*",)))
    both = DiallingRules("GB", numbers=("+4420*",), refused=("+442079460000",))
    assert "refused" in refusal("+442079460000", both)


@pytest.mark.parametrize("uri", ["sip:zoe@Pbx.example.com", "sips:zoe@pbx.example.com:5061;transport=tls"])
def test_sip_hosts_are_those_that_are_named(uri: str) -> None:
    assert target(uri, DiallingRules("GB", sip_hosts=("pbx.EXAMPLE.com",))) == SipUri(uri)
    assert target(uri, DiallingRules("GB", sip_hosts=(ANY,))) == SipUri(uri)
    assert "pbx.example.com" in refusal(uri, DiallingRules("GB", sip_hosts=("example.com",)))


def test_an_address_of_a_host_may_be_a_number() -> None:
    rules = DiallingRules("GB", sip_hosts=("2001:db8::1", "10.0.0.1"))
    assert target("sip:zoe@[2001:db8::1]:5060", rules)
    assert target("sip:zoe@10.0.0.1:5060", rules)
    assert "10.0.0.10" in refusal("sip:zoe@10.0.0.10", rules)


def test_only_gateways_of_the_project_are_used() -> None:
    order = DialOrder("gateway/other/02079460000", "welcome")
    with pytest.raises(ControlError, match="does not allow the gateway"):
        GB.check(order, ("carrier",))


def test_times_and_names_have_bounds() -> None:
    def check(**changed: object) -> Dialling:
        return DiallingRules("GB", max_duration=600.0, caller="+442079460999").check(
            DialOrder("user/zoe", "welcome", **changed)  # type: ignore[arg-type]
        )

    assert check() == Dialling(RegisteredUser("zoe"), "+442079460999", "", 30.0, 600.0)
    asked = check(caller="shop", caller_name="The Shop & Söhne", ring_time=5, max_duration=60)
    assert asked == Dialling(RegisteredUser("zoe"), "shop", "The Shop & Söhne", 5, 60)
    for wrong in (
        {"ring_time": 0}, {"ring_time": 500}, {"ring_time": float("nan")}, {"max_duration": 601}, {"max_duration": -1},
        {"caller": "a b"}, {"caller": "+44\r\nX: y"}, {"caller": "1" * 30 + "!"}, {"caller_name": "a\nb"},
        {"caller_name": "x" * (LONGEST_NAME + 1)}, {"caller_name": "\x00"},
    ):  # fmt: skip
        with pytest.raises(ControlError) as refused:
            check(**wrong)
        assert refused.value.fault == "invalid"
        assert str(refused.value).split(":")[0] in wrong


@given(st.text(max_size=60) | st.from_regex(r"(user/|sip:|gateway/c/|\+|00)?[0-9a-z@.;*#]{0,24}", fullmatch=True))
def test_whatever_is_asked_for_only_what_is_allowed_is_dialled(to: str) -> None:
    try:
        found = target(to, DiallingRules("GB", sip_hosts=("pbx.example",)))
    except ControlError:
        return
    if isinstance(found, GatewayNumber):
        assert country_of(found.number) == "GB"
        assert is_ordinary(found.number)
    elif isinstance(found, SipUri):
        assert found.uri.partition("@")[2].startswith("pbx.example")
