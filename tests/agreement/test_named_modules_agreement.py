"""Charters, comments and pages name files and modules that exist: a name that leads nowhere misleads.

A charter hands work on in parentheses, `Not here: the bytes (objects)`: each name there is a module, a room,
a dbt model, or a tool. Files and folders are looked for as they are written. ADRs are history and may name
what is gone.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
ROOMS = ("orchestration", "classifiers", "expectations", "benchmarks", "tests")
PAGES = ("README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in (CHECKOUT / "docs").glob("*.md")))
TOOLS = frozenset({"dbt"})
"""What charters hand work to besides modules: dbt means the models of dbt_project."""

HANDED_ON = re.compile(r"Not here:(.*?)(?:\.\s|\.$|\Z)", re.DOTALL)
IN_PARENTHESES = re.compile(r"\(([^()]+)\)")
ITEMS = re.compile(r",?\s+(?:and|or)\s+|,\s+")
NAME = re.compile(r"[a-z_][a-z0-9_./]*")
WHOLE = r"(?![\w./-]*[*<{])"
"""A name that goes on as a pattern (`gate_*.py`, `catalog/<name>/`) is no name."""
PYTHON_FILE = re.compile(rf"(?<![\w./*<>-]){WHOLE}((?:\w+/)*\w+\.py)\b")
PATH_OF_A_ROOM = re.compile(rf"(?<![\w./-]){WHOLE}((?:{'|'.join(ROOMS)}|dbt_project|docs)/[\w./-]+)")
DOTTED = re.compile(rf"(?<![\w./-])((?:{'|'.join(ROOMS[:4])})(?:\.[a-z_]\w*)+)")


@cache
def python_files() -> tuple[Path, ...]:
    return tuple(
        path
        for room in ROOMS
        for path in sorted((CHECKOUT / room).rglob("*.py"))
        if "fixtures" not in path.parts
    )


@cache
def known_names() -> frozenset[str]:
    """Modules, rooms and dbt models by their plain names."""
    modules = {path.stem for path in python_files()}
    rooms = {part for path in python_files() for part in path.relative_to(CHECKOUT).parts[:-1]}
    models = {path.stem for path in (CHECKOUT / "dbt_project").rglob("*.sql") if "target" not in path.parts}
    return frozenset(modules | rooms | models | TOOLS | {"dbt_project"})


@cache
def known_files() -> frozenset[str]:
    """Every ending by which a Python file may be named: `source.py`, `sources/source.py` and so on."""
    parts = [path.relative_to(CHECKOUT).parts for path in python_files()]
    return frozenset("/".join(each[start:]) for each in parts for start in range(len(each)))


def handed_on_to(charter: str) -> Iterator[str]:
    """The names in parentheses of the sentences that say what belongs elsewhere.

    Among words, only what no word looks like is a name: `(forget_places, the archive)`.
    """
    for sentence in HANDED_ON.findall(charter):
        for parenthesis in IN_PARENTHESES.findall(sentence):
            items = ITEMS.split(" ".join(parenthesis.split()))
            names = [item for item in items if NAME.fullmatch(item)]
            is_list = len(names) == len(items)
            yield from (name for name in names if is_list or re.search(r"[_./]", name))


def named_files(text: str) -> set[str]:
    """Files and folders of the checkout as a text writes them; patterns are none."""
    return {*PYTHON_FILE.findall(text), *PATH_OF_A_ROOM.findall(text)}


def is_known(name: str) -> bool:
    parts = [part for part in re.split(r"[./]", name.removesuffix(".py")) if part]
    return all(part in known_names() for part in parts)


def is_there(path: str, beside: Path) -> bool:
    """Whether a written path is a file or folder of the checkout, of its own room, or a known module."""
    written = path.rstrip("/.")
    return (CHECKOUT / written).exists() or (beside / written).exists() or written in known_files()


def is_importable(dotted: str) -> bool:
    """Whether `room.module.name` begins with a module, and its next part, if any, stands in that module."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        place = CHECKOUT.joinpath(*parts[:length])
        if place.is_dir():
            return length == len(parts) or not (place / "__init__.py").exists()
        if place.with_suffix(".py").exists():
            rest = parts[length:]
            return not rest or re.search(rf"\b{rest[0]}\b", place.with_suffix(".py").read_text()) is not None
    return False


@cache
def charter_and_prose(path: Path) -> tuple[str, str]:
    """A module's charter; its docstrings and comments. Code is held by the interpreter."""
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    docstrings = [
        node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]
    prose = "\n".join([*docstrings, *re.findall(r"(?m)(?:^|\s)# (.*)$", source)])
    return ast.get_docstring(tree) or "", prose


@pytest.mark.parametrize("room", ROOMS)
def test_a_charter_hands_work_on_to_what_exists(room: str) -> None:
    gone = {
        f"{path.relative_to(CHECKOUT)}: {name}"
        for path in python_files()
        if path.is_relative_to(CHECKOUT / room)
        for name in handed_on_to(charter_and_prose(path)[0])
        if not is_known(name)
    }
    assert gone == set()


@pytest.mark.parametrize("room", ROOMS)
def test_docstrings_and_comments_name_files_that_exist(room: str) -> None:
    gone = {
        f"{path.relative_to(CHECKOUT)}: {name}"
        for path in python_files()
        if path.is_relative_to(CHECKOUT / room)
        for name in named_files(charter_and_prose(path)[1])
        if not is_there(name, path.parent)
    }
    assert gone == set()


@pytest.mark.parametrize("page", PAGES)
def test_pages_name_files_and_modules_that_exist(page: str) -> None:
    text = (CHECKOUT / page).read_text(encoding="utf-8")
    gone = {name for name in named_files(text) if not is_there(name, CHECKOUT)}
    gone |= {name for name in DOTTED.findall(text) if not is_importable(name)}
    assert gone == set()


def test_names_that_lead_nowhere_are_found() -> None:
    charter = "Not here: the bytes (objects), the shelf (no_such_shelf, the archive), the rows (rows)."
    assert [name for name in handed_on_to(charter) if not is_known(name)] == ["no_such_shelf"]
    text = (
        "See `orchestration/run.py`, `archive/no_such.py`, `docs/no_such.md` and `catalog/<name>/labels.py`."
    )
    gone = {name for name in named_files(text) if not is_there(name, CHECKOUT)}
    assert gone == {"archive/no_such.py", "docs/no_such.md"}
    assert is_importable("orchestration.cli.main")
    assert not is_importable("orchestration.no_such")
    assert not is_importable("orchestration.cli.no_such")


def test_each_decision_has_a_number_of_its_own_in_name_heading_and_list() -> None:
    listed = (CHECKOUT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    pages = sorted((CHECKOUT / "docs" / "adr").glob("[0-9]*.md"))
    numbers = [path.name[:4] for path in pages]
    assert len(set(numbers)) == len(numbers) > 0
    for path in pages:
        assert re.match(rf"# 0*{int(path.name[:4])}\b", path.read_text(encoding="utf-8")), path.name
        assert f"| [{path.name[:4]}]({path.name}) |" in listed, path.name
