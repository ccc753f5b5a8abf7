"""A picture as DOT, the language of Graphviz: boxes with a port for each way out, laid out from left to right."""

import textwrap
from collections import Counter
from collections.abc import Iterator

from engine.flow.drawing.palette import (
    INK,
    LINE,
    QUIET,
    WAY_WORDS,
    WAYS,
    row_shade,
    shade,
    title_colours,
)
from engine.flow.drawing.picture import Box, Exit, Group, Picture, Row

WIDTH = 44
"""Characters of a line in a box."""
WORD_WIDTH = 46
"""Points of the column in which the kinds of steps stand."""
HUB = 7
"""Lines into one box from which on they are drawn thin."""
FONT = "Helvetica,Arial,sans-serif"
_END_MARK = "■"
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\\": "&#92;&#8203;"}
_SHADES = {"calls": "shaded by calls", "coverage": "green: tests come here, red: they do not"}
_FILL = '<TD COLSPAN="24"></TD>'


def dot(picture: Picture) -> str:
    """The text for `dot`; nothing in a picture's words is taken for anything but words."""
    lines = [
        "digraph flows {",
        '  graph [rankdir=LR, nodesep=0.28, ranksep=0.7, pad=0.3, splines=true, bgcolor="white",',
        f'         fontname="{FONT}", fontsize=11, labelloc=t, labeljust=l, label={_heading(picture)}];',
        f'  node [shape=plain, fontname="{FONT}", fontsize=11, fontcolor="{INK}"];',
        f'  edge [fontname="{FONT}", arrowsize=0.7, penwidth=1.2];',
    ]
    for number, group in enumerate(picture.groups, 1):
        lines += _group(group, number, picture)
    arriving = Counter(way.to for box in picture.boxes for row in box.rows for way in row.exits)
    known = {box.id: box for box in picture.boxes}
    for box in picture.boxes:
        for port, way in _ports(box):
            if way.to in known:
                lines.append(_edge(box, port, way, known[way.to], arriving[way.to] >= HUB))
    return "\n".join([*lines, "}"]) + "\n"


def _group(group: Group, number: int, picture: Picture) -> Iterator[str]:
    boxes = [f"    {box.id} [label={_label(box, picture)}, tooltip={_quoted(box.title)}];" for box in group.boxes]
    if not group.title:
        yield from boxes
        return
    yield f"  subgraph cluster_{number} {{"
    note = f'<FONT COLOR="{QUIET}" POINT-SIZE="11">   {_safe(group.note)}</FONT>' if group.note else ""
    yield f"    label=<<B>{_safe(group.title)}</B>{note}>; fontsize=14; labeljust=l; margin=18;"
    yield f'    style="rounded,filled"; color="{LINE}"; fillcolor="#f8fafc"; fontcolor="{INK}";'
    yield from boxes
    yield "  }"


def _heading(picture: Picture) -> str:
    """The title, what it is about, and what the colours mean."""
    used = {way.way for box in picture.boxes for row in box.rows for way in row.exits}
    legend = [f'<FONT COLOR="{WAYS[way]}">● {words}</FONT>' for way, words in WAY_WORDS.items() if way in used]
    legend.append(f"{_END_MARK} the call or the flow ends")
    legend += {"calls": ["shaded by calls"], "coverage": ["green: tests come here, red: they do not"]}.get(
        picture.shows, []
    )
    rows = [f'<FONT POINT-SIZE="18"><B>{_safe(picture.title)}</B></FONT>']
    if picture.note:
        rows.append(f'<FONT POINT-SIZE="12" COLOR="{QUIET}">{_safe(picture.note)}</FONT>')
    rows += ["     ".join(legend), " "]
    cells = "".join(f'<TR><TD ALIGN="LEFT">{row}</TD></TR>' for row in rows)
    return f'<<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="3">{cells}</TABLE>>'


def _label(box: Box, picture: Picture) -> str:
    ground, ink = title_colours(box)
    mark = f"{_END_MARK} " if box.is_end else ""
    badge = f"   {_safe(box.badge)}" if box.badge else ""
    roles = "".join(
        f'<BR ALIGN="LEFT"/><FONT POINT-SIZE="10">{_lines(role)}</FONT>' for role in box.roles
    )  # fmt: skip
    title = f'<FONT COLOR="{ink}"><FONT POINT-SIZE="12"><B>{mark}{_safe(box.title)}{badge}</B></FONT>{roles}</FONT>'
    rows = "".join(_row(row, number, picture) for number, row in enumerate(box.rows))
    return (
        f'<<TABLE BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3" COLOR="{LINE}"'
        f' BGCOLOR="{shade(box, picture)}">'
        f'<TR><TD PORT="t" ALIGN="LEFT" BALIGN="LEFT" BGCOLOR="{ground}">{title}</TD></TR>{rows}</TABLE>>'
    )


