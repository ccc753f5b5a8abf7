"""One tenant's part of a project: its own flow files, and the files all share if the project is its own."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.flow.finding import Finding
from engine.flow.loader import FLOW_SUFFIX, load
from engine.flow.project import PROJECT_FILE, read_project
from engine.flow.yaml_source import LocatedMap, read_yaml


@dataclass(frozen=True, slots=True)
class ProjectSources:
    """The files of a project, and whose it is when it does not say."""

    texts: Mapping[str, str | bytes]
    sounds: frozenset[str] = frozenset()
    sounds_root: str = ""
    tenant: str = "default"


def check_for(tenant: str, project: ProjectSources, file: str = "", text: str = "") -> tuple[Finding, ...]:
    """What is wrong with a tenant's files, or with one file if it held `text`.

    Other tenants' flows are left out before anything is looked at, so that no message can name them. What a shared file
    then says of a flow that is not there is not its mistake, and is left out too.
    """
    home = _home(project)
    foreign = {path: name for path, (name, whose) in _flows(project, home).items() if whose != tenant}
    texts = {path: source for path, source in project.texts.items() if path not in foreign}
    if file:
        texts[file] = text
    findings = load(texts, project.sounds, project.sounds_root, project.tenant).findings
    absent = [f'"{name}"' for name in foreign.values() if name]
    return tuple(
        finding
        for finding in findings
        if _shows(finding.place.file, tenant, home, file)
        and (finding.place.file.endswith(FLOW_SUFFIX) or not any(name in finding.message for name in absent))
    )


def _home(project: ProjectSources) -> str:
    """Whose the shared files are."""
    source = project.texts.get(PROJECT_FILE)
    value = read_yaml(PROJECT_FILE, source)[0] if source is not None else None
    return read_project(value, tenant=project.tenant)[0].tenant


def _flows(project: ProjectSources, home: str) -> dict[str, tuple[str, str]]:
    """Each flow file with its flow's name and tenant; a file that cannot be read is the project's."""
    found = {}
    for path, source in project.texts.items():
        if path.endswith(FLOW_SUFFIX):
            value, _ = read_yaml(path, source)
            known = value if isinstance(value, LocatedMap) else {}
            found[path] = (str(known.get("flow") or ""), str(known.get("tenant") or home))
    return found


def _shows(place: str, tenant: str, home: str, file: str) -> bool:
    if file:
        return place == file
    return place.endswith(FLOW_SUFFIX) or tenant == home
