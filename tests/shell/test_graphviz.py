"""Drawing by Graphviz, and what is said when it cannot."""

import shutil
from pathlib import Path

import pytest

from engine.core.errors import ProviderError
from engine.shell.graphviz import svg_of


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_a_drawing() -> None:
    svg = svg_of('digraph { a [label="é"]; a -> b }')
    assert svg.startswith("<?xml")
    assert "é" in svg
    assert svg.count('class="node"') == 2


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_what_it_cannot_read() -> None:
    with pytest.raises(ProviderError, match="syntax error"):
        svg_of("digraph {")


def test_without_it() -> None:
    with pytest.raises(ProviderError, match="apt-get install graphviz"):
        svg_of("digraph {}", program="no-such-graphviz")


def test_one_that_does_not_end(tmp_path: Path) -> None:
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nsleep 60\n")
    slow.chmod(0o755)
    with pytest.raises(ProviderError, match="not finished"):
        svg_of("digraph {}", timeout=0.1, program=str(slow))
