"""People label a drawn sample: blind, kept once, landed with its probability, and forgotten with the person.

The story: 40 sessions of the demo home are drawn; a first reviewer answers all from what was planted, a
second, who is one of the recorded people, the first ten sessions; among the rows are bad ones.
"""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from classifiers.answers.evidence_score import score_success
from orchestration.date_states import dirty_days
from orchestration.demo import SessionTruth
from orchestration.forgetting.forget import forget_person
from orchestration.landing.chunk import LandingRun
from orchestration.landing.judge_process import JudgeProcess
from orchestration.reviewing.import_reviews import ImportReport, import_reviews
from orchestration.reviewing.sample import SampleOrder, WrittenSample, sample_for_review
from orchestration.reviewing.store import open_reviews
from tests.demo_lake import NOW, DemoHome, ReleasedDemo
from tests.demo_people import PERSON
from tests.fakes.every_byte import places_of

ORDER = SampleOrder(("outcome", "success_evidence"), size=40, seed=7)
FIRST = "Ada"

Form = list[dict[str, str]]


@dataclass(frozen=True)
class Story:
    """The home after the first import, and what each step said."""

    home: DemoHome
    written: WrittenSample
    blank: Form
    first: ImportReport
    again: ImportReport
    changed: ImportReport
    rows: dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def story(released: ReleasedDemo, tmp_path_factory: pytest.TempPathFactory) -> Story:
    home = released.home.copy(tmp_path_factory.mktemp("reviewed"))
    written = sample_for_review(home.settings, ORDER, now=NOW)
    blank = read_form(written.folder / "sample.csv")
    truth = {session.session_id: session for session in home.truth.sessions}
    with JudgeProcess() as judge:
        run = LandingRun("reviews", NOW, judge.judge_labels)
        filled = [row | {"answer": said(truth, row), "reviewer": FIRST} for row in blank]
        filled += [row | {"reviewer": PERSON} for row in filled[:20]]
        path = write_form(written.folder / "filled.csv", filled + bad_rows(blank))
        first = import_reviews(home.settings, path, run)
        again = import_reviews(home.settings, path, run)
        rows = landed(home)
        corrected = {name: filled[0][name] for name in ("review_id", "classifier", "reviewer")}
        second = home.settings.home / "mended.jsonl"
        other = "succeeded" if filled[0]["answer"] == "failed" else "failed"
        second.write_text(json.dumps(corrected | {"answer": other}) + "\nno json\n")
        changed = import_reviews(home.settings, second, run)
    return Story(home, written, blank, first, again, changed, rows)


def said(truth: Mapping[str, SessionTruth], row: Mapping[str, str]) -> str:
    """What was planted, as a reviewer would write it; every signal rests on the first human record."""
    session = truth[row["unit_id"]]
    if row["classifier"] == "outcome":
        return session.outcome
    return "; ".join(f"{signal}@h1" for signal in session.success_signals) or "none"


def bad_rows(blank: Form) -> Form:
    """One row per fault, after 80 + 20 good ones and the header; the last has no answer, which is none."""
    outcome, evidence = blank[0], blank[1]
    return [
        outcome | {"review_id": "20200101-00000000-0001", "answer": "failed", "reviewer": FIRST},
        outcome | {"answer": "a triumph", "reviewer": FIRST},
        evidence | {"answer": "commit_matches", "reviewer": FIRST},
        evidence | {"answer": "commit_matches@t9999", "reviewer": FIRST},
        outcome | {"classifier": "work_mode", "answer": "fix", "reviewer": FIRST},
        outcome | {"answer": "failed", "reviewer": ""},
        outcome | {"answer": "failed", "reviewer": "a third"},
        outcome | {"unit_id": "another", "answer": "failed", "reviewer": FIRST},
        outcome | {"answer": " ", "reviewer": FIRST},
    ]


