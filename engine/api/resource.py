"""What a REST resource is made of: a blueprint that reads requests, asks for scopes and describes itself in OpenAPI.

A resource is one module of this package:

    blueprint = Resource("numbers", "/v1/numbers", "Which flow a number reaches.")

    @blueprint.get("/<number>", responses={200: NumberReply})
    @requires("flows:read")
    def read_number(path: NumberPath, query: NumberQuery) -> dict[str, Any]:
        ...

An operation takes `path`, `query` and `body` as models of engine/api/fields.py and returns plain data, plain data with
a status, or a Response; it raises ApiError. The errors any operation can give are in its description by themselves.
"""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, get_type_hints

from flask import Response, make_response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.types import ParametersTuple, ResponseDict

from engine.api.access import authorise, scope_of
from engine.api.errors import ErrorReply
from engine.api.idempotency import once
from engine.api.request_parts import body_may_be_absent, read_body, read_path, read_query

SECURITY = "api_key"


class Resource(APIBlueprint):
    """The operations of one resource; `told` says in a sentence what it is."""

    def __init__(self, name: str, prefix: str, told: str, tag: str = "") -> None:
        super().__init__(
            name, f"engine.api.{name}", url_prefix=prefix, abp_tags=[Tag(name=tag or name, description=told)],
            operation_id_callback=lambda *, name, path, method: name,  # noqa: ARG005 - called with these names
        )  # fmt: skip

    def _collect_openapi_info(  # type: ignore[override]
        self, rule: str, func: Callable[..., Any], *, responses: ResponseDict | None = None, method: str, **told: Any
    ) -> ParametersTuple:
        scope = scope_of(func)
        told["security"] = [{SECURITY: [scope]}] if scope else []
        described = {**_errors_of(func, method, scope), **(responses or {})}
        parts = super()._collect_openapi_info(rule, func, responses=described, method=method, **told)
        body = get_type_hints(func).get("body")
        if body is not None and body_may_be_absent(body):
            item = self.paths[f"{self.url_prefix}{rule}".replace("<", "{").replace(">", "}")]
            getattr(item, method.lower()).requestBody.required = False
        return parts

    @staticmethod
    def create_view_func(  # type: ignore[override]
        func: Callable[..., Any], _header: Any, _cookie: Any, path: Any, query: Any, _form: Any, body: Any, *_: Any,
        **__: Any,
    ) -> Callable[..., Response]:  # fmt: skip
        """The operation as Flask calls it."""
        scope = scope_of(func)

        @wraps(func)
        def view(**parts: Any) -> Response:
            authorise(scope)
            arguments: dict[str, Any] = {}
            if path is not None:
                arguments["path"] = read_path(path, parts)
            if query is not None:
                arguments["query"] = read_query(query)
            if body is not None:
                arguments["body"] = read_body(body)
            perform = partial(_perform, func, arguments)
            return once(perform) if request.method == "POST" and scope else perform()

        return view


def _perform(operation: Callable[..., Any], arguments: dict[str, Any]) -> Response:
    answer = operation(**arguments)
    return answer if isinstance(answer, Response) else make_response(answer)


def _errors_of(operation: Callable[..., Any], method: str, scope: str) -> ResponseDict:
    """The errors an operation can give whatever it does."""
    takes = get_type_hints(operation)
    statuses = [400, 500, 503]
    if scope:
        statuses += [401, 403, 429]
    if "path" in takes:
        statuses.append(404)
    if "body" in takes:
        statuses += [413, 415]
    if method == "POST":
        statuses.append(409)
    return dict.fromkeys(sorted(statuses), ErrorReply)
