"""The application: finds every resource of this package, guards it, and describes it all in one OpenAPI document."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import orjson
from flask import Blueprint, Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI

from engine import __version__, api
from engine.api.access import HEADER, guard
from engine.api.errors import ErrorReply, answer_errors
from engine.api.replies import JSON, FastJson
from engine.api.reply_headers import ReplyHeaders
from engine.api.resource import SECURITY
from engine.api.services import Services

MOST_BODY = 256 * 1024
"""Bytes of a request's body."""
_METHODS = ("get", "post", "put", "patch", "delete")


def create_app(services: Services) -> OpenAPI:
    """The API and the console over these services, as a WSGI application."""
    app = _App(
        "engine.api", info=Info(title="Switchboard", version=__version__, description=_DESCRIPTION), doc_ui=False,
        security_schemes={SECURITY: {"type": "apiKey", "in": "header", "name": HEADER}},
        validation_error_status=400, validation_error_model=ErrorReply, static_folder=None,
    )  # fmt: skip
    app.json = FastJson(app)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY
    app.url_map.merge_slashes = False
    app.extensions["switchboard"] = services
    app.wsgi_app = ReplyHeaders(app.wsgi_app)  # type: ignore[method-assign]
    answer_errors(app)
    guard(app)
    for blueprint in blueprints():
        if isinstance(blueprint, APIBlueprint):
            app.register_api(blueprint)
        else:
            app.register_blueprint(blueprint)
    described = orjson.dumps(app.api_doc)
    app.add_url_rule("/openapi.json", "openapi", lambda: Response(described, content_type=JSON))
    return app


_DESCRIPTION = (
    "Place, see and steer calls, and be told what happens. Send an API key in the header X-API-Key; "
    "`switchboard key create` makes one."
)


@cache
def blueprints() -> tuple[Blueprint, ...]:
    """The `blueprint` of every module of this package that has one, in order of their names."""
    found = (getattr(import_module(f"{api.__name__}.{entry.name}"), "blueprint", None) for entry in _modules())
    return tuple(blueprint for blueprint in found if isinstance(blueprint, Blueprint))


def _modules() -> list[Any]:
    return sorted(iter_modules(api.__path__), key=lambda entry: entry.name)


class _App(OpenAPI):
    """Lets two resources share an address, each with methods of its own, and keeps the document free of doubles."""

    def register_api(self, api: APIBlueprint, **options: Any) -> None:
        shared = {path: item for path, item in self.paths.items() if path in api.paths}
        super().register_api(api, **options)
        for path, before in shared.items():
            merged = api.paths[path].model_copy()
            for method in _METHODS:
                if (operation := getattr(before, method)) is not None:
                    setattr(merged, method, operation)
            self.paths[path] = merged


def openapi_text() -> str:
    """The OpenAPI document as it is committed: sorted and indented. No service is needed to write it."""
    app = create_app(None)  # type: ignore[arg-type]
    return orjson.dumps(app.api_doc, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"
