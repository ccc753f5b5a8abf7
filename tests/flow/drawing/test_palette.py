import pytest

from engine.flow.drawing import palette
from engine.flow.drawing.picture import Box, Picture, Row


def contrast(one, other):
    """WCAG 2.2: from 1 to 21."""

    def light(colour):
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        return sum(
            weight * (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
            for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True)
        )

    bright, dark = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


GROUNDS = [*palette.CALLS, palette.COVERED, palette.PARTLY, palette.UNCOVERED]


@pytest.mark.parametrize("ground", GROUNDS)
def test_words_can_be_read_on_every_shade(ground):
    assert contrast(palette.INK, ground) >= 7
    assert all(contrast(ink, ground) >= 4.5 for ink in (palette.QUIET, *palette.WAYS.values()))


@pytest.mark.parametrize("sort", ["block", "branch", "flow", "elsewhere"])
def test_titles_can_be_read(sort):
    for roles in ((), ("start",)):
        assert contrast(*palette.title_colours(Box("b", "t", (Row("hangup", end=True),), sort, roles))) >= 4.5


def test_shades():
    calls, coverage = Picture("p", shows="calls"), Picture("p", shows="coverage")
    assert palette.shade(Box("b", "t"), calls) == palette.PAPER
    assert [palette.shade(Box("b", "t", heat=heat), calls) for heat in (0, 0.1, 1)] == [
        palette.CALLS[0], palette.CALLS[1], palette.CALLS[4]
    ]  # fmt: skip
    assert [palette.shade(Box("b", "t", heat=heat), coverage) for heat in (0, 0.5, 1)] == [
        palette.UNCOVERED, palette.PARTLY, palette.COVERED
    ]  # fmt: skip
    assert [palette.row_shade(ran, coverage) for ran in (None, False, True)] == ["", palette.UNCOVERED, palette.COVERED]
    assert palette.row_shade(False, calls) == ""
