"""A home made by version 0.1.0 is upgraded by the next run: read anew, nothing lost, nothing paid again.

Its questions have newer versions: their price is quoted, and the labels that it holds stay readable.
"""

import sqlite3
import tarfile
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from rich.console import Console

from orchestration.forgetting.forget import forget_person
from orchestration.ingest.parse import PARSER_VERSION
from orchestration.labelling.asking import AskScope, plan_labels, session_asks
from orchestration.labelling.lake_sessions import days_with_sessions
from orchestration.progress import SilentReporter
from orchestration.publishing.summary import Summary, render_summary, summarise
from orchestration.run import RunOptions, RunOutcome, run_home
from orchestration.settings import Settings
from orchestration.stages import open_archive
from tests.demo_lake import NOW, query_file, settings_of
from tests.transcripts import to_lines

FIXTURE = Path(__file__).parents[1] / "fixtures" / "home_0_1_0"
CHOICES: dict[str, Any] = {
    "label_classifiers": "outcome,work_mode,stop_reason",
    "label_model": "claude-haiku-5-5",
    "label_effort": "low",
    "label_replicate_share": 0,
    "label_study_c_share": 0,
}
ANN = "a11ce000-0000-4000-8000-000000000001"
BOB = "b0b00000-0000-4000-8000-000000000002"
CAROL = tuple(f"5ca1ab1e-0000-4000-8000-00000000000{number}" for number in (1, 2))


