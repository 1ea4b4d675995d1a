"""The worked questions as dbt exposures: who reads a mart is part of its lineage.

Belongs here: the file dbt_project/models/exposures.yml, written from the questions. Not here: the questions
(questions). `python -m orchestration.desk` writes the file; a test fails where it is another.
"""

import re
from typing import Any

import yaml

from orchestration.desk.questions import WorkedQuestion, load_questions
from orchestration.publishing.warehouse import PROJECT_DIR

EXPOSURES_FILE = PROJECT_DIR / "models" / "exposures.yml"
HEADER = "# Written from docs/questions by `python -m orchestration.desk`.\n"
OWNER = {"name": "sessionmart"}

_TABLE = re.compile(r"\b(?:marts|metrics)\.(\w+)")


def exposures_yaml() -> str:
    """The file's text: one exposure per worked question."""
    found = {"exposures": [_exposure(one) for one in load_questions()]}
    return HEADER + str(yaml.safe_dump(found, sort_keys=False, allow_unicode=True, width=110))


def tables_of_question(question: WorkedQuestion) -> list[str]:
    """Names of the tables that a question's query reads, each once."""
    return sorted(set(_TABLE.findall(question.sql)))


def _exposure(question: WorkedQuestion) -> dict[str, Any]:
    return {
        "name": f"question_{question.number:02}_{question.name}",
        "label": question.question,
        "type": "analysis",
        "owner": dict(OWNER),
        "description": f"{question.answer} {question.caution}",
        "depends_on": [f"ref('{table}')" for table in tables_of_question(question)],
    }
