"""Loading a project: from the texts of its files to a bundle, or to what is wrong with them.

Nothing an author writes makes this raise: every mistake is a finding with its place, all of them at once, and with an
error there is no bundle, so that a running engine keeps the last good one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.flow import builtin
from engine.flow.bundle import Bundle, bundle_id
from engine.flow.check import CheckedProject, check
from engine.flow.dialplan import Dialplan
from engine.flow.dialplan_reader import read_dialplan
from engine.flow.document import Flow
from engine.flow.finding import Finding, has_errors, in_order
from engine.flow.flow_reader import read_flow
from engine.flow.kinds import KINDS
from engine.flow.project import PROJECT_FILE, Project, read_project
from engine.flow.prompt_reader import PROMPT_FOLDER, read_prompts
from engine.flow.source_map import SourceMap
from engine.flow.step_reader import StepReader
from engine.flow.suggestion import did_you_mean
from engine.flow.suppression import Suppressed, settle
from engine.flow.validation import validate
from engine.flow.yaml_source import LocatedMap, place_of, read_yaml

FLOW_FOLDER = "ivr_flows/"
FLOW_SUFFIX = ".flow.yaml"
DIALPLAN_FOLDER = "dialplans/"
_ABOUT_PROJECT = frozenset({"unknown-language", "unknown-calendar", "unknown-service", "unknown-gateway"})


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of loading: a bundle, or None when any of the findings is an error.

    `suppressed` is what comments in the files take out of the findings.
    """

    bundle: Bundle | None
    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...] = ()


def is_source(path: str) -> bool:
    """Whether a file, by its path from the project's root, is one that `load` reads."""
    if path == PROJECT_FILE or path.endswith(FLOW_SUFFIX):
        return path.startswith(FLOW_FOLDER)
    folder = next((known for known in (PROMPT_FOLDER, DIALPLAN_FOLDER) if path.startswith(known)), "")
    return bool(folder) and path.endswith(".yaml") and "/" not in path.removeprefix(folder)


def load(
    sources: Mapping[str, str | bytes], sounds: Iterable[str] = (), sounds_root: str = "", tenant: str = "default"
) -> Loaded:
    """The bundle in some files: paths from the project's root, to their texts.

    `sounds` are the recorded files, as `en/welcome.wav` or `ivr_flows/sounds/en/welcome.wav`; `sounds_root` is the
    absolute path of the folder they are in. `tenant` is whose the project is when it does not say.
    """
    return _Loading(sources, frozenset(sounds), sounds_root, tenant).run()


