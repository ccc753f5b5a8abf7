"""URLs are read strictly, and refused with a reason."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.webhooks.address_rules import AddressRules
from engine.webhooks.target import Target, UrlError, UrlRules, read_target

STRICT = UrlRules(AddressRules())
AT_HOME = UrlRules(AddressRules(["127.0.0.0/8", "::1"]))


@pytest.mark.parametrize(
    ("url", "target", "authority"),
    [
        ("https://example.com", Target("https", "example.com", 443, "/", False), "example.com"),
        ("HTTPS://Example.COM:443/", Target("https", "example.com", 443, "/", False), "example.com"),
        ("http://example.com.:8080/a?b=c", Target("http", "example.com", 8080, "/a?b=c", False), "example.com:8080"),
        ("https://example.com?x=1", Target("https", "example.com", 443, "/?x=1", False), "example.com"),
        ("https://h/caf\u00e9?q=\u00e9%20x", Target("https", "h", 443, "/caf%C3%A9?q=%C3%A9%20x", False), "h"),
        ("https://b\u00fccher.example/", Target("https", "xn--bcher-kva.example", 443, "/", False), None),
        ("https://[2001:DB8::0:1]:8443/x", Target("https", "2001:db8::1", 8443, "/x", True), "[2001:db8::1]:8443"),
        ("http://192.0.2.1/", Target("http", "192.0.2.1", 80, "/", True), "192.0.2.1"),
        ("https://my_host.local/", Target("https", "my_host.local", 443, "/", False), "my_host.local"),
    ],
)
def test_where_a_url_leads(url: str, target: Target, authority: str | None) -> None:
    assert read_target(url) == target
    assert authority is None or target.authority == authority


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "must begin with https"),
        ("example.com/hook", "must begin with https"),
        ("ftp://example.com/", "must begin with https"),
        ("file:///etc/passwd", "must begin with https"),
        ("javascript:alert(1)", "must begin with https"),
        ("https://", "names no host"),
        ("https:///path", "names no host"),
        ("https://user:pass@example.com/", "user name or password"),
        ("https://example.com@10.0.0.1/", "user name or password"),
        ("https://example.com/#part", "fragment"),
        ("https://example.com/a b", "a space"),
        ("https://example.com/\r\nX: y", "control character"),
        ("https://example.com\\@10.0.0.1/", "backslash"),
        ("https://example.com:0/", "port 0"),
        ("https://example.com:99999/", "is not a URL"),
        ("https://example.com:x/", "is not a URL"),
        ("https://[::1/", "is not a URL"),
        ("https://[fe80::1%25eth0]/", "own links"),
        ("https://[v1.x]/", "IPv6"),
        ("https://127.1/", "odd number"),
        ("https://2130706433/", "odd number"),
        ("https://0x7f000001/", "odd number"),
        ("https://0177.0.0.1/", "odd number"),
        ("https://127.0.0.0x1/", "odd number"),
        ("https://-example.com/", "cannot be"),
        ("https://a..b/", "cannot be"),
        ("https://exa$mple.com/", "cannot be"),
        ("https://" + "a" * 64 + ".com/", "cannot be"),
        ("https://" + "\u00fc" * 70 + ".com/", "no name server"),
        ("https://example.com/" + "x" * 2048, "longer than 2048"),
    ],
)
def test_what_cannot_be_sent_to_is_explained(url: str, why: str) -> None:
    with pytest.raises(UrlError, match=why):
        read_target(url)
    assert why in (STRICT.problem(url) or "")


@given(st.text())
@example("https://\u2100/")
@example("https://[]/")
@example("https://\ud800/")
def test_no_text_is_an_accident(url: str) -> None:
    try:
        target = read_target(url)
    except UrlError:
        return
    assert target.host.isascii()
    assert target.path.isascii()
    assert 1 <= target.port <= 65535


@given(st.from_regex(r"https?://[a-z0-9.:\[\]%@\\/?#x-]{0,30}", fullmatch=True))
def test_no_url_is_an_accident(url: str) -> None:
    STRICT.problem(url)


@pytest.mark.parametrize(
    ("rules", "url", "why"),
    [
        (STRICT, "https://example.com/", None),
        (STRICT, "http://example.com/", "must begin with https://"),
        (STRICT, "https://8.8.8.8/", None),
        (STRICT, "http://8.8.8.8/", "must begin with https://"),
        (
            STRICT,
            "https://127.0.0.1/",
            "leads to 127.0.0.1 (this host), which no endpoint may have unless [webhooks] allow_networks names it",
        ),
        (STRICT, "https://[::ffff:169.254.169.254]/", "link-local or cloud metadata"),
        (STRICT, "https://[64:ff9b::7f00:1]/", "disguise"),
        (AT_HOME, "http://127.0.0.1:9000/", None),
        (AT_HOME, "http://[::1]/", None),
        (AT_HOME, "http://localhost:9000/", None),  # which addresses it has is seen when a request is sent
        (AT_HOME, "http://8.8.8.8/", "must begin with https://"),
        (AT_HOME, "https://10.0.0.1/", "private"),
        (UrlRules(AddressRules(), allow_http=True), "http://8.8.8.8/", None),
        (UrlRules(AddressRules(), allow_http=True), "http://example.com/", None),
        (UrlRules(AddressRules(), allow_http=True), "http://127.0.0.1/", "this host"),
    ],
)
def test_what_an_installation_accepts(rules: UrlRules, url: str, why: str | None) -> None:
    problem = rules.problem(url)
    assert (problem is None) if why is None else why in (problem or "")
