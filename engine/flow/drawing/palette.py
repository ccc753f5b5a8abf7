"""The colours of drawings, the same in every format. All words on them have a contrast of 4.5 to 1 or more."""

from engine.flow.drawing.picture import Box, Picture, Way

INK, QUIET, PAPER, LINE = "#1e293b", "#4b5a6e", "#ffffff", "#94a3b8"
START, END, TITLE, BRANCH, FLOW = "#166534", "#475569", "#1e3a5f", "#e2e8f0", "#4c1d95"
WAYS: dict[Way, str] = {
    "way": "#475569", "choice": "#1d4ed8", "miss": "#92400e", "error": "#991b1b", "call": "#6d28d9"
}  # fmt: skip
WAY_WORDS: dict[Way, str] = {
    "way": "the flow goes on", "choice": "a key is pressed", "miss": "no good input or answer", "error": "an error",
    "call": "another flow is run",
}  # fmt: skip
CALLS = ("#ffffff", "#eff6ff", "#dbeafe", "#cfe2fe", "#bfdbfe")
"""Shades from no call to the most."""
COVERED, PARTLY, UNCOVERED = "#dcfce7", "#fef3c7", "#fee2e2"


def shade(box: Box, picture: Picture) -> str:
    """The ground of a box: by its heat, when the picture shows any."""
    if box.heat is None:
        return PAPER
    if picture.shows == "coverage":
        return UNCOVERED if box.heat <= 0 else COVERED if box.heat >= 1 else PARTLY
    return CALLS[0] if box.heat <= 0 else CALLS[min(1 + int(box.heat * 4), 4)]


def row_shade(ran: bool | None, picture: Picture) -> str:
    """The ground of a row: whether tests came to it; nothing when the picture does not show that."""
    if ran is None or picture.shows != "coverage":
        return ""
    return COVERED if ran else UNCOVERED


def title_colours(box: Box) -> tuple[str, str]:
    """Ground and ink of a box's title."""
    if box.sort in ("branch", "elsewhere"):
        return BRANCH, INK
    if "start" in box.roles:
        return START, PAPER
    if box.sort == "flow":
        return FLOW, PAPER
    return (END if box.is_end else TITLE), PAPER
