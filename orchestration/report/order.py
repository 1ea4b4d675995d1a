"""In which order values of a segment are listed and drawn.

Belongs here: the place of a value, from the vocabularies of the classifiers. Not here: names of values
(words).
"""

from functools import cache

from classifiers.catalog import CATALOG
from classifiers.vocabulary import vocabulary
from orchestration.measures.measure import SEGMENT_NEEDS

LAST = ("all_other", "other_occupations", "not_inferable", "unknown")
"""Values that are no value of their own: after all others, in this order."""

BY_SIZE = frozenset({"occupation", "work_occupation", "project", "model"})
"""Segments of many values without an order: the largest first."""

Place = tuple[int, float, str]


def place_of_value(segment: str, value: str, size: float) -> Place:
    """The place of a value in its segment: by vocabulary or number, else by `size` or by name."""
    if value in LAST:
        return (2, LAST.index(value), "")
    if segment in BY_SIZE:
        return (0, -size, value)
    labels = _labels(segment)
    if value in labels:
        return (0, labels[value], "")
    digits = "".join(char for char in value.partition("_")[0].partition("-")[0] if char.isdigit())
    return (0, float(digits), value) if digits else (1, 0.0, value)


@cache
def _labels(segment: str) -> dict[str, int]:
    """Labels of the classifiers that a segment rests on, with their places."""
    needs = SEGMENT_NEEDS.get(segment, (segment,))
    return {row.label: row.label_order for row in vocabulary(CATALOG) if row.classifier in needs}
