"""Requests as tests name them: `POST crm/tickets`, `GET https://example.com/rates`, `GET crm/accounts/*`."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from engine.flow.project import Service
from engine.flow.suggestion import did_you_mean

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")


@dataclass(frozen=True, slots=True)
class RequestKey:
    """A method and an address. `*` is any part of it; without a `?` the query of a request does not count."""

    source: str
    method: str
    url: str

    def matches(self, method: str, url: str) -> bool:
        """Whether a request is meant."""
        if method != self.method:
            return False
        if "?" not in self.url:
            url = url.partition("?")[0]
        return url == self.url or ("*" in self.url and fnmatchcase(url, self.url.replace("[", "[[]")))


def read_request(source: str, services: Mapping[str, Service] | None) -> tuple[RequestKey | None, str]:
    """The request and no words, or None and what is wrong. `services` are None when the project cannot be read."""
    method, space, address = source.strip().partition(" ")
    address = address.strip()
    if not space or method not in METHODS:
        near = did_you_mean(method.upper(), METHODS)
        return None, f'write a request as "POST service/path" or "GET https://..."{near}'
    if address.startswith(("http://", "https://")):
        return RequestKey(source, method, address), ""
    name, slash, path = address.partition("/")
    if services is None:
        return RequestKey(source, method, address), ""
    service = services.get(name)
    if service is None:
        return None, f'no service "{name[:60]}"{did_you_mean(name, services)}'
    return RequestKey(source, method, service.url.rstrip("/") + slash + path), ""


def request_name(method: str, url: str, services: Mapping[str, Service]) -> str:
    """A request as a test would name it: by its service, where it is one's, and without its query."""
    plain = url.partition("?")[0]
    fits = [name for name, service in services.items() if plain.startswith(service.url.rstrip("/") + "/")]
    if fits:
        name = max(fits, key=lambda fit: len(services[fit].url))
        plain = f"{name}/{plain.removeprefix(services[name].url.rstrip('/') + '/')}"
    return f"{method} {plain}"
