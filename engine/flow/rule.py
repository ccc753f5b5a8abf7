"""The rules that an author's files are held to: each has a name, a severity and a sentence that explains it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from engine.flow.document import Place
from engine.flow.finding import Finding, Severity

_RULES: dict[str, "Rule"] = {}

RULES: Mapping[str, "Rule"] = MappingProxyType(_RULES)
"""Every rule by its name. Complete once `engine.flow.check` is imported."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. A `firm` one cannot be suppressed or made milder: a call would fail where it is broken."""

    name: str
    severity: Severity
    description: str
    firm: bool = False

    def at(self, place: Place, message: str) -> Finding:
        """A finding of this rule."""
        return Finding(place, self.severity, self.name, message)


def rule(name: str, severity: Severity, description: str, *, firm: bool = False) -> Rule:
    """Declare a rule."""
    assert name not in _RULES, name
    _RULES[name] = Rule(name, severity, description, firm)
    return _RULES[name]


for _name, _text in (
    ("yaml-syntax", "The file is no YAML, or uses a part of YAML that flows do not."),
    ("yaml-tabs", "A line is indented by a tab."),
    ("yaml-duplicate-key", "A key is twice in one map; the second would silently win."),
    ("yaml-recursive", "An alias stands inside what it names."),
    ("yaml-merge-key", "A merge key (`<<`) hides what a step really says."),
    ("yaml-too-large", "The file is over 1 MiB, over 50,000 values, or nested over 50 deep."),
    ("schema", "A field is unknown, missing or of the wrong type; a step has no kind or two."),
    ("schema-version", "The flow is written for another version of the language."),
    ("reserved-name", "A name is a word of the language."),
    ("bad-choice-key", "Keys of a phone are 0-9 * #, in quotes."),
    ("bad-pattern", "A pattern cannot be read."),
    ("slow-pattern", "A pattern is too large to be matched quickly."),
    ("length-impossible", "No entry can have the length asked for."),
    ("expr-syntax", "An expression cannot be read."),
    ("expr-unsupported", "An expression uses what expressions do not have, or is too long or too deep."),
    ("expr-type", "An expression uses a value of a type that does not fit, as comparing a text with a number."),
    ("unknown-function", "An expression calls a function that does not exist."),
    ("unknown-error", "`on_error` names an error that does not exist."),
    ("unknown-timezone", "A timezone does not exist."),
    ("unknown-holidays", "The holidays of a country or part of it are not known."),
    ("calendar-overlap", "Two spans of a calendar overlap, or a day has its hours twice."),
    ("unknown-flow", "A flow is named that does not exist."),
    ("unknown-calendar", "A calendar is named that the project does not have."),
    ("unknown-input", "A flow is given an input it does not declare."),
    ("missing-input", "A flow is not given an input it needs."),
    ("input-type", "A flow is given an input of another type."),
    ("unknown-language", "A language is used that the project does not list."),
    ("duplicate-flow", "Two files hold a flow of the same name."),
    ("unknown-in-test", "A test names a prompt, block, variable, service or value that does not exist."),
    ("test-failed", "A test fails, and the project has `tests: gate`."),
    ("duplicate-case", "Two cases of a test file have the same name."),
):
    rule(_name, "error", _text, firm=True)

rule("shadowed-rule", "warning", "A rule of the dial plan never decides: another always holds before it.")
