"""The dial plan: which flow a call goes to, by the number called, the caller, the trunk and the time.

Of the rules whose conditions hold, the one with the most exact `number` decides: a whole number before the longest
prefix or mask, these before a `/pattern/`, that before a rule without a number. Among equals the first decides, in the
order of the files' names and of the rules in a file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.core.signals import Json
from engine.flow import numbers
from engine.flow.calendar import Calendar, State
from engine.flow.document import Place
from engine.flow.number_match import Dialled, NumberMatch

UNCLAIMED = "unclaimed"
"""The built-in flow for numbers that no rule claims."""
ANY = NumberMatch("*", "any", "")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. An empty condition always holds; of several numbers, callers, trunks or states any one will do."""

    name: str
    flow: str
    place: Place
    numbers: tuple[NumberMatch, ...] = ()
    callers: tuple[NumberMatch, ...] = ()
    trunks: tuple[str, ...] = ()
    calendar: str = ""
    states: tuple[State, ...] = ()
    inputs: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Considered:
    """A rule that was looked at for a call: whether it holds, and why or why not, in words."""

    rule: str
    place: Place
    holds: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Route:
    """Where a call goes. `claimed` is False when no rule holds; `trace` is filled when it was asked for."""

    flow: str
    inputs: dict[str, Json]
    rule: str
    place: Place
    called_e164: str
    claimed: bool = True
    trace: tuple[Considered, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    """One number of a rule, in the order of decision."""

    number: NumberMatch
    rule: Rule


_NOWHERE = Place("dialplans", 1, 1)


class Dialplan:
    """All rules of a project, in the order in which they decide."""

    __slots__ = ("_country", "_entries", "_exact", "rules", "unclaimed", "unclaimed_place")

    def __init__(
        self, rules: tuple[Rule, ...] = (), unclaimed: str = UNCLAIMED, country: str = "", place: Place = _NOWHERE
    ) -> None:
        self.rules = rules
        self.unclaimed = unclaimed
        self.unclaimed_place = place
        self._country = country
        entries = [_Entry(number, rule) for rule in rules for number in (rule.numbers or (ANY,))]
        entries.sort(key=lambda entry: entry.number.exactness)  # stable: equals stay in their order
        self._exact: dict[str, list[_Entry]] = {}
        for entry in entries:
            if entry.number.form == "exact":
                self._exact.setdefault(entry.number.text, []).append(entry)
        self._entries = [entry for entry in entries if entry.number.form != "exact"]

    def route(
        self,
        called: str,
        caller: str = "",
        trunk: str = "",
        at: float = 0.0,
        calendars: Mapping[str, Calendar] | None = None,
        switches: Mapping[str, str] | None = None,
        *,
        explain: bool = False,
    ) -> Route:
        """Where a call goes that arrives at time `at` (seconds since 1970); with `explain`, why each rule does or not.

        Any text is a number here, however hostile: it is compared and nothing else.
        """
        number, who = Dialled.read(called, self._country), Dialled.read(caller, self._country)
        called_e164 = numbers.e164(called, self._country) or ""
        trace: list[Considered] = []
        chosen: Rule | None = None
        for entry in self._candidates(number, explain):
            rule = entry.rule
            failed = _why_not(entry, number, who, trunk, at, calendars or {}, switches or {})
            if explain:
                trace.append(_considered(entry, failed, chosen))
            if not failed and chosen is None:
                chosen = rule
                if not explain:
                    break
        if chosen is None:
            return Route(self.unclaimed, {}, "", self.unclaimed_place, called_e164, False, tuple(trace))
        return Route(chosen.flow, dict(chosen.inputs), chosen.name, chosen.place, called_e164, True, tuple(trace))

    def _candidates(self, number: Dialled, explain: bool) -> Iterator[_Entry]:
        if explain:
            for entries in self._exact.values():
                yield from entries
        else:
            for form in dict.fromkeys((number.e164, number.raw)):
                yield from self._exact.get(form, ())
        yield from self._entries

    def shadowed(self) -> Iterator[tuple[Rule, Rule]]:
        """Rules that can never decide, each with the rule that always does before it."""
        ordered = [entry for entries in self._exact.values() for entry in entries] + self._entries
        hidden: dict[int, list[Rule]] = {}
        for place, entry in enumerate(ordered):
            for earlier in ordered[:place]:
                if earlier.number == entry.number and _covers(earlier.rule, entry.rule):
                    hidden.setdefault(id(entry.rule), []).append(earlier.rule)
                    break
        for rule in self.rules:
            before = hidden.get(id(rule), [])
            if before and len(before) == max(len(rule.numbers), 1):
                yield rule, before[0]


def _why_not(
    entry: _Entry,
    number: Dialled,
    caller: Dialled,
    trunk: str,
    at: float,
    calendars: Mapping[str, Calendar],
    switches: Mapping[str, str],
) -> str:
    """Why a rule does not hold, in words; empty when it does."""
    rule = entry.rule
    if not entry.number.matches(number):
        return f"the number called is not {entry.number.source}"
    if rule.callers and not any(match.matches(caller) for match in rule.callers):
        return f"the caller is not {' or '.join(match.source for match in rule.callers)}"
    if rule.trunks and trunk not in rule.trunks:
        return f"the trunk is not {' or '.join(rule.trunks)}"
    if rule.calendar:
        calendar = calendars.get(rule.calendar)
        state = calendar.state(at, switches) if calendar else "unknown"
        if state not in rule.states:
            return f"the calendar {rule.calendar} is {state}, not {' or '.join(rule.states)}"
    return ""


def _considered(entry: _Entry, failed: str, chosen: Rule | None) -> Considered:
    rule = entry.rule
    if failed:
        return Considered(rule.name, rule.place, False, failed)
    if chosen is not None and chosen is not rule:
        return Considered(rule.name, rule.place, False, f'it would hold, but "{chosen.name}" goes before it')
    parts = [f"the number called is {entry.number.source}" if entry.number.form != "any" else "any number"]
    if rule.callers:
        parts.append("the caller fits")
    if rule.trunks:
        parts.append("the trunk fits")
    if rule.calendar:
        parts.append(f"the calendar {rule.calendar} is {' or '.join(rule.states)}")
    return Considered(rule.name, rule.place, True, ", ".join(parts))


def _covers(wide: Rule, narrow: Rule) -> bool:
    """Whether `wide` holds whenever `narrow` does, their numbers being the same."""

    def within(own: tuple[Any, ...], others: tuple[Any, ...]) -> bool:
        return not own or (bool(others) and set(others) <= set(own))

    if wide is narrow or not within(wide.callers, narrow.callers) or not within(wide.trunks, narrow.trunks):
        return False
    return not wide.calendar or (wide.calendar == narrow.calendar and set(narrow.states) <= set(wide.states))
