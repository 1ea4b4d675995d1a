"""`python -m orchestration.desk`: writes the data dictionary from the parsed dbt project."""

import sys

from orchestration.desk.dictionary_page import PAGE_FILE, dictionary_page
from orchestration.publishing.warehouse import read_manifest


def main() -> None:
    """Write docs/dictionary.md; one line says whether it changed."""
    before = PAGE_FILE.read_text(encoding="utf-8") if PAGE_FILE.exists() else ""
    after = dictionary_page(read_manifest())
    PAGE_FILE.write_text(after, encoding="utf-8")
    sys.stdout.write(f"{PAGE_FILE.name}: {'unchanged' if before == after else 'written'}\n")


if __name__ == "__main__":
    main()
