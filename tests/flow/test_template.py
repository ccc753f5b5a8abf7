import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from engine.core.errors import FlowError
from engine.flow.template import Template

SCOPE = {"vars": {"n": 3, "name": "Ann", "l": [1], "none": None}}


def rendered(text):
    return Template.compile(text).render(SCOPE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("", ""),
        ("Hello ${vars.name}!", "Hello Ann!"),
        ("${vars.n}${vars.n}", "33"),
        ("${vars.none}", ""),
        ("${vars.l}", "[1]"),
        ("$${vars.n}", "${vars.n}"),
        ("a $ b } {", "a $ b } {"),
        ("${ {'a': '}'}.a }", "}"),
        ("${'it\\'s } ' + vars.name}", "it's } Ann"),
        ('${"${"}', "${"),
    ],
)
def test_rendering(text, expected):
    assert rendered(text) == expected


def test_a_lone_expression_keeps_its_type():
    assert Template.compile("${vars.n}").value(SCOPE) == 3
    assert Template.compile("${vars.l}").value(SCOPE) == [1]
    assert Template.compile(" ${vars.n}").value(SCOPE) == " 3"
    assert Template.compile("3").value(SCOPE) == "3"


def test_expressions_know_where_they_begin():
    template = Template.compile("a ${vars.n} b ${ vars.name }")
    assert [offset for offset, _ in template.expressions] == [4, 16]
    assert [expression.reads[0].column for _, expression in template.expressions] == [5, 18]
    assert not template.is_constant
    assert Template.compile("$${x}").is_constant


@pytest.mark.parametrize(("text", "column"), [("a ${vars.n", 3), ("ab ${vars.n &&}", 13), ("${1}${}", 7)])
def test_mistakes_have_the_column_of_the_whole_text(text, column):
    with pytest.raises(PydanticCustomError) as caught:
        Template.compile(text)
    assert caught.value.type == "expr-syntax"
    assert caught.value.context["column"] == column


def test_what_is_rendered_is_bounded():
    with pytest.raises(FlowError):
        Template.compile("${vars.t}${vars.t}").render({"vars": {"t": "x" * 6000}})


def test_equal_sources_are_equal():
    assert Template.compile("a${vars.n}") == Template.compile("a${vars.n}")
    assert len({Template.compile("a"), Template.compile("a")}) == 1


@given(st.text(alphabet="$ {}'\"\\a1.+", max_size=40))
def test_any_text_is_a_template_or_the_declared_error(text):
    outcome = "expr-"
    try:
        outcome = "expr-" + str(Template.compile(text).render({}))
    except PydanticCustomError as error:
        outcome = error.type
    except FlowError as error:
        outcome = error.name
    assert outcome.startswith(("expr-", "expr."))


@given(st.text(max_size=40))
def test_a_text_without_expressions_is_itself(text):
    plain = text.replace("$", "")
    assert Template.compile(plain).render({}) == plain