def _row(row: Row, number: int, picture: Picture) -> str:
    ground = row_shade(row.ran, picture)
    own, exits = _split(row)
    port = f"r{number}" if own is not None else ""
    text = _lines(row.text) if row.text else ""
    if own is not None and own.way != "call":
        text = f"{text} {_leads(own)}".strip()
    mark = f'<FONT COLOR="{QUIET}">{_END_MARK}</FONT> ' if row.end else ""
    word = f'<FONT COLOR="{QUIET}"><B>{_safe(row.word)}</B></FONT>' if row.word else ""
    cells = f'<TD ALIGN="LEFT" VALIGN="TOP" WIDTH="{WORD_WIDTH}">{word}</TD>' if word else ""
    content = f'<TD ALIGN="LEFT" BALIGN="LEFT">{mark}{text}</TD>' if mark or text else ""
    content += _FILL  # takes what the box is wider than this row, which else would go between word and text
    inner = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1"><TR>{cells}{content}</TR></TABLE>'
    return _cell(inner, "LEFT", port, ground) + "".join(
        _exit_row(way, f"r{number}_{place}", picture) for place, way in enumerate(exits)
    )


def _cell(content: str, align: str, port: str, ground: str) -> str:
    """One row of a box."""
    port = f' PORT="{port}"' if port else ""
    fill = f' BGCOLOR="{ground}"' if ground else ""
    return f'<TR><TD ALIGN="{align}"{port}{fill}>{content}</TD></TR>'


def _split(row: Row) -> tuple[Exit | None, tuple[Exit, ...]]:
    """The way out that stands in the row itself, and those with a line of their own."""
    first = row.exits[0] if row.exits else None
    if first is not None and not first.label and not first.note and (first.way == "call" or len(row.exits) == 1):
        return first, row.exits[1:]
    return None, row.exits


def _ports(box: Box) -> Iterator[tuple[str, Exit]]:
    for number, row in enumerate(box.rows):
        own, exits = _split(row)
        if own is not None:
            yield f"r{number}", own
        for place, way in enumerate(exits):
            yield f"r{number}_{place}", way


def _exit_row(way: Exit, port: str, picture: Picture) -> str:
    label = f'<B><FONT COLOR="{WAYS[way.way]}">{_safe(way.label)}</FONT></B> ' if way.label else ""
    note = f'<FONT COLOR="{QUIET}" POINT-SIZE="10">{_safe(way.note)}</FONT>  ' if way.note else ""
    return _cell(f"{note}{label}{_leads(way)}", "RIGHT", port, row_shade(way.ran, picture))


def _leads(way: Exit) -> str:
    arrow = _END_MARK if way.end and not way.to else "↻" if way.words == "again" else "→"
    return f'<FONT COLOR="{WAYS[way.way]}">{arrow}</FONT> {_safe(way.words)}'.rstrip()


def _edge(box: Box, port: str, way: Exit, to: Box, is_hub: bool) -> str:
    label = f"{box.title}: {way.label} → {to.title}" if way.label else f"{box.title} → {to.title}"
    style = ', style="dashed"' if way.way == "call" else ""
    thin = ", penwidth=0.6, arrowsize=0.5" if is_hub else ""
    return (
        f"  {box.id}:{port}:e -> {to.id}:t:w "
        f'[color="{WAYS[way.way]}"{style}{thin}, edgetooltip={_quoted(label)}];'
    )  # fmt: skip


def _lines(text: str) -> str:
    """A text in lines of a box's width."""
    lines = textwrap.wrap(text, WIDTH, break_on_hyphens=False) or [""]
    return '<BR ALIGN="LEFT"/>'.join(map(_safe, lines))


def _safe(text: str) -> str:
    """A text inside a label or a tooltip: Graphviz reads entities in both, then `\\N` as the name of the box.

    A space of no width keeps a backslash from what follows it.
    """
    shown = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
    return "".join(_ENTITIES.get(each, each) for each in shown) or " "  # empty elements are errors there


def _quoted(text: str) -> str:
    """A text as a quoted string."""
    return f'"{_safe(text)}"'
