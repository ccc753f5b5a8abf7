"""All cases of some test files, to be performed one by one in any order, and what they have covered so far."""

from collections.abc import Sequence

from engine.call.rehearsal.dialogue import Dialogue
from engine.call.rehearsal.performance import Performance, faulty
from engine.call.rehearsal.verdict import Verdict
from engine.core.prompts import SoundFile, Speech
from engine.flow.bundle import Bundle
from engine.flow.rehearsal.coverage import CoverageMap
from engine.flow.rehearsal.script import Case, Script
from engine.flow.rehearsal.watching import watched


class Rehearsal:
    """The cases of some test files with the flows they test. With `coverage`, `covered` fills with points."""

    def __init__(self, bundle: Bundle, scripts: Sequence[Script], *, coverage: bool = False) -> None:
        self.cases: tuple[Case, ...] = tuple(case for script in scripts for case in script.cases)
        self.covered: set[int] = set()
        self.map: CoverageMap | None = None
        self._bundle = bundle
        if coverage:
            self.map = CoverageMap.of(bundle, sorted(bundle.flows))
            self._bundle = watched(bundle, self.map, self.covered)

    def perform(self, case: Case) -> Verdict:
        """Hold the dialogue of one case. It fails, and never raises, whatever the flows and the case do."""
        try:
            performance = Performance(case, self._bundle)
            verdict = performance.run()
        except Exception as error:  # noqa: BLE001 - one case must not end the others
            return faulty(case, error)
        if self.map is not None:
            self._heard(performance.dialogue, self.map)
        performance.dialogue.let_go()
        return verdict

    def _heard(self, dialogue: Dialogue, map_: CoverageMap) -> None:
        for heard in dialogue.hearings:
            for item in heard.prompt:
                if isinstance(item, Speech | SoundFile):
                    language = item.language if isinstance(item, Speech) else heard.language
                    point = map_.prompts.get((item.name, language))
                    if point is not None:
                        self.covered.add(point)
