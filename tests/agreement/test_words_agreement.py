"""Texts that users meet are plain English: the worst habits of our prose do not come back.

Belongs here: which texts are read, which words may not be in them, the form of a column's description. Not
here: what a text must say (the other agreement tests). CONTRIBUTING.md, "Words", has the list for writers.
Code, names and quotes are left out before a text is judged. Texts are read from files, so that dbt need not
start.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer.main
import yaml

from orchestration.cli import app
from orchestration.settings import Settings

CHECKOUT = Path(__file__).parents[2]
MODELS = CHECKOUT / "dbt_project" / "models"
CATALOG = CHECKOUT / "orchestration" / "measures" / "catalog"
MESSAGES = (
    *(CHECKOUT / "orchestration" / room for room in ("commands", "desk", "report")),
    CHECKOUT / "expectations" / "suites",
)

HABITS = re.compile(r"\b(stands|lies|beside|(?:is|are) told|mends?|of it)\b", re.IGNORECASE)
"""Idioms that we take literally, and `of it` where the thing should be named again."""

UNJUDGED = re.compile(r"```.*?```|`[^`\n]*`|\]\([^)]*\)|\"[^\"\n]*\"", re.DOTALL)
"""Where a word is right: code, addresses of links, and quotes. Names with underscores are no such words."""

PROSE = (
    "question", "title", "definition", "exclusions", "caveat", "not_measured", "numerator", "denominator",
    "note",
)  # fmt: skip
"""Keys of the catalogue that are ours to word; a study's own words are not."""

DOC = re.compile(r"{% docs (\w+) %}(.*?){% enddocs %}", re.DOTALL)
DOC_OF = re.compile(r"{{ doc\('(\w+)'\) }}")


class Text(NamedTuple):
    """One text that a user meets, and where it is."""

    place: str
    words: str


def faults(texts: Iterable[Text]) -> list[str]:
    """Each habit in the texts, with its place and the words around it."""
    found = []
    for place, words in texts:
        plain = " ".join(UNJUDGED.sub(" ", words).split())
        for habit in HABITS.finditer(plain):
            around = plain[max(0, habit.start() - 40) : habit.end() + 40]
            found.append(f"{place}: {habit[0]!r} in «{around}»")
    return found


def is_sentence(description: str) -> bool:
    """Whether a description opens like a sentence and ends like one."""
    return bool(description) and not description[0].islower() and description.endswith(".")


@cache
def docs_blocks() -> Mapping[str, str]:
    pages = (path.read_text("utf-8") for path in sorted((CHECKOUT / "dbt_project" / "docs").glob("*.md")))
    return {name: " ".join(text.split()) for page in pages for name, text in DOC.findall(page)}


def columns_of(folder: str) -> Iterator[Text]:
    """Every column of the models of a folder with its text, a doc block's where it names one."""
    for path in sorted((MODELS / folder).rglob("*.yml")):
        for model in yaml.safe_load(path.read_text("utf-8")).get("models", []):
            for column in model.get("columns", []):
                text = DOC_OF.sub(lambda name: docs_blocks()[name[1]], column["description"])
                yield Text(f"{model['name']}.{column['name']}", text.strip())


def descriptions(found: Any, place: str) -> Iterator[Text]:
    """The descriptions and labels of a dbt file; those of its unit tests are for developers."""
    if isinstance(found, dict):
        for key, value in found.items():
            if key in ("description", "label") and isinstance(value, str):
                yield Text(f"{place} {found.get('name', '')}", value)
            elif key != "unit_tests":
                yield from descriptions(value, place)
    elif isinstance(found, list):
        for value in found:
            yield from descriptions(value, place)


