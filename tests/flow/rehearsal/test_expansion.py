from typing import Any

from engine.flow.finding import Finding
from engine.flow.rehearsal.expansion import expanded
from engine.flow.yaml_source import LocatedMap, read_yaml


def expand(text: str) -> tuple[list[Any], list[Finding]]:
    value, wrong = read_yaml("f", text)
    assert isinstance(value, LocatedMap)
    assert not wrong
    findings: list[Finding] = []
    return list(expanded(value, findings)), findings


def test_a_case_without_it_is_one_case() -> None:
    assert expand("name: ${a}") == ([{"name": "${a}"}], [])
    assert expand("{name: a, for_each: }") == ([{"name": "a", "for_each": None}], [])


def test_every_value_with_every_other() -> None:
    found, findings = expand("name: a ${x} ${y}\nfor_each: {x: [1, 2], y: [p, q]}\nkey ${x}: [{at: '${x}'}, '$${x}']")
    assert findings == []
    assert [one["name"] for one in found] == ["a 1 p", "a 1 q", "a 2 p", "a 2 q"]
    assert found[2]["key 2"] == [{"at": 2}, "${x}"], "a value alone keeps its type, and $${ is ${"
    assert "for_each" not in found[0]


def test_a_list_of_maps_gives_several_values_at_once() -> None:
    found, _ = expand("name: ${x}${y}\nfor_each: [{x: 1, y: a}, {x: 2, y: b}]")
    assert [one["name"] for one in found] == ["1a", "2b"]


def test_equal_names_are_told_apart() -> None:
    found, _ = expand("name: a\nfor_each: {lang: [en, fr]}")
    assert [one["name"] for one in found] == ["a (lang en)", "a (lang fr)"]


def test_every_part_keeps_its_place() -> None:
    (found, _), findings = expand("name: a\nfor_each: {x: [1, 2]}\npart: {deep: ['${x}', '${y}']}")
    assert found["part"]["deep"].value_spots[0].line == 3
    assert found.key_spots["part"].column == 1
    assert [(finding.place.line, finding.place.column) for finding in findings] == [(3, 23)], "told once for both"
    assert 'for_each has no value "y"' in findings[0].message


def test_what_stands_for_no_cases_or_too_many() -> None:
    many = f"{{x: [{', '.join(map(str, range(1001)))}]}}"
    for written in ("3", "[]", "{}", "{x: []}", "[1]", many):
        found, findings = expand(f"name: a\nfor_each: {written}")
        assert found == []
        assert [finding.place.line for finding in findings] == [2]
