"""The tests' end of a headless Chromium."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.api.console import driven_chromium

PHONE = {"width": 360, "height": 740}
PATIENCE = 10.0
AUDIT = (Path(__file__).parent / "audit.js").read_text("utf-8")


class Chromium:
    """One browser; `open` gives it a fresh window, and all else is told to the page in it."""

    def __init__(self) -> None:
        program = shutil.which("chromium")
        assert program, "chromium is not installed: scripts/install --tests brings it"
        self._process = subprocess.Popen(
            [sys.executable, driven_chromium.__file__, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._base = ""

    def close(self) -> None:
        """End the browser and what drives it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)

    def tell(self, *command: Any) -> Any:
        """One method of the page; its answer if that is plain data. Raises AssertionError with Playwright's words."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the browser is gone"
        told = json.loads(line)
        assert "error" not in told, told["error"]
        return told["answer"]

    def open(self, base: str, **options: Any) -> "Chromium":
        """A fresh window without cookies, for pages under an address."""
        self._base = base
        self.tell("page", options)
        return self

    def go(self, path: str) -> None:
        """Load a page."""
        self.tell("goto", self._base + path)

    def press(self, *keys: str) -> None:
        """Press keys, one after another."""
        for key in keys:
            self.tell("keyboard.press", key)

    def type(self, text: str) -> None:
        """Type where the focus is."""
        self.tell("keyboard.type", text)

    def value(self, script: str) -> Any:
        """What a script gives."""
        return self.tell("evaluate", script)

    def until(self, condition: str) -> None:
        """Wait until a script's expression holds. Asked from outside: the pages' policy lets no text become code."""
        deadline = time.monotonic() + PATIENCE
        while not self._holds(condition):  # no timeout may come between a question and its answer
            assert time.monotonic() < deadline, f"not in {PATIENCE:g} s: {condition}"
            time.sleep(0.02)

    def _holds(self, condition: str) -> bool:
        try:
            return bool(self.value(f"!!({condition})"))
        except AssertionError as error:
            if "navigation" in str(error):  # the page is being left
                return False
            raise

    def sees(self, text: str) -> None:
        """Wait until a text can be read in the main part."""
        self.until(f"document.querySelector('main').innerText.includes({json.dumps(text)})")

    def misses(self, text: str) -> None:
        """Wait until a text cannot be read any more."""
        self.until(f"!document.querySelector('main').innerText.includes({json.dumps(text)})")

    @property
    def at(self) -> str:
        """Path and query of the page."""
        return str(self.value("location.pathname + location.search"))

    @property
    def focus(self) -> str:
        """The words on what has the focus, or its id."""
        script = "(e => e.id === 'main' ? 'main' : (e.innerText || e.id || e.tagName).trim())(document.activeElement)"
        return str(self.value(script))

    def audit(self) -> list[str]:
        """What an inspector of accessibility finds wrong."""
        found: list[str] = self.value(AUDIT)
        return found

    @property
    def problems(self) -> list[str]:
        """Errors of scripts, and what the policy refused."""
        found: list[str] = self.tell("problems")
        return found
