from datetime import UTC, datetime

import pytest

from engine.flow.rehearsal import script as to
from engine.flow.rehearsal.reader import as_mocks, is_test, read_script, read_scripts
from engine.flow.rehearsal.source import MocksSource
from engine.flow.rule import RULES
from tests.flow.author import MARK
from tests.flow.rehearsal.scripts import FILE, FLOW, SHOP, case, script, shop, wrong


def test_which_files_hold_tests() -> None:
    assert is_test("ivr_flows/a.test.yaml")
    assert is_test("ivr_flows/tests/a.test.yaml")
    assert not is_test("ivr_flows/a.flow.yaml")
    assert not is_test("a.test.yaml")
    assert not is_test("ivr_flows/prompts/en.test.yaml")


def test_a_case_is_what_its_file_and_its_defaults_say() -> None:
    text = """\
    flow: main
    defaults:
      strict: true
      call: {caller: 100, called: "+4420", at: 2026-07-01T10:00, headers: {x-a: b}}
      mocks: {http: {POST crm/look: 200, GET crm/b: 200}, transfer: {any: busy}, record: fails}
    cases:
      - name: one
        call: {caller: "200", at: 2026-12-25T10:00+01:00, language: fr, answered: true}
        mocks: {http: {POST crm/look: {json: {a: null}, delay: 2s}}, hours: {shop: closed}, session: {tier: 3}}
      - {name: two, strict: false}
    """
    one, two = script(text).cases
    at = datetime(2026, 12, 25, 9, tzinfo=UTC).timestamp()
    assert one.call == to.CallSetup(at, "200", "+4420", "fr", {}, {"x-a": "b"}, True)
    assert two.call.at == datetime(2026, 7, 1, 9, tzinfo=UTC).timestamp(), "ten o'clock in London"
    look = to.Reply(200, '{"a": null}', {"content-type": "application/json"}, "", 2.0)
    mocks = ({"POST crm/look": (look,), "GET crm/b": (to.Reply(),)}, {"any": ("busy",)}, {"shop": "closed"}, False)
    assert one.mocks == to.Mocks(*mocks, {"tier": 3})
    assert (one.strict, two.strict) == (True, False)
    assert (one.place.line, one.place.column) == (7, 11)


def test_a_call_that_says_no_time_comes_on_a_monday_morning() -> None:
    assert datetime.fromtimestamp(case("dialogue: []").call.at, UTC).isoformat() == "2026-03-02T10:00:00+00:00"


def test_every_action() -> None:
    read = case(
        """\
        dialogue:
          - hear: [welcome, number 2]
          - hear: {en: choose, fr: [choose, silent]}
          - press: ["1", 23]
          - silence:
          - silence: 3
          - wait: 1m
          - speak: 2s
          - agent: busy
          - agent: hangs_up
          - agent: {press: "1"}
          - expect: {end: waiting}
          - hangup:
        """
    )
    kinds = [type(action) for action in read.actions]
    assert kinds == [to.Hear, to.Hear, to.Press, to.Silence, to.Silence, to.Pause, to.Speak, to.AgentWill,
                     to.AgentLeaves, to.AgentPresses, to.Check, to.HangUp]  # fmt: skip
    first, second, press, once, thrice, pause = read.actions[:6]
    assert isinstance(first, to.Hear)
    assert [item.kind for item in first.items[""]] == ["prompt", "say"]
    assert [item.place.column for item in first.items[""]] == [16, 25]
    assert isinstance(second, to.Hear)
    assert set(second.items) == {"en", "fr"}
    assert isinstance(press, to.Press)
    assert press.entries == ("1", "23")
    assert (once, thrice) == (to.Silence(once.place, 1), to.Silence(thrice.place, 3))
    assert pause == to.Pause(pause.place, 60.0)


