"""How far a labeller agrees with the judged cases of each question: the second reference beside people.

Belongs here: which judged fields speak for a classifier, the figures of an evaluation as rows, the rows of
the rules, which are kept in a file because parsing all cases takes seconds. Not here: judging (evaluate),
what follows from the figures (the estimates decide). `python -m classifiers.evaluation` writes the file; a
test fails where it is another.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from classifiers.classifier import Classifier
from classifiers.evaluation.cases import read_cases
from classifiers.evaluation.evaluate import Evaluation, FieldEvaluation, evaluate
from classifiers.evaluation.observed_values import answered_by_rules, rules_observed
from classifiers.reviews.reviewable import answer_field
from classifiers.rules.labeller import RULES_CLASSIFIERS, rules_fingerprint

RULES = "rules"
RULES_FILE = Path(__file__).with_name("rules_on_cases.json")
FORCED = "forced_"
DIGITS = 4


class CaseAgreement(NamedTuple):
    """One row per labeller, classifier and judged field that speaks for it.

    `measure` is weighted_kappa where the labels rise, else kappa; the figures are null where the cases leave
    kappa undefined. The interval is a bootstrap of cases.
    """

    classifier: str
    labeller: str
    fingerprint: str
    field: str
    measure: str
    kappa: float | None
    interval_low: float | None
    interval_high: float | None
    case_count: int


def agreement_rows(
    classifier: Classifier, found: Evaluation, *, labeller: str, fingerprint: str
) -> Iterator[CaseAgreement]:
    """The fields that speak for a classifier: its one label, the forced one, or the signals it finds.

    What leads to a rating (the three signals of expertise) and numbers within bounds do not.
    """
    label = answer_field(classifier)
    for field in found.fields:
        is_label = label is not None and field.field in (label, FORCED + label)
        if is_label or field.kind in ("labels", "signals"):
            yield _row(classifier, field, labeller=labeller, fingerprint=fingerprint)


def rules_rows(classifiers: Sequence[Classifier] = RULES_CLASSIFIERS) -> list[CaseAgreement]:
    """The rules judged by all cases, anew: seconds, which is why `read_rules_rows` is what runs use."""
    return [
        row
        for classifier in classifiers
        for cases in [answered_by_rules(classifier, read_cases(classifier))]
        for row in agreement_rows(
            classifier,
            evaluate(classifier, rules_observed(classifier, cases), cases=cases),
            labeller=RULES,
            fingerprint=rules_fingerprint(classifier.name),
        )
    ]


def read_rows(path: Path) -> tuple[CaseAgreement, ...]:
    """Rows that were kept in a file; none where there is no file."""
    if not path.exists():
        return ()
    return tuple(CaseAgreement(**row) for row in orjson.loads(path.read_bytes()))


def read_rules_rows() -> tuple[CaseAgreement, ...]:
    """The rules' rows as they are kept beside this module."""
    return read_rows(RULES_FILE)


def rows_as_json(rows: Sequence[CaseAgreement]) -> bytes:
    """The rows as a file holds them, in the order of classifier and field."""
    given: list[dict[str, Any]] = [row._asdict() for row in sorted(rows, key=lambda row: row[:4])]
    return orjson.dumps(given, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _row(classifier: Classifier, field: FieldEvaluation, *, labeller: str, fingerprint: str) -> CaseAgreement:
    weighted, plain = field.agreement.weighted_kappa, field.agreement.kappa
    measure, found = ("kappa", plain) if weighted is None else ("weighted_kappa", weighted)
    low, high = (None, None) if found is None else (found.low, found.high)
    return CaseAgreement(
        classifier.name,
        labeller,
        fingerprint,
        field.field,
        measure,
        None if found is None else round(found.value, DIGITS),
        None if low is None else round(low, DIGITS),
        None if high is None else round(high, DIGITS),
        field.case_count,
    )
