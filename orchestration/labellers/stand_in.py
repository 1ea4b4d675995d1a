"""The stand-in and its reviewers as labellers: made-up labels in a demo's home, and in no other.

They show what the product becomes with a key and with reviews, and are called made up wherever they are
shown. Not here: what they answer (the room stand_in).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from hashlib import blake2b

import pyarrow as pa

from classifiers.asking.eligibility import SessionFrame
from classifiers.asking.questionnaire import Questionnaire
from classifiers.catalog import CATALOG
from classifiers.classifier import Classifier
from classifiers.label_tables import LabelRows, as_tables, label_tables
from classifiers.reviews.review_sample import ReviewSample
from expectations.suites.eligibility import ELIGIBILITY, ELIGIBILITY_TABLES
from expectations.suites.review_samples import REVIEW_SAMPLE_TABLES, REVIEW_SAMPLES
from orchestration.demo_home import TRUTH_FILE, is_demo
from orchestration.ingest.rows import to_arrow
from orchestration.labellers.labeller import LabelAsset, Labeller
from orchestration.labelling.choices import questionnaire_of
from orchestration.labelling.lake_sessions import days_with_sessions, frames_of_day
from orchestration.landing.landed import read_landed
from orchestration.reviewing.store import has_reviews
from orchestration.settings import Settings
from orchestration.stages import has_sessions
from orchestration.stand_in.call_sample import MADE_UP_CALLS
from orchestration.stand_in.cited import SessionRecords
from orchestration.stand_in.label_rows import NAME, VERSION, fingerprint_of, label_of
from orchestration.stand_in.planted import Planted, PlantedSessions, read_planted
from orchestration.stand_in.reviews import reviewed_classifiers, reviewed_units, reviews_of, sample_row

PEOPLE = f"{NAME}_people"

Tables = Callable[["MadeUpLabels", date], Mapping[str, pa.Table]]


@dataclass(frozen=True)
class MadeUpLabels:
    """Made-up labels of a demo's home: a function of the planted facts and the landed rows.

    `schemas`: the columns that `tables_of` fills. `is_displaced`: real ones have taken their place, so that
    no date should have any.
    """

    settings: Settings
    planted: PlantedSessions
    tables_of: Tables
    schemas: Mapping[str, pa.Schema]
    is_displaced: bool = False

    @cached_property
    def questionnaire(self) -> Questionnaire:
        """What would be asked in this home, about more of its calls: made-up labels cost nothing."""
        return replace(questionnaire_of(self.settings), calls=MADE_UP_CALLS)

    @cached_property
    def own_fingerprints(self) -> Mapping[str, str]:
        """The stand-in's fingerprint by the one that would be asked."""
        return {
            installed: fingerprint_of(classifier, classifier.rendering)
            for classifier, installed in self.questionnaire.fingerprints.items()
        }

    def dates(self) -> Collection[date]:
        """Landed dates that hold sessions."""
        return () if self.is_displaced else days_with_sessions(self.settings)

    def fingerprint(self, day: date) -> str:
        """What makes them up and asks for them, and the rows as they were landed."""
        state = read_landed(self.settings.lake_dir, day)
        if self.is_displaced or state is None or not has_sessions(self.settings, day):
            return ""
        parts = (
            VERSION,
            state.fingerprint,
            sorted(self.own_fingerprints.items()),
            sorted((name, schema.names) for name, schema in self.schemas.items()),
        )
        return blake2b(repr(parts).encode(), digest_size=16).hexdigest()

    def tables(self, day: date) -> Mapping[str, pa.Table]:
        """The made-up labels of a date."""
        return self.tables_of(self, day)

    def sessions(self, day: date) -> Iterator[tuple[Planted, SessionFrame]]:
        """The sessions and requests of a date of which facts were planted."""
        for frame in frames_of_day(self.settings, day):
            planted = self.planted.of(frame.session)
            if planted is not None:
                yield planted, frame


