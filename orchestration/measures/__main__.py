"""`python -m orchestration.measures`: writes what is made from the catalogue, and says what changed."""

import sys
from collections.abc import Callable
from pathlib import Path

from orchestration.measures.grades_page import GRADES_FILE, grades_page
from orchestration.measures.metrics_page import PAGE_FILE, metrics_page
from orchestration.measures.published_values import SEED_FILE, published_values_csv

WRITTEN: dict[Path, Callable[[], str]] = {
    SEED_FILE: published_values_csv,
    PAGE_FILE: metrics_page,
    GRADES_FILE: grades_page,
}


def main() -> None:
    """Write each file; one line for each."""
    for path, text in WRITTEN.items():
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        after = text()
        path.write_text(after, encoding="utf-8")
        told = _changed(before, after)
        sys.stdout.write(f"{path.name}: {told}\n")


def _changed(before: str, after: str) -> str:
    old, new = set(before.splitlines()), set(after.splitlines())
    return f"{len(new - old)} lines new, {len(old - new)} gone" if before != after else "unchanged"


if __name__ == "__main__":
    main()
