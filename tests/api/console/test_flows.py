"""The flows of one's own tenant, what is wrong with them, and having them read again."""

import pytest

from engine.api.services import Services
from engine.core.control import FlowsReloaded, ReloadOrder
from engine.core.errors import ControlError
from tests.api.console.conftest import SignIn
from tests.api.memory import MemoryControl, MemoryFlows

BROKEN = "start: nowhere\nblocks:\n  a:\n    - hangup:\n"
FLOWS, RELOAD = "/console/flows", "/console/flows/reload"


@pytest.fixture
def control(world: Services) -> MemoryControl:
    assert isinstance(world.control, MemoryControl)
    return world.control


def write(world: Services, name: str, text: str) -> None:
    assert isinstance(world.flows, MemoryFlows)
    world.flows.project.texts[name] = text  # type: ignore[index]


def test_flows_are_listed_with_what_they_are_for(sign_in: SignIn) -> None:
    page = sign_in().open(FLOWS)
    for words in ("2 flows", "support", "Help", "ivr_flows/support.flow.yaml", "survey", "customer", "no errors"):
        assert words in page.text
    assert "foreign" not in page.html
    assert "/console/dial?flow=survey" in page.links


def test_findings_name_file_line_and_rule(sign_in: SignIn, world: Services) -> None:
    write(world, "ivr_flows/bad.flow.yaml", f"flow: bad\n{BROKEN}")
    page = sign_in().open(FLOWS)
    assert "The files on disk have errors" in page.text
    assert "ivr_flows/bad.flow.yaml:2:" in page.text
    assert "error" in page.text


def test_findings_of_others_are_not_shown(sign_in: SignIn, world: Services) -> None:
    write(world, "ivr_flows/bad.flow.yaml", f"flow: secretly\ntenant: else\n{BROKEN}")
    assert "secretly" not in sign_in().open(FLOWS).html
    assert "secretly" not in sign_in().open(FLOWS).text
    assert "ivr_flows/bad.flow.yaml" in sign_in(tenant="else").open(FLOWS).text


def test_texts_of_authors_stay_texts(sign_in: SignIn, world: Services) -> None:
    write(
        world,
        "ivr_flows/x.flow.yaml",
        'flow: x\ndescription: "<script>alert(1)</script>"\nstart: "<img src=x>"\nblocks: {}\n',
    )
    page = sign_in().open(FLOWS)
    assert "<script>alert" not in page.html
    assert "<img src=x>" not in page.html


def test_flows_are_read_again(sign_in: SignIn, control: MemoryControl) -> None:
    browser = sign_in()
    page = browser.send(browser.open(FLOWS), RELOAD)
    assert control.taken == [ReloadOrder("acme")]
    assert "The flows have been read again." in page.text


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (FlowsReloaded("v", False, ()), "The flows on disk are the ones in use."),
        (FlowsReloaded("v", False, ("a.yaml:1:1: error: <b>no",)), "a.yaml:1:1: error: <b>no"),
    ],
)
def test_what_came_of_it_is_said(
    sign_in: SignIn, control: MemoryControl, monkeypatch: pytest.MonkeyPatch, answer: FlowsReloaded, words: str
) -> None:
    monkeypatch.setattr(control, "reload", lambda _: answer)
    browser = sign_in()
    page = browser.send(browser.open(FLOWS), RELOAD)
    assert words in page.text
    assert "<b>" not in page.html


def test_without_an_engine_it_is_said(sign_in: SignIn, control: MemoryControl) -> None:
    control.wrong = ControlError("no engine answers", "unanswered")
    browser = sign_in()
    page = browser.send(browser.open(FLOWS), RELOAD)
    assert page.status == 504
    assert "No engine answers." in page.text


def test_who_may_only_read_cannot_have_them_read_again(sign_in: SignIn, control: MemoryControl) -> None:
    browser = sign_in("flows:read")
    page = browser.open(FLOWS)
    assert [form.action for form in page.forms] == ["/console/sign-out"]
    assert "/console/dial?flow=support" not in page.links
    token = page.form("/console/sign-out").fields["_token"]
    assert browser.post(RELOAD, {"_token": token}).status == 403
    assert control.taken == []
