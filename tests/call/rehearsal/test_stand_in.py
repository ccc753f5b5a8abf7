from engine.call.rehearsal.stand_in import People, Replies, Turns, as_reply, set_stage
from engine.core.effects import Dial, HttpCall, RegisteredUser
from engine.core.ids import LegId
from engine.flow.project import Service
from engine.flow.rehearsal.script import Mocks, Reply
from tests.flow.playbook import NOON
from tests.flow.rehearsal.scripts import SHOP

CRM = {"crm": Service("crm", "https://crm.test")}


def test_the_last_of_several_is_for_all_further_turns() -> None:
    turns = Turns()
    assert [turns.next("a", "xy") for _ in range(3)] == ["x", "y", "y"]
    assert turns.next("b", "xy") == "x"


def test_requests_are_answered_as_the_test_says() -> None:
    replies = Replies({"GET crm/*": (Reply(500),), "GET crm/a": (Reply(201), Reply(202))}, CRM)
    asked = [replies.answer(HttpCall("GET", f"https://crm.test/{path}")).status for path in ("a", "a", "a", "b")]
    assert asked == [201, 202, 202, 500], "the exact one goes before the one with a star"
    assert replies.strange == []
    strange = HttpCall("GET", "https://other.test/")
    assert replies.answer(strange).error == "http.connect"
    assert replies.strange == [strange]


def test_late_long_and_failed_replies() -> None:
    call = HttpCall("GET", "https://crm.test/a", timeout=4.0, max_body=3)
    late = as_reply(Reply(delay=4.5), call)
    assert (late.error, late.ms) == ("http.timeout", 4000)
    assert as_reply(Reply(error="http.tls", delay=1), call).error == "http.tls"
    assert as_reply(Reply(body="1234"), call).error == "http.too_large"
    good = as_reply(Reply(404, "123", {"a": "b"}, delay=0.5), call)
    assert (good.status, good.body, good.headers, good.ms) == (404, "123", {"a": "b"}, 500)


def test_people_do_as_the_test_says() -> None:
    people = People({"user/anna": ("busy", "answers"), "any": ("rejects",)})
    dials = [Dial(LegId("x"), RegisteredUser(name), 5) for name in ("anna", "anna", "ben")]
    assert [people.whom(dial) for dial in dials] == ["busy", "answers", "rejects"]
    assert People({}).whom(dials[0]) == "answers"


def test_the_stage_is_set() -> None:
    staged, switches = set_stage(SHOP, Mocks(hours={"shop": "holiday"}, session={"tier": 7}), "fr")
    assert staged.calendars["shop"].state(NOON, switches) == "holiday"
    assert staged.project.session["tier"].default == 7
    assert staged.project.languages == ("fr", "en")
    assert SHOP.calendars["shop"].state(NOON) == "open"
    same, none = set_stage(SHOP, Mocks(hours={"gone": "open"}, session={"gone": 1}), "en")
    assert (same.project, none) == (SHOP.project, {})
