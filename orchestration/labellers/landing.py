"""Lands labels: the one way from any labeller of the registry to the lake.

A date is landed again when what its labels are made from has changed, whoever labels; the labels of a date
land together, with one commit and one question to the gates. A date that a gate stops keeps its last good
labels. Not here: what a labeller's labels are made from (rules, claude, people).
"""

from collections.abc import Iterator, Sequence
from datetime import date

from orchestration.labellers.labeller import Labeller, LabelsOfHome
from orchestration.landing.chunk import LandingReport, LandingRun
from orchestration.landing.landed import dirty_dates
from orchestration.landing.landing import LabelDate, land_labels
from orchestration.progress import Advance
from orchestration.settings import Settings
from orchestration.stages import Scope, writing

USUAL = Scope()
NOTHING_LANDED = LandingReport(landed={}, unchanged=(), stopped=(), emptied=(), verdicts=())


def land_labels_by(
    labeller: Labeller,
    settings: Settings,
    days: Sequence[date] | None,
    run: LandingRun,
    *,
    scope: Scope = USUAL,
    advance: Advance | None = None,
) -> LandingReport:
    """Land one labeller's labels of the dirty dates among `days` (of all of them with force); None: of all.

    Raises as land_labels, and what making labels raises; the dates made before it are landed.
    """
    with writing(settings, f"landing {labeller.title}"), labeller.open(settings) as labels:
        if labels is None:
            return NOTHING_LANDED
        tables, lake_dir = labeller.dated_tables, settings.lake_dir
        dirty = set(dirty_dates(lake_dir, tables, labels))
        named = dirty if days is None else set(days)
        wanted = named if scope.force else named & dirty
        if scope.skip_stopped:
            wanted -= dirty - set(dirty_dates(lake_dir, tables, labels, skip_stopped=True))
        return land_labels(
            settings.home,
            labeller.name,
            _labelled(labels, sorted(wanted), advance),
            schemas=labeller.schemas,
            version=labeller.version(),
            run=run,
        )


def _labelled(labels: LabelsOfHome, days: Sequence[date], advance: Advance | None) -> Iterator[LabelDate]:
    for done, day in enumerate(days, start=1):
        fingerprint = labels.fingerprint(day)
        yield LabelDate(day, fingerprint, labels.tables(day) if fingerprint else {})
        if advance is not None:
            advance(done, len(days))
