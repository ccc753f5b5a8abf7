"""The configuration is complete, filled, well-formed, and no value can break out of its place."""

import dataclasses
import hashlib
import re
import stat
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.errors import SettingsError
from engine.shell.freeswitch_conf import FreeswitchValues, GatewayValues, new_password, render

SOURCE = Path(__file__).parents[2] / "freeswitch-conf"


def variables(folder: Path) -> dict[str, str]:
    """What vars.xml sets, read as FreeSWITCH's preprocessor does."""
    text = (folder / "vars.xml").read_text()
    return dict(re.findall(r'<X-PRE-PROCESS cmd="set" data="([^="]+)=([^"]*)"/>', text))


def test_every_blank_is_filled_and_every_file_is_well_formed(tmp_path: Path) -> None:
    values = FreeswitchValues(
        agents={"alice": "wonderland"},
        gateways={"carrier": GatewayValues("192.0.2.1:5080")},
        trunk_networks=("192.0.2.0/24",),
    )
    render(SOURCE, tmp_path / "conf", values)
    files = sorted((tmp_path / "conf").rglob("*.xml"))
    shipped = {file.relative_to(SOURCE) for file in SOURCE.rglob("*.xml")}
    written = {Path("directory/agents/alice.xml"), Path("sip_profiles/trunk/carrier.xml")}
    assert {file.relative_to(tmp_path / "conf") for file in files} == shipped | written
    for file in files:
        ET.parse(file)
        assert "@{" not in file.read_text(), file


def test_every_variable_a_file_refers_to_is_set() -> None:
    """A name that is not set becomes empty without a word: a port 0, an access list that is not applied."""
    built_in = {"local_ip_v4"}
    known = set(variables(SOURCE)) | built_in
    used = {name for file in SOURCE.rglob("*.xml") for name in re.findall(r"\$\$\{(\w+)\}", file.read_text())}
    assert used <= known
    settings = {name for name, value in variables(SOURCE).items() if value.startswith("@{")}
    read_by_freeswitch_itself = {"recordings_dir", "media_timeout", "media_hold_timeout"}
    assert settings - used == read_by_freeswitch_itself, "a setting that changes nothing"


def test_what_must_be_off_is_off(tmp_path: Path) -> None:
    render(SOURCE, tmp_path / "conf", FreeswitchValues())
    everything = "\n".join(file.read_text() for file in sorted((tmp_path / "conf").rglob("*.xml")))
    assert "ClueCon" not in everything
    assert variables(tmp_path / "conf")["disable_system_api_commands"] == "true"
    assert '<param name="api-expansion" value="false"/>' in everything
    assert '<param name="listen-ip" value="127.0.0.1"/>' in everything
    assert everything.count('<param name="disable-transfer" value="true"/>') == 2
    assert "<user id=" not in everything
    assert 'type="allow" cidr="0.0.0.0/0"' not in everything


def test_no_comment_is_taken_for_an_instruction() -> None:
    """FreeSWITCH's preprocessor knows no comments: it acts on any line with its tag, and drops some other lines."""
    for file in SOURCE.rglob("*.xml"):
        for comment in re.findall(r"<!--.*?-->", file.read_text(), re.DOTALL):
            assert not re.search(r"x-pre-process|<\?|<include>|</include>|<!--#", comment, re.IGNORECASE), file


def test_values_reach_their_places(tmp_path: Path) -> None:
    values = FreeswitchValues(
        domain="calls.example",
        esl_port=8099,
        sip_ip="192.0.2.10",
        public_ip="198.51.100.4",
        rtp_ports=(20000, 20999),
        treatment_after=7,
        media_timeout=90,
        agents_behind_nat=True,
        trunk_networks=("192.0.2.0/24", "2001:db8::1"),
    )
    render(SOURCE, tmp_path / "conf", values)
    got = variables(tmp_path / "conf")
    assert got["esl_port"] == "8099"
    assert got["esl_password"] == values.esl_password
    assert (got["sip_ip"], got["public_sip_ip"]) == ("192.0.2.10", "198.51.100.4")
    assert (got["rtp_first_port"], got["rtp_last_port"]) == ("20000", "20999")
    assert got["treatment_after"] == "7"
    assert got["media_timeout"] == "90000"
    assert got["agent_nat_acl"] == "nat.auto"
    networks = ET.parse(tmp_path / "conf/networks/trunk.xml").getroot()
    assert [node.get("cidr") for node in networks] == ["192.0.2.0/24", "2001:db8::1/128"]


