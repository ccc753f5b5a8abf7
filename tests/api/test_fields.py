"""The bases of what requests carry."""

import pytest
from pydantic import BaseModel, ValidationError

from engine.api.fields import Body, Path, Query


class OwnBody(Body):
    number: int = 0


class OwnQuery(Query):
    number: int = 0


class OwnPath(Path):
    number: int = 0


@pytest.mark.parametrize("model", [OwnBody, OwnQuery, OwnPath])
def test_what_is_not_known_is_refused(model: type[BaseModel]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate({"nmber": 1})
    with pytest.raises(ValidationError):
        model().number = 5  # type: ignore[attr-defined]


def test_a_body_is_exact_and_a_query_is_text() -> None:
    with pytest.raises(ValidationError):
        OwnBody.model_validate_json('{"number": "5"}')
    assert OwnQuery.model_validate({"number": "5"}).number == 5