def read_form(path: Path) -> Form:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def write_form(path: Path, rows: Form) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def landed(home: DemoHome) -> dict[str, list[dict[str, Any]]]:
    """Rows of the human label tables, by table."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(home.settings.labels_dir.glob("*/*/human.parquet")):
        table = path.relative_to(home.settings.labels_dir).parts[0]
        found.setdefault(table, []).extend(pq.read_table(path, partitioning=None).to_pylist())
    return found


def test_reviewers_get_a_blind_form_and_transcripts_of_their_own(story: Story) -> None:
    folder = story.written.folder
    assert len(story.blank) == 80
    assert set(story.blank[0]) == {
        "review_id", "unit_id", "classifier", "transcript", "answer", "reviewer", "note",
    }  # fmt: skip
    assert {row["answer"] + row["reviewer"] for row in story.blank} == {""}
    units = [row["unit_id"] for row in story.blank[::2]]
    assert units != sorted(units)
    transcripts = sorted((folder / "transcripts").iterdir())
    assert len(transcripts) == 40
    assert "human · turn 1 · typed prompt" in transcripts[0].read_text()
    assert {path.stat().st_mode & 0o077 for path in folder.rglob("*") if path.name != "filled.csv"} == {0}
    assert "`not_inferable`" in (folder / "codebook.md").read_text()


def test_the_same_seed_draws_the_same_sessions(story: Story, tmp_path: Path) -> None:
    home = story.home
    order = SampleOrder(ORDER.classifiers, size=ORDER.size, seed=ORDER.seed, out=tmp_path / "again")
    again = sample_for_review(home.settings, order, now=NOW)
    assert read_form(again.folder / "sample.csv") == story.blank
    assert again.sample.sample_id == story.written.sample.sample_id
    with open_reviews(home.settings) as store:
        assert len(store.samples()) == 1


def test_every_row_is_kept_empty_or_set_aside_with_its_line(story: Story) -> None:
    report = story.first
    assert report.row_count == 109
    assert report.kept == {"new": 100}
    assert report.empty_count == 1
    assert [(each.line, each.reason) for each in report.set_aside] == [
        (102, "no such review in this home"),
        (103, "not a label of outcome"),
        (104, "a signal names no record of the session: write signal@record"),
        (105, "a signal names no record of the session: write signal@record"),
        (106, "the sample does not ask this classifier"),
        (107, "no reviewer is named"),
        (108, "the sample has 2 reviewers already"),
        (109, "unit_id is not that of the review"),
    ]


def test_twice_is_once_and_a_changed_mind_is_a_change(story: Story) -> None:
    assert story.again.kept == {"same": 100}
    assert story.again.landed is not None
    assert not story.again.landed.landed
    assert story.changed.kept == {"changed": 1}
    assert [each.line for each in story.changed.set_aside] == [2]
    assert story.changed.landed is not None
    assert len(story.changed.landed.landed) == 1
    assert dirty_days(story.home.settings) == []


def test_answers_are_label_rows_of_both_reviewers(story: Story) -> None:
    assert story.first.landed is not None
    assert not story.first.landed.has_stopped
    truth = {session.session_id: session for session in story.home.truth.sessions}
    outcomes = story.rows["outcome"]
    assert sorted(row["replicate"] for row in outcomes) == [0] * 40 + [1] * 10
    assert {row["labeller"] for row in outcomes} == {"human"}
    assert {row["is_stale"] for row in outcomes} == {False}
    assert all(row["outcome"] == truth[row["unit_id"]].outcome for row in outcomes)
    for row in story.rows["success_evidence"]:
        signals = {(signal, "r") for signal in truth[row["unit_id"]].success_signals}
        assert row["success_score"] == score_success(signals).success_score
    assert len(story.rows["success_evidence_items"]) > 40


def test_each_session_bears_the_probability_of_its_draw(story: Story) -> None:
    samples = story.rows["review_samples"]
    frame = story.written.sample.frame_size
    assert len(samples) == 80
    assert {row["inclusion_probability"] for row in samples} == {40 / frame}
    assert frame > 300
    assert sorted(row["answer_count"] for row in samples) == [1] * 60 + [2] * 20


def test_a_deleted_person_leaves_no_review_and_no_name(story: Story, tmp_path: Path) -> None:
    home = story.home.copy(tmp_path)
    own = {session.session_id for session in home.truth.sessions if session.user == PERSON}
    drawn = {row["unit_id"] for row in story.blank}
    assert own & drawn
    report = forget_person(home.settings, user=PERSON, now=NOW, is_confirmed=True)
    gone = {(place.name, place.unit): place.before for place in report.places}
    assert gone["reviews", "sessions"] == len(own & drawn)
    assert gone["reviews", "answers by the person"] == 20
    assert places_of(home.settings.home / "reviews", own | {PERSON}) == {}
    assert places_of(home.settings.labels_dir, own) == {}
    kept = (home.settings.home / "reviews.sqlite").read_bytes()
    assert [session_id for session_id in own if session_id.encode() in kept] == []
    assert home.pseudonyms.user(PERSON).encode() not in kept
    with open_reviews(home.settings) as store:
        answers = store.answers(story.written.sample.sample_id)
    assert len({each.review_id for each in answers}) == 40 - len(own & drawn)
    assert {each.number for each in answers} == {0, 1}
