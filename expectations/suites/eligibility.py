"""Gate of `label_eligibility`: which units a classifier could be asked about, with the reason if not.

It is the denominator of coverage. Labels themselves are judged by the suite `labels`.
"""

from typing import get_type_hints

from classifiers.asking.eligibility import LabelEligibility
from classifiers.catalog import CATALOG
from classifiers.label_row import LabelRow
from expectations.rule import Expect, Gate, Rule, is_empty, is_one_of, is_true, is_unique
from expectations.suites.every_table import literal_words, named, project_rows, required_columns
from expectations.suites.label_frames import label_table_name
from orchestration.ingest.rows import arrow_schema

ELIGIBILITY = "label_eligibility"
ELIGIBILITY_TABLES = {ELIGIBILITY: arrow_schema(LabelEligibility)}

KEY = ("classifier", "labeller", "fingerprint", "unit_id")
"""Who could be asked about what; once."""

_REMEDY = "fix classifiers/asking/eligibility.py, and land the labels of the date again"


def eligibility_gate() -> Gate:
    """The gate of the one table."""
    table = label_table_name(ELIGIBILITY)
    hints = get_type_hints(LabelEligibility)
    words = {**literal_words(get_type_hints(LabelRow)), **literal_words(hints)}
    words["classifier"] = tuple(classifier.name for classifier in CATALOG)

    def rule(name: str, breach: str, reason: str, *expects: Expect) -> Rule:
        return Rule(f"{table}.{name}", "fail", breach, reason, _REMEDY, expects)

    rules = (
        rule(
            "complete",
            "a column is null",
            "a unit of unknown eligibility falls out of every share of coverage",
            is_empty("missing_columns"),
        ),
        rule(
            "unique",
            f"several rows share one key ({', '.join(KEY)})",
            "the unit would be counted twice",
            is_unique(("session_date", *KEY)),
        ),
        rule(
            "vocabulary",
            "a word is outside its closed vocabulary",
            "coverage is counted by these words",
            *(is_one_of(column, values) for column, values in words.items() if column in hints),
        ),
        rule(
            "reason_agrees",
            "a unit is eligible for another reason, or left out for none",
            "nobody could tell why it was not asked about",
            is_true("is_reason_given"),
        ),
    )
    derived = {
        "missing_columns": named(required_columns(hints), "r.{} is null".format),
        "is_reason_given": "r.is_eligible = (r.reason = 'eligible')",
    }
    columns = dict.fromkeys([*KEY, *(column for column in words if column in hints)])
    return Gate(table, table, "date", project_rows(table, list(columns), derived), rules)


GATES = (eligibility_gate(),)
