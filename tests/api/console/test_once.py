"""A form does its work once, whatever becomes of the browser or of us."""

import pytest
from flask import Flask, Response, g

from engine.api.console.once import FIELD, form_id, fresh_form, once
from engine.api.errors import ApiError
from engine.api.services import Services
from tests.api.memory import caller


@pytest.fixture
def app(world: Services) -> Flask:
    app = Flask("x")
    app.extensions["switchboard"] = world
    return app


def sent(app: Flask, name: str, perform: object, tenant: str = "acme", path: str = "/x") -> Response:
    with app.test_request_context(path, method="POST", data={FIELD: name}):
        g.caller = caller(tenant)
        return once(perform)  # type: ignore[arg-type]


def test_the_second_is_led_where_the_first_was(app: Flask) -> None:
    done: list[int] = []

    def perform() -> tuple[Response, str]:
        done.append(1)
        return Response("made"), "/made"

    name = fresh_form()
    assert sent(app, name, perform).get_data() == b"made"
    again = sent(app, name, perform)
    assert (again.status_code, again.headers["Location"]) == (303, "/made")
    assert done == [1]
    sent(app, name, perform, tenant="else")
    assert done == [1, 1]


def test_what_failed_may_be_sent_again(app: Flask) -> None:
    def breaks() -> tuple[Response, str]:
        raise ZeroDivisionError

    name = fresh_form()
    with pytest.raises(ZeroDivisionError):
        sent(app, name, breaks)
    assert sent(app, name, lambda: (Response("refused"), "")).get_data() == b"refused"
    assert sent(app, name, lambda: (Response("made"), "/made")).get_data() == b"made"


def test_a_form_sent_again_while_it_is_at_work_is_refused(app: Flask) -> None:
    name = fresh_form()

    def perform() -> tuple[Response, str]:
        with pytest.raises(ApiError) as refused:
            sent(app, name, lambda: (Response(), "/"))
        assert refused.value.status == 409
        return Response("made"), "/made"

    assert sent(app, name, perform).get_data() == b"made"


def test_another_form_under_the_same_name_is_refused(app: Flask) -> None:
    name = fresh_form()
    sent(app, name, lambda: (Response(), "/made"))
    with pytest.raises(ApiError):
        sent(app, name, lambda: (Response(), "/made"), path="/other")


@pytest.mark.parametrize("name", ["", "x", "a" * 65, "spaces in it are not right"])
def test_a_form_without_a_name_does_nothing(app: Flask, name: str) -> None:
    with app.test_request_context(method="POST", data={FIELD: name}):
        assert form_id() == ""
    with pytest.raises(ApiError):
        sent(app, name, lambda: pytest.fail("it was done"))


def test_names_of_forms_are_never_the_same() -> None:
    assert len({fresh_form() for _ in range(100)}) == 100
