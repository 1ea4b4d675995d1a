"""People as a labeller: the kept answers of the newest answered samples as label tables of each date.

Of each classifier one sample counts, the newest that anybody answered: two draws have no common
probability. The labels of a date are made from its answers and its raw rows; whatever is not there any
more falls out. `replicate` is the reviewer's number in the sample.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

import pyarrow as pa

from classifiers.catalog import CATALOG
from classifiers.classifier import Classifier
from classifiers.label_row import Rendering
from classifiers.label_tables import LabelRows, as_tables, label_tables
from classifiers.reviews.human_label_rows import Review, item_rows, label_row, read_answer
from classifiers.reviews.review_sample import ReviewSample
from classifiers.reviews.reviewable import reviewable
from expectations.suites.review_samples import REVIEW_SAMPLES
from orchestration.ingest.rows import arrow_schema, to_arrow
from orchestration.labellers.labeller import LabelAsset, Labeller
from orchestration.landing.landed import read_landed
from orchestration.reviewing.review_records import Answered, Sample, Sampled
from orchestration.reviewing.sample import day_of_sessions, subjects_of_day
from orchestration.reviewing.store import ReviewStore, has_reviews, open_reviews
from orchestration.settings import Settings

NAME = "human"


@dataclass(frozen=True)
class _Asked:
    """One classifier on one unit of the sample that counts, with its answers."""

    classifier: Classifier
    sample: Sample
    sampled: Sampled
    answers: tuple[Answered, ...]

    @property
    def session_id(self) -> str:
        return self.sampled.session_id


def human_label_tables() -> dict[str, pa.Schema]:
    """Schema of every table that lands with human labels: labels, items, and how sessions were drawn."""
    return {**label_tables(reviewable(CATALOG)), REVIEW_SAMPLES: arrow_schema(ReviewSample)}


@dataclass(frozen=True)
class LabelsByPeople:
    """What people answered about the sessions of a home, by the date that each session lies on."""

    settings: Settings
    asked: Mapping[date, Sequence[_Asked]]

    def dates(self) -> Collection[date]:
        """Dates with sessions of a sample that counts."""
        return self.asked.keys()

    def fingerprint(self, day: date) -> str:
        """The rows as they were landed, and every answer with its sample."""
        if day not in self.asked:
            return ""
        state = read_landed(self.settings.lake_dir, day)
        parts = (
            state.fingerprint if state else "",
            sorted((_sample_row(each), each.answers) for each in self.asked[day]),
            sorted((name, schema.names) for name, schema in human_label_tables().items()),
        )
        return blake2b(repr(parts).encode(), digest_size=16).hexdigest()

    def tables(self, day: date) -> Mapping[str, pa.Table]:
        """The answers about the sessions of a date, and how these were drawn."""
        own = self.asked.get(day, ())
        hashes = _input_hashes(self.settings, day, own)
        rows: LabelRows = {name: [] for name in label_tables(reviewable(CATALOG))}
        for each in own:
            for review in _reviews(each, hashes):
                rows[each.classifier.name].append(label_row(review))
                if each.classifier.item_type is not None:
                    rows[each.classifier.items_name].extend(item_rows(review))
        samples = to_arrow(sorted(map(_sample_row, own)), arrow_schema(ReviewSample))
        return {**as_tables(rows, label_tables(reviewable(CATALOG))), REVIEW_SAMPLES: samples}


@contextmanager
def _open(settings: Settings) -> Iterator[LabelsByPeople]:
    yield LabelsByPeople(settings, _asked_by_day(settings))


def _asked_by_day(settings: Settings) -> dict[date, list[_Asked]]:
    """What the samples that count ask, by the date that each session lies on; sessions gone are left out."""
    if not has_reviews(settings):
        return {}
    with open_reviews(settings) as store:
        asked = [each for classifier in reviewable(CATALOG) for each in _asked(store, classifier)]
    days = day_of_sessions(settings, {each.session_id for each in asked})
    found: dict[date, list[_Asked]] = {}
    for each in asked:
        if each.session_id in days:
            found.setdefault(days[each.session_id], []).append(each)
    return found


def _asked(store: ReviewStore, classifier: Classifier) -> Iterator[_Asked]:
    """One classifier on every unit of the newest sample in which it was answered."""
    for sample in reversed(store.samples()):
        answers = [each for each in store.answers(sample.sample_id) if each.classifier == classifier.name]
        if not answers:
            continue
        for review_id, sampled in store.sampled(sample.sample_id).items():
            own = tuple(each for each in answers if each.review_id == review_id)
            yield _Asked(classifier, sample, sampled, own)
        return


def _reviews(each: _Asked, hashes: Mapping[tuple[str, str], str]) -> Iterator[Review]:
    classifier, rendering = each.classifier, each.classifier.rendering
    shown = each.sampled.shown[rendering]
    for answered in each.answers:
        yield Review(
            classifier=classifier,
            answer=read_answer(classifier, answered.answer, shown.record_ids),
            unit_id=each.sampled.unit_id,
            session_id=each.session_id,
            version=each.sample.versions[classifier.name],
            fingerprint=each.sample.fingerprints[classifier.name],
            replicate=answered.number,
            coverage=shown.coverage,
            input_hash=shown.input_hash,
            answered_at=answered.answered_at,
            is_stale=hashes.get((each.sampled.unit_id, rendering)) != shown.input_hash,
        )


def _sample_row(each: _Asked) -> ReviewSample:
    return ReviewSample(
        unit_id=each.sampled.unit_id,
        session_id=each.session_id,
        classifier=each.classifier.name,
        fingerprint=each.sample.fingerprints[each.classifier.name],
        sample_id=each.sample.sample_id,
        stratum=each.sampled.stratum,
        inclusion_probability=each.sampled.inclusion_probability,
        frame_labeller=each.sample.labeller,
        frame_size=each.sample.frame_size,
        frame_until=each.sample.frame_until,
        answer_count=len(each.answers),
    )


def _input_hashes(settings: Settings, day: date, asked: Sequence[_Asked]) -> dict[tuple[str, str], str]:
    """The present input of the reviewed units of a date, by unit and rendering."""
    units: dict[str, set[tuple[str, Rendering]]] = {}
    for each in asked:
        units.setdefault(each.session_id, set()).add((each.sampled.unit_id, each.classifier.rendering))
    found: dict[tuple[str, str], str] = {}
    if units:
        for frame, subjects in subjects_of_day(settings, day, units.keys()):
            for unit, rendering in sorted(units[frame.session.session_id]):
                subject = subjects.of(rendering, unit)
                if subject is not None:
                    found[unit, rendering] = subject.input_hash
    return found


_TEXT = (
    "One row per reviewed unit, classifier and reviewer: what a person answered.\n\n"
    "Of each classifier the newest answered sample counts. Human labels enter no rate by themselves: "
    "the labellers are compared with them and corrected by them."
)

PEOPLE = Labeller(
    name=NAME,
    title="labels by people",
    schemas=human_label_tables(),
    version=lambda: str(len(reviewable(CATALOG))),
    open=_open,
    assets=(
        LabelAsset(
            f"{NAME}_labels",
            tuple(human_label_tables()),
            _TEXT,
            counted=tuple(classifier.name for classifier in reviewable(CATALOG)),
        ),
    ),
    step="labels_by_people",
)
