import pytest

from engine.flow.project import Service
from engine.flow.rehearsal.request_key import read_request, request_name

SERVICES = {
    "crm": Service("crm", "https://crm.test/api/"),
    "crm_old": Service("crm_old", "https://crm.test/api/old"),
}


@pytest.mark.parametrize(
    ("source", "method", "url", "fits"),
    [
        ("POST crm/verify", "POST", "https://crm.test/api/verify", True),
        ("POST crm/verify", "POST", "https://crm.test/api/verify?x=1", True),
        ("POST crm/verify?x=2", "POST", "https://crm.test/api/verify?x=1", False),
        ("POST crm/verify", "GET", "https://crm.test/api/verify", False),
        ("GET crm/a/*", "GET", "https://crm.test/api/a/17/b", True),
        ("GET crm/a[1]/*", "GET", "https://crm.test/api/a1/b", False),
        ("GET https://x.test/y", "GET", "https://x.test/y", True),
        ("GET crm", "GET", "https://crm.test/api", True),
    ],
)
def test_which_requests_are_meant(source: str, method: str, url: str, fits: bool) -> None:
    key, wrong = read_request(source, SERVICES)
    assert wrong == ""
    assert key is not None
    assert key.matches(method, url) is fits


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("crm/verify", "write a request as"),
        ("PSOT crm/verify", 'did you mean "POST"?'),
        ("post crm/x", 'did you mean "POST"?'),
        ("GET crn/x", 'no service "crn", did you mean "crm"?'),
        ("", "write a request as"),
    ],
)
def test_what_is_no_request(source: str, told: str) -> None:
    key, wrong = read_request(source, SERVICES)
    assert key is None
    assert told in wrong


def test_without_a_project_any_service_may_be() -> None:
    assert read_request("GET what/ever", None)[1] == ""


def test_a_request_is_named_by_its_nearest_service() -> None:
    assert request_name("GET", "https://crm.test/api/a?x=1", SERVICES) == "GET crm/a"
    assert request_name("GET", "https://crm.test/api/old/a", SERVICES) == "GET crm_old/a"
    assert request_name("GET", "https://other.test/a", SERVICES) == "GET https://other.test/a"