def test_every_expectation_has_its_place() -> None:
    read = case(
        """\
        expect:
          end: hangup
          vars: {reason: a, pin: null}
          tags: {x: 1}
          heard: welcome
          not_heard: [choose, silent]
          requests: [POST crm/look, {POST crm/look: {a: 1}}]
          visited: desk
          events: [call.answered, {call.ended: {cause: NORMAL_CLEARING}}]
          errors: []
          max_seconds: 3
        """
    )
    found = [(one.about, one.key, one.place.line) for one in read.expectations]
    assert found == [
        ("end", "", 5), ("vars", "reason", 6), ("vars", "pin", 6), ("tags", "x", 7), ("heard", "", 8),
        ("not_heard", "", 9), ("not_heard", "", 9), ("requests", "", 10), ("visited", "", 11), ("events", "", 12),
        ("events", "", 12), ("errors", "", 13), ("max_seconds", "", 14),
    ]  # fmt: skip
    requests = next(one.wanted for one in read.expectations if one.about == "requests")
    assert requests == (to.RequestWanted("POST crm/look"), to.RequestWanted("POST crm/look", {"a": 1}, looks=True))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("§[]", 'write a map that begins with "flow: NAME"'),
        ("§flow: main", '"cases" is missing'),
        ("flow: main\ncases: §[]", "at least 1"),
        ("flow: main\ncases: [§a]", "a case is a map"),
        ("flow: main\ncases: [§{dialogue: []}]", '"name" is missing in the case'),
        ("flow: main\ncases: [{name: a, §dialog: []}]", 'did you mean "dialogue"?'),
        ("flow: main\ncases: [{name: a, dialogue: [{§pres: '1'}]}]", 'did you mean "press"?'),
        ("flow: main\ncases: [{name: a, dialogue: [{press: §x}]}]", "write the keys in quotes"),
        ("flow: main\ncases: [{name: a, dialogue: [{press: '1', hear: §choose}]}]", "make them two items"),
        ("flow: main\ncases: [{name: a, dialogue: [{wait: §5}]}]", "write a duration"),
        ("flow: main\ncases: [{name: a, call: {at: §noon}}]", "write a time such as"),
        ("flow: main\ndefaults: {call: {at: §noon}}\ncases: [{name: a}]", "write a time such as"),
        ("flow: main\ncases: [{name: a}, {name: §a}]", "already in line 2"),
        ("flow: main\ncases: [{name: a, expect: {end: §}}]", "end needs a value"),
        ("flow: main\ncases: [{name: a, expect: {requests: [§{GET crm/a: 1, GET crm/b: 2}]}}]", "write one request"),
        ("flow: main\ncases: [{name: a, expect: {events: [§{a: 1}]}}]", "write one event"),
        ("flow: main\ncases: [{name: a, mocks: {http: {POST crm/look: {status: §9}}}}]", "at least 100"),
        ("flow: main\ncases: [{name: a, for_each: §3}]", "write names with lists"),
        ("flow: main\ncases:\n§\t- a", "tab"),
    ],
)
def test_mistakes_have_their_place(text: str, told: str) -> None:
    findings = wrong(text)
    assert told in findings[0].message


def test_an_input_without_a_default_must_be_given() -> None:
    needs = shop(FLOW.replace("{type: number, default: 3}", "{type: number}"))
    (finding,) = wrong("flow: main\ncases: [{name: §a}]", needs)
    assert finding.rule == "missing-input"
    assert case("call: {inputs: {tries: 1}}", needs).call.inputs == {"tries": 1}


def test_without_a_project_only_the_form_is_looked_at() -> None:
    text = "flow: other\ncases: [{name: a, dialogue: [{hear: no_such_prompt}], expect: {vars: {x: 1}}}]"
    assert script(text, None).flow == "other"
    (finding,) = wrong("flow: other\ncases: [{name: a, §dialgue: []}]", None)
    assert finding.rule == "schema"


def test_all_files_are_read_and_all_mistakes_told() -> None:
    good = "flow: main\ncases: [{name: a}]"
    scripts, findings = read_scripts({"b.test.yaml": good, "a.test.yaml": b"\xff", "c.test.yaml": "flow: ["}, SHOP)
    assert [one.file for one in scripts] == ["b.test.yaml"]
    assert [finding.place.file for finding in findings] == ["a.test.yaml", "c.test.yaml"]
    assert read_script(FILE, good.replace(MARK, ""), SHOP)[1] == ()


def test_mocks_alone_can_be_read() -> None:
    assert as_mocks(MocksSource.model_validate({"transfer": {"any": "busy"}})).transfer == {"any": ("busy",)}


def test_the_rules_of_test_files_are_firm() -> None:
    """A comment cannot make a test mean something."""
    (twice,) = wrong("flow: main\ncases: [{name: a}, {name: §a}]")
    (strange,) = wrong("flow: main\ncases: [{name: a, dialogue: [hear: §no_prompt]}]")
    assert (twice.rule, strange.rule) == ("duplicate-case", "unknown-in-test")
    for name in ("duplicate-case", "unknown-in-test", "test-failed"):
        assert RULES[name].firm
        assert RULES[name].severity == "error"
