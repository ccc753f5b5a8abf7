"""A headless Chromium in a process of its own: one command a line comes in as JSON, one answer a line goes out.

Playwright runs greenlets of its own, which must not meet the ones of the tests.
"""

import json
import sys
from typing import Any

ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def drive() -> None:
    """Take commands until there are no more: `["page", options]` opens a fresh one, all others are methods of it."""
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=sys.argv[1], args=list(ARGUMENTS))
        page: Any = None
        problems: list[str] = []
        for line in sys.stdin:
            name, *arguments = json.loads(line)
            try:
                if name == "page":
                    if page is not None:
                        page.context.close()
                    problems = []
                    page = chromium.new_context(**arguments[0]).new_page()
                    page.set_default_timeout(10_000)
                    page.on("pageerror", lambda error, kept=problems: kept.append(str(error)))
                    page.on("console", lambda told, kept=problems: told.type == "error" and kept.append(told.text))
                    answer = None
                elif name == "problems":
                    answer = problems
                else:
                    target = page
                    *path, method = name.split(".")
                    for part in path:
                        target = getattr(target, part)
                    answer = getattr(target, method)(*arguments)
                told = {"answer": answer if _is_plain(answer) else None}
            except Error as error:
                told = {"error": str(error)}
            print(json.dumps(told), flush=True)
        chromium.close()


def _is_plain(answer: object) -> bool:
    return answer is None or isinstance(answer, str | int | float | bool | list | dict)


if __name__ == "__main__":
    drive()
