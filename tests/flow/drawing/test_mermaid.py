import re

from hypothesis import given
from hypothesis import strategies as st

from engine.flow.drawing.flow_picture import flow_picture
from engine.flow.drawing.mermaid import MANY, mermaid, mermaid_page
from engine.flow.drawing.parts import parts_of
from engine.flow.drawing.picture import Box, Exit, Group, Picture, Row
from engine.flow.loader import load
from tests.flow.drawing.large_flow import large_flow
from tests.rules.source import ROOT

LINE = re.compile(
    r'flowchart (TD|LR)|  \w+(\[|\(\[)"[^"]*"(\]|\]\))|  \w+ (-->|-\.->)(\|"[^"]*"\|)? \w+|  end'
    r'|  subgraph g\d+\["[^"]*"\]'
    r"|  classDef \w+ [\w:#,.-]+|  class [\w,]+ s\d+|  linkStyle [\d,]+ [\w:#,]+"
)
"""The whole of what we write: anything else came from an author."""


def well_formed(text):
    return all(LINE.fullmatch(line) for line in text.splitlines())


def picture(text):
    ways = (Exit(text, text, "b2", note=text), Exit(text, text, end=True))
    first = Box("b1", text, (Row("menu", text, ways),), roles=(text,), badge=text)
    return Picture(text, text, (Group(text, (first, Box("b2", text, sort="elsewhere"))),))


@given(st.text(max_size=40))
def test_any_text_is_only_words(text):
    assert well_formed(mermaid(picture(text)))


def test_what_would_be_acted_on_is_written_as_an_entity():
    text = mermaid(picture('</b><script> "x" `y` #35; $$z$$ %%{init}%% | ] \\'))
    for mark in ("</b><s", '"x', "`", "$", "%%", "\\"):
        assert mark not in text.replace("</b><br>", "")
    assert "#36;#8203;#36;" in text
    assert "<b>#60;/b#62;" in text


def test_boxes_lines_and_labels():
    ways = (Exit("1", "b", "b2", "choice"), Exit("2", "b", "b2", "choice"), Exit("busy", "b", "b2", "miss"))
    first = Box("b1", "a", (Row("menu", "Hi", (*ways, Exit("9", "hang up", end=True))), Row("goto", "")))
    text = mermaid(Picture("p", groups=(Group("", (first, Box("b2", "b", (Row("hangup", end=True),)))),)))
    assert '  b1["<b>a</b><br>menu Hi<br>9 ■ hang up"]' in text
    assert '  b2["<b>■ b</b><br>hangup ■"]' in text
    assert '  b1 -->|"1<br>2"| b2' in text
    assert '  b1 -->|"busy"| b2' in text
    assert "linkStyle 0 stroke:#1d4ed8" in text
    assert "linkStyle 1 stroke:#92400e" in text


def test_many_labels_of_one_line_are_counted():
    ways = tuple(Exit(str(key), "b", "b2") for key in range(9))
    boxes = (Box("b1", "a", (Row("menu", "", ways),)), Box("b2", "b"))
    assert '|"0<br>1<br>2<br>3<br>and 5 more"|' in mermaid(Picture("p", groups=(Group("", boxes),)))


def test_a_flow_run_by_another_is_dashed():
    boxes = (Box("b1", "a", (Row("call", "b", (Exit("", "flow b", "b2", "call"),)),)), Box("b2", "b"))
    assert "  b1 -.-> b2" in mermaid(Picture("p", groups=(Group("", boxes),)))


def test_large_charts_go_from_left_to_right_and_are_cut():
    assert mermaid(Picture("p", groups=(Group("", tuple(Box(f"b{n}", "x") for n in range(MANY))),))).startswith(
        "flowchart TD"
    )
    bundle = load({"ivr_flows/company.flow.yaml": large_flow(20)}).bundle
    assert bundle is not None
    parts = parts_of(flow_picture(bundle.flows["company"], bundle.prompts))
    page = mermaid_page(parts)
    charts = re.findall(r"```mermaid\n(.*?)```", page, re.DOTALL)
    assert len(charts) == 2
    assert all(well_formed(chart) and len(chart) < 50_000 for chart in charts)
    assert charts[0].startswith("flowchart LR")
    assert "## company, part 1 of 2" in page


def test_a_page_holds_titles_as_words():
    page = mermaid_page((Picture("a`b\n# c <x>", "*note*"),))
    assert page.startswith("## a\\`b \\# c \\<x\\>\n\n\\*note\\*\n\n```mermaid\n")


def test_the_picture_in_the_docs_is_the_one_we_draw():
    page = (ROOT / "docs/flows.md").read_text("utf-8")
    (text,) = re.findall(r"```yaml\n(flow: pizza\n.*?)```", page, re.DOTALL)
    (chart,) = re.findall(r"```mermaid\n(.*?)```", page, re.DOTALL)
    bundle = load({"ivr_flows/pizza.flow.yaml": text}).bundle
    assert bundle is not None
    assert chart == mermaid(flow_picture(bundle.flows["pizza"], bundle.prompts))
