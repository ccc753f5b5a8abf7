"""A bundle: one immutable version of everything authors wrote. A call keeps the bundle it began with."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.flow.calendar import Calendar
from engine.flow.dialplan import Dialplan
from engine.flow.document import Flow
from engine.flow.project import Project
from engine.flow.prompt import PromptTable


@dataclass(frozen=True, slots=True)
class Bundle:
    """All flows with what they need.

    `sources` (path to text), `sounds` and the project's tenant are enough to load it again.
    """

    id: str
    flows: Mapping[str, Flow]
    project: Project
    prompts: PromptTable
    calendars: Mapping[str, Calendar]
    dialplan: Dialplan
    sources: Mapping[str, str] = field(repr=False)
    sounds: frozenset[str] = frozenset()

    def tenant_of(self, flow: str) -> str:
        """Whose the calls are that begin with a flow."""
        found = self.flows.get(flow)
        return found.tenant if found is not None else self.project.tenant


def bundle_id(sources: Mapping[str, str], sounds: frozenset[str], tenant: str = "default") -> str:
    """The name of a version: the first twelve hex digits of SHA-256 over its files' names and texts and its tenant."""
    digest = hashlib.sha256()
    for path in sorted(sources):
        for part in (path, sources[path]):
            encoded = part.encode("utf-8", "surrogatepass")
            digest.update(len(encoded).to_bytes(8, "big") + encoded)
    for sound in sorted(sounds):
        digest.update(b"\0" + sound.encode("utf-8", "surrogatepass"))
    digest.update(b"\1" + tenant.encode())
    return digest.hexdigest()[:12]
