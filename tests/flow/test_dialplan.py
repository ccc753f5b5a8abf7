from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from engine.flow.calendar import Calendar
from engine.flow.dialplan import UNCLAIMED, Dialplan, Rule
from engine.flow.document import Place
from engine.flow.number_match import NumberMatch

OFFICE = {"office": Calendar("office", "UTC", dict.fromkeys(range(5), ((480, 1080),)))}
FRIDAY = datetime(2026, 11, 20, 9, tzinfo=UTC).timestamp()
SUNDAY = datetime(2026, 11, 22, 9, tzinfo=UTC).timestamp()


def rule(name, *numbers, line=1, **more):
    read = tuple(NumberMatch.read(number, "GB") for number in numbers)
    callers = tuple(NumberMatch.read(number, "GB") for number in more.pop("callers", ()))
    return Rule(name, more.pop("flow", name), Place("dialplans/main.yaml", line, 5), read, callers, **more)


def plan(*rules, **more):
    return Dialplan(rules, country="GB", **more)


def test_the_most_exact_number_decides_wherever_it_stands():
    rules = plan(
        rule("any"),
        rule("pattern", "/.*/"),
        rule("area", "+4420*"),
        rule("block", "+4420794600XX"),
        rule("one", "+442079460000"),
    )
    assert rules.route("020 7946 0000").flow == "one"
    assert rules.route("020 7946 0001").flow == "block"
    assert rules.route("020 7111 1111").flow == "area"
    assert rules.route("112").flow == "pattern"


def test_among_equals_the_first_that_holds_decides():
    rules = plan(
        rule("closed", "+442079460000", calendar="office", states=("closed", "holiday")),
        rule("main", "+442079460000"),
    )
    assert rules.route("+442079460000", at=FRIDAY, calendars=OFFICE).flow == "main"
    assert rules.route("+442079460000", at=SUNDAY, calendars=OFFICE).flow == "closed"


def test_callers_and_trunks():
    rules = plan(
        rule("hidden", "100", callers=["anonymous"]),
        rule("ann", "100", callers=["+33*", "+442079460001"]),
        rule("carrier", "100", trunks=("carrier",)),
    )
    assert rules.route("100", caller="anonymous").flow == "hidden"
    assert rules.route("100", caller="020 7946 0001").flow == "ann"
    assert rules.route("100", caller="+33109758351").flow == "ann"
    assert rules.route("100", caller="+12025550123", trunk="carrier").flow == "carrier"
    assert not rules.route("100", caller="+12025550123", trunk="other").claimed


def test_what_a_route_tells():
    rules = plan(rule("main", "020 7946 0000", flow="support", inputs={"lang": "en"}))
    route = rules.route("02079460000")
    assert (route.flow, route.inputs, route.rule, route.called_e164, route.claimed) == (
        "support",
        {"lang": "en"},
        "main",
        "+442079460000",
        True,
    )
    assert route.place.line == 1
    route.inputs["lang"] = "fr"
    assert rules.route("02079460000").inputs == {"lang": "en"}


def test_a_number_nobody_claims():
    route = plan(rule("main", "+442079460000")).route("+442079460009")
    assert (route.flow, route.claimed, route.rule) == (UNCLAIMED, False, "")
    assert plan(unclaimed="sorry").route("1").flow == "sorry"
    assert plan().route("1").called_e164 == ""


def test_the_explanation_names_every_rule_and_its_reason():
    rules = plan(
        rule("night", "+442079460000", calendar="office", states=("closed",)),
        rule("main", "+442079460000"),
        rule("area", "+4420*"),
        rule("paris", "+331*"),
    )
    trace = rules.route("+442079460000", at=FRIDAY, calendars=OFFICE, explain=True).trace
    assert [(found.rule, found.holds) for found in trace] == [
        ("night", False),
        ("main", True),
        ("area", False),
        ("paris", False),
    ]
    assert trace[0].reason == "the calendar office is open, not closed"
    assert trace[1].reason == "the number called is +442079460000"
    assert trace[2].reason == 'it would hold, but "main" goes before it'
    assert trace[3].reason == "the number called is not +331*"
    assert rules.route("+442079460000").trace == ()


def test_rules_that_never_decide():
    main, again, closed = (
        rule("main", "+442079460000"),
        rule("again", "020 7946 0000"),
        rule("closed", "+442079460000", calendar="office", states=("closed",)),
    )
    assert [(hidden.name, before.name) for hidden, before in plan(main, again, closed).shadowed()] == [
        ("again", "main"),
        ("closed", "main"),
    ]
    assert list(plan(closed, main).shadowed()) == []
    assert list(plan(main, rule("area", "+4420*"), rule("any")).shadowed()) == []
    two = rule("two", "+442079460000", "+442079460001")
    assert list(plan(main, two).shadowed()) == []
    assert [
        hidden.name
        for hidden, _ in plan(rule("wide", "1", trunks=("a", "b")), rule("narrow", "1", trunks=("a",))).shadowed()
    ] == ["narrow"]
    assert list(plan(rule("a", "1", trunks=("a",)), rule("b", "1", trunks=("a", "b"))).shadowed()) == []


@given(st.text(max_size=120), st.text(max_size=60), st.text(max_size=60))
def test_hostile_numbers_are_routed_like_any_other(called, caller, trunk):
    route = plan(rule("main", "+442079460000"), rule("any")).route(called, caller, trunk, 0.0, explain=True)
    assert route.flow in ("main", "any")
    assert len(route.trace) == 2
