"""Who reads the marts, as dbt exposures: the worked questions, the page of a release, and the notebooks.

Belongs here: the file dbt_project/models/exposures.yml, written from them. Not here: the questions
(questions), the page (report). `python -m orchestration.desk` writes the file; a test fails
where it is another.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from orchestration.desk.questions import WorkedQuestion, load_questions
from orchestration.measures.registry import metrics
from orchestration.publishing.project_files import PROJECT_DIR
from orchestration.settings import CHECKOUT

EXPOSURES_FILE = PROJECT_DIR / "models" / "exposures.yml"
NOTEBOOKS_DIR = CHECKOUT / "docs" / "notebooks"
HEADER = "# Written from docs/ and the catalogue of measures by `python -m orchestration.desk`.\n"
OWNER = {"name": "sessionmart"}

_TABLE = re.compile(r"\b(?:marts|metrics)\.(?!duckdb\b)(\w+)")


def exposures_yaml() -> str:
    """The file's text: the page, then one exposure per notebook and worked question."""
    found = {"exposures": [_page(), *map(_notebook, notebooks()), *map(_question, load_questions())]}
    return HEADER + str(yaml.safe_dump(found, sort_keys=False, allow_unicode=True, width=110))


def tables_of_question(question: WorkedQuestion) -> list[str]:
    """Names of the tables that a question's query reads, each once."""
    return tables_in(question.sql)


def tables_in(text: str) -> list[str]:
    """Names of the published tables that a text reads, each once."""
    return sorted(set(_TABLE.findall(text)))


def notebooks() -> list[Path]:
    """The notebooks of the documentation, by name."""
    return sorted(NOTEBOOKS_DIR.glob("*.ipynb"))


def cells_of(notebook: Path, kind: str) -> Iterator[str]:
    """The text of a notebook's cells of one kind (`code` or `markdown`), in order."""
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == kind:
            yield "".join(cell["source"])


def _page() -> dict[str, Any]:
    return _exposure(
        "page",
        label="The page of a release",
        kind="dashboard",
        description="The page that every release has: report/index.html draws every metric of the catalogue.",
        tables=sorted({metric.mart for metric in metrics()}),
    )


def _notebook(path: Path) -> dict[str, Any]:
    title, _, rest = next(cells_of(path, "markdown")).partition("\n")
    return _exposure(
        f"notebook_{path.stem}",
        label=title.removeprefix("# "),
        kind="notebook",
        description=" ".join(rest.strip().partition("\n\n")[0].split()),
        tables=tables_in("\n".join(cells_of(path, "code"))),
    )


def _question(question: WorkedQuestion) -> dict[str, Any]:
    return _exposure(
        f"question_{question.number:02}_{question.name}",
        label=question.question,
        kind="analysis",
        description=f"{question.answer} {question.caution}",
        tables=tables_of_question(question),
    )


def _exposure(name: str, *, label: str, kind: str, description: str, tables: list[str]) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "type": kind,
        "owner": dict(OWNER),
        "description": description,
        "depends_on": [f"ref('{table}')" for table in tables],
    }
