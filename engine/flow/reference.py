"""The reference pages about flows, written from the classes, functions and rules themselves."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from engine.flow.check import CHECKS
from engine.flow.dialplan_reader import DialplanSource, RuleSource
from engine.flow.expression import MAX_DEPTH, MAX_LENGTH
from engine.flow.flow_reader import FlowSource
from engine.flow.function import FUNCTIONS
from engine.flow.kinds import KINDS
from engine.flow.project import ProjectSource
from engine.flow.rule import RULES
from engine.flow.schema import dialplan_schema, flow_schema, project_schema, script_schema
from engine.flow.suppression import UNKNOWN_RULE

_DURATION_HINT = "write a duration"


def pages() -> Mapping[str, Callable[[], str]]:
    """Every page by the name of its file, with what writes it."""
    return {
        "kinds.md": kinds_page,
        "expressions.md": expressions_page,
        "rules.md": rules_page,
        "files.md": files_page,
        "tests.md": tests_page,
    }


def kinds_page() -> str:
    """The steps: what each does, an example, its fields, its errors."""
    definitions = flow_schema()["$defs"]
    parts = [
        "# Steps",
        "",
        "A step is a map with the key of its kind. Beside the kind may stand `name` (a label), `when` (an expression;"
        " the step is skipped when it is false) and `on_error` (a map of error names to targets; a name stands for all"
        " that begin with it, `any` for all).",
        "",
        "A *target* is the name of a block, `flow:NAME` (another flow, without coming back), a list of steps, or one of"
        " `next`, `repeat`, `return`, `hangup`.",
        "",
    ]
    for word, kind in KINDS.items():
        parts += [f"## {word}", "", _unindented(kind.__doc__ or ""), ""]
        form = definitions["Step"]["properties"][word]
        object_form = next((found for found in form.get("anyOf", [form]) if "properties" in found), None)
        if kind.whole:
            parts += [f"What stands under `{word}` is {_article(_type_words(form, definitions))}.", ""]
        elif object_form and object_form["properties"]:
            if kind.short:
                parts += [f"`{word}: VALUE` is short for `{word}: {{{kind.short}: VALUE}}`.", ""]
            parts += [*_table(object_form, definitions), ""]
        if kind.siblings:
            beside = " and ".join(f"`{name}`" for name in kind.siblings)
            parts += [f"Beside `{word}` stand {beside}, both targets; one left out is the next step.", ""]
        if kind.errors:
            parts += ["Errors: " + ", ".join(f"`{name}`" for name in kind.errors) + ".", ""]
    return _page(parts)


def expressions_page() -> str:
    """Names, operators and functions of expressions."""
    parts = [
        "# Expressions",
        "",
        "`${expression}` inside a text is replaced by its value; a value that is only `${expression}` keeps its type."
        " `$${` stands for `${` itself. `if`, `when`, `switch.value`, `valid_when` and `save` hold an expression"
        " without `${}`.",
        "",
        "| name | meaning |",
        "|---|---|",
        "| `vars.NAME` | a variable of the flow |",
        "| `inputs.NAME` | an input of the flow |",
        "| `session.NAME` | a variable all flows of the call share |",
        "| `call.NAME` | the call: `caller`, `caller_name`, `called`, `called_e164`, `trunk`, `at`, `direction`,"
        " `language`, `uuid`, `bundle`, `headers` |",
        "| `error.NAME` | in a handler: `name`, `message`, `flow`, `block`, `line` |",
        "| `NAME.output` | what a `call` step saved as NAME |",
        "| `value` | in `valid_when` and `confirm`: what was keyed in |",
        "| `response` | in `save` of `http`: `status`, `headers`, `body`, `json` |",
        "",
        "Operators: `and or not`, `== != < <= > >=`, `in`, `not in`, `+ - * / // %`, `a if condition else b`, `x.y`,"
        " `x['y']`, `x[0]`, lists `[a, b]` and maps `{'a': 1}`. Constants: numbers, texts in quotes, `true`, `false`,"
        " `null`. A text is never equal to a number. A field that does not exist is the error `expr.undefined`, a value"
        f" of the wrong type `expr.type`. An expression has at most {MAX_LENGTH} characters and is at most {MAX_DEPTH}"
        " deep.",
        "",
        "## Functions",
        "",
        "| function | meaning |",
        "|---|---|",
    ]
    for name in sorted(FUNCTIONS):
        function = FUNCTIONS[name]
        meaning = " ".join(function.description.split()).replace("|", "\\|")
        parts.append(f"| `{function.signature}` | {meaning} |")
    return _page(parts)


def rules_page() -> str:
    """What the checks look for."""
    assert CHECKS  # importing these declares their rules
    assert UNKNOWN_RULE
    parts = [
        "# Rules",
        "",
        "`switchboard flow check` holds the files to these rules. An error keeps them from being loaded. Suppress a"
        " rule on a line by `# lint: disable=RULE -- reason`, or set its severity in `project.yaml` by"
        " `lint: {RULE: error|warning|info|off}`; not those marked firm: where they are broken, a call would fail.",
        "",
        "| rule | severity | meaning |",
        "|---|---|---|",
    ]
    for name in sorted(RULES):
        rule = RULES[name]
        firm = ", firm" if rule.firm else ""
        parts.append(f"| `{name}` | {rule.severity}{firm} | {rule.description} |")
    return _page(parts)


def files_page() -> str:
    """The fields of the files themselves."""
    parts = ["# Files", ""]
    described: tuple[tuple[str, type[BaseModel], dict[str, Any]], ...] = (
        ("ivr_flows/project.yaml", ProjectSource, project_schema()),
        ("ivr_flows/NAME.flow.yaml", FlowSource, flow_schema()),
        ("dialplans/NAME.yaml", DialplanSource, dialplan_schema()),
    )
    for file, _, schema in described:
        parts += [f"## {file}", "", *_table(schema, schema.get("$defs", {})), ""]
    rules = dialplan_schema()["$defs"][RuleSource.__name__]
    parts += ["A rule of a dial plan:", "", *_table(rules, dialplan_schema()["$defs"]), ""]
    parts += ["A variable under `vars`, `inputs`, `outputs` or `session`:", ""]
    parts += [*_table(flow_schema()["$defs"]["VariableSource"], {}), ""]
    parts += ["A calendar:", "", *_table(project_schema()["$defs"]["CalendarSource"], project_schema()["$defs"]), ""]
    parts += ["A service:", "", *_table(project_schema()["$defs"]["ServiceSource"], project_schema()["$defs"]), ""]
    parts += ["An item of a prompt:", "", *_table(flow_schema()["$defs"]["PromptPart"], {}), ""]
    return _page(parts)


def tests_page() -> str:
    """The fields of test files."""
    schema = script_schema(names=False)
    definitions = schema["$defs"]
    parts = [
        "# Tests of flows",
        "",
        "The fields of `ivr_flows/NAME.test.yaml`. [Testing flows](../flow-tests.md) shows how they are used.",
        "",
        *_table(schema, definitions),
        "",
    ]
    titles = {
        "CaseSource": "A case",
        "CallSource": "Its call",
        "MocksSource": "Its mocks",
        "ReplySource": "A reply under `mocks.http`: a status, the name of an error, or a map",
        "ActionSource": "An item of its dialogue, exactly one of",
        "ExpectSource": "What is expected, in the middle of a dialogue or when it is over",
    }
    for name, title in titles.items():
        found = definitions[name]
        found = next((form for form in found.get("anyOf", [found]) if "properties" in form), found)
        parts += [f"{title}:", "", *_table(found, definitions), ""]
    return _page(parts)


def _page(parts: list[str]) -> str:
    return "\n".join(parts).rstrip() + "\n"


def _unindented(text: str) -> str:
    first, _, rest = text.partition("\n")
    lines = [line[4:] if line.startswith("    ") else line for line in rest.split("\n")]
    return "\n".join([first.strip(), *lines]).strip()


def _table(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[str]:
    required = schema.get("required", ())
    described = any("description" in found for found in schema["properties"].values())
    yield "| field | value | default |" + (" meaning |" if described else "")
    yield "|---|---|---|" + ("---|" if described else "")
    for name, found in schema["properties"].items():
        default = "required" if name in required else _default(found)
        row = f"| `{name}` | {_type_words(found, definitions)} | {default} |"
        meaning = str(found.get("description", "")).replace("|", "\\|").replace("\n", " ")
        yield f"{row} {meaning} |" if described else row


def _default(schema: Mapping[str, Any]) -> str:
    value = schema.get("default")
    if value is None or value in ("", [], {}):
        return ""
    if "patternErrorMessage" in str(schema) and isinstance(value, int | float):
        return f"{value * 1000:g}ms" if value < 1 else f"{value:g}s"
    if isinstance(value, bool):
        return str(value).lower()
    return f"`{value}`" if isinstance(value, str | int | float) else ""


def _type_words(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """The type of a field in a few words."""
    if "x-step" in schema or schema.get("$ref", "").endswith("/Step"):
        return "step"
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name in ("PromptSpec", "PromptPart"):
            return "prompt"
        found = definitions.get(name, {})
        fields = ", ".join(f"`{field}`" for field in found.get("properties", {}))
        return f"map of {fields}" if fields else _type_words(found, definitions) if found else name
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "anyOf" in schema:
        words = [_type_words(part, definitions) for part in schema["anyOf"] if part.get("type") != "null"]
        if "list of step" in words:
            return "target"
        if "prompt" in words:
            return "prompt"
        return " or ".join(dict.fromkeys(words))
    if str(schema.get("patternErrorMessage", "")).startswith(_DURATION_HINT):
        return "duration"
    return _plain_words(schema, definitions)


def _plain_words(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    kinds = schema.get("type", "any value")
    if isinstance(kinds, list):
        names = [_plain_words({"type": kind}, definitions) for kind in kinds if kind != "null"]
        return " or ".join(dict.fromkeys(names))
    if kinds == "array":
        items = schema.get("items")
        return f"list of {_type_words(items, definitions)}" if items else "list"
    if kinds == "object":
        values = next(iter(schema.get("patternProperties", {}).values()), schema.get("additionalProperties"))
        return f"map to {_type_words(values, definitions)}" if isinstance(values, dict) and values else "map"
    return {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(str(kinds), str(kinds))


def _article(words: str) -> str:
    return words if words.startswith(("any", "text")) else f"a {words}"
