"""What the gates of labels look at: named expressions over a label row `r`, its words and its ranges.

Derived from the answer model, so that a changed answer changes its gate. Not here: rules and gates (labels).
"""

from collections.abc import Mapping
from types import NoneType
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel

from classifiers.answers.evidence_score import EvidenceItem
from classifiers.classifier import Classifier
from classifiers.label_row import LABEL_KEY
from classifiers.label_rows.evidence_check import MAX_LABEL_EVIDENCE
from classifiers.reviews.reviewable import required_columns_of_humans
from classifiers.vocabulary import closed_fields, element_model

UNPAID_COLUMNS = (
    "model", "cited_evidence_count", "rejected_evidence_count", "input_tokens",
    "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens", "cost_usd",
)  # fmt: skip
"""Columns of the label row that are null in every label by rules."""

Range = tuple[float | None, float | None]


def label_table_name(staged_name: str) -> str:
    """Table of the warehouse for a table of the label lake (`outcome` → `labels_outcome`)."""
    return f"labels_{staged_name}"


def plain_sql() -> str:
    """Whether the labeller's columns are its own: the rules cite and pay nothing, Claude has a model."""
    unpaid = " and ".join(f"r.{column} is null" for column in UNPAID_COLUMNS)
    return f"case r.labeller when 'rules' then {unpaid} when 'claude' then r.model is not null else true end"


def evidenced_sql(classifier: Classifier) -> str:
    """Whether a high score names a record."""
    low = " and ".join(f"r.{score} < 4" for score in scores(classifier))
    return f"{low} or len(r.evidence_record_ids) > 0"


def answered_sql(classifier: Classifier) -> str:
    """Whether the answer stands exactly where the status is ok; people give the asked column alone."""
    answers = classifier.answer_schema.names
    hints = {name: field.annotation for name, field in classifier.answer_type.model_fields.items()}
    hints |= get_type_hints(classifier.score_type) if classifier.score_type is not None else {}
    required = [name for name in answers if NoneType not in get_args(hints[name])]
    given = " and ".join(f"r.{name} is not null" for name in required) or "true"
    by_human = (
        " and ".join(f"r.{name} is not null" for name in required_columns_of_humans(classifier)) or "false"
    )
    absent = " and ".join(f"r.{name} is null" for name in answers)
    return (
        f"case when r.status = 'ok' and r.labeller = 'human' then {by_human} "
        f"when r.status = 'ok' then {given} else {absent} end"
    )


def evidence_sql(classifier: Classifier) -> str:
    """Whether a label of Claude names what it cited less what was dropped, and one without answer nothing.

    Items are citations too; the label row names at most MAX_LABEL_EVIDENCE of their records.
    """
    named_count = "len(r.evidence_record_ids)"
    kept = "r.cited_evidence_count - r.rejected_evidence_count"
    if classifier.item_type is None:
        adds_up = f"{named_count} = {kept}"
    else:
        adds_up = f"{kept} = {_listed_sql(classifier, 'count(*)')} and ({named_count} > 0) = ({kept} > 0)"
    return (
        f"case when r.status <> 'ok' then {named_count} = 0 and r.cited_evidence_count is null "
        "and r.rejected_evidence_count is null "
        "when r.labeller in ('claude', 'stand_in') "
        f"then coalesce({named_count} <= {MAX_LABEL_EVIDENCE} and {adds_up} "
        "and r.rejected_evidence_count <= r.cited_evidence_count, false) else true end"
    )


def counted_sql(classifier: Classifier) -> str:
    """Whether the label counts its items: signals once per record, other items each.

    The first count that a rule computes from a list is that of its items.
    """
    if classifier.item_type is EvidenceItem:
        listed = _listed_sql(classifier, "count(distinct (i.signal, i.record_id))")
        counted = "r.hard_signal_count + r.soft_signal_count"
    else:
        listed = _listed_sql(classifier, "count(*)")
        names = classifier.score_type._fields if classifier.score_type is not None else ()
        counted = next(f"r.{name}" for name in names if name.endswith("_count"))
    return f"r.status <> 'ok' or {counted} = {listed}"


def _listed_sql(classifier: Classifier, measure: str) -> str:
    """A measure of the label's rows in the items table."""
    items = label_table_name(classifier.items_name)
    key = " and ".join(f"i.{column} = r.{column}" for column in ("session_date", *LABEL_KEY))
    return f"(select {measure} from {items} as i where {key})"  # noqa: S608 - names of ours


def ranges(classifier: Classifier) -> dict[str, Range]:
    """Ranges of the numbers of a label: shares, scores, and what the answer model bounds."""
    found: dict[str, Range] = {"coverage": (0, 1)}
    for name, schema in classifier.answer_type.model_json_schema()["properties"].items():
        bounds = _bounds(schema)
        if name in classifier.answer_schema.names and bounds != (None, None):
            found[name] = bounds
    for name, labels in closed_fields(classifier.answer_type).items():
        if all(isinstance(label, int) for label in labels):
            found[name] = (min(labels), max(labels))
    if classifier.score_type is not None:
        found |= {name: (0, 1) for name in classifier.score_type._fields if "_share" in name}
        found |= dict.fromkeys(scores(classifier), (0, 5))
    return found


def _bounds(schema: Mapping[str, Any]) -> Range:
    """Least and greatest number that a field's JSON schema allows; exclusive ones taken as inclusive."""
    members = [schema, *schema.get("anyOf", ())]
    lows = [m[key] for m in members for key in ("minimum", "exclusiveMinimum") if key in m]
    highs = [m[key] for m in members for key in ("maximum", "exclusiveMaximum") if key in m]
    return (lows[0] if lows else None, highs[0] if highs else None)


def scores(classifier: Classifier) -> list[str]:
    """Columns of an evidence classifier that are scores of 0 to 5."""
    return [name for name in classifier.answer_schema.names if "_score" in name]


def words(model: type[BaseModel]) -> dict[str, tuple[str, ...]]:
    """Vocabulary of each closed field of words of an answer or element; closed numbers have a range."""
    closed = closed_fields(model).items()
    return {name: labels for name, labels in closed if all(isinstance(label, str) for label in labels)}


def item_words(classifier: Classifier) -> dict[str, tuple[str, ...]]:
    """Vocabulary of the columns of the items table that the answer's list defines."""
    element = element_model(classifier)
    columns = set(classifier.item_type._fields) if classifier.item_type is not None else set()
    listed = {} if element is None else words(element)
    return {name: values for name, values in listed.items() if name in columns}


def numbers(classifier: Classifier) -> list[str]:
    """Columns of the answer that are numbers."""
    return [f.name for f in classifier.answer_schema if str(f.type) in ("int64", "double")]
