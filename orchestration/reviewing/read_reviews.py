"""A file of reviews, row by row: CSV or JSONL, every line a row or set aside with its reason.

Belongs here: the format. Not here: whether an answer is allowed, or whose it is (import_reviews).
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestration.failures import WrongInputError

COLUMNS = ("review_id", "classifier", "answer", "reviewer")
"""Columns that every row must have; `unit_id` and `note` are read where they are there."""


@dataclass(frozen=True)
class ReviewLine:
    """One line of the file that is no header; `values` is None where it cannot be read."""

    number: int
    values: Mapping[str, str] | None = field(repr=False)


def read_lines(path: Path) -> Iterator[ReviewLine]:
    """The rows of a file by its suffix; raises WrongInputError where it is no list of reviews."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise WrongInputError(f"There is no file {path}; give the filled form of a sample.") from error
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise WrongInputError(
            f"{path} cannot be read ({reason}); give the filled form of a sample."
        ) from error
    except UnicodeDecodeError as error:
        raise WrongInputError(f"{path} is not UTF-8 text; save it as CSV in UTF-8.") from error
    if path.suffix.casefold() == ".jsonl":
        yield from _json_lines(text)
    else:
        yield from _csv_rows(path, text)


def _csv_rows(path: Path, text: str) -> Iterator[ReviewLine]:
    # Spreadsheets of several countries separate by semicolons.
    separator = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise WrongInputError(f"{path} has no column {', '.join(missing)}; keep the header of the form.")
    for row in reader:
        is_whole = None not in row and None not in row.values()
        yield ReviewLine(reader.line_num, dict(row) if is_whole else None)


def _json_lines(text: str) -> Iterator[ReviewLine]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            value: Any = json.loads(line)
        except ValueError:
            value = None
        yield ReviewLine(number, _texts(value))


def _texts(value: Any) -> dict[str, str] | None:
    """The fields of an object as text; a list of signals is joined as the form has it."""
    if not isinstance(value, dict) or any(name not in value for name in COLUMNS):
        return None
    return {
        str(name): "; ".join(map(str, each)) if isinstance(each, list) else "" if each is None else str(each)
        for name, each in value.items()
    }
