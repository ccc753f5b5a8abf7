"""Whether the types in expressions fit each other, and whether conditions say anything."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.flow.checked_project import CheckedProject, StepText, texts_of
from engine.flow.document import Flow, Variable, VariableType
from engine.flow.expression_types import StaticType, infer, is_constant
from engine.flow.finding import Finding
from engine.flow.rule import RULES, rule
from engine.flow.template import Template

DIGITS_WITH_NUMBER = rule(
    "digits-compared-with-number", "error", "Digits are text: compared with a number they are never equal.", firm=True
)
CONSTANT_CONDITION = rule("constant-condition", "warning", "A condition is the same in every call.")
JINJA = rule("jinja-syntax", "warning", "`{{ }}` is spoken as it stands; expressions are written `${ }`.")

_TYPES: Mapping[VariableType, StaticType] = {
    "string": "text",
    "digits": "digits",
    "number": "number",
    "bool": "bool",
    "map": "map",
    "list": "list",
    "file": "text",
    "datetime": "text",
}


def check(project: CheckedProject) -> Iterator[Finding]:
    """Types that do not fit, conditions without a question, texts of another template language."""
    for flow in project.own_flows:
        for _, step in project.steps(flow):
            for text in texts_of(step):
                yield from _types(project, flow, text)
                yield from _condition(project, text)
                if isinstance(text.text, Template) and ("{{" in text.text.source or "{%" in text.text.source):
                    at = max(text.text.source.find("{{"), text.text.source.find("{%")) + 1
                    yield JINJA.at(project.text_place(text, at), "write ${...} instead of {{...}}")
    for language, words in project.prompts.texts.items():
        for name, found in words.items():
            if found.line and "{{" in found.text.source:
                place = project.map.in_file(f"ivr_flows/prompts/{language}.yaml", (name,))
                yield JINJA.at(place, "write ${...} instead of {{...}}")


def type_lookup(project: CheckedProject, flow: Flow, text: StepText) -> Any:
    """The static type of a dotted name in a text of a flow."""
    local: StaticType = "digits" if text.path[:1] in (("valid_when",), ("confirm",)) else "any"

    def lookup(path: tuple[str, ...]) -> StaticType:
        root = path[0]
        if root == "value" and len(path) == 1:
            return local
        if len(path) != 2:
            return "any"
        if root == "call":
            return "map" if path[1] == "headers" else "text"
        declared: Mapping[str, Variable] = {
            "vars": flow.vars,
            "inputs": flow.inputs,
            "session": project.project.session,
        }.get(root, {})
        variable = declared.get(path[1])
        return _TYPES[variable.type] if variable is not None else "any"

    return lookup


def _types(project: CheckedProject, flow: Flow, text: StepText) -> Iterator[Finding]:
    lookup = type_lookup(project, flow, text)
    for expression in text.expressions:
        for mistake in infer(expression, lookup)[1]:
            place = project.text_place(text, expression.offset + mistake.column)
            yield RULES[mistake.rule].at(place, mistake.message)


def _condition(project: CheckedProject, text: StepText) -> Iterator[Finding]:
    word = text.step.kind.word
    asks = (text.beside and text.path == ("when",)) or (word, text.path) in _CONDITIONS
    if asks and any(is_constant(expression) for expression in text.expressions):
        yield CONSTANT_CONDITION.at(project.text_place(text), "this is the same in every call")


_CONDITIONS = {("if", ("condition",)), ("switch", ("value",)), ("collect", ("valid_when",))}
