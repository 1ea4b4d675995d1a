"""Bad files beside a good one: each ends in a clear message or a quarantined row; nothing else is lost."""

import gzip
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from orchestration.ingest.read_lines import MAX_LINE_BYTES
from tests.mutated_lines import seeded, violations
from tests.parsed import Tables, parse_folder, write_files
from tests.transcripts import Transcript

BOM = b"\xef\xbb\xbf"
MEGABYTE = 1024 * 1024
BAD = "0a1b2c3d-1111-4111-8111-00000000bad0.jsonl"
"""By its path alone a transcript, whatever its bytes say."""


def good() -> Transcript:
    written = Transcript(session="good")
    written.prompt("Say hello.")
    written.bash("echo hello", "hello")
    written.says("Hello.")
    return written


def small(session: str = "bad") -> Transcript:
    written = Transcript(session=session)
    written.prompt("Say goodbye.")
    written.says("Goodbye.")
    return written


def beside_good(tmp_path: Path, content: bytes) -> Tables:
    """Rows of a bad file and a good one; whatever the bad one is, the good one is whole."""
    folder = write_files(tmp_path / "projects", {"good.jsonl": good(), BAD: content})
    tables = parse_folder(folder, tmp_path / "archive")
    assert len(tables.all("turns", session_id="good")) == 1
    assert len(tables.all("tool_calls", session_id="good")) == 1
    assert violations(tables) == []
    return tables


def reasons(tables: Tables) -> list[str]:
    return [row["reason"] for row in tables.quarantined_lines]


def test_empty_file_is_passed_over_and_listed(tmp_path: Path) -> None:
    tables = beside_good(tmp_path, b"")
    assert [(path.name, reason) for path, reason in tables.report.unknown] == [(BAD, "empty")]
    assert reasons(tables) == []


def test_binary_file_that_no_path_calls_a_transcript_is_passed_over_and_listed(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "projects", {"good.jsonl": good(), "notes.jsonl": b"\x7fELF\x00" * 99})
    tables = parse_folder(folder, tmp_path / "archive")
    assert [path.name for path, _ in tables.report.unknown] == ["notes.jsonl"]
    assert tables.column("sessions", "session_id") == ["good"]


@pytest.mark.parametrize("content", [b"\n\n\n", b" \r\n\t\n"])
def test_file_of_blank_lines_holds_nothing(tmp_path: Path, content: bytes) -> None:
    tables = beside_good(tmp_path, content)
    bad = tables.one("files", file_name=BAD)
    assert bad["blank_line_count"] == bad["line_count"] == content.count(b"\n")
    assert reasons(tables) == []


def test_binary_file_is_set_aside_line_by_line(tmp_path: Path) -> None:
    content = b"\x7fELF\x00\x01" + seeded(1).randbytes(200_000)
    tables = beside_good(tmp_path, content)
    bad = tables.one("files", file_name=BAD)
    assert bad["object_count"] == 0
    assert bad["bad_piece_count"] == len(tables.quarantined_lines) > 0
    assert set(reasons(tables)) <= {"binary", "not_utf8", "not_json", "not_an_object", "truncated_last_line"}


def test_compressed_transcript_makes_no_session(tmp_path: Path) -> None:
    tables = beside_good(tmp_path, gzip.compress(small().lines))
    assert tables.column("sessions", "session_id") == ["good"]


def test_truncated_last_line_is_one_row_and_the_lines_before_are_kept(tmp_path: Path) -> None:
    tables = beside_good(tmp_path, small().lines[:-30])
    assert reasons(tables) == ["truncated_last_line"]
    assert tables.column("human_acts", "text", session_id="bad") == ["Say goodbye."]
    assert tables.all("responses", session_id="bad") == []


def test_line_cut_off_in_the_middle_costs_that_line_only(tmp_path: Path) -> None:
    first, second = small().lines.splitlines(keepends=True)
    tables = beside_good(tmp_path, first[:50] + b"\n" + second)
    assert reasons(tables) == ["not_json"]
    assert tables.column("responses", "text", session_id="bad") == ["Goodbye."]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: BOM + lines,
        lambda lines: lines.replace(b"\n", b"\r\n"),
        lambda lines: BOM + lines.replace(b"\n", b"\r\n"),
        lambda lines: lines.rstrip(b"\n"),
    ],
    ids=["byte order mark", "CRLF", "both", "no last newline"],
)
def test_marks_and_line_ends_change_nothing(tmp_path: Path, spoil: Any) -> None:
    tables = beside_good(tmp_path, spoil(small().lines))
    assert reasons(tables) == []
    assert tables.column("human_acts", "text", session_id="bad") == ["Say goodbye."]
    assert tables.column("responses", "text", session_id="bad") == ["Goodbye."]


def test_line_that_is_not_utf8_costs_that_line_only(tmp_path: Path) -> None:
    tables = beside_good(tmp_path, small().lines.replace(b"Say goodbye", b"Say goodby\xe9"))
    assert reasons(tables) == ["not_utf8"]
    assert tables.column("responses", "text", session_id="bad") == ["Goodbye."]


def test_utf16_file_is_set_aside(tmp_path: Path) -> None:
    tables = beside_good(tmp_path, small().lines.decode().encode("utf-16"))
    assert set(reasons(tables)) <= {"binary", "not_utf8"}
    assert tables.one("files", file_name=BAD)["object_count"] == 0


