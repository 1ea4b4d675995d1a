"""Takes reviewers' answers into the home: checked one by one, kept, and landed as labels.

A bad row is set aside with its line and reason, never guessed at; rows given are rows kept, empty or set
aside. The same file twice changes nothing. Not here: the file's format (read_reviews), label rows
(labellers.people).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from classifiers.catalog import CATALOG
from classifiers.reviews.human_label_rows import AnswerError, read_answer
from classifiers.reviews.reviewable import human_fingerprint, reviewable
from orchestration.ingest.pseudonyms import Pseudonyms, load_or_create_key
from orchestration.labellers.landing import land_labels_by
from orchestration.labellers.people import PEOPLE
from orchestration.landing.chunk import LandingReport, LandingRun
from orchestration.reviewing.read_reviews import ReviewLine, read_lines
from orchestration.reviewing.review_records import Kept, Sample, Sampled
from orchestration.reviewing.store import ReviewStore, TooManyReviewersError, open_reviews
from orchestration.settings import Settings
from orchestration.stages import writing

_CLASSIFIERS = {classifier.name: classifier for classifier in reviewable(CATALOG)}


@dataclass(frozen=True)
class SetAside:
    """A row that was not taken, by its line in the file; the reason holds none of its text."""

    line: int
    reason: str


@dataclass(frozen=True)
class ImportReport:
    """What became of every row: rows = new + changed + same + empty + set aside."""

    row_count: int
    kept: Mapping[Kept, int]
    empty_count: int
    set_aside: tuple[SetAside, ...]
    landed: LandingReport | None = None


class _RowError(ValueError):
    """Why a row is set aside."""


def import_reviews(settings: Settings, path: Path, run: LandingRun) -> ImportReport:
    """Keep the answers of a file and land them; raises RunStoppedError, HomeLockedError."""
    with writing(settings, "importing reviews"):
        report = keep_reviews(settings, path, now=run.now)
    landed = land_labels_by(PEOPLE, settings, None, run)
    return ImportReport(report.row_count, report.kept, report.empty_count, report.set_aside, landed)


def keep_reviews(settings: Settings, path: Path, *, now: datetime) -> ImportReport:
    """Keep the answers of a file in the home's store; nothing is landed."""
    pseudonyms = Pseudonyms(load_or_create_key(settings.pseudonym_key_path))
    kept: Counter[Kept] = Counter()
    set_aside, empty_count, row_count = [], 0, 0
    with open_reviews(settings) as store:
        known = {
            review_id: (sample, sampled)
            for sample in store.samples()
            for review_id, sampled in store.sampled(sample.sample_id).items()
        }
        for line in read_lines(path):
            row_count += 1
            if line.values is not None and not line.values["answer"].strip():
                empty_count += 1
                continue
            try:
                kept[_keep(store, line, known, pseudonyms, now)] += 1
            except (AnswerError, TooManyReviewersError, _RowError) as error:
                set_aside.append(SetAside(line.number, str(error)))
        store.commit()
    return ImportReport(row_count, kept, empty_count, tuple(set_aside))


def _keep(
    store: ReviewStore,
    line: ReviewLine,
    known: Mapping[str, tuple[Sample, Sampled]],
    pseudonyms: Pseudonyms,
    now: datetime,
) -> Kept:
    """Check one row and keep its answer. Raises what sets it aside."""
    values = line.values
    if values is None:
        raise _RowError("the row cannot be read")
    if values["review_id"].strip() not in known:
        raise _RowError("no such review in this home")
    sample, sampled = known[values["review_id"].strip()]
    if values.get("unit_id", "").strip() not in ("", sampled.unit_id):
        raise _RowError("unit_id is not that of the review")
    name = values["classifier"].strip()
    classifier = _CLASSIFIERS.get(name)
    if classifier is None or name not in sample.fingerprints:
        raise _RowError("the sample does not ask this classifier")
    if sample.fingerprints[name] != human_fingerprint(classifier):
        raise _RowError("the codebook has changed since the sample was drawn: draw a new one")
    if not values["reviewer"].strip():
        raise _RowError("no reviewer is named")
    read_answer(classifier, values["answer"], sampled.shown[classifier.rendering].record_ids)
    given = (sampled.review_id, name, pseudonyms.user(values["reviewer"]))
    note = values.get("note", "")
    return store.keep_answer(sample.sample_id, given, answer=values["answer"], note=note, now=now)
