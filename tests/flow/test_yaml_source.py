import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.flow.document import Place
from engine.flow.yaml_source import MAX_BYTES, LocatedList, LocatedMap, place_of, plain_value, read_yaml, spot_of, walk


def read(text):
    value, findings = read_yaml("f.yaml", text)
    assert findings == []
    return value


def first(text):
    findings = read_yaml("f.yaml", text)[1]
    assert findings
    return findings[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("FALSE", False),
        ("yes", "yes"),
        ("on", "on"),
        ("42", 42),
        ("-7", -7),
        ("0", 0),
        ("0123", "0123"),
        ("+442079460000", "+442079460000"),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-.5", -0.5),
        ("1e999", "1e999"),
        (".inf", ".inf"),
        ("12:30", "12:30"),
        ("2026-12-24", "2026-12-24"),
        ("1_000", "1_000"),
        ("12345678901234567", 12345678901234567),
        ("1234567890123456789", "1234567890123456789"),
    ],
)
def test_plain_scalars_are_those_of_yaml_1_2_but_for_telephone_numbers(text, value):
    found = plain_value(text)
    assert found == value
    assert type(found) is type(value)


def test_quoted_scalars_are_text_and_keys_always():
    assert read("'1': '2'\non: \"true\"\n3: 4\n") == {"1": "2", "on": "true", "3": 4}


def test_the_language_of_yaml():
    assert read("a: [1, {b: c}]\nd: |\n  x\n  y\ne: >-\n  x\n  y\n") == {
        "a": [1, {"b": "c"}],
        "d": "x\ny\n",
        "e": "x y",
    }
    assert read("# nothing\n") is None
    assert read("\ufeffa: 1") == {"a": 1}
    assert read(b"a: \xc3\xa9") == {"a": "é"}
    assert read("a: &x [1]\nb: *x\n") == {"a": [1], "b": [1]}


@pytest.mark.parametrize(
    ("text", "rule", "line", "column"),
    [
        ("a: 1\nb: 2\na: 3\n", "yaml-duplicate-key", 3, 1),
        ("<<: {a: 1}\n", "yaml-merge-key", 1, 1),
        ("a: &x [1, *x]\n", "yaml-recursive", 1, 11),
        ("a: *x\n", "yaml-syntax", 1, 4),
        ("a: !!python/object:os.system x\n", "yaml-syntax", 1, 4),
        ("a: !x [1]\n", "yaml-syntax", 1, 4),
        ("[1]: x\n", "yaml-syntax", 1, 1),
        ("a: {{ b }}\n", "yaml-syntax", 1, 5),
        ("a: 1\n---\nb: 1\n", "yaml-syntax", 2, 1),
        ("a: [1\nb: 2\n", "yaml-syntax", 2, 2),
        ("a: b: c\n", "yaml-syntax", 1, 5),
        ("a: @b\n", "yaml-syntax", 1, 4),
        ("a:\n\tb: 1\n", "yaml-tabs", 2, 1),
        (b"a: 1\nb: \xff\n", "yaml-syntax", 2, 4),
        ("a: \x07\n", "yaml-syntax", 1, 4),
        ("a: \ud800\n", "yaml-syntax", 1, 4),
        ("[" * 51, "yaml-too-large", 1, 51),
        ("x" * (MAX_BYTES + 1), "yaml-too-large", 1, 1),
    ],
)
def test_what_flows_have_no_use_for_is_found_at_its_place(text, rule, line, column):
    found = first(text)
    assert (found.rule, found.place, found.severity) == (rule, Place("f.yaml", line, column), "error")


def test_advice_for_frequent_mistakes():
    assert "instead of {{...}}" in first("a: {{ b }}").message
    assert "in quotes" in first("a: @b").message
    assert "in quotes" in first("a: b: c").message
    assert "line 1" in first("a: 1\na: 2").message


def test_all_mistakes_of_a_readable_file_are_told():
    findings = read_yaml("f", "a: 1\na: 2\n<<: 3\nb: !x 4\n")[1]
    assert [finding.rule for finding in findings] == ["yaml-duplicate-key", "yaml-merge-key", "yaml-syntax"]


def test_aliases_cannot_multiply_without_end():
    lines = ["a0: &a0 [1]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
    assert first("\n".join(lines)).rule == "yaml-too-large"


def test_aliases_cannot_nest_without_end():
    lines = ["a0: &a0 [1]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 60)]
    assert first("\n".join(lines)).rule == "yaml-too-large"


def test_places():
    root = read("flow: x\nblocks:\n  a:\n    - play: {id: welcome, text: 'a b'}\n")
    assert isinstance(root, LocatedMap)
    assert isinstance(root["blocks"]["a"], LocatedList)
    assert place_of(root, ("blocks", "a", 0, "play", "id")) == Place("f.yaml", 4, 18)
    assert place_of(root, ("blocks", "a", 0, "play", "id"), key=True) == Place("f.yaml", 4, 14)
    assert place_of(root, ("blocks", "a", 0)) == Place("f.yaml", 4, 7)
    assert place_of(root, ("blocks", "a", 0, "play", "text"), offset=2) == Place("f.yaml", 4, 36)
    assert place_of(root, ("flow",), offset=0) == Place("f.yaml", 1, 7)
    assert place_of(root) == Place("f.yaml", 1, 1)


def test_an_offset_is_ignored_where_the_text_is_not_as_written():
    root = read('a: "x\\ty ${z}"\nb: |\n  text\n')
    assert place_of(root, ("a",), offset=5) == Place("f.yaml", 1, 4)
    assert place_of(root, ("b",), offset=2) == Place("f.yaml", 2, 4)


def test_path_elements_the_file_does_not_have_are_passed_over():
    root = read("play: {id: welcome}\nif: x\nelse: y\n")
    path = ("play", "prompt", "items", 0, "id")
    assert place_of(root, path) == Place("f.yaml", 1, 12)
    assert spot_of(root, path)[1] == ("play", "id")
    assert [element for _, element in walk(root, path)] == ["play", None, None, None, "id"]
    assert place_of(root, ("else_",), key=True) == Place("f.yaml", 3, 1)


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200)))
@settings(max_examples=400)
def test_any_input_is_read_or_found_wrong(source):
    value, findings = read_yaml("f", source)
    assert all(finding.place.line >= 1 and finding.place.column >= 1 for finding in findings)
    assert findings or value is None or isinstance(value, str | int | float | bool | list | dict)


yaml_pieces = st.sampled_from(
    [
        *("a", "b: ", "- ", "[", "]", "{", "}", ", ", ": ", "\n", "  ", "&x ", "*x", "!t "),
        *("'", '"', "|", ">", "#", "1", "<<", "? ", "%", "---\n", "\t"),
    ]
)


@given(st.lists(yaml_pieces, max_size=30).map("".join))
@settings(max_examples=500)
def test_anything_like_yaml_is_read_or_found_wrong(source):
    value, findings = read_yaml("f", source)
    assert findings or value is None or isinstance(value, str | int | float | bool | list | dict)