class _Loading:
    """One load, from files to findings."""

    def __init__(
        self, sources: Mapping[str, str | bytes], sounds: frozenset[str], sounds_root: str, tenant: str
    ) -> None:
        self.given = {path: sources[path] for path in sorted(sources) if is_source(path)}
        self.sounds = sounds
        self.sounds_root = sounds_root
        self.tenant = tenant
        self.findings: list[Finding] = []
        self.values: dict[str, Any] = {}
        self.flows: dict[str, Flow] = {}
        self.unreadable: set[str] = set()
        self.project_is_whole = True

    def run(self) -> Loaded:
        texts = {path: _as_text(source) for path, source in self.given.items()}
        for path, source in self.given.items():
            self.values[path], wrong = read_yaml(path, source)
            self.findings.extend(wrong)
        map_ = SourceMap(
            roots={path: value for path, value in self.values.items() if isinstance(value, LocatedMap)}, sources=texts
        )
        project, root, wrong = read_project(self.values.get(PROJECT_FILE), tenant=self.tenant)
        self.findings.extend(wrong)
        self.project_is_whole = not self._is_broken(PROJECT_FILE)
        project = self._sound_defaults(project, root)
        self._read_flows(project, map_)
        prompts = read_prompts(self._under(PROMPT_FOLDER), self.sounds, self.sounds_root, project, self.findings)
        dialplan = self._read_dialplan(project)
        if project.error_flow and project.error_flow not in self.flows and project.error_flow not in self.unreadable:
            message = f'no flow "{project.error_flow[:60]}"{did_you_mean(project.error_flow, self.flows)}'
            place = place_of(root, ("error_flow",))
            self.findings.append(Finding(place, "error", "unknown-flow", message))
        if not self.project_is_whole:  # what is not found in it may be there when it can be read
            self.findings = [finding for finding in self.findings if finding.rule not in _ABOUT_PROJECT]
        broken = frozenset(finding.place.file for finding in self.findings if finding.severity == "error")
        checked = CheckedProject(project, self.flows, prompts, dialplan, map_, broken, frozenset(self.unreadable))
        checks = check(checked)
        if not self.project_is_whole:
            checks = (finding for finding in checks if finding.rule not in _ABOUT_PROJECT)
        hidden: list[Suppressed] = []
        findings = in_order(settle([*self.findings, *checks], texts, project, root, broken, hidden))
        suppressed = tuple(dict.fromkeys(hidden))
        if has_errors(findings):
            return Loaded(None, findings, suppressed)
        bundle = Bundle(
            bundle_id(texts, self.sounds, project.tenant),
            dict(self.flows),
            project,
            prompts,
            project.calendars,
            dialplan,
            texts,
            self.sounds,
        )
        return Loaded(bundle, findings, suppressed)

    def _under(self, folder: str) -> dict[str, Any]:
        return {path: value for path, value in self.values.items() if path.startswith(folder)}

    def _sound_defaults(self, project: Project, root: LocatedMap) -> Project:
        """Hold `defaults` to the fields of the kinds; those that are wrong are told once, here."""
        for word, fields in project.defaults.items():
            kind = KINDS.get(word)
            if kind is None:
                message = f'unknown kind "{word[:60]}"{did_you_mean(word, KINDS)}'
                place = place_of(root, ("defaults", word), key=True)
                self.findings.append(Finding(place, "error", "schema", message))
                continue
            _, wrong = validate(
                kind, dict(fields), root, ("defaults", word), what=word, context={"read_steps": lambda _: ()}
            )
            self.findings.extend(finding for finding in wrong if " is missing" not in finding.message)
        return project

    def _read_flows(self, project: Project, map_: SourceMap) -> None:
        reader = StepReader(project.defaults, map_)
        builtin_reader = StepReader({}, map_)
        for path, text in builtin.SOURCES.items():
            value, _ = read_yaml(path, text)
            flow = read_flow(value, path, builtin_reader, builtin.LANGUAGES, project.tenant)
            assert flow is not None, path
            assert not builtin_reader.findings, builtin_reader.findings
            self.flows[flow.name] = flow
        for path, value in self.values.items():
            if not path.endswith(FLOW_SUFFIX) or (value is None and self._is_broken(path)):
                continue
            flow = read_flow(value, path, reader, project.languages, project.tenant)
            if flow is None:
                self.unreadable |= {str(value.get("flow"))} if isinstance(value, LocatedMap) else set()
                continue
            known = self.flows.get(flow.name)
            if known is not None and known.place.file not in builtin.SOURCES:
                message = f'the flow "{flow.name}" is already in {known.place.file}'
                self.findings.append(Finding(flow.place, "error", "duplicate-flow", message))
                continue
            self.flows[flow.name] = flow
            for language in flow.languages:
                if language not in project.languages:
                    near = did_you_mean(language, project.languages)
                    place = map_.in_flow(flow, ("languages", flow.languages.index(language)))
                    message = f'the project has no language "{language}"{near}'
                    self.findings.append(Finding(place, "error", "unknown-language", message))
        self.findings.extend(reader.findings)

    def _is_broken(self, path: str) -> bool:
        return any(finding.place.file == path for finding in self.findings)

    def _read_dialplan(self, project: Project) -> Dialplan:
        return read_dialplan(
            self._under(DIALPLAN_FOLDER), project, self.flows, frozenset(self.unreadable), self.findings
        )


def _as_text(source: str | bytes) -> str:
    return source if isinstance(source, str) else source.decode("utf-8", "replace")
