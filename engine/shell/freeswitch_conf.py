"""Turns the folder `freeswitch-conf/` into a configuration FreeSWITCH can start with.

The folder is a complete configuration in which only `vars.xml` has blanks, written `@{name}`. `render` copies it,
fills the blanks, and writes one file for each agent, each gateway, and the networks of the trunk: the files an operator
edits by hand afterwards. Values end up inside XML attributes and are read by FreeSWITCH's own preprocessor first, so
each is checked against the narrowest form that serves, and the free ones (passwords) are escaped.
"""

import hashlib
import ipaddress
import re
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import quoteattr

from engine.core.errors import SettingsError

AUTO_ADDRESS = "auto"
"""`sip_ip` with this value is the address FreeSWITCH finds for the machine's default route."""

LOG_LEVELS = ("debug", "info", "notice", "warning", "err", "crit", "alert")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_PATH = re.compile(r"(/[A-Za-z0-9._-]+)+")
_ESL_PASSWORD = re.compile(r"[A-Za-z0-9_-]{16,64}")
_PRINTABLE = re.compile(r"[\x20-\x7e]{1,128}")
_SHORTEST_AGENT_PASSWORD = 8
_LARGEST_PORT = 65535
_FOLDER_MODE = 0o750
_FILE_MODE = 0o640


