"""The evidence check: which cited records an answer may keep, and its score from what is left (decision 7).

A cited record must have been shown, be known to the lake, and be what the classifier's evidence rule asks
for. What is not is dropped and counted; the label itself stays. Not here: what a rule may ask
(evidence_rule), where facts come from (record_facts).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from classifiers.answers.answer import Answer
from classifiers.classifier import Classifier
from classifiers.evidence_rule import EvidenceRule
from classifiers.label_rows.record_facts import RecordFacts

CHECK_VERSION = 2
"""Raised when evidence is checked otherwise: held answers then land anew, and nothing is asked."""

MAX_LABEL_EVIDENCE = 5
"""Ids that a label names beside its items (METHODS §3: one to five)."""


@dataclass(frozen=True)
class CheckedAnswer:
    """An answer whose evidence holds. Its ids are record ids; dropped ids and items are gone.

    `evidence_record_ids` are the label's: those of the answer and its earlier steps, then those of the
    items. `score` is recomputed from `items`. `cited_count` is the number of different citations: kept
    ones and `rejected_count` dropped ones. A label may lose all its evidence; these counts then say so.
    """

    answer: Answer
    evidence_record_ids: tuple[str, ...]
    items: tuple[Answer, ...]
    score: Any | None
    cited_count: int
    rejected_count: int


@dataclass(frozen=True)
class _Kept:
    """Citations that hold, in order, and how many do not."""

    record_ids: tuple[str, ...]
    rejected_count: int


def check_evidence(
    classifier: Classifier,
    answer: Answer,
    record_ids: Mapping[str, str],
    facts: RecordFacts,
    *,
    earlier: Sequence[Answer] = (),
) -> CheckedAnswer:
    """Hold an answer's citations against the rows of the lake.

    `record_ids` maps the short ids that were shown to record ids; an id outside it was never shown.
    `earlier`: the answers of the steps before, whose evidence is the label's too.
    """
    own = _check_ids(classifier.evidence, _cited(answer), record_ids, facts)
    together = [short_id for each in (*earlier, answer) for short_id in _cited(each)]
    of_label = _check_ids(classifier.evidence, together, record_ids, facts)
    items, rejected_items = _check_items(classifier, answer, record_ids, facts)
    checked = _with(classifier, answer, own.record_ids, items)
    of_items = [_record_id(item) for item in items]
    return CheckedAnswer(
        answer=checked,
        evidence_record_ids=_named_by_label(of_label.record_ids, of_items),
        items=items,
        score=None if classifier.score is None else classifier.score(checked, rejected_items),
        cited_count=len(of_label.record_ids) + of_label.rejected_count + len(items) + rejected_items,
        rejected_count=of_label.rejected_count + rejected_items,
    )


def _check_ids(
    rule: EvidenceRule, short_ids: Sequence[str], record_ids: Mapping[str, str], facts: RecordFacts
) -> _Kept:
    """Each record counts once, however often and under whichever short id it is cited."""
    cited = dict.fromkeys(
        (short_id in record_ids, record_ids.get(short_id, short_id)) for short_id in short_ids
    )
    kept = tuple(
        record_id for was_shown, record_id in cited if was_shown and is_fitting(rule, record_id, facts)
    )
    return _Kept(kept, len(cited) - len(kept))


def _check_items(
    classifier: Classifier, answer: Answer, record_ids: Mapping[str, str], facts: RecordFacts
) -> tuple[tuple[Answer, ...], int]:
    """Items that hold, each once and with record ids, and the number of those that do not."""
    kept: dict[object, Answer] = {}
    rejected: set[object] = set()
    for number, item in enumerate(_listed(classifier, answer)):
        short_id = _record_id(item)
        label = _sole_label(classifier, item)
        if short_id in record_ids and is_fitting(_rule_of(classifier, item), record_ids[short_id], facts):
            record_id = record_ids[short_id]
            # A call and its result show one thing: cited once each, one commit would score as two.
            shown = facts.tool_use_id(record_id) or record_id
            same = number if label is None else (label, shown)
            kept.setdefault(same, item.model_copy(update={"record_id": record_id}))
        else:
            rejected.add(number if label is None else (label, short_id))
    return tuple(kept.values()), len(rejected)


def is_fitting(rule: EvidenceRule, record_id: str, facts: RecordFacts) -> bool:
    """Whether the lake knows the record as what the rule asks for."""
    if not facts.is_known(record_id) or not facts.actors[record_id] & rule.actors:
        return False
    if rule.is_typed and record_id not in facts.typed:
        return False
    kinds = rule.event_kinds
    return not kinds or facts.has_event(record_id, kinds, is_success=rule.is_success)


def _rule_of(classifier: Classifier, item: Answer) -> EvidenceRule:
    """The rule of an item's kind; the classifier's own where its kind has none."""
    if classifier.item_label is None:
        return classifier.evidence
    return classifier.item_evidence.get(getattr(item, classifier.item_label), classifier.evidence)


def _sole_label(classifier: Classifier, item: Answer) -> str | None:
    """The kind of an item that says nothing but its kind and its record: such items may be the same."""
    label = classifier.item_label
    if label is None or set(type(item).model_fields) != {label, "record_id"}:
        return None
    return str(getattr(item, label))


def _named_by_label(of_label: Sequence[str], of_items: Sequence[str]) -> tuple[str, ...]:
    """The label's own evidence whole; items have tables of their own and only fill it up."""
    room = max(0, MAX_LABEL_EVIDENCE - len(of_label))
    others = [record_id for record_id in dict.fromkeys(of_items) if record_id not in of_label]
    return (*of_label, *others[:room])


def _with(
    classifier: Classifier, answer: Answer, record_ids: tuple[str, ...], items: tuple[Answer, ...]
) -> Answer:
    changed: dict[str, Any] = {}
    if "evidence_record_ids" in type(answer).model_fields:
        changed["evidence_record_ids"] = list(record_ids)
    if classifier.list_field is not None:
        changed[classifier.list_field] = list(items)
    return answer.model_copy(update=changed)


def _cited(answer: Answer) -> Sequence[str]:
    """Evidence ids of an answer; one that keeps its evidence in its items has none."""
    ids: Sequence[str] = getattr(answer, "evidence_record_ids", ())
    return ids


def _listed(classifier: Classifier, answer: Answer) -> Sequence[Answer]:
    items: Sequence[Answer] = getattr(answer, classifier.list_field) if classifier.list_field else ()
    return items


def _record_id(item: Answer) -> str:
    return str(item.record_id)  # type: ignore[attr-defined]  # every element model of the catalog has one
