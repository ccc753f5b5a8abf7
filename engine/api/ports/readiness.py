"""Whether this installation can serve, as the API sees it."""

from collections.abc import Mapping
from typing import Protocol


class Readiness(Protocol):
    """What must be there before a request can succeed."""

    def checks(self) -> Mapping[str, str]:
        """Each part by name with "" when it is well, else what is wrong, in plain words."""
