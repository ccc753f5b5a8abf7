import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.effects import GatewayNumber, RegisteredUser, SipUri
from engine.core.errors import FlowError
from engine.flow.dial_target import deflect_uri, parse_target, written


@pytest.mark.parametrize(
    ("written", "target"),
    [
        ("user/anna", RegisteredUser("anna")),
        (" user/a.b-c_1 ", RegisteredUser("a.b-c_1")),
        ("+44 20 7946-0000", GatewayNumber("+442079460000")),
        ("(020) 7946.0000", GatewayNumber("02079460000")),
        ("gateway/carrier/0207", GatewayNumber("0207", "carrier")),
        ("*98", GatewayNumber("*98")),
        ("sip:anna@example.com", SipUri("sip:anna@example.com")),
        ("sips:anna@10.0.0.1:5061;transport=tls", SipUri("sips:anna@10.0.0.1:5061;transport=tls")),
        ("sip:a@[2001:db8::1]", SipUri("sip:a@[2001:db8::1]")),
    ],
)
def test_every_form(written: str, target: object) -> None:
    assert parse_target(written) == target


@pytest.mark.parametrize(
    "written",
    [
        "",
        "1",
        "user/",
        "user/a b",
        "user/a,b",
        "user/${system id}",
        "user/" + "a" * 65,
        "gateway/carrier",
        "gateway//123",
        "gateway/ca rrier/123",
        "gateway/carrier/[leg_timeout=1]123",
        "+44\n207946",
        "\uff11\uff12\uff13",
        "sip:anna",
        "sip:anna@host with space",
        "sip:anna@host,sofia/x",
        "sip:'anna'@host",
        "sip:anna@host;maddr=10.0.0.1",
        "sip:[x=1]anna@host",
        "loopback/123",
        "{origination_uuid=1}user/anna",
        "1" * 21,
    ],
)
def test_what_is_no_target_is_refused(written: str) -> None:
    with pytest.raises(FlowError) as error:
        parse_target(written)
    assert error.value.name == "transfer.failed"


def test_only_gateways_the_project_allows() -> None:
    assert parse_target("gateway/one/123", ("one",)) == GatewayNumber("123", "one")
    with pytest.raises(FlowError, match="does not allow"):
        parse_target("gateway/two/123", ("one",))


@given(st.text(max_size=80))
def test_whatever_is_written_nothing_dangerous_is_dialled(text: str) -> None:
    try:
        target = parse_target(text)
    except FlowError:
        return
    for part in vars_of(target):
        assert not set(part) & set("${}[]|,'\"\\ \n\r\0<>^!") or part.startswith("sip")


def vars_of(target: object) -> list[str]:
    return [str(getattr(target, name)) for name in target.__dataclass_fields__]  # type: ignore[attr-defined]


def test_what_the_callers_side_is_asked_to_call() -> None:
    assert deflect_uri(SipUri("sip:a@b")) == "sip:a@b"
    assert deflect_uri(RegisteredUser("anna")) == "sip:anna"
    assert deflect_uri(GatewayNumber("+4420", "x")) == "sip:+4420"


@pytest.mark.parametrize(
    "target",
    [
        RegisteredUser("anna"), GatewayNumber("+442079460000"), GatewayNumber("*98", "carrier"),
        SipUri("sip:anna@example.com:5061"),
    ],
)  # fmt: skip
def test_what_is_written_is_read_back(target: RegisteredUser | GatewayNumber | SipUri) -> None:
    assert parse_target(written(target)) == target