def made_of() -> Any:
    """The script that made the home, for what its people wrote."""
    spec = spec_from_file_location("make_home", FIXTURE / "make_home.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def old_home(folder: Path) -> Settings:
    """The home of 0.1.0, with transcripts on disk of nobody but the forgotten person and who copied her."""
    with tarfile.open(FIXTURE / "home.tar.xz") as packed:
        packed.extractall(folder / "home", filter="data")
    maker = made_of()
    (dora,) = maker.people()["dora"]
    transcripts = maker.write(folder / "transcripts", {"dora": [dora]})
    copied = [
        {**record, "sessionId": "e4140000-0000-4000-8000-000000000004", "cwd": "/home/erin/work"}
        for record in dora.records
    ]
    path = transcripts / "erin" / "-home-erin-work" / "e4140000-0000-4000-8000-000000000004.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(to_lines(copied))
    return settings_of(folder / "home", transcripts, **CHOICES)


def claude_labels(settings: Settings) -> dict[tuple[str, str], Any]:
    """Claude's labels in the lake: unit and classifier → when it was given."""
    return {
        (row["unit_id"], row["classifier"]): row["labelled_at"]
        for path in sorted(settings.labels_dir.glob("*/session_date=2*/claude.parquet"))
        for row in pq.read_table(path, partitioning=None).to_pylist()
        if "labelled_at" in row
    }


def ledger_counts(settings: Settings) -> dict[str, Any]:
    with sqlite3.connect(settings.ledger_path) as db:
        return {
            table: db.execute(f"select * from {table} order by 1").fetchall()  # noqa: S608 - our own names
            for table in ("requests", "answers", "past_charges", "totals")
        }


@dataclass(frozen=True)
class Story:
    settings: Settings
    outcome: RunOutcome
    labels_before: dict[tuple[str, str], Any]
    ledger_before: dict[str, Any]
    summary: Summary


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    settings = old_home(tmp_path_factory.mktemp("upgraded"))
    labels, ledger = claude_labels(settings), ledger_counts(settings)
    outcome = run_home(settings, SilentReporter(), RunOptions())
    summary = summarise(settings)
    assert summary is not None
    return Story(settings, outcome, labels, ledger, summary)


def query(story: Story, sql: str) -> list[dict[str, Any]]:
    return query_file(story.settings.published_dir / "current" / "marts.duckdb", sql)


def test_everything_is_read_anew_from_the_archive_though_no_transcript_is_left(story: Story) -> None:
    assert story.outcome.ending == "released"
    sessions = {row["session_id"] for row in query(story, "select session_id from marts.fct_sessions")}
    assert sessions == {ANN, BOB, *CAROL}
    versions = query(story, "select distinct source from marts.fct_sessions")
    assert versions == [{"source": "claude_code"}]


def test_people_behind_one_gateway_are_apart_and_their_figures_their_own(story: Story) -> None:
    rows = query(story, "select session_id, turn_count from marts.fct_sessions order by 1")
    rows = [row for row in rows if row["session_id"] in (ANN, BOB)]
    assert [row["turn_count"] for row in rows] == [1, 1]


def test_labels_stay_with_their_units_and_the_ledger_is_untouched(story: Story) -> None:
    after = claude_labels(story.settings)
    same = {unit: at for unit, at in story.labels_before.items() if unit in after}
    assert same
    assert all(after[unit] == at for unit, at in same.items())
    assert {unit for unit, _ in story.labels_before if unit in CAROL} == set(CAROL)
    assert story.labels_before.keys() <= after.keys()
    assert ledger_counts(story.settings) == story.ledger_before


def test_questions_of_newer_versions_would_be_asked_of_everybody_and_their_price_is_quoted(
    story: Story,
) -> None:
    scope = AskScope(days_with_sessions(story.settings))
    asks = session_asks(story.settings, scope)
    asked = {request.session_id for each in asks for request in each.requests}
    assert asked == {ANN, BOB, *CAROL}
    plan = plan_labels(story.settings, scope)
    assert {line.classifier: line.to_ask for line in plan.lines if line.to_ask} == {
        "work_mode": 4,
        "outcome": 4,
        "stop_reason": sum(unit not in (ANN, BOB, *CAROL) for unit, _ in story.labels_before) + 1,
    }
    assert plan.now_usd > 0
    assert not any(line.held for line in plan.lines)


def test_labels_of_earlier_versions_are_read_and_current_until_new_ones_are_asked(story: Story) -> None:
    held = query(
        story,
        "select classifier, version, status, is_current from marts.fct_labels where labeller = 'claude'",
    )
    assert {row["classifier"] for row in held} == {"outcome", "work_mode", "stop_reason"}
    assert {(row["version"], row["status"], row["is_current"]) for row in held} == {("1", "ok", True)}


def test_reviews_still_count(story: Story) -> None:
    rows = query(story, "select unit_id from marts.fct_labels where labeller = 'human'")
    assert len({row["unit_id"] for row in rows}) == 2


def test_forgotten_person_stays_out_with_every_copy(story: Story) -> None:
    assert story.outcome.archived.deleted_person_file_count == 2
    with open_archive(story.settings) as archive:
        stamps = {s.session_id for day in archive.dates() for s in archive.day(day).sessions}
    assert stamps == {ANN, BOB, *CAROL}


def test_summary_says_what_changed_and_why(story: Story) -> None:
    output = StringIO()
    for table in render_summary(story.summary):
        Console(file=output, width=200).print(table)
    text = output.getvalue()
    assert f"changed from 2 to {PARSER_VERSION}" in " ".join(text.split())
    assert "claude_code:" in PARSER_VERSION
    note = story.summary.upgrade
    assert note is not None
    rows = {name: (before, after) for name, before, after in note.rows}
    assert rows["sessions"] == (3, 4)
    assert "Of 3 sessions 1 are now several" in text
    assert "connected by their records alone" in text


def test_next_run_has_nothing_to_do(story: Story) -> None:
    again = run_home(story.settings, SilentReporter(), RunOptions())
    assert again.ending == "nothing_changed"


def test_forgetting_before_the_first_run_finds_the_person_and_nobody_else(tmp_path: Path) -> None:
    settings = old_home(tmp_path)
    report = forget_person(settings, user="ann", now=NOW)
    found = {(place.name, place.unit): place.before for place in report.places}
    assert found["archive", "sessions"] == 1
    assert found["archive", "paths"] == 1


def test_upgrade_killed_between_its_steps_is_finished_by_the_next_opening(tmp_path: Path) -> None:
    from orchestration.ingest.archive import index

    settings = old_home(tmp_path)
    index.open_index(settings.archive_dir).close()  # the old lineage is dropped, and nothing built yet
    with open_archive(settings) as archive:
        assert len([s for day in archive.dates() for s in archive.day(day).sessions]) == 4
        change = archive.lineage_change()
    assert change is not None
    assert (change.session_count_before, change.session_count_after) == (3, 4)
    assert (change.split_count, change.merged_count) == (1, 0)
