"""Writes the golden rows of some fixtures anew: `python -m tests.regenerate_golden`, then review the diff."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.parsed import parse_folder

ALL_FIXTURES = Path(__file__).parent / "fixtures"
FIXTURES = ALL_FIXTURES / "claude_code"
GOLDEN = Path(__file__).parent / "golden"
SITUATIONS = (
    "commits_pushes_pull_requests_tests",
    "fork",
    "one_response_over_several_lines",
    "plan_stopped_and_carried_out_elsewhere",
    "questions_answered_timed_out_declined",
    "steering_only_in_the_queue",
    "sub_agent_in_file_and_progress",
    "unknown_and_corrupt_records",
)


CODEX_SITUATIONS = (
    "commands_and_how_they_end",
    "patches_of_every_kind",
    "sub_agent_thread",
    "turns_with_start_and_stop",
)


def golden_rows(situation: str, *, source: str = "claude_code") -> dict[str, list[dict[str, Any]]]:
    """All rows of a fixture by table, without the columns that are null."""
    with TemporaryDirectory() as folder:
        tables = parse_folder(ALL_FIXTURES / source / situation, Path(folder) / "archive")
    return {
        name: [{key: value for key, value in row.items() if value is not None} for row in rows]
        for name, rows in tables.rows.items()
    }


def golden_path(situation: str, *, source: str = "claude_code") -> Path:
    return GOLDEN / (
        f"rows_{situation}.json" if source == "claude_code" else f"rows_{source}_{situation}.json"
    )


def as_text(rows: dict[str, list[dict[str, Any]]]) -> str:
    return json.dumps(rows, indent=1, default=str, ensure_ascii=False) + "\n"


def main() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for situation in SITUATIONS:
        golden_path(situation).write_text(as_text(golden_rows(situation)), encoding="utf-8")
    for situation in CODEX_SITUATIONS:
        path = golden_path(situation, source="codex")
        path.write_text(as_text(golden_rows(situation, source="codex")), encoding="utf-8")


if __name__ == "__main__":
    main()
