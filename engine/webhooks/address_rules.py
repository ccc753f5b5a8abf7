"""Which addresses a request may go to: the public Internet, and the networks the operator named. Nothing else.

A name is never judged, only the addresses it stands for: `127.1`, `0x7f000001` and `2130706433` are all 127.0.0.1.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

DENIED: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), reason)
    for network, reason in (
        ("0.0.0.0/8", "this host"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by carriers and clouds"),
        ("127.0.0.0/8", "this host"),
        ("168.63.129.16/32", "cloud platform"),  # Azure's, public by its number, reached from inside only
        ("169.254.0.0/16", "link-local or cloud metadata"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved or cloud metadata"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/96", "this host, or an IPv4 address in disguise"),
        ("::ffff:0:0:0/96", "an IPv4 address in disguise (SIIT)"),
        ("64:ff9b::/96", "an IPv4 address in disguise (NAT64)"),
        ("64:ff9b:1::/48", "an IPv4 address in disguise (NAT64)"),
        ("100::/64", "discard"),
        ("100:0:0:1::/64", "discard"),
        ("2001::/23", "protocol assignments, Teredo"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "an IPv4 address in disguise (6to4)"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
"""IANA's special-purpose registries (RFC 6890 and successors), translated ranges, and what clouds keep inside."""

_GLOBAL_V6 = ip_network("2000::/3")
_ISATAP = frozenset((0x00005EFE, 0x02005EFE))  # RFC 5214, 6.1: the upper half of such an interface identifier


class AddressRules:
    """The rules of one installation."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        """`allowed` are networks as `10.1.0.0/16` or single addresses. Raises ValueError for anything else."""
        self.allowed: tuple[Network, ...] = tuple(ip_network(network) for network in allowed)

    def allows_inside(self, address: str) -> bool:
        """Whether the operator named a network that holds this address. Raises ValueError for what is no address."""
        return self._named(_plain(address))

    def denial(self, address: str) -> str | None:
        """Why no request may go there, in a few words; None when it may."""
        try:
            plain = _plain(address)
        except ValueError:
            return "not an address"
        if self._named(plain):
            return None
        for network, reason in DENIED:
            if plain.version == network.version and plain in network:
                return reason
        if isinstance(plain, IPv6Address):
            if plain.scope_id is not None:
                return "link-local"
            if plain not in _GLOBAL_V6:
                return "not public"
            if int(plain) >> 32 & 0xFFFFFFFF in _ISATAP:
                return "an IPv4 address in disguise (ISATAP)"
        return None if plain.is_global else "not public"

    def _named(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self.allowed)


def _plain(text: str) -> Address:
    """The address, and for an IPv4 address written as `::ffff:10.0.0.1` the IPv4 address."""
    address = ip_address(text)
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
