"""A new source needs its room and one line of the registry: the toy's rows pass the gates and land."""

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest

from expectations.validate import judge_dates
from orchestration.date_states import dirty_days
from orchestration.ingest.sources import SOURCES
from orchestration.landing.chunk import LandingRun
from orchestration.settings import load_settings
from orchestration.stages import archive_transcripts, discover, land_raw
from tests.toy_source import TOY

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
LINES = [
    {"toy": "t1", "at": "2026-03-01T10:00:00Z", "who": "human", "text": "mail ann@example.org the list"},
    {"toy": "t1", "at": "2026-03-01T10:00:05Z", "who": "agent", "text": "Done."},
]


def test_a_toy_source_lands_rows_beside_claude_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SOURCES, "toy", TOY)
    folder = tmp_path / "transcripts"
    folder.mkdir()
    (folder / "t1.jsonl").write_bytes(b"\n".join(map(orjson.dumps, LINES)))
    (folder / "copy.jsonl").write_bytes(b"\n".join(map(orjson.dumps, [*LINES, LINES[0]])))
    settings = load_settings(home=tmp_path / "home", transcripts=(str(folder),), workers=1)
    report = archive_transcripts(settings, discover(settings), now=NOW)
    assert (report.file_count, report.object_count, report.unknown) == (2, 5, ())
    landed = land_raw(settings, dirty_days(settings), LandingRun("run", NOW, judge_dates))
    assert not landed.has_stopped, landed.stopped
    (act,) = rows(settings.raw_dir, "raw_human_acts")
    assert (act["source"], act["session_id"], act["char_count"]) == ("toy", "t1", len(LINES[0]["text"]))
    assert "ann@example.org" not in act["text"]
    assert [row["session_id"] for row in rows(settings.raw_dir, "raw_sessions")] == ["t1"]
    fates = sum(row["object_count"] for row in rows(settings.raw_dir, "raw_record_counts"))
    assert fates == sum(row["object_count"] for row in rows(settings.raw_dir, "raw_files")) == 5


def rows(raw_dir: Path, table: str) -> list[dict[str, object]]:
    files = sorted((raw_dir / table).glob("session_date=*/*.parquet"))
    return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]
