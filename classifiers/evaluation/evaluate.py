"""Judged cases and a labeller's answers → how far they agree, per field and class, with intervals.

For any labeller: typed answers, or the values of the rules. A case without an answer is a disagreement of
its own label, never left out. Not here: who answers, and how the result is printed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from classifiers.answers.answer import Answer
from classifiers.classifier import Classifier
from classifiers.evaluation.agreement import Agreement, Rate, agreement_of_labels, agreement_of_sets, rate
from classifiers.evaluation.case_steps import Split
from classifiers.evaluation.cases import Case, read_cases
from classifiers.evaluation.judged_fields import FieldKind, JudgedField, judge, vocabulary_of
from classifiers.evaluation.observed_values import Observed, observed_of_answer
from classifiers.vocabulary import OPT_OUT

Given = Answer | Observed | None
"""What a labeller gave on a case; None where it gave no usable answer."""


@dataclass(frozen=True)
class Miss:
    """One field of one case in which the labeller differs. Holds labels and numbers, no text."""

    case_id: str
    is_adversarial: bool
    field: str
    expected: str
    observed: str


@dataclass(frozen=True)
class FieldEvaluation:
    """One judged field over the cases that expect something of it."""

    field: str
    kind: FieldKind
    case_count: int
    agreement: Agreement


@dataclass(frozen=True)
class Evaluation:
    """One classifier on its cases. A case is right where all its judged fields are.

    `adversarial`: right ones among the cases that try to mislead; `unanswered_case_ids` have no answer.
    """

    classifier: str
    right: Rate
    adversarial: Rate
    by_split: Mapping[Split, Rate]
    unanswered_case_ids: tuple[str, ...]
    fields: tuple[FieldEvaluation, ...]
    misses: tuple[Miss, ...]


def evaluate(
    classifier: Classifier, given: Mapping[str, Given], *, cases: Sequence[Case] | None = None
) -> Evaluation:
    """Compare what a labeller gave, by case id, with the classifier's cases (all of them by default).

    Raises ExpectationError where a case expects a field or label that the classifier does not have, and
    ValueError where an answer belongs to no case.
    """
    cases = read_cases(classifier) if cases is None else cases
    strangers = sorted(set(given) - {case.case_id for case in cases})
    if strangers:
        raise ValueError(f"answers to no case of {classifier.name}: {', '.join(strangers)}")
    observed = {case.case_id: _observed(classifier, case, given.get(case.case_id)) for case in cases}
    judged = [
        judge(classifier, case, field, observed=observed[case.case_id])
        for case in cases
        for field in case.expected
    ]
    wrong = {each.case.case_id for each in judged if not each.is_right}
    return Evaluation(
        classifier=classifier.name,
        right=_right(cases, wrong),
        adversarial=_right([case for case in cases if case.is_adversarial], wrong),
        by_split={
            split: _right([case for case in cases if case.split == split], wrong)
            for split in sorted({case.split for case in cases})
        },
        unanswered_case_ids=tuple(case_id for case_id, values in observed.items() if values is None),
        fields=tuple(_field_evaluations(classifier, judged)),
        misses=tuple(_miss(each) for each in judged if not each.is_right),
    )


def _observed(classifier: Classifier, case: Case, given: Given) -> Observed | None:
    if isinstance(given, Answer):
        return observed_of_answer(classifier, given, case.session)
    return given


def _field_evaluations(classifier: Classifier, judged: Sequence[JudgedField]) -> Iterable[FieldEvaluation]:
    """One evaluation per judged field, in the order in which the cases name them."""
    for field in dict.fromkeys(each.field for each in judged):
        own = [each for each in judged if each.field == field]
        yield FieldEvaluation(field, own[0].kind, len(own), _agreement(classifier, own))


def _agreement(classifier: Classifier, judged: Sequence[JudgedField]) -> Agreement:
    kind, field = judged[0].kind, judged[0].field
    if kind == "bounds":
        return Agreement(rate(sum(each.is_right for each in judged), len(judged)), (), None, None, None)
    used = {label for each in judged for label in (*each.expected, *each.observed)}
    stated = vocabulary_of(classifier, field, kind)
    labels = (*stated, *sorted(used - set(stated)))
    if kind == "signals":
        return agreement_of_sets(
            [(frozenset(each.expected), frozenset(each.observed)) for each in judged], labels=labels
        )
    pairs = [tuple(zip(each.expected, each.observed, strict=True)) for each in judged]
    rising = [label for label in stated if label != OPT_OUT] if _is_rising(classifier, field) else []
    return agreement_of_labels(pairs, labels=labels, rising=rising)


def _is_rising(classifier: Classifier, field: str) -> bool:
    """Whether the answer model marks the field's labels as a rising order."""
    stated = classifier.answer_type.model_fields.get(field)
    extra = None if stated is None else stated.json_schema_extra
    return isinstance(extra, dict) and extra.get("is_rising") is True


def _right(cases: Sequence[Case], wrong: set[str]) -> Rate:
    return rate(sum(case.case_id not in wrong for case in cases), len(cases))


def _miss(judged: JudgedField) -> Miss:
    case = judged.case
    return Miss(case.case_id, case.is_adversarial, judged.field, *judged.shown)
