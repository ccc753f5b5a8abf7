"""Cuts a picture that is too large for some readers into parts; what leads from one to another shows where it leads."""

from dataclasses import replace

from engine.flow.drawing.picture import Box, Group, Picture

MOST_BLOCKS = 80
"""Blocks of one part: readers of Mermaid give up on texts that are much longer."""


def parts_of(picture: Picture, most: int = MOST_BLOCKS) -> tuple[Picture, ...]:
    """The picture itself when it has at most `most` blocks, else parts of it in the order of the files."""
    chunks: list[list[tuple[Group, list[Box]]]] = [[]]
    size = 0
    for group in picture.groups:
        chunks[-1].append((group, []))
        for box in group.boxes:
            counts = box.sort != "branch"  # a branch stays with its block
            if counts and size == most:
                chunks.append([(group, [])])
                size = 0
            size += counts
            chunks[-1][-1][1].append(box)
    if len(chunks) == 1:
        return (picture,)
    part_of = {
        box.id: number for number, chunk in enumerate(chunks, 1) for _, boxes in chunk for box in boxes
    }  # fmt: skip
    known = {box.id: box for box in picture.boxes}
    parts = []
    for number, chunk in enumerate(chunks, 1):
        groups = tuple(replace(group, boxes=tuple(boxes)) for group, boxes in chunk if boxes)
        others = {
            way.to: None
            for group in groups for box in group.boxes for row in box.rows for way in row.exits
            if way.to and part_of.get(way.to, number) != number
        }  # fmt: skip
        stubs = tuple(Box(to, f"{known[to].title} (part {part_of[to]})", sort="elsewhere") for to in others)
        elsewhere = (Group("", stubs),) if stubs else ()
        title = f"{picture.title}, part {number} of {len(chunks)}"
        parts.append(replace(picture, title=title, groups=(*groups, *elsewhere)))
    return tuple(parts)