def test_one_json_document_instead_of_lines_is_no_transcript(tmp_path: Path) -> None:
    tables = beside_good(tmp_path, b'[\n{"type": "user"},\n{"type": "assistant"}\n]\n')
    assert tables.column("sessions", "session_id") == ["good"]
    assert len(tables.quarantined_lines) >= 2


def test_endlessly_nested_line_is_one_row(tmp_path: Path) -> None:
    deep = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    assert reasons(beside_good(tmp_path, deep + b"\n" + small().lines)) == ["not_json"]


def test_nested_line_with_a_lone_surrogate_is_read_or_set_aside(tmp_path: Path) -> None:
    for number, depth in enumerate((100, 400, 900)):
        nest = b'{"a":' * depth + rb'"\ud83d"' + b"}" * depth
        line = b'{"type":"mode","sessionId":"bad","x":' + nest + b"}\n"
        tables = beside_good(tmp_path / str(number), line + small().lines)
        assert tables.column("responses", "text", session_id="bad") == ["Goodbye."]


PEAK = """
import resource, sys
from pathlib import Path
from tests.parsed import parse_folder
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
tables = parse_folder(Path(sys.argv[1]), Path(sys.argv[2]))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print([row["reason"] for row in tables.quarantined_lines], len(tables.responses), (after - before) // 1024)
"""


@pytest.mark.parametrize("is_json", [True, False])
def test_line_of_100_megabytes_is_one_row_in_bounded_memory(tmp_path: Path, is_json: bool) -> None:
    assert MAX_LINE_BYTES < 100 * MEGABYTE
    folder = write_files(tmp_path / "projects", {BAD: b""})
    with (folder / "-home-ann-repo" / BAD).open("wb") as file:
        file.write(b'{"type":"user","x":["' if is_json else b"")
        for _ in range(100):
            file.write(b'a","b' * (MEGABYTE // 5))
        file.write(b'"]}\n' if is_json else b"\n")
        file.write(small().lines)
    here = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(folder), str(tmp_path / "archive")],
        cwd=here,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(here), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        check=True,
    )
    kinds, responses, megabytes = done.stdout.strip().rsplit(" ", 2)
    assert (kinds, responses) == ("['line_too_long']", "1")
    assert int(megabytes) < 600  # the file, its compressed copy, and no copy of the line more


def test_long_line_below_the_limit_is_read(tmp_path: Path) -> None:
    written = small()
    written.prompt("x" * (8 * MEGABYTE))
    tables = beside_good(tmp_path, written.lines)
    assert reasons(tables) == []
    assert max(tables.column("human_acts", "char_count", session_id="bad")) == 8 * MEGABYTE


def test_file_that_cannot_be_opened_is_reported_and_the_rest_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_open = Path.open

    def refuse(path: Path, *args: Any, **more: Any) -> Any:
        if path.name == "bad.jsonl":
            raise PermissionError(13, "Permission denied")
        return really_open(path, *args, **more)

    folder = write_files(tmp_path / "projects", {"good.jsonl": good(), "bad.jsonl": small()})
    monkeypatch.setattr(Path, "open", refuse)
    tables = parse_folder(folder, tmp_path / "archive")
    assert [(path.name, reason) for path, reason in tables.report.unreadable] == [
        ("bad.jsonl", "permission denied")
    ]
    assert tables.column("sessions", "session_id") == ["good"]


def test_folder_that_cannot_be_listed_is_reported_and_the_rest_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_files(tmp_path / "projects", {"good.jsonl": good(), "closed/bad.jsonl": small()})
    really_scan = os.scandir

    def refuse(path: Any) -> Any:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return really_scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    tables = parse_folder(folder, tmp_path / "archive")
    assert [(path.name, reason) for path, reason in tables.report.unreadable] == [
        ("closed", "permission denied")
    ]
    assert tables.column("sessions", "session_id") == ["good"]


def test_implausible_clock_sets_aside_its_records_only(tmp_path: Path) -> None:
    written = small()
    written.prompt("Tomorrow's news.", timestamp="2262-04-12T00:00:00.000Z")
    tables = beside_good(tmp_path, written.lines)
    assert reasons(tables) == ["implausible_time"]
    assert tables.one("quarantined_lines")["is_object"] is True
    assert tables.column("human_acts", "text", session_id="bad") == ["Say goodbye."]


def test_file_whose_clock_is_all_wrong_makes_no_session(tmp_path: Path) -> None:
    lines = small().lines.replace(b"2026-06-01", b"1980-01-01")
    tables = beside_good(tmp_path, lines)
    assert reasons(tables) == ["implausible_time"] * 2
    assert tables.column("sessions", "session_id") == ["good"]


def test_no_transcripts_at_all_make_no_rows_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "projects").mkdir()
    tables = parse_folder(tmp_path / "projects", tmp_path / "archive")
    assert all(rows == [] for rows in tables.rows.values())
    assert tables.report.file_count == 0


def test_folder_that_does_not_exist_is_reported_with_what_to_do(tmp_path: Path) -> None:
    tables = parse_folder(tmp_path / "nowhere", tmp_path / "archive")
    ((path, reason),) = tables.report.unreadable
    assert path == tmp_path / "nowhere"
    assert "check the setting" in reason
