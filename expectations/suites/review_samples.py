"""Gate of `review_samples`: with what probability each reviewed session was drawn.

Every corrected rate is weighted by it. The human labels themselves are judged by the suite `labels`.
"""

from typing import get_type_hints

from classifiers.catalog import CATALOG
from classifiers.label_row import LabelRow
from classifiers.reviews.review_sample import ReviewSample
from classifiers.reviews.reviewable import reviewable
from expectations.rule import Expect, Gate, Rule, is_between, is_empty, is_one_of, is_true, is_unique
from expectations.suites.every_table import literal_words, named, project_rows, required_columns
from expectations.suites.label_frames import label_table_name
from orchestration.ingest.rows import arrow_schema

REVIEW_SAMPLES = "review_samples"
REVIEW_SAMPLE_TABLES = {REVIEW_SAMPLES: arrow_schema(ReviewSample)}

KEY = ("classifier", "unit_id")
"""A session counts once for a classifier: only the newest answered sample lands."""

_REMEDY = "draw the sample again (the command `sample-for-review`), and import its reviews"


def review_samples_gate() -> Gate:
    """The gate of the one table."""
    table = label_table_name(REVIEW_SAMPLES)
    labellers = tuple(word for word in literal_words(get_type_hints(LabelRow))["labeller"] if word != "human")
    words = {"classifier": tuple(each.name for each in reviewable(CATALOG)), "frame_labeller": labellers}

    def rule(name: str, breach: str, reason: str, *expects: Expect) -> Rule:
        return Rule(f"{table}.{name}", "fail", breach, reason, _REMEDY, expects)

    rules = (
        rule(
            "complete",
            "a required column is null",
            "a review of unknown weight can correct nothing",
            is_empty("missing_columns"),
        ),
        rule(
            "unique",
            f"several rows share one key ({', '.join(KEY)})",
            "the session would weigh twice",
            is_unique(("session_date", *KEY)),
        ),
        rule(
            "vocabulary",
            "a word is outside its closed vocabulary",
            "reviews are matched to labels by these words",
            *(is_one_of(column, values) for column, values in words.items()),
        ),
        rule(
            "drawn_with_a_probability",
            "a probability is not above 0 and at most 1",
            "reviews are weighted by its inverse",
            is_between("inclusion_probability", 0, 1),
            is_true("is_drawable"),
        ),
    )
    derived = {
        "missing_columns": named(required_columns(get_type_hints(ReviewSample)), "r.{} is null".format),
        "is_drawable": "coalesce(r.inclusion_probability > 0, true)",
    }
    columns = dict.fromkeys([*KEY, *words, "inclusion_probability"])
    return Gate(table, table, "date", project_rows(table, list(columns), derived), rules)


GATES = (review_samples_gate(),)
