"""Which classifiers people review, and what a reviewer writes for an answer.

Belongs here: the one column that a reviewer answers, the words allowed in it, the codebook's text, what
asked a human. Not here: labels and their meanings (the answer models), rows (human_label_rows).
"""

from hashlib import blake2b

from classifiers.answers.evidence_score import EvidenceItem
from classifiers.classifier import Classifier
from classifiers.vocabulary import closed_fields, element_model, vocabulary

NO_SIGNAL = "none"
"""What a reviewer writes who found no signal; an empty answer is one not given."""

HOW_LABEL = "Write one of these labels."
HOW_SIGNALS = (
    "Write every signal with the id of the record it rests on, separated by `;` "
    f"(`commit_matches@t12; clean_end@a9`), or `{NO_SIGNAL}` where there is none. The score is computed."
)


class NotReviewableError(Exception):
    """People do not review this classifier; the message names those that they do."""


def is_by_signals(classifier: Classifier) -> bool:
    """Whether a reviewer lists signals, which a rule scores, rather than one label."""
    return classifier.item_type is EvidenceItem


def answer_field(classifier: Classifier) -> str | None:
    """The closed field that holds the classifier's one label; None where the answer is no single label.

    Optional fields, best guesses and the signals that lead to a rating are not asked of people.
    """
    fields = closed_fields(classifier.answer_type)
    named = [name for name in fields if classifier.name == name or classifier.name.startswith(f"{name}_")]
    return named[0] if named else None


def required_columns_of_humans(classifier: Classifier) -> list[str]:
    """Answer columns that every human label fills."""
    field = answer_field(classifier)
    return classifier.answer_schema.names if is_by_signals(classifier) else [] if field is None else [field]


def reviewable(catalog: tuple[Classifier, ...]) -> tuple[Classifier, ...]:
    """Classifiers of sessions and tool calls with one closed answer, or with signals that a rule scores."""
    return tuple(
        classifier
        for classifier in catalog
        if classifier.unit_kind in ("session", "tool_call")
        and (is_by_signals(classifier) or answer_field(classifier) is not None)
    )


def allowed(classifier: Classifier) -> tuple[str, ...]:
    """The words of an answer: labels of the field, or signals."""
    if is_by_signals(classifier):
        element = element_model(classifier)
        assert element is not None  # an evidence classifier lists signals
        (labels,) = closed_fields(element).values()
        return tuple(map(str, labels))
    field = answer_field(classifier)
    assert field is not None  # only reviewable classifiers are asked
    return tuple(map(str, closed_fields(classifier.answer_type)[field]))


def codebook(classifier: Classifier) -> str:
    """What a reviewer reads before answering: how to write an answer, every word with its meaning."""
    wanted = set(allowed(classifier))
    field = "signal" if is_by_signals(classifier) else answer_field(classifier)
    rows = [row for row in vocabulary([classifier]) if row.field == field and row.label in wanted]
    how = HOW_SIGNALS if is_by_signals(classifier) else HOW_LABEL
    meanings = "\n".join(f"- `{row.label}`: {row.meaning}" for row in rows)
    question = (classifier.answer_type.__doc__ or "").strip()
    return f"## {classifier.name}\n\n{question}\n\n{how}\n\n{meanings}\n"


def human_fingerprint(classifier: Classifier) -> str:
    """What asked a human: classifier, version and the codebook's text."""
    digest = blake2b(codebook(classifier).encode(), digest_size=8).hexdigest()
    return f"human-{classifier.name}-v{classifier.version}-{digest}"
