import pytest

from engine.flow.document import Place
from engine.flow.project import PROJECT_FILE, Project, read_project
from engine.flow.yaml_source import read_yaml


def read(text):
    project, _, findings = read_project(read_yaml(PROJECT_FILE, text)[0])
    return project, findings


def test_without_a_file_everything_has_a_default():
    project, findings = read("")
    assert findings == []
    assert project == Project()
    assert (project.languages, project.timezone, project.tenant) == (("en",), "UTC", "default")


def test_everything_it_can_hold():
    project, findings = read(
        """
name: Acme
tenant: acme
languages: [en, fr]
voices: {fr: Amélie}
country: GB
timezone: Europe/London
calendars:
  office: {weekly: {mon-fri: 08:00-18:00}}
  paris: {timezone: Europe/Paris, holidays: {country: FR}, override: paris}
services:
  crm: {url: "https://crm.example.com", headers: {X-Key: "secret:KEY"}, timeout: 4s, retry: {tries: 3}}
session: {vip: {type: bool, default: false}}
defaults: {menu: {timeout: 7s}}
gateways: [carrier]
lint: {missing-no-input: error}
"""
    )
    assert findings == []
    assert project.languages == ("en", "fr")
    assert project.calendars["office"].timezone == "Europe/London"
    assert project.calendars["paris"].timezone == "Europe/Paris"
    crm = project.services["crm"]
    assert (crm.url, crm.headers, crm.timeout, crm.retry.tries) == (
        "https://crm.example.com",
        {"X-Key": "secret:KEY"},
        4.0,
        3,
    )
    assert crm.place == Place(PROJECT_FILE, 12, 3)
    assert project.session["vip"].default is False
    assert project.tenant == "acme"
    assert project.gateways == ("carrier",)


@pytest.mark.parametrize(
    ("text", "column", "rule", "told"),
    [
        ("langauges: [en]", 1, "schema", 'did you mean "languages"?'),
        ("languages: [english]", 13, "schema", "en or en-GB"),
        ("languages: []", 12, "schema", "at least 1"),
        ("country: UK", 10, "schema", "two capital letters"),
        ("timezone: Europe/Lodon", 11, "unknown-timezone", "Europe/London"),
        ("timezone: ../../etc/passwd", 11, "unknown-timezone", ""),
        ("calendars: {a: {timezone: Nowhere}}", 27, "unknown-timezone", "Nowhere"),
        ("calendars: {a: {holidays: {country: XX}}}", 27, "unknown-holidays", "XX"),
        ("calendars: {a: {weekly: {mon: 8-18}}}", 31, "schema", "08:00-18:00"),
        ("calendars: {a: {weekly: {mon: [08:00-12:00, 11:00-13:00]}}}", 31, "calendar-overlap", "overlap"),
        ("calendars: {a b: {}}", 13, "schema", "name of letters"),
        ("services: {crm: {url: ftp://x}}", 23, "schema", "https://"),
        ("services: {crm: {}}", 12, "schema", '"url" is missing'),
        ('services: {crm: {url: "https://x y"}}', 23, "schema", "https://"),
        ('services: {crm: {url: "https://x", headers: {"a b": x}}}', 46, "schema", "form"),
        ('services: {crm: {url: "https://x", headers: {A: "a\\r\\nB: c"}}}', 49, "schema", "line breaks"),
        ("lint: {some-rule: loud}", 19, "schema", "error, warning, info, off"),
        ("[1]", 1, "schema", "write a map"),
    ],
)
def test_mistakes(text, column, rule, told):
    findings = read(text)[1]
    assert [(found.place.column, found.rule) for found in findings] == [(column, rule)]
    assert told in findings[0].message


def test_a_project_that_names_no_tenant_is_the_installation_s():
    value = read_yaml(PROJECT_FILE, "languages: [en]")[0]
    assert read_project(value, tenant="acme")[0].tenant == "acme"
    assert read_project(None, tenant="acme")[0].tenant == "acme"
    assert read_project("nonsense", tenant="acme")[0].tenant == "acme"


@pytest.mark.parametrize("tenant", ["a b", "'{x}'", "a:b", "-a", "x" * 64, '"a\\n"'])
def test_a_tenant_is_fit_to_be_part_of_a_name(tenant):
    _, findings = read(f"tenant: {tenant}")
    assert [finding.rule for finding in findings] == ["schema"]
    assert "write a tenant" in findings[0].message
