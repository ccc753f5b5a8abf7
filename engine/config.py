"""The settings of one installation: `switchboard.toml`, then the environment, validated once and never changed.

Every setting has a default, so that a fresh checkout runs without a file. A relative path in the file is relative to
the file. `SWITCHBOARD_LOG__LEVEL=debug` overrides `level` in `[log]`; lists and tables are given as JSON.
Passwords are `SecretStr` and never show in a repr, a log line or `switchboard config show`.
"""

import difflib
import json
import os
import socket
import tomllib
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Self, Union, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from engine.core.errors import SettingsError

FILE_NAME = "switchboard.toml"
PREFIX = "SWITCHBOARD_"
FILE_VARIABLE = "SWITCHBOARD_CONFIG"
SECRET_PREFIX = f"{PREFIX}SECRET_"
"""Variables of this prefix hold secrets that flows name as `secret:NAME`; they are not settings."""

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

    countries: tuple[str, ...] = Field((), description="Countries called, as GB; none: our own. `*`: all.")
    numbers: tuple[str, ...] = Field((), description="Numbers called beside these, such as 1571 or 2*.")
    refused: tuple[str, ...] = Field((), description="Numbers never called.")
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
    endpoint_concurrency: int = Field(8, ge=1, le=64, description="Requests one endpoint gets at once.")
    queue_limit: int = Field(
        1_000_000, ge=100, description="Events that may wait for an endpoint before it is disabled."
    )
    disable_after_days: float = Field(5.0, gt=0, le=365, description="Days an endpoint may fail until it is disabled.")
    lease_seconds: float = Field(6.0, ge=1, le=60, description="Seconds until others do a dead deliver process's work.")
    keep_events_hours: float = Field(24.0, ge=1, le=8760, description="Hours events can be sent again.")
    keep_calls_hours: float = Field(168.0, ge=1, le=8760, description="Hours the records of calls are kept.")


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
    secret_key: SecretStr = Field(
        SecretStr(""), description="Base64 of the 32 bytes that seal secrets in Redis; better in a file."
    )
    secret_key_file: Path | None = Field(
        None, description="File that holds it; default: secret.key in state_dir, made at first use."
    )
    switches: tuple[Switch, ...] = Field((), description="The FreeSWITCH servers; none is the simulated switch.")
    tts: Tts = Tts()
    http: Http = Http()
    log: Log = Log()
    dialling: Dialling = Dialling()
    api: Api = Api()
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


def load_settings(
    file: Path | None = None, environment: Mapping[str, str] | None = None, directory: Path | None = None
) -> Settings:
    """Read and validate the settings.

    The file is `file`, else the one SWITCHBOARD_CONFIG names, else `switchboard.toml` in `directory` (default: the
    working directory) if there is one. Raises SettingsError that names each wrong setting and where it was set.
    """
    environment = os.environ if environment is None else environment
    directory = directory or Path.cwd()
    named = file or (Path(environment[FILE_VARIABLE]) if environment.get(FILE_VARIABLE) else None)
    path = named or directory / FILE_NAME
    values: dict[str, Any] = {}
    if named is not None or path.exists():
        values = _read_file(path)
        directory = path.resolve().parent
    sources = dict.fromkeys(_paths(values), str(path))
    for key, text in sorted(environment.items()):
        if key.startswith(PREFIX) and not key.startswith(SECRET_PREFIX) and key != FILE_VARIABLE:
            where = tuple(key.removeprefix(PREFIX).lower().split("__"))
            _put(values, where, _from_text(where, text), key)
            sources.update(dict.fromkeys(_paths(_nested(where)), key))
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(problem, sources, str(path)) for problem in error.errors())) from None
    return _anchored(settings, directory)


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None


def _paths(values: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in values.items():
        yield (*above, key)
        if isinstance(value, Mapping):
            yield from _paths(value, (*above, key))


def _nested(where: tuple[str, ...]) -> dict[str, Any]:
    return {where[0]: _nested(where[1:])} if where else {}


def _put(values: dict[str, Any], where: tuple[str, ...], value: Any, key: str) -> None:
    for part in where[:-1]:
        values = values.setdefault(part, {})
        if not isinstance(values, dict):
            raise SettingsError(f"{key}: {part} is not a section")
    values[where[-1]] = value


def _from_text(where: tuple[str, ...], text: str) -> Any:
    """The value of an environment variable: JSON where a list or a table is expected, else the text."""
    model: Any = Settings
    for part in where[:-1]:
        model = _section_of(model, part)
    field = getattr(model, "model_fields", {}).get(where[-1])
    if field is not None and (get_origin(field.annotation) in (tuple, Mapping) or _is_section(field.annotation)):
        try:
            return json.loads(text)
        except ValueError as error:
            raise SettingsError(f"{PREFIX}{'__'.join(where).upper()}: not valid JSON: {error}") from None
    return text


def _section_of(model: Any, name: str) -> Any:
    field = getattr(model, "model_fields", {}).get(name)
    return field.annotation if field is not None and _is_section(field.annotation) else None


def _is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _explain(problem: Any, sources: Mapping[tuple[str, ...], str], file: str) -> str:
    where = tuple(problem["loc"])
    names = tuple(part for part in where if isinstance(part, str))
    source = next((sources[where[:n]] for n in range(len(where), 0, -1) if where[:n] in sources), file)
    setting = ".".join(str(part) for part in where) or "settings"
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        known = _known_names(names[:-1])
        close = difflib.get_close_matches(names[-1], known, 1, 0.6)
        suggestion = f', did you mean "{close[0]}"?' if close else f" (known: {', '.join(known)})"
        return f"{source}: no such setting: {setting}{suggestion}"
    return f"{source}: {setting}: {message[:1].lower()}{message[1:]}"


def _known_names(sections: tuple[str, ...]) -> list[str]:
    model: Any = Settings
    for name in sections:
        field = getattr(model, "model_fields", {}).get(name)
        model = next(iter(_sections_in(field.annotation)), None) if field else None
    return sorted(getattr(model, "model_fields", {}))


def _sections_in(annotation: Any) -> Iterator[Any]:
    if _is_section(annotation):
        yield annotation
    elif get_origin(annotation) in (tuple, Union, UnionType):
        for part in get_args(annotation):
            yield from _sections_in(part)


def _anchored(settings: Settings, directory: Path) -> Settings:
    """The settings with every relative path made absolute."""
    changes: dict[str, Any] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, Path):
            changes[name] = (directory / value).resolve()
        elif name == "switches":
            changes[name] = tuple(_anchored_section(switch, directory) for switch in value)
        elif isinstance(value, Section):
            changes[name] = _anchored_section(value, directory)
    return settings.model_copy(update=changes)


def _anchored_section(section: Section, directory: Path) -> Section:
    paths = {
        name: (directory / value).resolve()
        for name in type(section).model_fields
        if isinstance(value := getattr(section, name), Path)
    }
    return section.model_copy(update=paths)


def _hide_password(url: str) -> str:
    parts = urlsplit(url)
    if not url or "@" not in parts.netloc:
        return url
    return parts._replace(netloc="**********@" + parts.netloc.rpartition("@")[2]).geturl()
