"""The rules that hold for every raw table, derived from its row type; nobody lists columns twice.

Keys, required columns, vocabularies, pseudonyms, references within the date, numbers below zero, and
secrets left in text. Rules of one table only are in the other suites.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from expectations.rule import Gate, Rule, is_empty, is_one_of, is_true, is_unique, matches
from expectations.suites.canary import secret_found_sql
from orchestration.ingest.rows import RAW_TABLES, RawTable

SIGNED_COLUMNS = frozenset({"exit_code"})
"""Numbers that may be below zero: Windows reports crashes as negative exit codes."""

TEXT_COLUMNS = frozenset({"text", "input_text", "result_text", "detail", "file_path"})
"""Columns that hold words of a transcript; no frame holds them."""

SET_ASIDE_TABLES = frozenset({"raw_record_counts", "raw_set_aside_sessions"})
"""Tables that also know sessions that are left out of their date; their suites say which they must know."""

PSEUDONYMS = {"user_id": r"^user_[0-9a-f]{16}$", "project_id": r"^project_[0-9a-f]{16}$"}

BUG_REMEDY = "this is a fault of the parser: report it with the rule's name, fix it, and run the date again"


def raw_gate(
    table_name: str,
    rules: Iterable[Rule] = (),
    *,
    columns: Iterable[str] = (),
    derived: Mapping[str, str] | None = None,
) -> Gate:
    """The gate of a raw table: the rules of every table, then its own on `columns` and `derived`."""
    table = next(t for t in RAW_TABLES if t.name == table_name)
    general, general_columns, general_derived = _general_rules(table)
    names = dict.fromkeys([*general_columns, *columns])
    statement = project_rows(table.name, list(names), {**general_derived, **(derived or {})})
    return Gate(table.name, table.name, "date", statement, (*general, *rules))


def project_rows(table: str, columns: Sequence[str], derived: Mapping[str, str]) -> str:
    """Statement of a frame with one row per row of a table: its columns, then named expressions over `r`."""
    parts = [f"r.{column}" for column in ("session_date", *columns)]
    parts += [f"{expression} as {name}" for name, expression in derived.items()]
    return f"select {', '.join(parts)} from {table} as r"  # noqa: S608 - names of ours


def _general_rules(table: RawTable) -> tuple[list[Rule], list[str], dict[str, str]]:
    """Rules, columns and named expressions that follow from the row type."""
    hints = get_type_hints(table.row_type)
    rules = [_complete(table), _unique(table)]
    columns = [*table.key, *(["session_id"] if "session_id" in hints else [])]
    derived = {"missing_columns": named(required_columns(hints), "r.{} is null".format)}
    numbers = numeric_columns(hints)
    if numbers:
        rules.append(_not_negative(table))
        derived["negative_columns"] = named(numbers, "r.{} < 0".format)
    words = literal_words(hints)
    if words:
        rules.append(_vocabulary(table, words))
        columns += words
    hidden = [name for name in PSEUDONYMS if name in hints]
    if hidden:
        rules.append(_pseudonyms(table, hidden))
        columns += hidden
    references = _references(table, hints)
    rules += [rule for rule, _ in references.values()]
    derived.update({name: expression for name, (_, expression) in references.items()})
    texts = [name for name in hints if name in TEXT_COLUMNS]
    if texts:
        rules.append(_no_secrets(table))
        derived["secret_columns"] = named(texts, lambda name: secret_found_sql(f"r.{name}"))
    return rules, columns, derived


def _complete(table: RawTable) -> Rule:
    return Rule(
        f"{table.name}.complete",
        "fail",
        "a required column is null",
        "a missing time, id or count would be taken for nothing having happened",
        BUG_REMEDY,
        (is_empty("missing_columns"),),
    )


def _unique(table: RawTable) -> Rule:
    return Rule(
        f"{table.name}.unique",
        "fail",
        f"several rows share one key ({', '.join(table.key)})",
        "what is stored twice is counted twice",
        BUG_REMEDY,
        (is_unique(("session_date", *table.key)),),
    )


def _not_negative(table: RawTable) -> Rule:
    return Rule(
        f"{table.name}.not_negative",
        "fail",
        "a count, size, number of tokens or duration is below zero",
        "sums would shrink without a trace",
        "look for the value in the archived transcript: if the tool wrote it, its source must set it to "
        "unknown; else " + BUG_REMEDY,
        (is_empty("negative_columns"),),
    )


def _vocabulary(table: RawTable, words: Mapping[str, tuple[str, ...]]) -> Rule:
    return Rule(
        f"{table.name}.vocabulary",
        "fail",
        "a word is outside its closed vocabulary",
        "models filter on these words, and an unknown one falls out of every figure",
        "add the word to its Literal in orchestration/ingest/rows.py and to the models that read it, or "
        "fix the parser, and run the date again",
        tuple(is_one_of(column, values) for column, values in words.items()),
    )


def _pseudonyms(table: RawTable, columns: Iterable[str]) -> Rule:
    return Rule(
        f"{table.name}.pseudonyms",
        "fail",
        "a user or project is not a keyed pseudonym",
        "a real name would be published",
        "check how the source fills user_id and project_id (orchestration/ingest/pseudonyms.py), and run "
        "the date again; no row of the date has landed",
        tuple(matches(column, PSEUDONYMS[column]) for column in columns),
    )


def _no_secrets(table: RawTable) -> Rule:
    return Rule(
        f"{table.name}.no_secrets",
        "fail",
        "text still matches the pattern of a secret",
        "keys and tokens must not enter the lake",
        "add the missed form to orchestration/ingest/redaction/redact.py with a test, and run the date "
        "again; no row of the date has landed",
        (is_empty("secret_columns"),),
    )


def _references(table: RawTable, hints: Mapping[str, Any]) -> dict[str, tuple[Rule, str]]:
    """Column name → rule and expression, for each id that must exist in another table of the date."""
    targets = {
        "session_id": ("raw_sessions", "session_known"),
        "turn_id": ("raw_turns", "turn_known"),
    }
    if table.name in SET_ASIDE_TABLES:
        del targets["session_id"]
    return {
        f"is_{name}": (is_known(table.name, column, target=target, name=name), known_sql(column, target))
        for column, (target, name) in targets.items()
        if column in hints and target != table.name
    }


def is_known(table: str, column: str, *, target: str, name: str) -> Rule:
    """The rule that an id exists in `target` on the same date; null is left out."""
    return Rule(
        f"{table}.{name}",
        "fail",
        f"{column} names no row of {target} on this date",
        "the rows would drop out of every join, silently",
        BUG_REMEDY,
        (is_true(f"is_{name}"),),
    )


def known_sql(column: str, target: str, key: str | None = None, *, within: Sequence[str] = ()) -> str:
    """Whether the row's id exists in `target` on the row's date; null where the id is null.

    `within`: columns of both tables that an id is unique only together with.
    """
    theirs = ", ".join(f"t.{name}" for name in ("session_date", *within, key or column))
    ours = ", ".join(f"r.{name}" for name in ("session_date", *within, column))
    known = f"select ({theirs}) from {target} as t"  # noqa: S608 - names of ours
    return f"case when r.{column} is not null then ({ours}) in ({known}) end"


def named(columns: Iterable[str], condition: Callable[[str], str]) -> str:
    """Expression: the names of the columns that meet the condition, or null where none does.

    One expectation costs 20 ms whatever its rows, and the raw tables have over a hundred required columns.
    """
    cases = ", ".join(f"case when {condition(name)} then '{name}' end" for name in columns)
    return f"nullif(concat_ws(' ', {cases}), '')"


def _plain(hint: Any) -> Any:
    """The annotation without its `None`."""
    members = [member for member in get_args(hint) if member is not NoneType]
    return members[0] if len(members) == 1 and NoneType in get_args(hint) else hint


def required_columns(hints: Mapping[str, Any]) -> list[str]:
    """Columns whose annotation allows no null."""
    return [name for name, hint in hints.items() if NoneType not in get_args(hint)]


def numeric_columns(hints: Mapping[str, Any]) -> list[str]:
    """Columns that hold counts, sizes or durations."""
    return [n for n, hint in hints.items() if _plain(hint) in (int, float) and n not in SIGNED_COLUMNS]


def literal_words(hints: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Columns with a closed vocabulary, each with its words."""
    return {n: get_args(_plain(h)) for n, h in hints.items() if get_origin(_plain(h)) is Literal}