def new_password() -> str:
    """Thirty-two random letters, digits, `-` and `_` (192 bits): nobody has to type it."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True, slots=True)
class GatewayValues:
    """A carrier or proxy to dial through, as `sofia/gateway/NAME/NUMBER`. `proxy` is `host` or `host:port`."""

    proxy: str
    username: str = ""
    password: str = field(default="", repr=False)
    register: bool = False

    def __post_init__(self) -> None:
        host, colon, port = self.proxy.partition(":")
        _require(
            _HOST.fullmatch(host), "gateway proxy", self.proxy, "a host name or address, with :port if it is not 5060"
        )
        if colon:
            _require(port.isdecimal() and _is_port(int(port)), "gateway proxy", self.proxy, "a port of 1 to 65535")
        for name, value in (("gateway username", self.username), ("gateway password", self.password)):
            _require(not value or _is_secret(value), name, "***", "up to 128 printable ASCII characters without '$${'")
        if self.register and not (self.username and self.password):
            raise SettingsError(f"gateway {self.proxy}: registering needs a username and a password")


@dataclass(frozen=True, slots=True)
class FreeswitchValues:
    """What differs between two installations. Times are in seconds. Raises SettingsError naming a value that is wrong.

    The folders default to those of the Debian packages. `agents` maps a name to a password; `trunk_networks` are the
    networks whose calls are taken without one.
    """

    domain: str = "switchboard.local"
    esl_port: int = 8021
    esl_password: str = field(default_factory=new_password, repr=False)
    trunk_sip_port: int = 5060
    agent_sip_port: int = 5070
    sip_ip: str = AUTO_ADDRESS
    public_ip: str | None = None
    rtp_ports: tuple[int, int] = (16384, 32767)
    sounds_dir: Path = Path("/usr/share/freeswitch/sounds")
    music_dir: Path = Path("/usr/share/freeswitch/sounds/music/8000")
    recordings_dir: Path = Path("/var/lib/freeswitch/recordings")
    log_dir: Path = Path("/var/log/freeswitch")
    log_level: str = "notice"
    treatment_after: int = 5
    treatment_pause: int = 10
    media_timeout: int = 120
    media_hold_timeout: int = 1800
    max_sessions: int = 2000
    sessions_per_second: int = 200
    agents_behind_nat: bool = False
    agents: Mapping[str, str] = field(default_factory=dict, repr=False)
    gateways: Mapping[str, GatewayValues] = field(default_factory=dict, repr=False)
    trunk_networks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require(_HOST.fullmatch(self.domain), "domain", self.domain, "a host name or address")
        _require(
            _ESL_PASSWORD.fullmatch(self.esl_password),
            "esl_password",
            "***",
            "16 to 64 letters, digits, '-' or '_'",
        )
        for name in ("esl_port", "trunk_sip_port", "agent_sip_port"):
            _require(_is_port(getattr(self, name)), name, getattr(self, name), "a port of 1 to 65535")
        if len({self.esl_port, self.trunk_sip_port, self.agent_sip_port}) < 3:
            raise SettingsError("esl_port, trunk_sip_port and agent_sip_port must be three different ports")
        first, last = self.rtp_ports
        _require(
            _is_port(first) and _is_port(last) and first < last,
            "rtp_ports",
            self.rtp_ports,
            "two ports, the lower first",
        )
        for name in ("sip_ip", "public_ip"):
            value = getattr(self, name)
            _require(value in (None, AUTO_ADDRESS) or _is_address(value), name, value, "an IP address")
        for name in ("sounds_dir", "music_dir", "recordings_dir", "log_dir"):
            path = str(getattr(self, name))
            _require(
                _PATH.fullmatch(path) and ".." not in path.split("/"),
                name,
                path,
                "an absolute path of letters, digits, '.', '_' and '-': FreeSWITCH splits arguments at spaces",
            )
        _require(self.log_level in LOG_LEVELS, "log_level", self.log_level, "one of " + ", ".join(LOG_LEVELS))
        for name in (
            "treatment_after",
            "treatment_pause",
            "media_timeout",
            "media_hold_timeout",
            "max_sessions",
            "sessions_per_second",
        ):
            _require(0 < getattr(self, name) <= 1_000_000, name, getattr(self, name), "a whole number above 0")
        for agent, password in self.agents.items():
            _require(_NAME.fullmatch(agent), "agent name", agent, "letters, digits, '.', '_' and '-', 63 at most")
            _require(
                _is_secret(password) and len(password) >= _SHORTEST_AGENT_PASSWORD,
                f"password of agent {agent}",
                "***",
                f"{_SHORTEST_AGENT_PASSWORD} to 128 printable ASCII characters without '$${{'",
            )
        for gateway in self.gateways:
            _require(_NAME.fullmatch(gateway), "gateway name", gateway, "letters, digits, '.', '_' and '-', 63 at most")
        for network in self.trunk_networks:
            _require(_is_network(network), "trunk network", network, "an address or network such as 192.0.2.0/24")


def render(source: Path, target: Path, values: FreeswitchValues) -> None:
    """Write the configuration in `source` (the folder `freeswitch-conf/`), filled with `values`, into `target`.

    Files are readable by owner and group only: they hold passwords. Raises SettingsError when `target` has files
    already, since they may have been edited by hand, or when `source` is not that folder.
    """
    if not (source / "vars.xml").is_file():
        raise SettingsError(f"{source} is not the folder freeswitch-conf: it has no vars.xml")
    if target.exists() and any(target.iterdir()):
        raise SettingsError(
            f"{target} is not empty; its files may have been edited by hand: remove it or name another folder"
        )
    target.mkdir(parents=True, exist_ok=True)
    target.chmod(_FOLDER_MODE)
    for file in sorted(source.rglob("*.xml")):
        text = file.read_text(encoding="utf-8")
        if file == source / "vars.xml":
            text = _Blanks(text).substitute(_blanks(values))
        _write(target / file.relative_to(source), text)
    _write(target / "networks" / "trunk.xml", _trunk_networks(values.trunk_networks))
    for agent, password in values.agents.items():
        _write(target / "directory" / "agents" / f"{agent}.xml", _agent(agent, values.domain, password))
    for name, gateway in values.gateways.items():
        _write(target / "sip_profiles" / "trunk" / f"{name}.xml", _gateway(name, gateway))


class _Blanks(string.Template):
    """`@{name}`: `${name}` is FreeSWITCH's own."""

    delimiter = "@"


