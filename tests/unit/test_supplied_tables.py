"""A line of a supplied table becomes a row or is set aside with its reason, and the counts add up."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from orchestration.ingest.pseudonyms import KEY_BYTES, Pseudonyms
from orchestration.landing.lake import LakeTable, single_file
from orchestration.settings import SettingsError
from orchestration.supplied.land_supplied import files_fingerprint, land_supplied, supplied_files
from orchestration.supplied.pull_requests import mappings, rows_of_pull_request
from orchestration.supplied.reading import SuppliedContext, UnusableLineError
from orchestration.supplied.rows import (
    FILES,
    INCIDENTS,
    PULL_REQUEST_COMMITS,
    PULL_REQUESTS,
    SET_ASIDE,
    SURVEY_ANSWERS,
    WAGES,
    PullRequest,
)
from tests.supplied_tables import incident_lines, pull_request_lines, survey_lines, wage_lines, write_lines

NAMES = Pseudonyms(bytes(KEY_BYTES))
CONTEXT = SuppliedContext(NAMES, {"ada@corp.example": "ada"}, {"acme/bakery": "Bakery"}, lambda _user: False)
LINE: dict[str, Any] = {
    "repository": "https://github.com/acme/dairy.git", "number": 7, "author": "ada",
    "opened_at": "2026-05-04T10:00:00Z",
}  # fmt: skip

GRAPHQL = {
    "number": 12,
    "createdAt": "2026-05-04T10:00:00Z",
    "mergedAt": "2026-05-04T18:00:00Z",
    "closedAt": "2026-05-04T18:00:00Z",
    "additions": 40,
    "deletions": 2,
    "body": "Adds jam.",
    "author": {"login": "Ada", "__typename": "User"},
    "repository": {"nameWithOwner": "acme/bakery"},
    "mergeCommit": {"oid": "AB" * 20},
    "commits": {
        "nodes": [
            {
                "commit": {
                    "oid": "cd" * 20,
                    "message": "Jam\n\nCo-Authored-By: Claude <noreply@anthropic.com>",
                    "authoredDate": "2026-05-04T08:00:00Z",
                }
            },
        ]
    },
    "reviews": {
        "nodes": [
            {
                "author": {"login": "ada", "__typename": "User"},
                "state": "COMMENTED",
                "submittedAt": "2026-05-04T10:05:00Z",
            },
            {
                "author": {"login": "reviewdog", "__typename": "Bot"},
                "state": "COMMENTED",
                "submittedAt": "2026-05-04T10:10:00Z",
            },
            {"author": None, "state": "COMMENTED", "submittedAt": "2026-05-04T12:00:00Z"},
            {
                "author": {"login": "bob", "__typename": "User"},
                "state": "APPROVED",
                "submittedAt": "2026-05-04T13:00:00Z",
            },
        ]
    },
}
REST = {
    "number": 12,
    "created_at": "2026-05-04T10:00:00Z",
    "merged_at": "2026-05-04T18:00:00Z",
    "closed_at": "2026-05-04T18:00:00Z",
    "additions": 40,
    "deletions": 2,
    "body": "Adds jam.",
    "user": {"login": "Ada", "type": "User"},
    "base": {"repo": {"full_name": "acme/bakery"}},
    "head": {"sha": "ef" * 20},
    "merge_commit_sha": "ab" * 20,
    "commits_list": [
        {
            "sha": "cd" * 20,
            "commit": {
                "message": "Jam\n\nCo-Authored-By: Claude <noreply@anthropic.com>",
                "author": {"date": "2026-05-04T08:00:00Z"},
            },
        }
    ],
    "reviews": [
        {
            "user": {"login": "ada", "type": "User"},
            "state": "COMMENTED",
            "submitted_at": "2026-05-04T10:05:00Z",
        },
        {
            "user": {"login": "reviewdog[bot]", "type": "Bot"},
            "state": "COMMENTED",
            "submitted_at": "2026-05-04T10:10:00Z",
        },
        {"user": None, "state": "COMMENTED", "submitted_at": "2026-05-04T12:00:00Z"},
        {
            "user": {"login": "bob", "type": "User"},
            "state": "APPROVED",
            "submitted_at": "2026-05-04T13:00:00Z",
        },
    ],
}


def read(line: dict[str, Any], **changes: Any) -> PullRequest:
    (row,) = rows_of_pull_request(line | changes, CONTEXT)[PULL_REQUESTS]
    return row  # type: ignore[no-any-return]


def landed(lake_dir: Path, table: LakeTable) -> list[dict[str, Any]]:
    return pq.read_table(single_file(lake_dir, table)).to_pylist()


@pytest.mark.parametrize("line", [GRAPHQL, REST], ids=["graphql", "rest"])
def test_both_exports_of_github_say_the_same(line: dict[str, Any]) -> None:
    rows = rows_of_pull_request(line, CONTEXT)
    (row,) = rows[PULL_REQUESTS]
    assert (row.human_review_count, row.bot_review_count) == (2, 1)  # not the author's own
    assert row.is_agent_authored is True
    hours = [
        (time - row.opened_at).total_seconds() / 3600
        for time in (row.first_commit_at, row.first_review_at, row.approved_at, row.merged_at)
    ]
    assert hours == [-2, 2, 3, 8]
    assert row.user_id == NAMES.user("ada")
    assert row.project_id == NAMES.project("Bakery")
    commits = [(commit.commit_sha, commit.is_merge) for commit in rows[PULL_REQUEST_COMMITS]]
    assert commits == [("cd" * 20, False), ("ab" * 20, True)]


def test_what_a_line_does_not_say_is_unknown_and_not_zero() -> None:
    row = read(LINE)
    assert (row.human_review_count, row.bot_review_count, row.lines_added) == (None, None, None)
    assert (row.is_agent_authored, row.first_review_at, row.first_commit_at) == (None, None, None)
    assert row.project_id == NAMES.project("github.com/acme/dairy")
    assert (read(LINE, reviews=[]).human_review_count, read(LINE, reviews=[]).bot_review_count) == (0, 0)
    assert read(LINE, messages=["Adds jam"]).is_agent_authored is False


def test_an_author_is_the_person_of_the_sessions_and_a_bot_nobody() -> None:
    for author in ("ADA", "ada@corp.example", "ada@else.example", "12+ada@users.noreply.github.com"):
        assert read(LINE, author=author).user_id == NAMES.user("ada")
    bot = read(LINE, author="claude[bot]")
    assert (bot.user_id, bot.is_bot_authored, bot.is_agent_authored) == (None, True, True)
    assert read(LINE, author="dependabot[bot]").is_agent_authored is None
    assert read(LINE, author=None).user_id is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"opened_at": None}, "missing_field"),
        ({"opened_at": "yesterday"}, "malformed_value"),
        ({"lines_added": -1}, "malformed_value"),
        ({"merge_sha": "not a hash", "merged_at": "2026-05-05T10:00:00Z"}, "malformed_value"),
        ({"repository": "nowhere"}, "malformed_value"),
        ({"is_agent_authored": "yes"}, "malformed_value"),
        ({"merged_at": "2026-05-03T10:00:00Z"}, "implausible_order"),
        (
            {"first_review_at": "2026-05-06T10:00:00Z", "approved_at": "2026-05-05T10:00:00Z"},
            "implausible_order",
        ),
    ],
)
def test_a_line_that_cannot_be_a_row_says_why(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnusableLineError) as raised:
        read(LINE, **changes)
    assert raised.value.reason == reason


def test_rows_of_a_deleted_person_stay_out() -> None:
    context = SuppliedContext(NAMES, {}, {}, lambda user_id: user_id == NAMES.user("ada"))
    with pytest.raises(UnusableLineError, match="deleted_person"):
        rows_of_pull_request(LINE, context)
    assert rows_of_pull_request(LINE | {"author": "bob"}, context)[PULL_REQUESTS]


def test_an_own_mapping_comes_first_and_a_wrong_one_says_what_is_wrong() -> None:
    own = 'has = ["mr"]\n[fields]\nopened_at = "when"\nrepository = "repo"\nnumber = "mr"\nauthor = "who"\n'
    context = SuppliedContext(NAMES, {}, {}, lambda _user: False, mapping=own)
    line = {"when": "2026-05-04T10:00:00Z", "repo": "acme/dairy", "mr": 3, "who": "ada"}
    (row,) = rows_of_pull_request(line, context)[PULL_REQUESTS]
    assert row.user_id == NAMES.user("ada")
    for text, said in (
        ("[fields]\nnumber = 'n'", "`opened_at`"),
        ("[fields]\nopened_at = 'a'\nrepository = 'b'\nnumber = 'c'\nmood = 'd'", "mood"),
    ):
        with pytest.raises(ValueError, match=said):
            mappings(text)


def test_every_line_has_one_fate_and_the_last_of_a_thing_counts(tmp_path: Path) -> None:
    lines = [json.dumps(line) for line in (LINE, LINE | {"lines_added": 5}, {"what": "else"})]
    path = tmp_path / "prs.jsonl"
    path.write_text("\n".join([*lines, "not json", "[1]", json.dumps(LINE | {"number": -1})]) + "\n")
    later = write_lines(tmp_path / "z.jsonl", [LINE | {"lines_added": 9}])
    counts = land_supplied(tmp_path / "lake", {"pull_requests": [path, later]}, CONTEXT)
    assert counts["pull_requests"] == 1
    (row,) = landed(tmp_path / "lake", PULL_REQUESTS)
    assert row["lines_added"] == 9
    first, second = landed(tmp_path / "lake", FILES)
    assert (first["object_count"], first["row_count"], first["replaced_count"]) == (4, 0, 2)
    assert (first["set_aside_object_count"], first["set_aside_piece_count"]) == (2, 2)
    assert (second["object_count"], second["row_count"]) == (1, 1)
    reasons = [row["reason"] for row in landed(tmp_path / "lake", SET_ASIDE)]
    assert reasons == ["unknown_shape", "not_json", "not_an_object", "malformed_value"]


def test_the_same_files_give_the_same_bytes_and_what_is_gone_from_them_is_gone(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "prs.jsonl", pull_request_lines())
    for lake in ("one", "two"):
        land_supplied(tmp_path / lake, {"pull_requests": [path]}, CONTEXT)
    one, two = (single_file(tmp_path / lake, PULL_REQUESTS).read_bytes() for lake in ("one", "two"))
    assert one == two
    before = files_fingerprint([path])
    write_lines(path, pull_request_lines()[:3])
    assert files_fingerprint([path]) != before
    assert land_supplied(tmp_path / "one", {"pull_requests": [path]}, CONTEXT)["pull_requests"] == 3


def test_survey_rows_hold_bands_and_nothing_of_who_answered(tmp_path: Path) -> None:
    bad = [
        {"quarter": "spring", "quality_parity": "much_better"},
        {"quarter": "2026Q1", "output_multiplier": "x5"},
    ]
    path = write_lines(tmp_path / "answers.jsonl", [*survey_lines(), *bad, {"quarter": "2026-Q1"}])
    land_supplied(tmp_path / "lake", {"survey_answers": [path]}, CONTEXT)
    rows = landed(tmp_path / "lake", SURVEY_ANSWERS)
    assert len(rows) == 262
    assert set(rows[0]) == {
        "quarter_start", "answer_number", "output_multiplier", "new_work_share", "deferred_work_share",
        "quality_parity",
    }  # fmt: skip
    assert "somebody" not in str(rows)
    # The number follows what is said: lines in another order give the same bytes.
    bytes_before = single_file(tmp_path / "lake", SURVEY_ANSWERS).read_bytes()
    write_lines(path, [*reversed(survey_lines())])
    land_supplied(tmp_path / "lake", {"survey_answers": [path]}, CONTEXT)
    assert single_file(tmp_path / "lake", SURVEY_ANSWERS).read_bytes() == bytes_before


def test_incidents_are_redacted_and_wages_named(tmp_path: Path) -> None:
    files = {
        "incidents": [write_lines(tmp_path / "i.jsonl", incident_lines())],
        "wages": [
            write_lines(tmp_path / "w.jsonl", [*wage_lines(), {"occupation": "bard", "hourly_wage_usd": 9}])
        ],
    }
    land_supplied(tmp_path / "lake", files, CONTEXT)  # type: ignore[arg-type]
    rows = landed(tmp_path / "lake", INCIDENTS)
    assert len(rows) == 5
    assert not [row for row in rows if "lovelace" in str(row) or "ghp_" in str(row) or "INC-" in str(row)]
    assert {row["project_id"] for row in rows} == {NAMES.project("Bakery")}
    assert [row["hourly_wage_usd"] for row in landed(tmp_path / "lake", WAGES)] == [50, 60.5, 70]


def test_a_named_file_that_is_not_there_is_an_error_and_no_silent_gap(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="pull_requests"):
        supplied_files("pull_requests", [str(tmp_path / "none.jsonl")])
    write_lines(tmp_path / "a" / "b" / "one.jsonl", [LINE])
    assert (
        len(supplied_files("pull_requests", [str(tmp_path / "a"), str(tmp_path / "a" / "*" / "*.jsonl")]))
        == 1
    )
