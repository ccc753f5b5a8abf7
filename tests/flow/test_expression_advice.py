import ast

import pytest

from engine.flow.expression_advice import name_of, syntax_advice


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a && b", "and"),
        ("a || b", "or"),
        ("!a", "not"),
        ("a = 1", "=="),
        ("a ? b : c", "if condition else"),
        ("$a", "already inside"),
    ],
)
def test_operators_of_other_languages_are_named(text, told):
    assert told in syntax_advice(text, 0, SyntaxError("invalid syntax"))[0]


def test_what_stands_in_quotes_is_no_operator():
    assert syntax_advice("'a && b' 'c = d' )", 17, SyntaxError("unmatched ')'")) == ("unmatched ')'", 17)
    assert "invalid" in syntax_advice("a != b != c ==", 13, SyntaxError("invalid syntax"))[0]


def test_the_place_is_that_of_the_operator():
    assert syntax_advice("a.b && c", 7, SyntaxError("invalid syntax"))[1] == 4


def test_what_python_has_and_expressions_do_not_has_a_name():
    assert name_of(ast.parse("lambda: 1", mode="eval").body) == "a lambda"
    assert name_of(ast.parse("[x for x in y]", mode="eval").body) == "a loop"
    assert name_of(ast.Pass()) == "this"
