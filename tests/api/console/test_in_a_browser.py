"""The console in Chromium: live without reloading, by keyboard alone, in the dark, on a phone, for screen readers."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from engine.api.frame import create_app
from engine.api.services import Services
from engine.core.control import DialOrder, HangUpOrder
from engine.shell.serving.server import Server
from tests.api.console import lively
from tests.api.console.chromium import PHONE, Chromium
from tests.api.console.endings import MemoryEndpoints, world_of_endpoints
from tests.api.console.lively import MemoryCalls, MemoryEvents, ended, event, record
from tests.api.memory import MemoryControl, MemoryKeys, caller
from tests.shell.waiting import eventually

KEY = "sb_live_AAAA1111_browserbrowserbrowserbrowser"
CALL = "11111111-2222-4333-8444-555555555555"
MARK = "window.loadedOnce = true"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    browser = Chromium()
    yield browser
    browser.close()


@pytest.fixture
def world(world: Services) -> Services:
    world = replace(world, **world_of_endpoints())
    assert isinstance(world.keys, MemoryKeys)
    world.keys.give(KEY, caller("acme"))
    return world


@pytest.fixture
def calls(world: Services) -> MemoryCalls:
    assert isinstance(world.calls, MemoryCalls)
    return world.calls


@pytest.fixture
def feed(world: Services) -> MemoryEvents:
    assert isinstance(world.events, MemoryEvents)
    return world.events


@pytest.fixture
def control(world: Services) -> MemoryControl:
    assert isinstance(world.control, MemoryControl)
    return world.control


@pytest.fixture
def address(world: Services) -> Iterator[str]:
    server = Server(create_app(world), "127.0.0.1", 0)
    server.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.stop(0)


@pytest.fixture
def window(chromium: Chromium, address: str) -> Iterator[Chromium]:
    """A window where somebody is signed in; a script that fails or is refused something fails the test."""
    yield signed_in(chromium, address)
    assert [problem for problem in chromium.problems if "401 (UNAUTHORIZED)" not in problem] == []
    chromium.go("/console/sign-in")


def signed_in(chromium: Chromium, address: str, **options: Any) -> Chromium:
    chromium.open(address, **options)
    chromium.go("/console/sign-in")
    chromium.tell("fill", "#key", KEY)
    chromium.tell("click", "main button")
    chromium.sees("Live calls")
    return chromium


def test_a_call_appears_moves_on_and_ends_without_reloading(
    window: Chromium, calls: MemoryCalls, feed: MemoryEvents
) -> None:
    window.sees("Nobody is on the line")
    window.value(MARK)
    calls.add(record(CALL, caller="+4930123"))
    feed.tell(event(CALL, 1, "call.initiated"))
    window.sees("+4930123")
    window.sees("1 call now")
    calls.records[CALL]["place"] = {**calls.records[CALL]["place"], "block": "goodbye"}
    feed.tell(event(CALL, 2, "flow.step"))
    window.sees("goodbye")
    window.misses("greet")
    calls.add(ended(CALL))
    feed.tell(event(CALL, 3, "call.ended"))
    window.sees("Nobody is on the line")
    assert window.value("window.loadedOnce") is True


def test_what_is_not_changed_stays_and_keeps_the_focus(
    window: Chromium, calls: MemoryCalls, feed: MemoryEvents
) -> None:
    calls.add(record("one"))
    calls.add(record("two", caller="+4922"))
    window.go("/console/live")
    window.value("document.getElementById('call-one').kept = true; document.getElementById('end-two').focus()")
    calls.records["two"]["place"] = None
    calls.add(record("three"))
    feed.tell(event("three", 1, "call.initiated"))
    window.sees("not in a step")
    window.sees("3 calls now")
    assert window.value("document.getElementById('call-one').kept") is True
    assert window.value("document.activeElement.id") == "end-two"
    assert window.value("[...document.querySelectorAll('tbody tr')].map(row => row.id)") == [
        "call-three", "call-two", "call-one",
    ]  # fmt: skip


def test_how_long_is_counted_as_the_server_counts(window: Chromium, calls: MemoryCalls) -> None:
    calls.add(record(CALL, started_at="2020-01-01T00:00:00.000Z"))
    window.go("/console/live")
    shown = window.value("document.querySelector('[data-since]').textContent")
    assert shown == window.value("duration(now() - Date.parse('2020-01-01T00:00:00Z') / 1000)")
    pairs = {seconds: lively_duration(seconds) for seconds in (0, 59, 60, 3599, 3600, 86399, 86400, 200_000)}
    assert window.value(f"{list(pairs)}.map(duration)") == list(pairs.values())


def lively_duration(seconds: int) -> str:
    from engine.api.console.wording import duration

    return duration(seconds)


def test_a_call_is_hung_up_by_keyboard_alone(
    chromium: Chromium, address: str, calls: MemoryCalls, control: MemoryControl
) -> None:
    calls.add(record(CALL))
    control.calls[CALL] = "acme"
    window = chromium.open(address)
    window.go("/console/sign-in")
    assert window.focus == "key"
    window.type(KEY)
    window.press("Enter")
    window.sees("Live calls")
    window.press("Tab")
    assert window.focus == "Skip to the content"
    window.press("Enter", "Tab")
    assert window.focus == "Dial"
    for _ in range(10):
        if window.focus.startswith("Hang up"):
            break
        window.press("Tab")
        assert window.value("getComputedStyle(document.activeElement).outlineStyle") != "none"
    window.press("Enter")
    window.until("document.querySelector('dialog').open")
    assert window.value("document.querySelector('dialog').innerText").startswith("Hang up the call of +442079460123?")
    window.press("Escape")
    window.until("!document.querySelector('dialog').open")
    assert window.focus.startswith("Hang up")
    assert control.taken == []
    window.press("Enter")
    window.until("document.querySelector('dialog').open")
    window.until("document.activeElement.closest('dialog')")
    assert window.focus == "Hang up"
    window.press("Enter")
    window.sees("The call has been told to end.")
    (order,) = control.taken
    assert isinstance(order, HangUpOrder)
    window.until(f"location.pathname + location.search === '/console/calls/{CALL}'")
    assert window.problems == []


def test_a_call_is_placed_with_the_inputs_of_the_chosen_flow(
    window: Chromium, calls: MemoryCalls, control: MemoryControl
) -> None:
    window.go("/console/dial")
    assert not window.value(
        "[...document.querySelectorAll('[data-inputs-button]')].some(each => each.checkVisibility())"
    )
    window.tell("fill", "#d-to", "+442079460999")
    window.tell("select_option", "#d-flow", "survey")
    window.until("document.querySelector('[name=\"input.customer\"]')")
    assert window.value("document.getElementById('d-to').value") == "+442079460999"
    window.tell("fill", "[name='input.customer']", "42")
    placed = "00000000-0000-4000-8000-000000000001"
    calls.add(record(placed, direction="outbound", caller="", called="+442079460999"))
    window.tell("click", "main button.primary")
    window.sees("The call is being placed.")
    (order,) = control.taken
    assert isinstance(order, DialOrder)
    assert (order.to, order.flow, order.inputs) == ("+442079460999", "survey", {"customer": "42"})
    assert window.at.startswith(f"/console/calls/{placed}")


def test_a_call_is_sent_to_another_flow_in_a_dialog(
    window: Chromium, calls: MemoryCalls, control: MemoryControl
) -> None:
    calls.add(record(CALL))
    control.calls[CALL] = "acme"
    window.go("/console/live")
    window.tell("click", f"#send-{CALL}")
    window.tell("select_option", "dialog #flow", "survey")
    window.until("document.querySelector('dialog [name=\"input.customer\"]')")
    assert window.audit() == []
    window.tell("fill", "dialog [name='input.customer']", "7")
    window.tell("click", "dialog button.primary")
    window.sees("on its way to the other flow")
    assert [(order.flow, order.inputs) for order in control.taken] == [("survey", {"customer": "7"})]


def test_an_endpoint_is_made_and_its_secret_gone_after_a_reload(window: Chromium, world: Services) -> None:
    assert isinstance(world.endpoints, MemoryEndpoints)
    window.go("/console/webhooks/new")
    window.tell("fill", "#w-url", "https://new.example.com/hooks")
    window.tell("click", "main button.primary")
    window.sees("The signing secret")
    made = list(world.endpoints.known.values())[-1]
    assert window.value("document.getElementById('secret').textContent") == made.secrets[0].text
    assert window.at == f"/console/webhooks/{made.id}"
    assert window.audit() == []
    window.tell("reload")
    window.sees("https://new.example.com/hooks")
    assert "whsec_" not in window.value("document.documentElement.outerHTML")


def test_events_come_by_themselves_and_wait_while_paused(window: Chromium, feed: MemoryEvents) -> None:
    window.go("/console/events")
    window.sees("Nothing has happened yet")
    feed.tell(event(CALL, 1, "call.initiated", lively.NOW, caller="<img src=x onerror=alert(1)>", called="+49"))
    window.sees("<img src=x onerror=alert(1)> called +49")
    window.until("document.getElementById('stream-state').textContent === 'live'")
    window.tell("click", "#pause")
    feed.tell(event(CALL, 2, "call.dtmf", digit="7"))
    window.until("document.getElementById('pause').innerText.includes('1 new')")
    assert window.value("document.querySelectorAll('#events > li').length") == 1
    window.tell("click", "#pause")
    window.sees("Key 7 pressed")
    assert window.value("document.querySelector('#events > li').innerText").startswith("22:10:00")
    assert window.value("document.querySelectorAll('img[src=x]').length") == 0
    assert window.audit() == []


def test_who_is_signed_out_meanwhile_is_asked_to_sign_in(window: Chromium, world: Services, feed: MemoryEvents) -> None:
    window.until("document.readyState === 'complete'")
    world.sessions.known.clear()  # type: ignore[attr-defined]
    feed.tell(event(CALL, 1, "call.initiated"))
    window.until("location.pathname === '/console/sign-in'")
    window.sees("API key")


PAGES = (
    "live", "calls", "calls?caller=1", f"calls/{CALL}", f"calls/{CALL}/hangup", f"calls/{CALL}/flow", "events",
    "events?types=none", "webhooks", "webhooks/ep_000000000000000000000001", "webhooks/ep_000000000000000000000002",
    "webhooks/ep_000000000000000000000002/secret", "webhooks/new", "flows", "dial?flow=survey", "nothing",
)  # fmt: skip


SIZES = {"phone": PHONE, "tablet": {"width": 900, "height": 700}, "notebook": {"width": 1024, "height": 700}}


@pytest.mark.parametrize("look", ["light", "dark", "phone", "tablet", "notebook"])
def test_every_page_can_be_read_by_everybody(
    chromium: Chromium, address: str, calls: MemoryCalls, feed: MemoryEvents, look: str
) -> None:
    long = "x" * 300
    told = [
        event(CALL, 1, "call.initiated", caller=long, called=long),
        event(CALL, 2, "flow.error", error="prompt.missing", message=long, flow=long, block=long, line=3),
        event(CALL, 3, "call.unrouted", called="1", caller=long),
        event(CALL, 4, "recording.failed", recording="r", reason=long),
    ]
    calls.add(ended("failed", error={"error": "x"}, caller=long, called=long, flow=long, reason=long))
    calls.add(ended("unanswered", answered_at=None))
    calls.add(record("ringing", answered_at=None, place=None, caller="", caller_name=long))
    calls.add(record("talking", bridged_at="2026-11-20T22:10:00Z", caller=long, called=long, flow=long))
    calls.add(record(CALL, place={"flow": long, "block": long, "kind": long, "name": long, "step": 1}), *told)
    feed.told.extend(told)
    options: dict[str, Any] = {"color_scheme": "dark" if look == "dark" else "light"}
    if look in SIZES:
        options["viewport"] = SIZES[look]
    chromium.open(address, **options)
    chromium.go("/console/sign-in")
    found = {"sign-in": chromium.audit()}
    signed_in(chromium, address, **options)
    for path in PAGES:
        chromium.go(f"/console/{path}")
        found[path] = chromium.audit()
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_everything_that_moves_stands_still_on_request(
    chromium: Chromium, address: str, calls: MemoryCalls, feed: MemoryEvents
) -> None:
    window = signed_in(chromium, address, reduced_motion="reduce")
    calls.add(record(CALL))
    feed.tell(event(CALL, 1, "call.initiated"))
    window.sees("1 call now")
    assert window.value("document.getAnimations().length") == 0


def test_without_javascript_everything_is_there(
    chromium: Chromium, address: str, calls: MemoryCalls, control: MemoryControl
) -> None:
    calls.add(record(CALL))
    control.calls[CALL] = "acme"
    window = chromium.open(address, java_script_enabled=False)
    window.go("/console/sign-in")
    window.tell("fill", "#key", KEY)
    window.tell("click", "main button")
    window.tell("click", f"#end-{CALL}")
    window.tell("click", "main button.danger")
    eventually(lambda: [type(order) for order in control.taken] == [HangUpOrder], "the order")
    window.tell("click", "text=Dial")
    window.tell("select_option", "#d-flow", "survey")
    window.tell("click", "text=Show the inputs of this flow")
    window.tell("fill", "[name='input.customer']", "42")
    window.tell("click", "text=Events")
    assert "Look again" in window.tell("inner_text", "main")


def test_the_audit_finds_what_is_wrong(chromium: Chromium, address: str) -> None:
    window = chromium.open(address)
    window.go("/console/sign-in")
    window.value("""() => {
        const main = document.querySelector('main');
        main.innerHTML = '<h3>x</h3><input><p id="pale">pale</p><a href="/"></a><table><tr><td>1</td></tr></table>';
        document.getElementById('pale').style.cssText = 'color: rgb(200, 200, 200)';
        main.firstChild.style.cssText = 'width: 3000px';
    }""")
    wrong = " ".join(window.audit())
    for words in ("one first heading", "leaves out a level", "no label", "contrast", "no name", "caption", "px wide"):
        assert words in wrong
