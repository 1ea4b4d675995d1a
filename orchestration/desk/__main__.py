"""`python -m orchestration.desk`: writes what is made of questions, notebooks and the parsed dbt project."""

import sys
from collections.abc import Callable
from pathlib import Path

from orchestration.desk.dictionary_page import PAGE_FILE, dictionary_page
from orchestration.desk.exposures import EXPOSURES_FILE, exposures_yaml
from orchestration.publishing.parsed_project import read_manifest

WRITTEN: dict[Path, Callable[[], str]] = {
    EXPOSURES_FILE: exposures_yaml,
    PAGE_FILE: lambda: dictionary_page(read_manifest()),
}


def main() -> None:
    """Write each file; one line for each says whether it changed."""
    for path, text in WRITTEN.items():
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        after = text()
        if after != before:
            path.write_text(after, encoding="utf-8")
        sys.stdout.write(f"{path.name}: {'unchanged' if before == after else 'written'}\n")


if __name__ == "__main__":
    main()
