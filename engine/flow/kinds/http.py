"""The step `http`."""

import json as json_text
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from engine.core.effects import HttpCall
from engine.core.errors import FlowError
from engine.core.signals import HttpReply, Json
from engine.core.steps import Step
from engine.flow.fields import Condition, Duration, Store, Target, TargetValue, Text, Value
from engine.flow.http_request import Retry, encoded_pairs, joined_url, perform
from engine.flow.kind import Kind
from engine.flow.prompt import PromptSpec
from engine.flow.values import to_text
from engine.flow.view import View

_TOKEN = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$"  # noqa: S105 - RFC 9110 §5.6.2 calls it a token
HeaderName = Annotated[str, StringConstraints(pattern=_TOKEN)]
Status = Annotated[str, StringConstraints(pattern=r"^[1-5](?:\d\d|xx)$")]


class Http(Kind):
    """Ask a web service. `service` is one of the project's, with `path` under its address; or `url` is the whole of it.

    `save` stores expressions that know the reply as `response`: `response.status`, `.headers`, `.json`, `.body`.
    `on_status` says where to go for a status (`"404"`, or `4xx` for a class); one of 400 or more that is not listed is
    the error `http.status.CODE`. A request longer than `wait_after` lets the caller hear `wait_prompt`, again and
    again. What expressions put into `path` and `query` is percent-encoded. `cache` keeps a good reply for this call.

    ```yaml
    - http:
        service: crm
        method: POST
        path: /verify
        json: {account: "${vars.account_no}"}
        timeout: 4s
        retry: {tries: 2, delay: 500ms}
        wait_prompt: "One moment please."
        save: {reply: response.json}
        on_status: {"404": no_such_account}
      on_error: {http.timeout: give_up}
    ```
    """

    word: ClassVar[str] = "http"
    errors: ClassVar[tuple[str, ...]] = (
        "http.timeout",
        "http.connect",
        "http.tls",
        "http.status",
        "http.5xx",
        "http.body",
        "http.too_large",
        "expr.undefined",
        "expr.type",
    )

    service: str = ""
    url: Text | None = None
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] = "GET"
    path: Text | None = None
    query: dict[str, Value] = {}
    headers: dict[HeaderName, Text] = {}
    json_: Value = Field(default=None, alias="json")
    form: dict[str, Value] | None = None
    timeout: Duration | None = None
    retry: Retry | None = None
    cache: Duration | None = None
    save: dict[Store, Condition] = {}
    on_status: dict[Status, Target] = {}
    wait_prompt: PromptSpec | None = None
    wait_after: Duration = 2.0
    max_body: Annotated[int, Field(ge=1, le=1_048_576)] = 65_536

    @model_validator(mode="after")
    def _one_address(self) -> "Http":
        if bool(self.service) == (self.url is not None):
            raise PydanticCustomError("http", "write either service or url")
        if self.json_ is not None and self.form is not None:
            raise PydanticCustomError("http", "write either json or form, not both")
        return self

    def run(self, view: View) -> Step[TargetValue | None]:
        """Ask, keep what is wanted of the reply, and go where its status leads."""
        service = view.bundle.project.services.get(self.service) if self.service else None
        if self.service and service is None:
            raise FlowError("expr.undefined", f'no service "{self.service}"')
        call = self._call(view, service)
        retry = self.retry or (service.retry if service is not None else None) or Retry(tries=1)
        reply = yield from perform(
            view, call, retry, wait_prompt=self.wait_prompt, wait_after=self.wait_after, keep=self.cache or 0.0
        )
        if reply.error:
            raise FlowError(reply.error, reply.detail or reply.error)
        status = str(reply.status)
        target = self.on_status.get(status) or self.on_status.get(f"{status[0]}xx")
        if reply.status >= 400:
            if target is None:
                raise FlowError(f"http.status.{reply.status}", f"the service answered {reply.status}")
            return target
        if self.save:
            response = _response(reply)
            for place, expression in self.save.items():
                value = view.evaluate(expression, response=response)
                view.store(place, value, secret=view.reads_secret(expression))
        return target

    def _call(self, view: View, service: Any) -> HttpCall:
        headers: dict[str, str] = dict(service.headers) if service is not None else {}
        body = ""
        if self.json_ is not None:
            body = json_text.dumps(view.value(self.json_), ensure_ascii=False, separators=(",", ":"))
            headers["Content-Type"] = "application/json"
        elif self.form is not None:
            body = encoded_pairs({name: view.value(written) for name, written in self.form.items()})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        for name, written in self.headers.items():
            _set_header(headers, name, view.text(written))
        address = self.url if self.url is not None else service.url
        query = {name: view.value(written) for name, written in self.query.items()}
        return HttpCall(
            self.method,
            joined_url(address, self.path, query, view.scope()),
            headers,
            body,
            timeout=self.timeout or (service.timeout if service is not None else None) or 5.0,
            max_body=self.max_body,
        )


def _set_header(headers: dict[str, str], name: str, value: str) -> None:
    """Set a header in place of one of the same name in other letters. Raises FlowError for what no header may hold."""
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise FlowError("expr.type", f"the header {name} may not hold line breaks or control characters")
    for known in [key for key in headers if key.lower() == name.lower()]:
        del headers[known]
    headers[name] = value


def _response(reply: HttpReply) -> Mapping[str, Json]:
    """What expressions know as `response`. Raises FlowError `http.body` for JSON that is none."""
    headers = {name.lower(): value for name, value in reply.headers.items()}
    parsed: Json = None
    if reply.body.strip():
        try:
            parsed = json_text.loads(reply.body)
        except (ValueError, RecursionError):
            if "json" in headers.get("content-type", ""):
                raise FlowError("http.body", "the reply says it is JSON but is not") from None
    return {"status": reply.status, "headers": dict(headers), "json": parsed, "body": to_text(reply.body)}
