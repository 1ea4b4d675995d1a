"""The reviews of a data home: what was drawn, how it was shown, what reviewers answered.

`<home>/reviews.sqlite` is a source, as the archive and the ledger are: the lake's human labels are made
from it. Belongs here: keeping and reading. Not here: drawing (draw), reading files (read_reviews), label
rows (labellers.people). A reviewer is a pseudonym; answers are kept as they were written.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime

import orjson

from orchestration.reviewing.review_records import Answered, Kept, Sample, Sampled, Shown
from orchestration.settings import Settings

REVIEWS_FILE = "reviews.sqlite"
SCHEMA_VERSION = 2
MAX_REVIEWERS = 2
"""Two codings of a session show how far people agree; a third would need another measure."""

SCHEMA = """
create table if not exists samples (
    sample_id text primary key, labeller text not null, seed integer not null,
    frame_size integer not null, frame_until text not null, drawn_at text not null
) without rowid;
create table if not exists asked (
    sample_id text, classifier text, version text not null, fingerprint text not null,
    primary key (sample_id, classifier)
) without rowid;
create table if not exists sampled (
    review_id text primary key, sample_id text not null, session_id text not null, stratum text,
    inclusion_probability real not null, unit_id text
) without rowid;
create table if not exists shown (
    review_id text, rendering text, input_hash text not null, coverage real not null,
    record_ids text not null, primary key (review_id, rendering)
) without rowid;
create table if not exists reviewers (
    sample_id text, reviewer text, number integer not null, primary key (sample_id, reviewer)
) without rowid;
create table if not exists answers (
    review_id text, classifier text, reviewer text, answer text not null, note text not null,
    answered_at text not null, primary key (review_id, classifier, reviewer)
) without rowid;
"""


class TooManyReviewersError(Exception):
    """A sample has its reviewers already; the message says how many."""


class ReviewStore:
    """Samples and answers of one data home."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def keep_sample(self, sample: Sample, sampled: Iterable[Sampled]) -> None:
        """Keep a draw, all or nothing; the same draw twice is one."""
        head = (
            sample.sample_id, sample.labeller, sample.seed, sample.frame_size,
            sample.frame_until.isoformat(), sample.drawn_at.isoformat(),
        )  # fmt: skip
        with self._db as db:
            db.execute("insert or ignore into samples values (?, ?, ?, ?, ?, ?)", head)
            db.executemany(
                "insert or ignore into asked values (?, ?, ?, ?)",
                [
                    (sample.sample_id, name, sample.versions[name], own)
                    for name, own in sample.fingerprints.items()
                ],
            )
            for each in sampled:
                self._keep_sampled(each)

    def samples(self) -> list[Sample]:
        """Every sample, in the order of drawing."""
        asked: dict[str, dict[str, tuple[str, str]]] = {}
        for sample_id, classifier, version, fingerprint in self._db.execute(
            "select sample_id, classifier, version, fingerprint from asked order by sample_id, classifier"
        ):
            asked.setdefault(sample_id, {})[classifier] = (version, fingerprint)
        rows = self._db.execute(
            "select sample_id, labeller, seed, frame_size, frame_until, drawn_at from samples "
            "order by drawn_at, sample_id"
        )
        return [
            Sample(
                sample_id,
                labeller,
                seed,
                frame_size,
                datetime.fromisoformat(until),
                datetime.fromisoformat(drawn_at),
                {name: fingerprint for name, (_, fingerprint) in asked.get(sample_id, {}).items()},
                {name: version for name, (version, _) in asked.get(sample_id, {}).items()},
            )
            for sample_id, labeller, seed, frame_size, until, drawn_at in rows.fetchall()
        ]

    def sampled(self, sample_id: str) -> dict[str, Sampled]:
        """The units of a sample, by review id."""
        shown: dict[str, dict[str, Shown]] = {}
        for review_id, rendering, input_hash, coverage, ids in self._db.execute(
            "select shown.* from shown join sampled using (review_id) where sample_id = ?", (sample_id,)
        ):
            shown.setdefault(review_id, {})[rendering] = Shown(input_hash, coverage, orjson.loads(ids))
        rows = self._db.execute(
            "select review_id, coalesce(unit_id, session_id), session_id, stratum, inclusion_probability "
            "from sampled "
            "where sample_id = ? order by review_id",
            (sample_id,),
        )
        return {
            review_id: Sampled(
                review_id, sample_id, unit_id, session_id, stratum, probability, shown.get(review_id, {})
            )
            for review_id, unit_id, session_id, stratum, probability in rows.fetchall()
        }

    def keep_answer(
        self, sample_id: str, given: tuple[str, str, str], *, answer: str, note: str, now: datetime
    ) -> Kept:
        """Keep an answer of (review id, classifier, reviewer); the same one twice changes nothing.

        Nothing is kept before `commit`: a file is taken in whole. Raises TooManyReviewersError.
        """
        key = "review_id = ? and classifier = ? and reviewer = ?"
        held = self._db.execute(f"select answer, note from answers where {key}", given).fetchone()  # noqa: S608
        if held == (answer, note):
            return "same"
        self._number(sample_id, given[2])
        self._db.execute(
            "insert or replace into answers values (?, ?, ?, ?, ?, ?)",
            (*given, answer, note, now.isoformat(timespec="seconds")),
        )
        return "new" if held is None else "changed"

    def commit(self) -> None:
        """Keep the answers for good."""
        self._db.commit()

    def answers(self, sample_id: str) -> list[Answered]:
        """All answers of a sample."""
        rows = self._db.execute(
            "select review_id, classifier, reviewer, answer, note, answered_at, number from answers "
            "join sampled using (review_id) join reviewers using (sample_id, reviewer) "
            "where sample_id = ? order by review_id, classifier, number",
            (sample_id,),
        )
        return [
            row._replace(answered_at=datetime.fromisoformat(str(row.answered_at)))
            for row in map(Answered._make, rows.fetchall())
        ]

    def reviews_of(self, session_ids: Iterable[str]) -> dict[str, str]:
        """Review ids of sessions, with their session."""
        wanted = set(session_ids)
        rows = self._db.execute("select review_id, session_id from sampled").fetchall()
        return {review_id: session_id for review_id, session_id in rows if session_id in wanted}

    def answers_by(self, reviewer: str) -> int:
        """Answers that a pseudonym gave."""
        counted = self._db.execute("select count(*) from answers where reviewer = ?", (reviewer,))
        return int(counted.fetchone()[0])

    def forget(self, review_ids: Iterable[str], *, reviewer: str, unlinked: str) -> None:
        """Remove sessions with all that was said of them; answers of a reviewer become nobody's."""
        with self._db as db:
            for review_id in review_ids:
                for table in ("answers", "shown", "sampled"):
                    db.execute(f"delete from {table} where review_id = ?", (review_id,))  # noqa: S608
            for table in ("answers", "reviewers"):
                db.execute(
                    f"update {table} set reviewer = ? where reviewer = ?",  # noqa: S608 - names of ours
                    (unlinked, reviewer),
                )
        self._db.execute("vacuum")

    def _keep_sampled(self, each: Sampled) -> None:
        self._db.execute(
            "insert or ignore into sampled values (?, ?, ?, ?, ?, ?)",
            (
                each.review_id,
                each.sample_id,
                each.session_id,
                each.stratum,
                each.inclusion_probability,
                each.unit_id,
            ),
        )
        self._db.executemany(
            "insert or ignore into shown values (?, ?, ?, ?, ?)",
            [
                (each.review_id, name, own.input_hash, own.coverage, orjson.dumps(own.record_ids).decode())
                for name, own in each.shown.items()
            ],
        )

    def _number(self, sample_id: str, reviewer: str) -> int:
        """A reviewer's number in a sample, given at the first answer."""
        rows = self._db.execute("select reviewer, number from reviewers where sample_id = ?", (sample_id,))
        numbers = dict(rows.fetchall())
        if reviewer not in numbers:
            if len(numbers) >= MAX_REVIEWERS:
                raise TooManyReviewersError(f"the sample has {MAX_REVIEWERS} reviewers already")
            numbers[reviewer] = len(numbers)
            self._db.execute(
                "insert into reviewers values (?, ?, ?)", (sample_id, reviewer, numbers[reviewer])
            )
        return int(numbers[reviewer])


def has_reviews(settings: Settings) -> bool:
    """Whether anything was ever drawn for review in this home."""
    return (settings.home / REVIEWS_FILE).exists()


@contextmanager
def open_reviews(settings: Settings) -> Iterator[ReviewStore]:
    """The reviews of the home, made on first use; readable by the owner alone."""
    path = settings.home / REVIEWS_FILE
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    with closing(sqlite3.connect(path, timeout=60)) as db:
        db.execute("pragma secure_delete = on")
        db.executescript(SCHEMA)
        if "unit_id" not in {row[1] for row in db.execute("pragma table_info(sampled)")}:
            # Until version 2 only sessions were reviewed: a row without a unit is of its session.
            db.execute("alter table sampled add column unit_id text")
        db.executescript(f"pragma user_version = {SCHEMA_VERSION};")
        yield ReviewStore(db)