def _blanks(values: FreeswitchValues) -> dict[str, str]:
    address = "$${local_ip_v4}" if values.sip_ip == AUTO_ADDRESS else values.sip_ip
    public = values.public_ip or address
    return {
        "domain": values.domain,
        "esl_port": str(values.esl_port),
        "esl_password": values.esl_password,
        "trunk_sip_port": str(values.trunk_sip_port),
        "agent_sip_port": str(values.agent_sip_port),
        "sip_ip": address,
        "rtp_ip": address,
        "public_sip_ip": public,
        "public_rtp_ip": public,
        "rtp_first_port": str(values.rtp_ports[0]),
        "rtp_last_port": str(values.rtp_ports[1]),
        "agent_nat_acl": "nat.auto" if values.agents_behind_nat else "none",
        "sounds_dir": str(values.sounds_dir),
        "music_dir": str(values.music_dir),
        "recordings_dir": str(values.recordings_dir),
        "log_dir": str(values.log_dir),
        "log_level": values.log_level,
        "max_sessions": str(values.max_sessions),
        "sessions_per_second": str(values.sessions_per_second),
        "treatment_after": str(values.treatment_after),
        "treatment_pause": str(values.treatment_pause),
        "media_timeout_ms": str(values.media_timeout * 1000),
        "media_hold_timeout_ms": str(values.media_hold_timeout * 1000),
    }


def _agent(name: str, domain: str, password: str) -> str:
    """A user of the directory. The password is kept as the HA1 of digest authentication (RFC 2617 section 3.2.2.2)."""
    digest = hashlib.md5(f"{name}:{domain}:{password}".encode(), usedforsecurity=False).hexdigest()
    return (
        "<include>\n"
        f"  <user id={quoteattr(name)}>\n"
        "    <params>\n"
        "      <!-- md5 of NAME:DOMAIN:PASSWORD; a line named password with the password itself does as well -->\n"
        f'      <param name="a1-hash" value="{digest}"/>\n'
        "    </params>\n"
        "    <variables>\n"
        '      <variable name="user_context" value="agents"/>\n'
        "    </variables>\n"
        "  </user>\n"
        "</include>\n"
    )


def _gateway(name: str, gateway: GatewayValues) -> str:
    params = {
        "proxy": gateway.proxy,
        "realm": gateway.proxy.partition(":")[0],
        "username": gateway.username or name,
        "password": gateway.password,
        "register": "true" if gateway.register else "false",
        # The number shown is the caller's, not the account's: carriers read it from From.
        "caller-id-in-from": "true",
        "context": "inbound",
        # A call that arrives over this registration is for the number in its To header, not for the account's name.
        "extension": "auto_to_user",
        "retry-seconds": "30",
    }
    lines = "".join(f"    <param name={quoteattr(key)} value={quoteattr(value)}/>\n" for key, value in params.items())
    return f"<include>\n  <gateway name={quoteattr(name)}>\n{lines}  </gateway>\n</include>\n"


def _trunk_networks(networks: tuple[str, ...]) -> str:
    nodes = "".join(
        f'  <node type="allow" cidr="{ipaddress.ip_network(network, strict=False)}"/>\n' for network in networks
    )
    return (
        "<include>\n"
        "  <!-- One node for each network that may send calls without a password. Everyone else gets 403. -->\n"
        f"{nodes}</include>\n"
    )


def _write(file: Path, text: str) -> None:
    for folder in reversed(file.parents):
        if not folder.exists():
            folder.mkdir(mode=_FOLDER_MODE)
    file.touch(mode=_FILE_MODE)
    file.write_text(text, encoding="utf-8")


def _require(right: object, name: str, value: object, wanted: str) -> None:
    if not right:
        raise SettingsError(f"{name}: {value!r} is not {wanted}")


def _is_port(value: int) -> bool:
    return 1 <= value <= _LARGEST_PORT


def _is_secret(value: str) -> bool:
    """Fit for an escaped XML attribute, and no variable of FreeSWITCH's preprocessor, which comes before XML."""
    return _PRINTABLE.fullmatch(value) is not None and "$${" not in value


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _is_network(value: str) -> bool:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return True