def test_the_address_of_the_default_route_is_left_to_freeswitch(tmp_path: Path) -> None:
    render(SOURCE, tmp_path / "conf", FreeswitchValues())
    assert variables(tmp_path / "conf")["sip_ip"] == "$${local_ip_v4}"
    assert variables(tmp_path / "conf")["public_rtp_ip"] == "$${local_ip_v4}"


def test_an_agent_is_known_by_the_hash_of_digest_authentication(tmp_path: Path) -> None:
    render(SOURCE, tmp_path / "conf", FreeswitchValues(domain="calls.example", agents={"alice": 'a"b<c>&d e'}))
    text = (tmp_path / "conf/directory/agents/alice.xml").read_text()
    expected = hashlib.md5(b'alice:calls.example:a"b<c>&d e').hexdigest()
    assert [param.attrib for param in ET.fromstring(text).iter("param")] == [{"name": "a1-hash", "value": expected}]
    assert "a&quot;b" not in text


@given(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40).filter(
        lambda s: "$${" not in s
    )
)
def test_any_printable_gateway_password_arrives_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, password: str
) -> None:
    target = tmp_path_factory.mktemp("gateway") / "conf"
    gateway = GatewayValues("sip.example:5061", username="me", password=password, register=True)
    render(SOURCE, target, FreeswitchValues(gateways={"carrier": gateway}))
    root = ET.parse(target / "sip_profiles/trunk/carrier.xml").getroot()
    params = {param.get("name"): param.get("value") for param in root.iter("param")}
    assert params["password"] == password
    assert params["register"] == "true"
    assert params["proxy"] == "sip.example:5061"


def test_passwords_differ_and_are_long(tmp_path: Path) -> None:
    assert len({new_password() for _ in range(100)}) == 100
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", FreeswitchValues().esl_password)


def test_no_secret_is_shown_when_values_are_printed() -> None:
    values = FreeswitchValues(agents={"alice": "wonderland"}, gateways={"c": GatewayValues("h", "me", "hush-hush")})
    assert "wonderland" not in repr(values)
    assert values.esl_password not in repr(values)
    assert "hush-hush" not in repr(values)
    assert "hush-hush" not in repr(values.gateways["c"])


def test_the_files_are_not_for_everybody(tmp_path: Path) -> None:
    render(SOURCE, tmp_path / "conf", FreeswitchValues(agents={"alice": "wonderland"}))
    for path in (tmp_path / "conf", *(tmp_path / "conf").rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & stat.S_IRWXO == 0, path


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("domain", "calls example"),
        ("domain", 'x"/><param name="'),
        ("domain", "${system(id)}"),
        ("esl_password", "short"),
        ("esl_password", 'long-enough-but-"quoted"'),
        ("esl_password", "line\nbreak-line-break"),
        ("esl_port", 0),
        ("trunk_sip_port", 70000),
        ("agent_sip_port", 8021),
        ("rtp_ports", (30000, 20000)),
        ("sip_ip", "localhost"),
        ("public_ip", "1.2.3"),
        ("sounds_dir", Path("relative")),
        ("recordings_dir", Path("/var/with space")),
        ("log_dir", Path("/var/../etc")),
        ("log_level", "verbose"),
        ("treatment_after", 0),
        ("max_sessions", -1),
        ("agents", {"../escape": "wonderland"}),
        ("agents", {"alice": "short"}),
        ("agents", {"alice": "with$${local_ip_v4}"}),
        ("agents", {"alice": "line\nbreak"}),
        ("gateways", {"a b": GatewayValues("sip.example")}),
        ("trunk_networks", ("everyone",)),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(field: str, value: object) -> None:
    changed: dict[str, Any] = {field: value}
    with pytest.raises(SettingsError, match=field.rstrip("s").replace("_", "[ _]").split("[")[0]) as refused:
        dataclasses.replace(FreeswitchValues(), **changed)
    assert "$${local_ip_v4}" not in str(refused.value)


@pytest.mark.parametrize(
    "arguments",
    [
        {"proxy": "bad host"},
        {"proxy": "sip.example:0"},
        {"proxy": "sip.example:port"},
        {"proxy": "sip.example", "register": True},
        {"proxy": "sip.example", "username": "a\nb"},
    ],
)
def test_a_wrong_gateway_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="gateway"):
        GatewayValues(**arguments)


def test_files_that_may_have_been_edited_are_not_overwritten(tmp_path: Path) -> None:
    render(SOURCE, tmp_path / "conf", FreeswitchValues())
    before = variables(tmp_path / "conf")
    with pytest.raises(SettingsError, match="not empty"):
        render(SOURCE, tmp_path / "conf", FreeswitchValues())
    assert variables(tmp_path / "conf") == before


def test_a_wrong_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"vars\.xml"):
        render(tmp_path, tmp_path / "conf", FreeswitchValues())
