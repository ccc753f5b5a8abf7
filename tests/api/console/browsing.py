"""A browser without JavaScript: follows links, keeps cookies, fills in forms."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from werkzeug.test import TestResponse

from engine.api.frame import create_app
from engine.api.services import Services
from tests.api.memory import MemoryKeys, caller

VOID = frozenset({"input", "meta", "link", "img", "br", "option", "path"})


@dataclass
class Form:
    """A form as it would be sent, and the words on it."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    text: str = ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.text: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._inside: list[str] = []
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        known = {name: value if value is not None else "" for name, value in attrs}
        self.tags.append((tag, known))
        if tag not in VOID:
            self._inside.append(tag)
        if tag == "form":
            self.forms.append(Form(known.get("action", ""), known.get("method", "get")))
        elif tag == "a":
            self.links.append(known.get("href", ""))
        elif tag == "input" and "name" in known and "form" in self._inside:
            if known.get("type") != "checkbox" or "checked" in known:
                self.forms[-1].fields.setdefault(known["name"], known.get("value", ""))
        elif tag == "select":
            self._select = known.get("name", "")
        elif tag == "textarea":
            self._area = known.get("name", "")
            self.forms[-1].fields[self._area] = ""
        elif tag == "option" and self._select and "form" in self._inside:
            fields = self.forms[-1].fields
            if "selected" in known or self._select not in fields:
                fields[self._select] = known.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._select = "" if tag == "select" else self._select
        self._area = "" if tag == "textarea" else self._area
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._inside and self._inside[-1] in ("script", "style"):
            return
        self.text.append(data)
        if self._area:
            self.forms[-1].fields[self._area] += data
        if "form" in self._inside:
            self.forms[-1].text += data


class Page:
    """One page that was loaded."""

    def __init__(self, reply: TestResponse, at: str) -> None:
        self.reply = reply
        self.at = at
        self.status = reply.status_code
        self.html = reply.get_data(as_text=True)
        reader = _Reader()
        reader.feed(self.html)
        self.forms, self.links, self.tags = reader.forms, reader.links, reader.tags
        self.text = " ".join(" ".join(reader.text).split())

    def form(self, action: str) -> Form:
        """The form that is sent to an address."""
        found = [form for form in self.forms if form.action == action]
        assert found, f"no form for {action} among {[form.action for form in self.forms]}"
        return found[0]

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every element of a kind."""
        return [known for name, known in self.tags if name == tag]


class Browser:
    """A visitor; `https` as seen from the other side of a proxy."""

    def __init__(self, world: Services, *, https: bool = False) -> None:
        self.world = world
        self.client = create_app(world).test_client()
        self.https = https
        self.headers: dict[str, str] = {}

    def enter(self, *scopes: str, tenant: str = "acme", **own: Any) -> "Browser":
        """Sign in with a key that has these scopes; without any it may do everything."""
        assert isinstance(self.world.keys, MemoryKeys)
        text = self.world.keys.give(f"text of {tenant} {scopes}", caller(tenant, *scopes, **own))
        page = self.open("/console/sign-in")
        self.send(page, "/console/sign-in", key=text)
        return self

    def open(self, path: str, **options: Any) -> Page:
        """Load a page, wherever it leads."""
        return self._loaded("GET", path, **options)

    def send(self, page: Page, action: str, _without: str = "", **typed: Any) -> Page:
        """Send the form of a page after typing into it."""
        form = page.form(action)
        fields: dict[str, Any] = {**form.fields, **typed}
        fields.pop(_without, None)
        return self.post(action, fields)

    def post(self, path: str, fields: dict[str, Any], **options: Any) -> Page:
        """Send a form made by hand."""
        return self._loaded("POST", path, data=fields, **options)

    def _loaded(self, method: str, path: str, **options: Any) -> Page:
        base = "https://localhost" if self.https else "http://localhost"
        for _ in range(5):
            reply = self.client.open(path, method=method, base_url=base, headers=self.headers, **options)
            if reply.status_code != 303:
                return Page(reply, path)
            path, method, options = urljoin(path, reply.headers["Location"]), "GET", {}
        raise AssertionError("it leads in circles")
