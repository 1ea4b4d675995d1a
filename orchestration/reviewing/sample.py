"""Draws sessions or tool calls for review and writes what a reviewer needs: a form, a codebook, transcripts.

Belongs here: the way from the frame to a folder and the store. Not here: drawing (draw), what is in the
folder (review_folder), importing the answers (import_reviews).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from pathlib import Path

from classifiers.asking.eligibility import SessionFrame
from classifiers.catalog import CATALOG
from classifiers.classifier import Classifier
from classifiers.reviews.reviewable import NotReviewableError, human_fingerprint, reviewable
from classifiers.subject.session_subjects import SessionSubjects
from classifiers.subject.subject import Subject
from orchestration.command_lines import command_line
from orchestration.failures import RunStoppedError
from orchestration.labelling.choices import limits_of, redactor_of
from orchestration.labelling.lake_sessions import days_with_sessions, frames_of_day
from orchestration.reviewing.draw import Drawn, draw
from orchestration.reviewing.frame import Frame, read_frame
from orchestration.reviewing.review_folder import Transcript, write_folder
from orchestration.reviewing.review_records import Sample, Sampled, Shown
from orchestration.reviewing.store import open_reviews
from orchestration.settings import Settings
from orchestration.stages import reader_of, writing

DEFAULT_SIZE = 150
DEFAULT_SEED = 20260601
DEFAULT_CLASSIFIERS = ("outcome", "success_evidence", "failure_evidence", "work_mode")
"""What the corrected rates of success and trouble rest on."""

REVIEWS_FOLDER = "reviews"


@dataclass(frozen=True)
class SampleOrder:
    """What is asked for: classifiers of one kind of unit, how many units, by which seed and strata."""

    classifiers: tuple[str, ...] = DEFAULT_CLASSIFIERS
    size: int = DEFAULT_SIZE
    seed: int = DEFAULT_SEED
    stratify: str | None = None
    labeller: str | None = None
    out: Path | None = None


@dataclass(frozen=True)
class WrittenSample:
    """What was written, and how many drawn units could not be shown safely."""

    sample: Sample
    folder: Path
    unit_count: int
    not_shown_count: int
    is_of_calls: bool = False


def sample_for_review(settings: Settings, order: SampleOrder, *, now: datetime) -> WrittenSample:
    """Draw, render and write a sample; raises NotReviewableError, RunStoppedError, HomeLockedError."""
    asked = _chosen(order.classifiers)
    if order.stratify:
        _chosen((*order.classifiers, order.stratify))
    with writing(settings, "drawing a sample for review"):
        frame = read_frame(settings, asked, labeller=order.labeller, stratify=order.stratify)
        sample = _sample(order, asked, frame, now)
        drawn = draw(frame.units, order.size, seed=order.seed)
        folder = order.out or settings.home / REVIEWS_FOLDER / sample.sample_id
        sampled, transcripts = _shown(settings, sample, asked, drawn, frame.session_of)
        if not sampled:
            raise RunStoppedError(
                f"None of what was drawn is in the lake; start `{command_line(settings, 'run')}` first."
            )
        write_folder(folder, sample, asked, transcripts, stratified_by=order.stratify)
        with open_reviews(settings) as store:
            store.keep_sample(sample, sampled)
    is_of_calls = asked[0].unit_kind == "tool_call"
    return WrittenSample(sample, folder, len(sampled), len(drawn) - len(sampled), is_of_calls)


def day_of_sessions(settings: Settings, session_ids: Collection[str]) -> dict[str, date]:
    """The date of each session that the lake holds."""
    wanted = set(session_ids)
    found: dict[str, date] = {}
    for day in days_with_sessions(settings):
        ids = reader_of(settings, day)("raw_sessions")["session_id"].to_pylist()
        found |= {session_id: day for session_id in ids if session_id in wanted}
    return found


def subjects_of_day(
    settings: Settings, day: date, session_ids: Collection[str]
) -> Iterator[tuple[SessionFrame, SessionSubjects]]:
    """Some sessions of a date, ready to be rendered as the labellers see them."""
    for frame in frames_of_day(settings, day):
        if frame.session.session_id in session_ids:
            redactor, limits = redactor_of(settings), limits_of(settings)
            yield frame, SessionSubjects(frame, redactor=redactor, limits=limits, turn_ends=frozenset())


def _chosen(names: Sequence[str]) -> tuple[Classifier, ...]:
    known = {classifier.name: classifier for classifier in reviewable(CATALOG)}
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise NotReviewableError(
            f"People do not review {', '.join(unknown) or 'nothing'}; choose of {', '.join(known)}."
        )
    chosen = tuple(known[name] for name in dict.fromkeys(names))
    if len({each.unit_kind for each in chosen}) > 1:
        raise NotReviewableError(
            "A sample is of sessions or of tool calls; draw one of each. Of tool calls are: "
            f"{', '.join(each.name for each in chosen if each.unit_kind == 'tool_call')}."
        )
    return chosen


def _sample(order: SampleOrder, asked: Sequence[Classifier], frame: Frame, now: datetime) -> Sample:
    """The sample's identity: of what was asked for and drawn from, so that the same draw has one name."""
    parts = (
        order.size, order.seed, order.stratify, frame.labeller, frame.units,
        sorted(human_fingerprint(each) for each in asked),
    )  # fmt: skip
    digest = blake2b(repr(parts).encode(), digest_size=4).hexdigest()
    return Sample(
        sample_id=f"{now:%Y%m%d}-{digest}",
        labeller=frame.labeller,
        seed=order.seed,
        frame_size=len(frame.units),
        frame_until=frame.until,
        drawn_at=now,
        fingerprints={each.name: human_fingerprint(each) for each in asked},
        versions={each.name: each.version for each in asked},
    )


def _shown(
    settings: Settings,
    sample: Sample,
    asked: Sequence[Classifier],
    drawn: Sequence[Drawn],
    session_of: Mapping[str, str],
) -> tuple[list[Sampled], list[Transcript]]:
    """The drawn units as they are shown, in the drawn order; those that cannot be are left out."""
    units: dict[str, list[str]] = {}
    for one in drawn:
        units.setdefault(session_of[one.unit_id], []).append(one.unit_id)
    days = day_of_sessions(settings, list(units))
    renderings = sorted({classifier.rendering for classifier in asked})
    subjects: dict[str, dict[str, Subject]] = {}
    for day in sorted(set(days.values())):
        own = {session_id for session_id, at in days.items() if at == day}
        for frame, all_subjects in subjects_of_day(settings, day, own):
            for unit in units[frame.session.session_id]:
                found = {name: all_subjects.of(name, unit) for name in renderings}
                subjects[unit] = {name: one for name, one in found.items() if one is not None}
    sampled, transcripts = [], []
    for number, each in enumerate(drawn, start=1):
        found_of = subjects.get(each.unit_id, {})
        if len(found_of) < len(renderings):
            continue
        review_id = f"{sample.sample_id}-{number:04d}"
        shown = {
            name: Shown(one.input_hash, one.coverage, dict(one.record_ids)) for name, one in found_of.items()
        }
        drawn_as = (each.unit_id, session_of[each.unit_id], each.stratum, each.probability)
        sampled.append(Sampled(review_id, sample.sample_id, *drawn_as, shown))
        transcripts.append(Transcript(review_id, each.unit_id, found_of))
    return sampled, transcripts
