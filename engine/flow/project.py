"""The project: `ivr_flows/project.yaml`, what all flows share. The file may be left out; so may every field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from engine.flow.calendar import Calendar, CalendarSource, known_holidays
from engine.flow.declaration import VariableSource, declared
from engine.flow.document import Place, Variable
from engine.flow.fields import Duration, Name
from engine.flow.finding import Finding
from engine.flow.http_request import Retry
from engine.flow.numbers import is_country
from engine.flow.validation import validate
from engine.flow.yaml_source import LocatedMap, Spot, place_of

PROJECT_FILE = "ivr_flows/project.yaml"
_NOWHERE = Place("", 0, 0)
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}\Z")
_BEGINNING = Place(PROJECT_FILE, 1, 1)


@dataclass(frozen=True, slots=True)
class Service:
    """A web service of the project. `secret:NAME` in a header stands for a secret of the engine's settings.

    `timeout` in seconds, None for the step's own.
    """

    name: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float | None = None
    retry: Retry | None = None
    description: str = ""
    place: Place = _NOWHERE


@dataclass(frozen=True, slots=True)
class Project:
    """What all flows share. The first language is the fallback; `lint` is the severity of rules that differ.

    `tenant` is whose the flows are that name none.
    """

    name: str = ""
    tenant: str = "default"
    languages: tuple[str, ...] = ("en",)
    voices: Mapping[str, str] = field(default_factory=dict)
    country: str = ""
    timezone: str = "UTC"
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    session: Mapping[str, Variable] = field(default_factory=dict)
    defaults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    error_flow: str = ""
    gateways: tuple[str, ...] = ()
    lint: Mapping[str, str] = field(default_factory=dict)
    tests: Literal["", "gate"] = ""
    place: Place = _BEGINNING


def _language(value: str) -> str:
    base, _, region = value.partition("-")
    if not (base.isascii() and base.isalpha() and base.islower() and len(base) in (2, 3)) or len(region) > 8:
        raise PydanticCustomError("language", "write a language as en or en-GB")
    if region and not (region.isascii() and region.isalnum()):
        raise PydanticCustomError("language", "write a language as en or en-GB")
    return value


def _tenant(value: str) -> str:
    if value and not _TENANT.match(value):
        raise PydanticCustomError("tenant", "write a tenant with letters, digits, . _ and -, 63 at most")
    return value


Tenant = Annotated[str, AfterValidator(_tenant)]
"""Whose a flow and its calls are; it stands in the names of what is kept, so it has no braces or colons."""

Language = Annotated[str, AfterValidator(_language)]
"""A language tag such as `en` or `pt-BR`."""


def _country(value: str) -> str:
    if value and not is_country(value):
        raise PydanticCustomError("country", "write a country by its two capital letters, such as GB")
    return value


def _timezone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        raise PydanticCustomError(
            "unknown-timezone", "{message}", {"message": f'no timezone "{value[:60]}"; write one such as Europe/London'}
        ) from None


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        known = False
    if not known or any(character.isspace() or not character.isprintable() for character in value):
        raise PydanticCustomError("url", "write an address such as https://crm.example.com/api")
    return value


def _header(value: str) -> str:
    if not value.isprintable():
        raise PydanticCustomError("header", "a header may not hold line breaks or control characters")
    return value


HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$")]


class ServiceSource(BaseModel):
    """A web service that `http` steps name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, AfterValidator(_url)] = Field(description="Its address; a step adds its `path`.")
    headers: dict[HeaderName, Annotated[str, AfterValidator(_header)]] = Field(
        default={}, description="Sent with every request; `secret:NAME` stands for a secret of the engine's settings."
    )
    timeout: Duration | None = Field(None, description="For the whole request, unless the step has its own.")
    retry: Retry | None = Field(None, description="How failed requests are repeated, unless the step says.")
    description: str = ""


