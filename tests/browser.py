"""A real browser for tests that look at a page: Chromium without a screen, installed where it is missing."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLACES = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",)
LOCK = Path("/tmp/sessionmart-chromium.lock")  # noqa: S108 - two processes of a test run must not both install


def chromium() -> str:
    """Path of a Chromium; Debian's package is installed where there is none and we may."""
    with FileLock(LOCK):
        found = _found()
        if found is None and shutil.which("apt-get") and os.geteuid() == 0:
            for command in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
                subprocess.run(["apt-get", "--quiet", "--quiet", *command], check=True, capture_output=True)
            found = _found()
    if found is None:
        raise RuntimeError(
            "Tests of the report need Chromium or Chrome: install one (Debian: apt-get install chromium) and "
            "run them again."
        )
    return found


def _found() -> str | None:
    named = (shutil.which(name) for name in NAMES)
    return next((path for path in (*named, *PLACES) if path and Path(path).exists()), None)


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        try:
            yield running
        finally:
            running.close()


@dataclass
class Opened:
    """A page that is open, with what it has asked for and complained about."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@contextmanager
def opened(running: Browser, path: Path, *, width: int = 1200, **context: Any) -> Iterator[Opened]:
    """A page from a file, in a window of that width; `context`: as playwright takes it."""
    window = running.new_context(viewport={"width": width, "height": 1000}, **context)
    try:
        found = Opened(window.new_page())
        found.page.on("request", lambda request: found.requests.append(request.url))
        found.page.on("console", lambda message: found.complaints.append(message.text))
        found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
        found.page.goto(path.as_uri())
        yield found
    finally:
        window.close()
