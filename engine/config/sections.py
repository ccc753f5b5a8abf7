"""The settings as sections, each with its defaults, bounds and a word on what it is for."""

import re
import socket
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from engine.core.errors import SettingsError

Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=3600)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]


def _host_name() -> str:
    name = socket.gethostname().split(".")[0]
    return name if name and name[0].isalnum() else "switchboard"


def _country(code: str) -> str:
    if len(code) != 2 or not code.isascii() or not code.isalpha():
        raise ValueError("write a country as two letters, such as GB")
    return code.upper()


def _countries(codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code if code == "*" else _country(code) for code in codes)


def _numbers(patterns: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in patterns:
        if not re.fullmatch(r"\+?[0-9*#]{1,20}", pattern):
            raise ValueError(f"write a number without spaces, or its beginning and a star, not {pattern!r}")
    return patterns


def _redis_url(url: SecretStr) -> SecretStr:
    text = url.get_secret_value()
    if text and urlsplit(text).scheme not in ("redis", "rediss", "unix"):
        raise ValueError("write redis://[:password@]host:port/0, rediss://..., unix://..., or leave it empty")
    return url


def _networks(networks: tuple[str, ...]) -> tuple[str, ...]:
    for network in networks:
        try:
            ip_network(network)
        except ValueError as error:
            raise ValueError(f"write a network as 10.1.0.0/16, or one address: {error}") from None
    return networks


class Section(BaseModel):
    """The base of every section: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Switch(Section):
    """One FreeSWITCH this engine drives, by its event socket."""

    name: Name = Field(description="How events and logs call this switch.")
    host: str = Field("127.0.0.1", min_length=1, description="Address of its event socket.")
    port: Port = Field(8021, description="Port of its event socket.")
    password: SecretStr = Field(SecretStr(""), description="Password of the event socket; better in a file.")
    password_file: Path | None = Field(None, description="File that holds the password and nothing else.")
    trunk: Name = Field("trunk", description="SIP profile that carriers and gateways use.")
    agents: Name = Field("agents", description="SIP profile that agents' phones register with.")
    domain: str = Field("", description="SIP domain of the agents' phones; empty is the host.")
    gateway: str = Field("", description="Gateway that dials a number when a flow names none.")
    from_addresses: tuple[str, ...] = Field((), description="Networks (CIDR) whose calls the trunk profile takes.")

    @model_validator(mode="after")
    def _one_password(self) -> Self:
        if bool(self.password.get_secret_value()) == (self.password_file is not None):
            raise ValueError("give either password or password_file")
        if self.password.get_secret_value() == "ClueCon":
            raise ValueError("the event socket's well-known default password lets anybody in: choose another")
        return self

    def read_password(self) -> str:
        """The password, from its file if it is in one. Raises SettingsError naming the file."""
        if self.password_file is None:
            return self.password.get_secret_value()
        try:
            text = self.password_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"password_file of switch {self.name}: cannot read {self.password_file}: {error}"
            ) from None
        if not text or "\n" in text:
            raise SettingsError(f"password_file of switch {self.name}: {self.password_file} must hold one line")
        return text


class Tts(Section):
    """Text to speech."""

    provider: Name = Field("espeak", description="Who speaks: the name of a module in engine/tts.")
    voices: Mapping[str, str] = Field({}, description="Voice per language, where the project names none.")
    rate: int = Field(150, ge=80, le=400, description="Words a minute.")
    timeout: Seconds = Field(10.0, description="Seconds one rendering may take.")
    concurrency: int = Field(2, ge=1, le=64, description="Renderings at the same time.")
    fallback: Path | None = Field(None, description="WAV file heard in place of words that cannot be rendered.")


class Http(Section):
    """Requests that flows send."""

    connections: int = Field(64, ge=1, le=10_000, description="Requests at the same time.")
    max_timeout: Seconds = Field(60.0, description="Seconds no request may exceed, whatever a flow says.")
    max_body: int = Field(1_048_576, ge=1, description="Bytes no reply may exceed, whatever a flow says.")
    secrets_dir: Path | None = Field(None, description="Folder with one file per secret, named as flows name it.")


class Dialling(Section):
    """Calls that programs place. Numbers are whole, or a beginning and `*`."""

    countries: Annotated[tuple[str, ...], AfterValidator(_countries)] = Field(
        (), description="Countries called, as GB; none: our own. `*`: all."
    )
    numbers: Annotated[tuple[str, ...], AfterValidator(_numbers)] = Field(
        (), description="Numbers called beside these, such as 1571 or 2*."
    )
    refused: Annotated[tuple[str, ...], AfterValidator(_numbers)] = Field((), description="Numbers never called.")
    sip_hosts: tuple[str, ...] = Field((), description="Hosts that SIP addresses may name; `*` is any.")
    calls_per_second: float = Field(2.0, gt=0, le=1000, description="New calls a second, per tenant.")
    concurrent_calls: int = Field(20, ge=0, le=100_000, description="Calls at the same time, per tenant; 0 is none.")
    max_duration: int = Field(3600, ge=1, le=86_400, description="Seconds after the answer when a call is ended.")
    caller: str = Field("", max_length=64, description="Number shown when an order names none.")


class Log(Section):
    """Lines the engine writes to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least level written.")
    format: Literal["console", "json"] = Field("console", description="For people, or one JSON object a line.")


class Api(Section):
    """The HTTP API and the console: `switchboard api`."""

    embedded: bool = Field(True, description="Whether `switchboard run` starts it along with the engine.")
    host: str = Field("127.0.0.1", min_length=1, description="Address it listens at; put a TLS proxy before any other.")
    port: Port = Field(8080, description="Port it listens at; 0 takes a free one.")
    metrics_port: Port = Field(0, description="Loopback port of its Prometheus page; 0 is none.")
    connections: int = Field(1000, ge=1, le=50_000, description="Connections at the same time; more have to wait.")
    per_minute: int = Field(60, ge=1, le=1_000_000, description="Requests a minute of a key without limits of its own.")
    per_hour: int = Field(3600, ge=1, le=10_000_000, description="Requests an hour of a key without limits of its own.")


class Webhooks(Section):
    """Events sent to customers' endpoints."""

    allow_networks: Annotated[tuple[str, ...], AfterValidator(_networks)] = Field(
        (), description="Networks (CIDR) inside that endpoints may be in; else only public addresses are sent to."
    )
    allow_http: bool = Field(
        False, description="Whether endpoints outside allow_networks may do without TLS; those inside always may."
    )
    ca_file: Path | None = Field(
        None, description="PEM file of certificate authorities trusted besides the well-known ones."
    )
    timeout: float = Field(10.0, ge=1, le=30, description="Seconds one request may take, from the name to the body.")
    embedded: bool = Field(True, description="Whether `switchboard run` starts `switchboard deliver` with the engine.")
    metrics_port: Port = Field(0, description="Loopback port of its Prometheus page; 0 is none.")
    concurrency: int = Field(512, ge=1, le=10_000, description="Requests one deliver process sends at once.")
    tenant_concurrency: int = Field(
        64, ge=1, le=10_000, description="Of which at most so many to the endpoints of one tenant."
    )
    endpoint_concurrency: int = Field(8, ge=1, le=64, description="Requests one endpoint gets at once.")
    queue_limit: int = Field(
        1_000_000, ge=100, description="Events that may wait for an endpoint before it is disabled."
    )
    disable_after_days: float = Field(5.0, gt=0, le=365, description="Days an endpoint may fail until it is disabled.")
    lease_seconds: float = Field(6.0, ge=1, le=60, description="Seconds until others do a dead deliver process's work.")
    keep_events_hours: float = Field(24.0, ge=1, le=8760, description="Hours events can be sent again.")
    keep_events: int = Field(
        1_000_000, ge=100, description="Events kept that all have read; more of them go before their time."
    )
    most_events: int = Field(
        4_000_000, ge=100, description="Events kept at most; beyond, the oldest are lost, and that is told."
    )
    keep_calls_hours: float = Field(168.0, ge=1, le=8760, description="Hours the records of calls are kept.")


class Outbox(Section):
    """Turns of calls that wait on this machine's disk while Redis is away."""

    dir: Path | None = Field(None, description="Folder of their files; default: outbox/ in state_dir.")
    max_bytes: int = Field(2 << 30, ge=1 << 20, description="Bytes they may take on the disk.")
    resend_bytes: int = Field(
        64 << 20, ge=0, description="Bytes of written turns kept in memory, for a Redis that comes back without them."
    )


class Sim(Section):
    """The simulated switch, used when no switch is configured."""

    host: str = Field("127.0.0.1", description="Address of its SIP and RTP sockets.")
    esl_port: Port = Field(0, description="Port of its event socket; 0 takes a free one.")
    sip_port: Port = Field(5060, description="SIP port for callers; 0 takes a free one.")
    agent_sip_port: Port = Field(5062, description="SIP port agents' phones register at; 0 takes a free one.")
    domain: str = Field("switchboard.local", description="SIP domain of its agents' phones.")
    users: Mapping[str, SecretStr] = Field(
        {"alice": SecretStr("alice-at-home")}, description="Agents' phones: names and passwords."
    )


class Settings(Section):
    """Everything one installation decides. Read with `load_settings`."""

    name: Name = Field(default_factory=_host_name, description="Name of this engine among its peers.")
    tenant: Name = Field("default", description="Whose flows and calls these are when the project names nobody.")
    country: Annotated[str, AfterValidator(_country)] = Field("GB", description="Country of numbers written short.")
    project_dir: Path = Field(Path(), description="Folder that holds ivr_flows/ and dialplans/.")
    state_dir: Path = Field(Path("var"), description="Folder for what the engine keeps: Redis, prompts, recordings.")
    recordings_dir: Path | None = Field(None, description="Recorded calls; default: recordings/ in state_dir.")
    prompts_dir: Path | None = Field(None, description="Rendered prompts; default: prompts/ in state_dir.")
    redis_url: Annotated[SecretStr, AfterValidator(_redis_url)] = Field(
        SecretStr(""), description="Redis to use; empty starts one of our own in state_dir."
    )
    redis_loss: Literal["hold", "stop"] = Field(
        "hold",
        description="While Redis is away: `hold` goes on with its switches, right for one engine per switch; `stop` "
        "lets go of them before its lease ends, right for engines that share switches.",
    )
    metrics_port: Port = Field(0, description="Loopback port of the Prometheus page; 0 is none.")
    installation_key: SecretStr = Field(
        SecretStr(""), description="Base64 of the 32 bytes that seal secrets in Redis; better in a file."
    )
    installation_key_file: Path | None = Field(
        None, description="File that holds it; default: installation.key in state_dir, made at first use."
    )
    switches: tuple[Switch, ...] = Field((), description="The FreeSWITCH servers; none is the simulated switch.")
    tts: Tts = Tts()
    http: Http = Http()
    log: Log = Log()
    dialling: Dialling = Dialling()
    api: Api = Api()
    outbox: Outbox = Outbox()
    webhooks: Webhooks = Webhooks()
    sim: Sim = Sim()

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [switch.name for switch in self.switches]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f'two switches are named "{name}"')
        return self

    @property
    def recordings(self) -> Path:
        """Folder of recorded calls."""
        return self.recordings_dir or self.state_dir / "recordings"

    @property
    def outbox_dir(self) -> Path:
        """Folder of turns that wait for Redis."""
        return self.outbox.dir or self.state_dir / "outbox"

    @property
    def prompt_cache(self) -> Path:
        """Folder of rendered prompts."""
        return self.prompts_dir or self.state_dir / "prompts"

    @property
    def sounds_root(self) -> Path:
        """Folder of the project's recorded prompts."""
        return self.project_dir / "ivr_flows" / "sounds"

    def redacted(self) -> dict[str, Any]:
        """Every setting as plain data fit to be shown: passwords are hidden, also one inside the Redis address."""
        shown: dict[str, Any] = self.model_dump(mode="json")
        shown["redis_url"] = _hide_password(self.redis_url.get_secret_value())
        return shown


def _hide_password(url: str) -> str:
    parts = urlsplit(url)
    if not url or "@" not in parts.netloc:
        return url
    return parts._replace(netloc="**********@" + parts.netloc.rpartition("@")[2]).geturl()
