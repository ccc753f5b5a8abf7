"""Graphviz: lays out what is written in DOT and draws it."""

import shutil

from engine.core.errors import ProviderError
from engine.shell.programs import output_of

TIMEOUT = 120.0
"""Seconds that one drawing may take."""


def svg_of(dot: str, *, timeout: float = TIMEOUT, program: str = "dot") -> str:
    """A drawing as SVG. Raises ProviderError when Graphviz is not there, fails, or takes longer than `timeout`."""
    found = shutil.which(program)
    if found is None:
        raise ProviderError(
            "SVG needs Graphviz, which is not installed: apt-get install graphviz (or use --format dot or mermaid)"
        )
    return output_of([found, "-Tsvg"], timeout=timeout, stdin=dot.encode()).decode("utf-8")