class ProjectSource(BaseModel):
    """`ivr_flows/project.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field("", description="The project's name.")
    tenant: Tenant = Field(
        "", description="Whose the flows and their calls are, where a flow names nobody; the settings' when left out."
    )
    languages: list[Language] = Field(["en"], min_length=1, description="Of the prompts; the first is the fallback.")
    voices: dict[Language, str] = Field(default={}, description="Who speaks each language.")
    country: Annotated[str, AfterValidator(_country)] = Field(
        "", description="Two letters; where numbers without a country code belong."
    )
    timezone: Annotated[str, AfterValidator(_timezone)] = Field("UTC", description="Such as Europe/London.")
    calendars: dict[Name, CalendarSource] = Field(default={}, description="Opening hours by name.")
    services: dict[Name, ServiceSource] = Field(default={}, description="Web services by name.")
    session: dict[Name, VariableSource] = Field(default={}, description="Variables that all flows of a call share.")
    defaults: dict[str, dict[str, Any]] = Field(
        default={}, description="Fields for every step of a kind that does not have them: `menu: {timeout: 7s}`."
    )
    error_flow: str = Field("", description="The flow for errors that no flow handles; the built-in apology if empty.")
    gateways: list[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]] = Field(
        default=[], description="Gateways that transfers may use; any, when empty."
    )
    lint: dict[str, Literal["error", "warning", "info", "off"]] = Field(
        default={}, description="The severity of rules that differ here: `missing-no-input: error`."
    )
    tests: Literal["", "gate"] = Field(
        "", description="`gate`: an engine does not take flows whose tests fail, and keeps those it has."
    )


def read_project(
    value: Any, file: str = PROJECT_FILE, tenant: str = "default"
) -> tuple[Project, LocatedMap, list[Finding]]:
    """The project of a file's value, with its located map; the defaults for what cannot be read.

    `tenant` is the installation's, for a project that names none.
    """
    if value is None:
        value = LocatedMap(file, Spot(1, 1))
    if not isinstance(value, LocatedMap):
        finding = Finding(Place(file, 1, 1), "error", "schema", "write a map of settings, such as languages: [en, fr]")
        return Project(tenant=tenant), LocatedMap(file, Spot(1, 1)), [finding]
    source, findings = validate(ProjectSource, value, value, what="the project")
    if source is None:
        return Project(tenant=tenant), value, findings
    session = declared(source.session, value, ("session",), findings)
    for name, calendar in source.calendars.items():
        findings.extend(_calendar_findings(calendar, value, ("calendars", name)))
    project = Project(
        source.name,
        source.tenant or tenant,
        tuple(dict.fromkeys(source.languages)),
        source.voices,
        source.country,
        source.timezone,
        {name: calendar.calendar(name, source.timezone) for name, calendar in source.calendars.items()},
        {name: _service(name, service, value) for name, service in source.services.items()},
        session,
        source.defaults,
        source.error_flow,
        tuple(source.gateways),
        source.lint,
        source.tests,
        place_of(value),
    )
    return project, value, findings


def _service(name: str, source: ServiceSource, root: LocatedMap) -> Service:
    place = place_of(root, ("services", name), key=True)
    return Service(name, source.url, source.headers, source.timeout, source.retry, source.description, place)


def _calendar_findings(source: CalendarSource, root: LocatedMap, path: tuple[str, ...]) -> list[Finding]:
    findings = []
    if source.timezone:
        try:
            _timezone(source.timezone)
        except PydanticCustomError as error:
            place = place_of(root, (*path, "timezone"))
            findings.append(Finding(place, "error", "unknown-timezone", error.message()))
    holidays = source.holidays
    if holidays and not known_holidays(holidays.country, holidays.subdivision):
        where = holidays.country + (f", {holidays.subdivision}" if holidays.subdivision else "")
        place = place_of(root, (*path, "holidays"))
        findings.append(Finding(place, "error", "unknown-holidays", f"the holidays of {where} are not known"))
    return findings
