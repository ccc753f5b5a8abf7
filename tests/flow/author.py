"""Playing the author: small projects loaded from texts, and findings compared with marks in those texts.

A `§` in a text marks where a finding must be; it is taken out before the text is loaded.
"""

from engine.flow.finding import Finding
from engine.flow.loader import Loaded, load

MARK = "§"
FLOW = "ivr_flows/main.flow.yaml"
PROJECT = "ivr_flows/project.yaml"


def project(flow: str = "", **files: str) -> dict[str, str]:
    """The sources of a project: `flow` is the main one, the others are named with `__` for `/`, without endings."""
    sources = {FLOW: flow} if flow else {}
    for name, text in files.items():
        path = name.replace("__", "/")
        if path == "project":
            sources[PROJECT] = text
        elif path.startswith("prompts/"):
            sources[f"ivr_flows/{path}.yaml"] = text
        elif path.startswith("dialplans/"):
            sources[f"{path}.yaml"] = text
        else:
            sources[f"ivr_flows/{path}.flow.yaml"] = text
    return sources


def loaded(sources: dict[str, str], sounds: tuple[str, ...] = ()) -> Loaded:
    """The project loaded, its marks taken out."""
    return load({path: text.replace(MARK, "") for path, text in sources.items()}, sounds, "/sounds")


def marks(sources: dict[str, str]) -> list[tuple[str, int, int]]:
    """Where the marks are: file, line, column."""
    found = []
    for path, text in sources.items():
        for number, line in enumerate(text.split("\n"), 1):
            taken = 0
            while (at := line.find(MARK)) >= 0:
                found.append((path, number, at + 1))
                line = line[:at] + line[at + 1 :]
                taken += 1
    return sorted(found)


def findings_of(rule: str, result: Loaded) -> list[Finding]:
    """The findings of one rule."""
    return [finding for finding in result.findings if finding.rule == rule]


def assert_found(rule: str, flow: str = "", sounds: tuple[str, ...] = (), **files: str) -> Finding:
    """The rule finds something exactly at the marks; the first of these findings."""
    sources = project(flow, **files)
    found = findings_of(rule, loaded(sources, sounds))
    places = sorted((finding.place.file, finding.place.line, finding.place.column) for finding in found)
    assert places == marks(sources), [str(finding) for finding in loaded(sources, sounds).findings]
    assert found, "mark the place of the finding"
    return found[0]


def assert_clean(rule: str, flow: str = "", sounds: tuple[str, ...] = (), **files: str) -> None:
    """The rule finds nothing, and the project loads, so that there was something to be looked at."""
    result = loaded(project(flow, **files), sounds)
    assert not findings_of(rule, result)
    assert result.bundle is not None, [str(finding) for finding in result.findings]
