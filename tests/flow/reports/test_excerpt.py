import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.flow.reports.excerpt import excerpt, lines_of


@pytest.mark.parametrize(
    ("line", "column", "marked"),
    [
        ('choices: {"1": sals}', 16, "sals"),
        ('choices: {"1": sals}', 11, '"1"'),
        ("then: next", 1, "then"),
        ("at: 'it''s on'  # x", 5, "'it''s on'"),
        ("[a,b]", 2, "a"),
        ("a: :", 4, ":"),
        ("a: }", 4, "}"),
    ],
)
def test_what_is_underlined(line, column, marked):
    found = excerpt(line, column)
    assert found.line == line
    assert found.line[found.before : found.before + found.length] == marked
    assert found.mark == " " * (column - 1) + "^" + "~" * (len(marked) - 1)


def test_wide_characters_and_tabs():
    found = excerpt("\t你好: x\x1b", 6)
    assert found.line == " 你好: x�"
    assert (found.before, found.length) == (7, 2)
    assert excerpt("e\u0301: 你", 5).mark == "   ^~"


def test_a_long_line_is_cut_around_the_column():
    line = "a" * 500 + " here " + "b" * 500
    found = excerpt(line, 502, width=40)
    assert found.line[found.before : found.before + found.length] == "here"
    assert found.line.startswith("…")
    assert found.line.endswith("…")
    assert len(found.line) == 42


def test_lines_are_those_of_yaml():
    assert lines_of("a\nb\r\nc\rd\u2028e\x0cf") == ["a", "b", "c", "d", "e\x0cf"]


@given(st.text(max_size=300), st.integers(-3, 400))
def test_any_column_of_any_line_has_its_mark(line, column):
    found = excerpt(line, column, 50)
    assert found.line.isprintable()
    assert found.mark.strip(" ~") == "^"
    assert len(found.line) <= 52
