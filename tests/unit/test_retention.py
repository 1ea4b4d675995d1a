"""The retention report: what is certain about removed transcripts, and what is suspicion."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from orchestration.ingest.archive.archive import Archive
from orchestration.ingest.archive.retention import RetentionReport
from tests.fakes.claude_lines import record, write
from tests.parsed import discover

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(tmp_path / "archive", start_date=date(2025, 2, 24)) as opened:
        yield opened


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "projects"


def session(root: Path, name: str, day: date, **more: object) -> Path:
    return write(root / f"{name}.jsonl", record(f"u-{name}", name, f"{day}T10:00:00.000Z", **more))


def report(archive: Archive, root: Path, *, now: datetime = NOW) -> RetentionReport:
    archive.store(discover([str(root)]), now=now)
    return archive.retention_report(now=now)


def test_nothing_archived_says_so(archive: Archive) -> None:
    assert archive.retention_report(now=NOW).render() == [
        "Nothing is archived yet: run the ingestion, before the agent removes old transcripts."
    ]


def test_day_archived_in_time_is_covered_and_an_older_one_uncertain(archive: Archive, root: Path) -> None:
    session(root, "new", NOW.date() - timedelta(days=29))
    session(root, "old", NOW.date() - timedelta(days=30))
    assert [day.completeness for day in report(archive, root).days] == ["uncertain", "covered"]


def test_subagent_file_without_its_session_is_certain_loss(archive: Archive, root: Path) -> None:
    session(root, "agent-1", NOW.date(), isSidechain=True)
    session(root, "whole", NOW.date())
    result = report(archive, root)
    (day,) = result.days
    assert (day.completeness, day.subagent_only_count, day.session_count) == ("incomplete", 1, 2)
    assert any("certain: of 2 sessions 1 have only sub-agent files" in line for line in result.render())


def test_file_gone_from_disk_is_certain_but_not_lost(archive: Archive, root: Path) -> None:
    file = session(root, "s1", NOW.date())
    report(archive, root)
    file.unlink()
    result = report(archive, root)
    assert (result.days[0].gone_from_disk_count, result.gone_file_count) == (1, 1)
    assert result.days[0].completeness == "covered"
    assert any("1 files exist only in the archive" in line for line in result.render())
    session(root, "s1", NOW.date())
    assert report(archive, root).gone_file_count == 0


def test_reference_to_a_record_never_archived_is_suspicion_on_old_days_only(
    archive: Archive, root: Path
) -> None:
    session(root, "old", NOW.date() - timedelta(days=60), parentUuid="lost")
    session(root, "new", NOW.date(), parentUuid="lost")
    assert [day.completeness for day in report(archive, root).days] == ["suspect", "covered"]


def test_summary_of_an_unknown_conversation_is_counted_until_it_arrives(archive: Archive, root: Path) -> None:
    write(root / "title.jsonl", {"type": "summary", "summary": "A title", "leafUuid": "u-s1"})
    assert report(archive, root).missing_summary_target_count == 1
    session(root, "s1", NOW.date())
    assert report(archive, root).missing_summary_target_count == 0


def test_sharp_fall_at_the_oldest_edge_is_suspicion(archive: Archive, root: Path) -> None:
    oldest = NOW.date() - timedelta(days=90)
    session(root, "lonely", oldest)
    for number in range(40):
        session(root, f"s{number}", oldest + timedelta(days=7 + number % 28))
    days = report(archive, root).days
    assert (days[0].is_falling, days[0].completeness) == (True, "suspect")
    assert {day.completeness for day in days[1:10]} == {"uncertain"}


def test_missed_runs_are_overdue(archive: Archive, root: Path) -> None:
    session(root, "s1", NOW.date())
    report(archive, root)
    late = archive.retention_report(now=NOW + timedelta(days=33))
    assert any("no run for 3 days beyond the clean-up period" in line for line in late.render())