def catalogue() -> Iterator[Text]:
    def walk(found: Any, place: str) -> Iterator[Text]:
        if isinstance(found, dict):
            yield from (
                Text(f"{place} {key}", found[key]) for key in PROSE if isinstance(found.get(key), str)
            )
            found = list(found.values())
        if isinstance(found, list):
            for value in found:
                yield from walk(value, place)

    for path in sorted(CATALOG.glob("*.yml")):
        yield from walk(yaml.safe_load(path.read_text("utf-8")), path.name)


def dbt_texts() -> Iterator[Text]:
    for path in sorted(MODELS.rglob("*.yml")):
        yield from descriptions(yaml.safe_load(path.read_text("utf-8")), path.name)
    yield from (Text(f"doc block {name}", text) for name, text in docs_blocks().items())


def pages() -> Iterator[Text]:
    docs = CHECKOUT / "docs"
    hand_written = (CHECKOUT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))
    for path in (*hand_written, *sorted(docs.glob("*.md"))):
        yield Text(path.name, path.read_text("utf-8"))
    for path in sorted((docs / "questions").glob("*.sql")):
        lines = path.read_text("utf-8").splitlines()
        yield Text(path.name, " ".join(line[2:] for line in lines if line.startswith("--")))


def help_texts() -> Iterator[Text]:
    def walk(command: Any, name: str) -> Iterator[Text]:
        yield Text(f"help of {name}", command.help or "")
        for option in command.params:
            yield Text(f"help of {name} {option.name}", getattr(option, "help", None) or "")
        for each in getattr(command, "commands", {}).values():
            yield from walk(each, f"{name} {each.name}")

    yield from walk(typer.main.get_command(app), "sessionmart")
    for name, field in Settings.model_fields.items():
        yield Text(f"setting {name}", field.description or "")
    targets = re.findall(r"^([a-z-]+):.*## (.*)$", (CHECKOUT / "Makefile").read_text("utf-8"), re.MULTILINE)
    yield from (Text(f"make {target}", text) for target, text in targets)


def messages() -> Iterator[Text]:
    """What commands print and what gates say: the strings of their modules, without docstrings."""
    for path in (path for folder in MESSAGES for path in sorted(folder.glob("*.py"))):
        tree = ast.parse(path.read_text("utf-8"))
        bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
                yield Text(f"{path.name}:{node.lineno}", node.value)


SOURCES = (catalogue, dbt_texts, pages, help_texts, messages)


@pytest.mark.parametrize("read", SOURCES, ids=lambda read: read.__name__)
def test_no_text_that_users_meet_has_the_worst_habits(read: Any) -> None:
    texts = list(read())
    assert len(texts) > 10
    assert faults(texts) == []


@pytest.mark.parametrize("folder", ["marts", "metrics"])
def test_every_column_is_described_by_a_sentence(folder: str) -> None:
    columns = list(columns_of(folder))
    assert len(columns) > 40
    assert [f"{place}: {words}" for place, words in columns if not is_sentence(words)] == []


@pytest.mark.parametrize(
    "bad",
    [
        "Where the published value stands.",
        "A file that lies in the folder.",
        "The rate, and the count beside it.",
        "No hidden count is told.",
        "The counts are told all the same.",
        "Mend the file.",
        "The part of it\nthat sub-agents used.",
    ],
)
def test_a_planted_bad_sentence_is_found(bad: str) -> None:
    assert faults([Text("planted", bad)])


@pytest.mark.parametrize(
    "good",
    [
        "Every published value is in `rpt_published_beside_own`.",
        "The table rpt_published_beside_own compares both.",
        'The study says "stands beside".',
        "What the rate makes of its parts; recommendations; besides, it withstands families.",
        "See [the decision](adr/0015-labellers-lie-side-by-side.md).",
    ],
)
def test_names_code_and_quotes_are_not_judged(good: str) -> None:
    assert faults([Text("planted", good)]) == []


@pytest.mark.parametrize("bad", ["", "number of turns.", "Number of turns"])
def test_a_description_that_is_no_sentence_is_found(bad: str) -> None:
    assert not is_sentence(bad)
    assert is_sentence("Number of turns.")
