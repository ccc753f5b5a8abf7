"""What authors write in `ivr_flows/NAME.test.yaml`, as far as its form goes."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from engine.flow.calendar import State
from engine.flow.fields import Duration, Name
from engine.flow.http_request import ErrorName

PersonDoes = Literal["answers", "busy", "no_answer", "rejects", "unreachable", "fails"]
"""What somebody does who is rung."""
MOST_CASES = 10_000

_DIALLED = frozenset("0123456789*#ABCD")


def _keys(value: Any) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text or not _DIALLED.issuperset(text):
        raise PydanticCustomError("press", 'write the keys in quotes, from 0-9 * #, such as "1" or "1234#"')
    return text


PressedKeys = Annotated[str, PlainValidator(_keys), WithJsonSchema({"type": ["string", "integer"]})]
"""Keys pressed one after the other."""


def _several(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _item(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float) or not str(value).strip():
        message = "write a prompt's id, words that are heard, a /pattern/, or a value as `number 2`"
        raise PydanticCustomError("item", message)
    return str(value).strip()


_ITEM: dict[str, Any] = {"type": ["string", "number"]}
HeardItem = Annotated[str, PlainValidator(_item), WithJsonSchema(_ITEM)]
"""Something to be heard: a prompt's id, words, a /pattern/, or a value as `number 2`."""
HeardItems = Annotated[list[HeardItem], BeforeValidator(_several), Field(min_length=1)]


def _hear(value: Any) -> Any:
    return value if isinstance(value, dict) else {"": value}


_ITEMS = {"anyOf": [_ITEM, {"type": "array", "items": _ITEM, "minItems": 1}]}
Hearing = Annotated[
    dict[str, HeardItems],
    BeforeValidator(_hear),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [*_ITEMS["anyOf"], {"type": "object", "additionalProperties": _ITEMS}]}),
]
"""What is heard; a map says it for each language."""


