"""Labels that were given on another input than the unit has now, and labels to be asked for again.

As the landed label tables say. Asking again is always explicit, with its own quote: never by an upgrade.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from classifiers.asking.session_asks import Relabel
from classifiers.catalog import CATALOG
from classifiers.classifier import Classifier
from orchestration.failures import RunStoppedError
from orchestration.landing.lake import label_lake_table, read_partition
from orchestration.settings import Settings

ANCHOR = "anchor"
RELABEL_CHOICES = ("none", "stale", "all", ANCHOR)


def stale_units(settings: Settings, days: Sequence[date]) -> Mapping[str, frozenset[str]]:
    """Units with a stale label by Claude, by fingerprint."""
    found: dict[str, set[str]] = {}
    for classifier in CATALOG:
        for row in _labels(settings, classifier, days):
            if row["is_stale"]:
                found.setdefault(row["fingerprint"], set()).add(row["unit_id"])
    return {fingerprint: frozenset(units) for fingerprint, units in found.items()}


def relabelled_units(
    settings: Settings, days: Sequence[date], names: Sequence[str] | None, *, which: str
) -> Relabel:
    """Labels to ask for again although they are held: none (of the anchor set, too), the stale ones, or all.

    Each by its fingerprint: a stale label of an older prompt makes nobody pay for the present one.
    Raises RunStoppedError for another choice.
    """
    if which not in RELABEL_CHOICES:
        raise RunStoppedError(f"relabel is {which!r}; choose one of {', '.join(RELABEL_CHOICES)}.")
    if which in ("none", ANCHOR):
        return frozenset()
    return frozenset(
        (row["fingerprint"], row["unit_id"])
        for classifier in CATALOG
        if names is None or classifier.name in names
        for row in _labels(settings, classifier, days)
        if which == "all" or row["is_stale"]
    )


def _labels(settings: Settings, classifier: Classifier, days: Sequence[date]) -> Iterator[dict[str, Any]]:
    table = label_lake_table(classifier.name, classifier.label_schema, labeller="claude")
    for day in days:
        columns = ("unit_id", "fingerprint", "is_stale")
        yield from read_partition(settings.lake_dir, table, day, columns=columns).to_pylist()
