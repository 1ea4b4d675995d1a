"""What a rule and a gate are.

A rule says what must hold, how grave a breach is, why it matters and what to do; its expectations are
Great Expectations classes by name, so that nothing heavy is imported before data are judged. A gate is
the rules of one table on one frame. The rules themselves are in `suites/`, their registry in `gates.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Severity = Literal["fail", "warn"]
Stops = Literal["date", "release", "repository"]


class Expect(NamedTuple):
    """One expectation: the name of a class of `great_expectations.expectations`, and its arguments."""

    kind: str
    arguments: Mapping[str, Any]

    @property
    def column(self) -> str | None:
        """The column it is about; None where it is about several."""
        return self.arguments.get("column")


@dataclass(frozen=True)
class Rule:
    """A rule of a gate. `id` is `<table>.<what must hold>`; a breach is counted in rows of the frame."""

    id: str
    severity: Severity
    breach: str
    """What is wrong when the rule does not hold, as the middle of a sentence."""
    reason: str
    """Why it matters to whoever reads the figures."""
    remedy: str
    """What to do, as an imperative."""
    expects: tuple[Expect, ...]


@dataclass(frozen=True)
class Gate:
    """The rules of one table, and the statement that projects the frame they are judged on.

    The frame never holds transcript text. It has one row per row of the table, or (for shares) one per
    date; a date gate's frame has `session_date`, a release gate's frame has `table_name`.
    """

    name: str
    table_name: str
    stops: Stops
    frame_sql: str
    rules: tuple[Rule, ...] = field(default_factory=tuple)


def is_true(column: str) -> Expect:
    """The boolean column is true; null is left out."""
    return Expect("ExpectColumnValuesToBeInSet", {"column": column, "value_set": [True]})


def is_empty(column: str) -> Expect:
    """The column, which names what is wrong with a row, is null."""
    return Expect("ExpectColumnValuesToBeNull", {"column": column})


def is_one_of(column: str, values: tuple[str, ...]) -> Expect:
    """The column holds only words of a closed vocabulary; null is left out."""
    return Expect("ExpectColumnValuesToBeInSet", {"column": column, "value_set": list(values)})


def is_between(column: str, low: float | None, high: float | None) -> Expect:
    """The number lies in the closed range; null is left out."""
    return Expect("ExpectColumnValuesToBeBetween", {"column": column, "min_value": low, "max_value": high})


def matches(column: str, pattern: str) -> Expect:
    """The text matches the pattern; null is left out."""
    return Expect("ExpectColumnValuesToMatchRegex", {"column": column, "regex": pattern})


def is_unique(columns: tuple[str, ...]) -> Expect:
    """No two rows agree in all these columns; nulls agree with each other."""
    return Expect("ExpectCompoundColumnsToBeUnique", {"column_list": list(columns)})


def is_not_after(earlier: str, later: str) -> Expect:
    """The one column is at most the other; rows in which either is null are left out."""
    arguments = {"column_A": later, "column_B": earlier, "or_equal": True}
    return Expect(
        "ExpectColumnPairValuesAToBeGreaterThanB", arguments | {"ignore_row_if": "either_value_is_missing"}
    )


def agrees(one: str, other: str) -> Expect:
    """The two columns are equal; rows in which either is null are left out."""
    return Expect(
        "ExpectColumnPairValuesToBeEqual",
        {"column_A": one, "column_B": other, "ignore_row_if": "either_value_is_missing"},
    )
