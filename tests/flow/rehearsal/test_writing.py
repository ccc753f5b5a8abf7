from hypothesis import given
from hypothesis import strategies as st

from engine.flow.document import Place
from engine.flow.rehearsal.heard_item import read_item
from engine.flow.rehearsal.writing import in_line, written_item, written_script
from engine.flow.yaml_source import read_yaml

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_what_is_written_is_read_again(value: object) -> None:
    found, findings = read_yaml("f", f"x: {in_line(value)}\n")
    assert not findings, in_line(value)
    assert found == {"x": value}


def test_ordinary_words_need_no_quotes() -> None:
    assert in_line({"a": ["transfer user/anna", "1", 1, None, True]}) == '{a: [transfer user/anna, "1", 1, null, true]}'
    assert in_line("null") == '"null"'
    assert in_line("end -") == '"end -"'


def test_a_script() -> None:
    text = written_script(
        "main",
        [
            {
                "name": "one: two",
                "mocks": {"http": {"GET crm/a": 200}, "record": "fails"},
                "dialogue": [{"press": "1"}, {"hangup": None}],
                "expect": {"end": "hangup"},
            }
        ],
        "why",
    )
    assert text == (
        '# why\nflow: main\ncases:\n  - name: "one: two"\n    mocks:\n      http:\n        GET crm/a: 200\n'
        '      record: fails\n    dialogue:\n      - press: "1"\n      - hangup:\n    expect: {end: hangup}\n'
    )


@given(TEXTS.filter(str.strip))
def test_what_was_heard_is_listened_for(text: str) -> None:
    item, wrong = read_item(written_item(text, frozenset({"welcome"})), Place("f", 1, 1), frozenset({"welcome"}))
    assert not wrong
    assert item is not None
    plain = " ".join(text.split())
    if item.kind == "pattern":
        assert item.pattern is not None
        assert item.pattern.found_in(plain)
    else:
        assert (item.kind, item.source) == ("words", plain)


def test_words_that_would_mean_another_thing() -> None:
    assert written_item("welcome", frozenset({"welcome"})) == "/welcome/"
    assert written_item("number 5", frozenset()) == "/number 5/"
    assert written_item("/a/", frozenset()) == "/\\/a\\//"
