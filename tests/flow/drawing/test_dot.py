import re
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.flow.drawing.dot import dot
from engine.flow.drawing.flow_picture import flow_picture
from engine.flow.drawing.picture import Box, Exit, Group, Picture, Row
from engine.flow.loader import load
from tests.flow.drawing.large_flow import large_flow

EVIL = '</B>> ]; evil [label=x] "quoted" \\N \\L \\ &amp; <script> \x07 ' + "word " * 20


def drawn(text):
    """The SVG that Graphviz makes of it."""
    program = shutil.which("dot")
    if program is None:
        pytest.skip("Graphviz is not installed")
    finished = subprocess.run([program, "-Tsvg"], input=text.encode(), capture_output=True, timeout=60, check=False)
    assert (finished.returncode, finished.stderr) == (0, b"")
    return finished.stdout.decode()


def words_of(svg):
    return re.sub(r"\s+", " ", " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg)))


def picture(title="a", text="", label="1", words="b"):
    first = Box("b1", title, (Row("menu", text, (Exit(label, words, "b2"), Exit("9", "hang up", end=True))),))
    return Picture(title, text, (Group("", (first, Box("b2", "b", roles=("start",)))),))


def test_boxes_rows_and_lines():
    svg = drawn(dot(picture(text="“Choose.”")))
    assert all(word in words_of(svg) for word in ("menu", "“Choose.”", "1", "hang up", "start"))
    assert svg.count('class="edge"') == 1
    assert "a: 1 → b" in svg, "the tooltip of the line"


def test_words_of_authors_are_words():
    svg = drawn(dot(picture(EVIL, EVIL, EVIL, EVIL)))
    assert svg.count('class="node"') == 2
    assert "<script" not in svg
    assert "\\\u200bN" in svg, "not the name of the box"
    assert "&amp;amp;" in svg


@settings(max_examples=12, deadline=None)
@given(st.text(max_size=60))
def test_any_text_can_be_drawn(text):
    assert drawn(dot(picture(text, text, text, text))).count('class="node"') == 2


def test_frames():
    groups = (Group("one <1>", (Box("b1", "a"),), "note"), Group("two", (Box("b2", "b"),)))
    svg = drawn(dot(Picture("p", groups=groups)))
    assert svg.count('class="cluster"') == 2
    assert "one &lt;1&gt;" in svg


def test_a_line_to_what_is_not_in_the_picture_is_left_out():
    lost = Picture("p", groups=(Group("", (Box("b1", "a", (Row("goto", "", (Exit("", "b", "b9"),)),)),)),))
    assert "->" not in dot(lost)


def test_shades_and_their_legend():
    shaded = Picture(
        "p", groups=(Group("", (Box("b1", "a", (Row("play", ran=False),), heat=0.0, badge="0/1"),)),), shows="coverage"
    )
    text = dot(shaded)
    assert "#fee2e2" in text
    assert "0/1" in text
    assert "green: tests come here" in text


def test_sixty_blocks_are_drawn():
    bundle = load({"ivr_flows/company.flow.yaml": large_flow()}).bundle
    assert bundle is not None
    text = dot(flow_picture(bundle.flows["company"], bundle.prompts))
    assert "penwidth=0.6" in text, "the many lines into one box are thin"
    assert drawn(text).count('class="node"') == 57