def _phone(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return {} if value is None else value


class CallSource(_Form):
    """The call that reaches the flow."""

    caller: Annotated[str, BeforeValidator(_phone)] | None = Field(None, description="The caller's number.")
    called: Annotated[str, BeforeValidator(_phone)] | None = Field(None, description="The number called.")
    at: str | None = Field(
        None,
        description="When it comes, as 2026-12-25T10:00 in the project's zone;"
        " without it on Monday, 2 March 2026, 10:00.",
    )
    language: str | None = Field(None, description="The language it begins in; the project's first.")
    inputs: dict[Name, Any] = Field(default={}, description="Inputs of the flow.")
    headers: dict[str, str] = Field(default={}, description="X- headers of the call, by lower-case name.")
    answered: bool | None = Field(None, description="Whether it was answered before the flow began.")


class ReplySource(BaseModel):
    """The reply to a request: a status, an error's name, or a map of these fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    status: Annotated[int, Field(ge=100, le=599)] = Field(200, description="The HTTP status.")
    json_: Any = Field(None, alias="json", description="The body, as JSON.")
    body: str = Field("", description="The body, as text.")
    headers: dict[str, str] = Field(default={}, description="Headers of the reply.")
    error: ErrorName | None = Field(None, description="The request fails by this error, such as http.timeout.")
    delay: Duration = Field(0.0, description="When the reply comes; later than the step's timeout is http.timeout.")

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            return {"status": value}
        if isinstance(value, str):
            return {"error": value}
        return {} if value is None else value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {"anyOf": [handler(schema), {"type": "integer"}, {"type": "string", "pattern": "^http"}]}


Replies = Annotated[list[ReplySource], BeforeValidator(_several), Field(min_length=1)]
Doings = Annotated[list[PersonDoes], BeforeValidator(_several), Field(min_length=1)]


class MocksSource(_Form):
    """What stands in for the world."""

    http: dict[str, Replies] = Field(
        default={}, description="Replies by `METHOD service/path` or `METHOD address`; a list is one for each request."
    )
    transfer: dict[str, Doings] = Field(
        default={}, description="What those do who are rung, by the target of the transfer, `any` for all others."
    )
    record: Literal["works", "fails"] | None = Field(None, description="Whether the switch can record.")
    hours: dict[Name, State] = Field(default={}, description="Calendars that are open, closed, or have a holiday.")
    session: dict[Name, Any] = Field(default={}, description="Session variables as the call begins.")


class AgentSource(BaseModel):
    """What somebody rung presses."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    press: PressedKeys


AgentDoes = Literal["answers", "busy", "no_answer", "rejects", "unreachable", "fails", "hangs_up"] | AgentSource

Fields = dict[str, Any]


class ExpectSource(_Form):
    """What must be so: in the middle of a dialogue, or when it is over."""

    end: str | None = Field(
        None,
        description="How it ends: hangup, `hangup CAUSE`, caller_hangup, `transfer TARGET`, return, error, or waiting.",
    )
    vars: Fields = Field(default={}, description="Variables of the flow, by name.")
    session: Fields = Field(default={}, description="Session variables, by name.")
    outputs: Fields = Field(default={}, description="What the flow gave back, by name.")
    tags: Fields = Field(default={}, description="Fields of the call's record, by name.")
    language: str | None = Field(None, description="The language the caller hears.")
    heard: HeardItems | None = Field(None, description="Heard at any time.")
    not_heard: HeardItems | None = Field(None, description="Heard at no time.")
    requests: list[str | dict[str, Any]] | None = Field(
        None,
        description="Requests made, in this order, others between them allowed; `[]` for none at all. An item"
        " `{POST crm/tickets: {reason: billing}}` also looks into the JSON that was sent.",
    )
    visited: Annotated[list[str], BeforeValidator(_several)] | None = Field(
        None, description="Blocks (or `flow/block`) the call came through, and names of steps."
    )
    not_visited: Annotated[list[str], BeforeValidator(_several)] | None = Field(
        None, description="Blocks and steps the call did not come through."
    )
    events: Annotated[list[str | dict[str, Any]], BeforeValidator(_several)] | None = Field(
        None, description="Events that were told, in this order; `{recording.saved: {duration_ms: 5000}}` with fields."
    )
    errors: Annotated[list[str], BeforeValidator(_several)] | None = Field(
        None, description="Errors that came up, all of them, in order; `[]` for none."
    )
    max_seconds: Annotated[float, Field(ge=0)] | None = Field(None, description="The call took no longer.")


class ActionSource(BaseModel):
    """One thing that happens in a dialogue: exactly one of these."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"minProperties": 1, "maxProperties": 1})

    hear: Hearing | None = Field(
        None, description="The caller hears it by now; what else was heard before it is passed over, unless strict."
    )
    press: Annotated[list[PressedKeys], BeforeValidator(_several)] | None = Field(
        None, description="The caller presses keys; a list is one entry after the other."
    )
    silence: Annotated[int, Field(ge=1, le=100)] | None = Field(
        None, description="So many times the caller presses nothing until it is given up."
    )
    wait: Duration | None = Field(None, description="So much time passes.")
    speak: Duration | None = Field(None, description="The caller speaks for so long, then is silent.")
    hangup: None = Field(None, description="The caller hangs up.")
    agent: AgentDoes | None = Field(
        None, description="The party rung next answers, is busy ...; or it hangs_up, or `{press: KEYS}`, now."
    )
    expect: ExpectSource | None = Field(None, description="What must be so at this point.")

    @model_validator(mode="before")
    @classmethod
    def _one(cls, value: Any) -> Any:
        words = ", ".join(cls.model_fields)
        if isinstance(value, str) and value in cls.model_fields:
            message = f'write "{value}:" with a colon'
            raise PydanticCustomError("action", "{message}", {"message": message})
        if not isinstance(value, dict) or not value:
            raise PydanticCustomError("action", "{message}", {"message": f"write one of {words}"})
        known = [name for name in value if name in cls.model_fields]
        if len(known) > 1:
            message = f"{known[0]} and {known[1]} in one; make them two items of the list"
            raise PydanticCustomError("action", "{message}", {"message": message, "entry": known[1]})
        if known == ["silence"] and value["silence"] is None:
            return {"silence": 1}
        if known and known != ["hangup"] and value[known[0]] is None:
            message = f"{known[0]} needs a value"
            raise PydanticCustomError("action", "{message}", {"message": message, "entry": known[0]})
        return value


class CaseSource(BaseModel):
    """One call, from beginning to end."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=200)] = Field(description="What it shows.")
    call: CallSource = CallSource()
    mocks: MocksSource = MocksSource()
    dialogue: list[ActionSource] = Field(default=[], description="What happens, in order.")
    expect: ExpectSource = Field(ExpectSource(), description="What must be so when it is over.")
    strict: bool | None = Field(None, description="Everything that is heard must be expected, and in this order.")
    for_each: Any = Field(
        None,
        description="The case once for each of these values: `{lang: [en, fr]}` is two cases in which ${lang} stands"
        " for its value; a list of maps gives several values at once.",
    )


class DefaultsSource(_Form):
    """What all cases share; a case's own goes before it, entry by entry."""

    call: CallSource = CallSource()
    mocks: MocksSource = MocksSource()
    strict: bool = False


class ScriptHead(BaseModel):
    """A test file but for the form of its cases, which may still hold `${names}` of `for_each`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    flow: Name = Field(description="The flow that is tested.")
    description: str = ""
    defaults: DefaultsSource = Field(DefaultsSource(), description="What all cases share.")
    cases: Annotated[list[Any], Field(min_length=1, max_length=MOST_CASES)] = Field(description="The calls.")


class ScriptSource(ScriptHead):
    """A test file."""

    cases: Annotated[list[CaseSource], Field(min_length=1)] = Field(description="The calls.")
