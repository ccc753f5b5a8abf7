"""Placing a call from a form: once, into a flow of one's own, with what the flow wants to know."""

import pytest

from engine.api.services import Services
from engine.core.control import DialOrder
from engine.core.errors import ControlError
from tests.api.console.conftest import SignIn
from tests.api.memory import MemoryControl

DIAL = "/console/dial"


@pytest.fixture
def control(world: Services) -> MemoryControl:
    assert isinstance(world.control, MemoryControl)
    return world.control


def test_a_call_is_placed_and_shown(sign_in: SignIn, control: MemoryControl) -> None:
    browser = sign_in()
    page = browser.send(
        browser.open(DIAL), DIAL, to=" +442079460999 ", caller="+4420", caller_name="Us", ring_time="20"
    )
    (order,) = control.taken
    assert isinstance(order, DialOrder)
    assert (order.to, order.flow, order.tenant, order.inputs) == ("+442079460999", "support", "acme", {})
    assert (order.caller, order.caller_name, order.ring_time) == ("+4420", "Us", 20.0)
    assert order.once.startswith("console-acme-")
    assert page.at.startswith("/console/calls/00000000-0000-4000-8000-000000000001")


def test_who_may_not_see_calls_is_told_that_it_is_placed(sign_in: SignIn) -> None:
    browser = sign_in("calls:write")
    page = browser.send(browser.open(DIAL), DIAL, to="+44")
    assert (page.at, page.status) == ("/console/dial?done=dialled", 200)
    assert "The call is being placed." in page.text


def test_a_form_sent_twice_places_one_call(sign_in: SignIn, control: MemoryControl) -> None:
    browser = sign_in("calls:write")
    form = browser.open(DIAL)
    pages = [browser.send(form, DIAL, to="+44") for _ in range(3)]
    assert len(control.taken) == 1
    assert [page.at.partition("?")[0] for page in pages] == [DIAL] * 3
    browser.send(browser.open(DIAL), DIAL, to="+44")
    assert len(control.taken) == 2


def test_a_form_that_was_refused_may_be_sent_again(sign_in: SignIn, control: MemoryControl) -> None:
    browser = sign_in()
    form = browser.open(DIAL)
    control.wrong = ControlError("this number may not be called", "refused_number")
    refused = browser.send(form, DIAL, to="+666")
    assert refused.status == 403
    assert "This number may not be called." in refused.text
    assert refused.form(DIAL).fields["to"] == "+666"
    control.wrong = None
    browser.send(form, DIAL, to="+44")
    assert [order.to for order in control.taken] == ["+44"]


def test_a_form_without_its_name_is_refused(sign_in: SignIn, control: MemoryControl) -> None:
    browser = sign_in()
    for name in ("", "short", "x" * 200, "a b" * 10):
        assert browser.send(browser.open(DIAL), DIAL, to="+44", _once=name).status == 409
    assert control.taken == []


def test_the_flow_in_the_address_is_chosen_and_asks_for_its_inputs(sign_in: SignIn, control: MemoryControl) -> None:
    browser = sign_in()
    page = browser.open(f"{DIAL}?flow=survey")
    fields = page.form(DIAL).fields
    assert fields["flow"] == "survey"
    assert {"input.customer", "input.score", "input.again", "input.about"} <= set(fields)
    sent = browser.send(page, DIAL, to="+44", **{"input.customer": "7", "input.again": "yes"})
    assert sent.status == 404  # the call is not in the records yet
    assert control.taken[0].inputs == {"customer": "7", "again": True}


def test_without_javascript_inputs_are_shown_by_a_button(sign_in: SignIn, control: MemoryControl) -> None:
    browser = sign_in()
    page = browser.send(browser.open(DIAL), DIAL, to="+44", flow="survey", inputs="show")
    assert page.status == 200
    assert control.taken == []
    assert page.form(DIAL).fields["to"] == "+44"
    assert "input.customer" in page.form(DIAL).fields


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"to": ""}, "Write the number to call."),
        ({"to": "x" * 201}, "Write the number to call."),
        ({"flow": "foreign"}, "1 field below needs another look"),
        ({"ring_time": "121"}, "Write seconds, 1 to 120."),
        ({"ring_time": "0"}, "Write seconds, 1 to 120."),
        ({"ring_time": "\u0663"}, "Write seconds, 1 to 120."),
        ({"flow": "survey"}, "customer is needed."),
        ({"flow": "survey", "to": "", "ring_time": "-"}, "3 fields below need another look"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    sign_in: SignIn, control: MemoryControl, typed: dict[str, str], words: str
) -> None:
    browser = sign_in()
    page = browser.send(browser.open(DIAL), DIAL, **{"to": "+44", **typed})
    assert page.status == 400
    assert words in page.text
    assert control.taken == []
    described = [field for field in page.all("input") + page.all("select") if field.get("aria-invalid")]
    assert described


def test_what_was_typed_comes_back_as_text(sign_in: SignIn) -> None:
    browser = sign_in()
    page = browser.send(browser.open(DIAL), DIAL, to='"><script>x</script>', ring_time="no")
    assert "<script>x" not in page.html
    assert page.form(DIAL).fields["to"] == '"><script>x</script>'
