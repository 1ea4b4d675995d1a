"""The worked questions of docs/questions: SQL that answers a question, with what not to conclude from it.

Belongs here: reading the files. Not here: the questions themselves, which are files of SQL; running one
(shell). A file is a comment and one query. The comment: the question, an empty comment line, `Answer: …`, and
`Do not conclude: …`.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from orchestration.failures import WrongInputError
from orchestration.settings import CHECKOUT

QUESTIONS_DIR = CHECKOUT / "docs" / "questions"

_HEADER = re.compile(
    r"(?P<question>.+?)\n\n(?P<answer>Answer: .+?)\n(?P<caution>Do not conclude: .+)", re.DOTALL
)


@dataclass(frozen=True)
class WorkedQuestion:
    """One question: its number, its name (the file's, without number), its texts, and the query."""

    number: int
    name: str
    question: str
    answer: str
    caution: str
    sql: str


def load_questions(folder: Path = QUESTIONS_DIR) -> tuple[WorkedQuestion, ...]:
    """Every worked question, by number. Raises ValueError for a file without the comment."""
    return tuple(_read(path) for path in sorted(folder.glob("*.sql")))


def question_of(given: str, folder: Path = QUESTIONS_DIR) -> WorkedQuestion:
    """A question by its number or name. Raises WrongInputError, naming similar names."""
    questions = load_questions(folder)
    for one in questions:
        if given in (str(one.number), f"{one.number:02}", one.name, f"{one.number:02}_{one.name}"):
            return one
    near = get_close_matches(given, [one.name for one in questions], n=3)
    meant = f" Did you mean {', '.join(near)}?" if near else ""
    raise WrongInputError(f"There is no question {given}.{meant} .questions lists them all.")


def _read(path: Path) -> WorkedQuestion:
    lines = path.read_text(encoding="utf-8").splitlines()
    end = next((place for place, line in enumerate(lines) if not line.startswith("--")), len(lines))
    header = "\n".join(line.removeprefix("--").strip() for line in lines[:end])
    texts = _HEADER.fullmatch(header)
    number, _, name = path.stem.partition("_")
    if texts is None or not number.isdigit():
        raise ValueError(
            f"{path.name}: a question is called NN_name.sql and opens with its question, an empty comment "
            "line, `Answer: …` and `Do not conclude: …`"
        )
    found = {key: " ".join(text.split()) for key, text in texts.groupdict().items()}
    return WorkedQuestion(int(number), name, **found, sql="\n".join(lines[end:]).strip())
