"""Every module with pages is put at its addresses."""

from pathlib import Path

from engine.api import console
from engine.api.console import pages
from engine.api.frame import blueprints


def test_no_page_is_forgotten() -> None:
    folder = Path(console.__file__).parent
    with_pages = {
        file.stem for file in folder.glob("*.py") if "@page(" in file.read_text() or "@site.get(" in file.read_text()
    }
    assert with_pages - {"site"} <= set(pages.__all__)


def test_the_console_is_part_of_the_application() -> None:
    assert console.blueprint in blueprints()
