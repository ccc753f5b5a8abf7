"""Reads what a request carries into the models an operation asks for. What is wrong is a 400 that names the field."""

from functools import cache
from typing import Any, TypeVar, get_origin

import orjson
from flask import request
from pydantic import BaseModel, ValidationError

from engine.api.errors import ApiError, invalid, wrong_fields

Model = TypeVar("Model", bound=BaseModel)


def read_query(model: type[Model]) -> Model:
    """The parameters after the question mark. Raises ApiError 400."""
    lists = _lists_of(model)
    values: dict[str, Any] = {}
    for name, given in request.args.lists():
        if name in lists:
            values[name] = given
        elif len(given) > 1:
            raise invalid(name, "is given more than once")
        else:
            values[name] = given[0]
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise wrong_fields(error, "query") from None


def read_path(model: type[Model], parts: dict[str, Any]) -> Model:
    """The parts of the address. Raises ApiError 404: what cannot be the name of anything names nothing."""
    try:
        return model.model_validate(parts)
    except ValidationError:
        raise ApiError(404, "not_found", "there is nothing at this address") from None


def read_body(model: type[Model]) -> Model:
    """The JSON object in the body; none at all will do where no field is required. Raises ApiError 400, 413, 415."""
    text = request.get_data(cache=True)
    if not text:
        if not body_may_be_absent(model):
            raise ApiError(400, "invalid_request", "body: is missing; send a JSON object")
        text = b"{}"
    elif not request.is_json:
        raise ApiError(415, "unsupported_media_type", "send the body as application/json")
    try:
        value = orjson.loads(text)  # stricter than pydantic's reader: no NaN, no halves of characters
    except orjson.JSONDecodeError as error:
        raise ApiError(400, "malformed_json", f"the body is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise ApiError(400, "invalid_request", "body: must be a JSON object")
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise wrong_fields(error) from None


@cache
def body_may_be_absent(model: type[BaseModel]) -> bool:
    """Whether an empty object would do."""
    return not any(field.is_required() for field in model.model_fields.values())


@cache
def _lists_of(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(
        field.alias or name
        for name, field in model.model_fields.items()
        if get_origin(field.annotation) in (list, tuple, set)
    )
