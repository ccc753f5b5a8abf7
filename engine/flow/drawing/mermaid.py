"""A picture as Mermaid, which many pages and editors draw by themselves: one flowchart, or a page of them."""

from collections.abc import Iterator

from engine.flow.drawing.palette import INK, LINE, QUIET, WAYS, shade, title_colours
from engine.flow.drawing.picture import Box, Exit, Group, Picture, Row, Way
from engine.flow.drawing.step_words import shortened

LONGEST = 60
"""Characters of one row."""
MANY = 25
"""Boxes from which on a chart goes from left to right: from top to bottom it would be too wide to be read."""
MOST_LABELS = 4
"""Labels on one line between two boxes."""
_END_MARK = "■"


def mermaid(picture: Picture) -> str:
    """The text of one flowchart; nothing in a picture's words is taken for anything but words."""
    known = {box.id for box in picture.boxes}
    lines = ["flowchart TD" if len(known) <= MANY else "flowchart LR"]
    for number, group in enumerate(picture.groups, 1):
        lines += _group(group, number)
    ways: list[Way] = []
    for box in picture.boxes:
        for to, way, text in _lines_from(box, known):
            arrow = "-.->" if way == "call" else "-->"
            lines.append(f'  {box.id} {arrow}|"{text}"| {to}' if text else f"  {box.id} {arrow} {to}")
            ways.append(way)
    lines += _styles(picture, ways)
    return "\n".join(lines) + "\n"


def mermaid_page(pictures: tuple[Picture, ...]) -> str:
    """Several flowcharts as one page of Markdown."""
    parts = []
    for picture in pictures:
        note = f"{_markdown(picture.note)}\n\n" if picture.note else ""
        parts.append(f"## {_markdown(picture.title)}\n\n{note}```mermaid\n{mermaid(picture)}```\n")
    return "\n".join(parts)


def _group(group: Group, number: int) -> Iterator[str]:
    if group.title:
        yield f'  subgraph g{number}["{_safe(group.title)}"]'
    for box in group.boxes:
        opening, closing = ("([", "])") if box.sort == "elsewhere" else ("[", "]")
        yield f'  {box.id}{opening}"{_label(box)}"{closing}'
    if group.title:
        yield "  end"


def _label(box: Box) -> str:
    mark = f"{_END_MARK} " if box.is_end else ""
    badge = f" · {_safe(box.badge)}" if box.badge else ""
    lines = [f"<b>{mark}{_safe(box.title)}</b>{badge}"]
    lines += [f"<i>{_safe(role)}</i>" for role in box.roles]
    for row in box.rows:
        lines += _row(row)
    return "<br>".join(lines)


def _row(row: Row) -> Iterator[str]:
    """A step, and those of its ways out that lead to no box."""
    mark = f" {_END_MARK}" if row.end else ""
    if row.word != "goto" and (row.word or row.text):
        yield f"{_safe(row.word)} {_safe(shortened(row.text, LONGEST))}".strip() + mark
    for way in row.exits:
        if not way.to and way.way != "call":
            arrow = _END_MARK if way.end else "→"
            note = f" ({_safe(way.note)})" if way.note else ""
            yield f"{_safe(way.label)}{note} {arrow} {_safe(way.words)}".strip()


def _lines_from(box: Box, known: set[str]) -> Iterator[tuple[str, Way, str]]:
    """The lines to draw from a box: one for all ways of a sort to another box, with their labels."""
    found: dict[tuple[str, Way], list[str]] = {}
    for row in box.rows:
        for way in row.exits:
            if way.to in known:
                found.setdefault((way.to, way.way), []).append(_way_label(way))
    for (to, sort), labels in found.items():
        shown = list(dict.fromkeys(filter(None, labels)))
        more = [f"and {len(shown) - MOST_LABELS} more"] if len(shown) > MOST_LABELS else []
        yield to, sort, "<br>".join([*map(_safe, shown[:MOST_LABELS]), *more])


def _way_label(way: Exit) -> str:
    return f"{way.label} ({way.note})" if way.note and way.label else way.label or way.note


def _styles(picture: Picture, ways: list[Way]) -> Iterator[str]:
    """Colours: of boxes by what they are or how warm, of lines by why a call goes there."""
    yield f"  classDef default fill:#fff,stroke:{LINE},color:{INK},text-align:left"
    styles: dict[str, list[str]] = {}
    for box in picture.boxes:
        ground, _ = title_colours(box)
        dashes = ",stroke-dasharray:4" if box.sort in ("branch", "elsewhere") else ""
        line = QUIET if dashes else ground
        width = 3 if "start" in box.roles or box.is_end else 1
        styles.setdefault(f"fill:{shade(box, picture)},stroke:{line},stroke-width:{width}px{dashes}", []).append(box.id)
    for number, (style, ids) in enumerate(styles.items(), 1):
        yield f"  classDef s{number} {style}"
        yield f"  class {','.join(ids)} s{number}"
    for sort, colour in WAYS.items():
        numbers = [str(number) for number, way in enumerate(ways) if way == sort]
        if numbers:
            yield f"  linkStyle {','.join(numbers)} stroke:{colour},color:{colour}"


def _safe(text: str) -> str:
    """A text inside quotes: what Mermaid or a browser would act on is written as an entity of Mermaid's.

    Two dollars would begin a formula even so; a space of no width keeps them apart.
    """
    return "".join(_entity(each) for each in text).replace("#36;#36;", "#36;#8203;#36;")


def _entity(each: str) -> str:
    if each.isalnum() or each in " .,:;!?()+-=/_@{}'“”…→■":
        return each
    return f"#{ord(each)};" if each.isprintable() else "#65533;"


def _markdown(text: str) -> str:
    """A text on one line of a page, with nothing in it that Markdown would act on."""
    shown = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return "".join(f"\\{each}" if each in "\\`*_{}[]<>()#+-!|&~" else each for each in shown)
