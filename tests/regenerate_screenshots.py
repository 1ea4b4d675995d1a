"""`python -m tests.regenerate_screenshots [HOME]`: the pictures of the report in docs/images, from the demo.

HOME is a demo's data home with a release; without it the demo is run in a temporary one. What the pictures
were made from stands beside them, so that a test notices when the page has changed since.
"""

import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestration.report import PAGE, REPORT
from orchestration.settings import CHECKOUT
from tests.browser import browser, opened

IMAGES = CHECKOUT / "docs" / "images"
MADE_FROM = IMAGES / "made-from.txt"
SCREENS = {
    "report-first-screen": (1200, "light", "#first"),
    "report-dark": (1200, "dark", "#study-a"),
    "report-phone": (390, "light", "#first"),
}
"""Picture → width of the window, light or dark, what is at its top."""


def page_source() -> str:
    """A hash of everything that the page is made by, without the library."""
    folder = CHECKOUT / "orchestration" / "report"
    files = sorted(path for path in folder.rglob("*") if path.suffix in {".py", ".j2", ".css", ".js"})
    own = [path for path in files if not path.name.startswith("vega-")]
    return sha256(b"".join(path.read_bytes() for path in own)).hexdigest()[:16]


def draw(page: Path) -> None:
    IMAGES.mkdir(exist_ok=True)
    with browser() as running:
        for name, (width, scheme, top) in SCREENS.items():
            with opened(running, page, width=width, color_scheme=scheme) as found:
                found.page.wait_for_selector("html[data-ready]")
                found.page.eval_on_selector(top, "element => element.scrollIntoView()")
                found.page.wait_for_timeout(500)
                found.page.screenshot(path=IMAGES / f"{name}.png")
    MADE_FROM.write_text(f"{page_source()}\n", encoding="utf-8")


def main() -> None:
    with TemporaryDirectory() as temporary:
        home = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(temporary) / "demo"
        page = home / "published" / "current" / REPORT / PAGE
        if not page.exists():
            program = str(Path(sys.executable).with_name("sessionmart"))
            subprocess.run([program, "demo", "--home", str(home)], check=True)
        draw(page.resolve())


if __name__ == "__main__":
    main()