def _labels(labels: MadeUpLabels, day: date) -> Mapping[str, pa.Table]:
    """Every label that would be asked for, and who could be asked what."""
    questionnaire, prints = labels.questionnaire, labels.own_fingerprints
    rows: LabelRows = {name: [] for name in label_tables()}
    eligible = []
    for planted, frame in labels.sessions(day):
        # Quiet for long enough: a demo's sessions are over.
        now = frame.session.ended_at + questionnaire.quiet + timedelta(seconds=1)
        records = SessionRecords(frame.session)
        for unit in questionnaire.units(frame, day=day, now=now):
            label, items = label_of(unit, planted, records)
            rows[unit.classifier.name].append(label)
            if unit.classifier.item_type is not None:
                rows[unit.classifier.items_name] += items
        eligible += [
            row._replace(labeller=NAME, fingerprint=prints[row.fingerprint])
            for row in questionnaire.eligibility(frame, now=now, shares={})
        ]
    (schema,) = ELIGIBILITY_TABLES.values()
    return {**as_tables(rows, label_tables()), ELIGIBILITY: to_arrow(sorted(eligible), schema)}


def _reviews(labels: MadeUpLabels, day: date) -> Mapping[str, pa.Table]:
    """What people would have answered, and how the sessions and calls were drawn."""
    tables = label_tables(reviewed_classifiers())
    rows: LabelRows = {name: [] for name in tables}
    samples: list[ReviewSample] = []
    for planted, frame in labels.sessions(day):
        records = SessionRecords(frame.session)
        calls = labels.questionnaire.calls.drawn(frame.session, frame.surface)
        for classifier in reviewed_classifiers():
            for unit_id in reviewed_units(classifier, planted, frame.session, calls):
                samples.append(
                    sample_row(classifier, unit_id, frame.session.session_id, planted, labels.planted)
                )
                for label, items in reviews_of(classifier, unit_id, planted, records):
                    rows[classifier.name].append(label)
                    if classifier.item_type is not None:
                        rows[classifier.items_name] += items
    (schema,) = REVIEW_SAMPLE_TABLES.values()
    return {**as_tables(rows, tables), REVIEW_SAMPLES: to_arrow(sorted(samples), schema)}


def _is_demo(settings: Settings) -> bool:
    return is_demo(settings.home)


@contextmanager
def _open_labels(settings: Settings) -> Iterator[MadeUpLabels | None]:
    yield _made_up(settings, _labels, LABEL_SCHEMAS) if _is_demo(settings) else None


@contextmanager
def _open_reviews(settings: Settings) -> Iterator[MadeUpLabels | None]:
    """No date has any from when a sample was first drawn for people."""
    made_up = _made_up(settings, _reviews, REVIEW_SCHEMAS) if _is_demo(settings) else None
    yield None if made_up is None else replace(made_up, is_displaced=has_reviews(settings))


def _made_up(settings: Settings, tables_of: Tables, schemas: Mapping[str, pa.Schema]) -> MadeUpLabels:
    return MadeUpLabels(settings, read_planted(settings.home / TRUTH_FILE), tables_of, schemas)


def _labeller(
    name: str,
    title: str,
    step: str,
    schemas: Mapping[str, pa.Schema],
    counted: Iterable[Classifier],
    opened: Callable[[Settings], AbstractContextManager[MadeUpLabels | None]],
    grain: str,
) -> Labeller:
    """What both labellers of a demo have in common: one asset, and no other home."""
    text = f"{grain}\n\nMade up for the demo from what was planted in it, with errors: nobody read a session."
    tables = tuple(classifier.name for classifier in counted)
    return Labeller(
        name=name,
        title=title,
        schemas=schemas,
        version=lambda: VERSION,
        open=opened,
        concerns=_is_demo,
        assets=(LabelAsset(f"{name}_labels", tuple(schemas), text, counted=tables),),
        step=step,
    )


LABEL_SCHEMAS: Mapping[str, pa.Schema] = {**label_tables(), **ELIGIBILITY_TABLES}
REVIEW_SCHEMAS: Mapping[str, pa.Schema] = {**label_tables(reviewed_classifiers()), **REVIEW_SAMPLE_TABLES}

STAND_IN = _labeller(
    NAME,
    "made-up labels",
    "labels_by_stand_in",
    LABEL_SCHEMAS,
    CATALOG,
    _open_labels,
    "One row per unit, classifier and replicate: what Claude might answer.",
)
STAND_IN_PEOPLE = _labeller(
    PEOPLE,
    "made-up reviews",
    "reviews_by_stand_in",
    REVIEW_SCHEMAS,
    reviewed_classifiers(),
    _open_reviews,
    "One row per reviewed session or call, classifier and reviewer: what people might answer.",
)
