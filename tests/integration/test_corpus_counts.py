"""The rows of a whole corpus against an independent count of it, and against the same corpus shuffled.

The corpus is a real one where SESSIONMART_CORPUS names it, else the generated one; nothing is skipped.
"""

import shutil
from collections import Counter, defaultdict
from datetime import UTC, date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from orchestration.ingest.rows import RAW_TABLES
from tests.corpus import transcript_files
from tests.corpus_home import NOW, Parsed, parse_corpus
from tests.mutated_lines import seeded
from tests.parsed import discover
from tests.plain_count import TOKEN_KEYS, PlainCount, count_folder
from tests.plain_waits import Span

BY_FILE = frozenset({"raw_files", "raw_quarantined_lines", "raw_record_counts"})
REAL_FORK = ("b4dcf65c", "e1bc91d1")
REAL_ALIAS = ("4931d45a", "2a8af1a8")


@pytest.fixture(scope="module")
def parsed(parsed_corpus: Parsed) -> Parsed:
    return parsed_corpus


@pytest.fixture(scope="module")
def counted(corpus: Path) -> PlainCount:
    return count_folder(transcript_files(corpus))


def messages(parsed: Parsed) -> pa.Table:
    table = parsed.tables["raw_responses"]
    return table.filter(pc.invert(table["is_synthetic"]))


def test_every_object_of_every_file_is_accounted_for(parsed: Parsed, counted: PlainCount) -> None:
    fates = Counter[str]()
    for row in parsed.rows("raw_record_counts", "content_hash", "object_count"):
        fates[row["content_hash"]] += row["object_count"]
    set_aside, bad = Counter[str](), Counter[str]()
    for row in parsed.rows("raw_quarantined_lines", "content_hash", "is_object"):
        (set_aside if row["is_object"] else bad)[row["content_hash"]] += 1
    files = parsed.tables["raw_files"].to_pylist()
    for file in files:
        content_hash = file["content_hash"]
        assert file["object_count"] == fates[content_hash] + set_aside[content_hash], file["file_name"]
        assert file["set_aside_object_count"] == set_aside[content_hash]
        assert file["bad_piece_count"] == bad[content_hash]
    assert sum(file["object_count"] for file in files) == counted.objects
    assert sum(file["comment_line_count"] for file in files) == counted.comment_lines
    assert sum(file["blank_line_count"] for file in files) == counted.blank_lines
    objects_of_file = Counter[str]()
    for file in files:
        objects_of_file[file["file_name"]] += file["object_count"]
    assert objects_of_file == counted.objects_of_file


def test_responses_are_the_distinct_messages(parsed: Parsed, counted: PlainCount) -> None:
    assert set(messages(parsed)["message_id"].to_pylist()) == set(counted.usage)


@pytest.mark.parametrize("key", TOKEN_KEYS)
def test_tokens_equal_the_sum_over_distinct_messages(parsed: Parsed, counted: PlainCount, key: str) -> None:
    assert pc.sum(messages(parsed)[key]).as_py() == counted.total(key)
    assert counted.total(key) > 0


def test_tokens_of_each_session_equal_those_of_its_stamps(parsed: Parsed, counted: PlainCount) -> None:
    aliases = {
        row["alias_session_id"]: row["session_id"]
        for row in parsed.rows("raw_session_aliases", "alias_session_id", "session_id")
    }
    expected: dict[str, Counter[str]] = defaultdict(Counter)
    for stamp, sums in counted.tokens_by_stamp().items():
        expected[aliases.get(stamp, stamp)].update(sums)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in messages(parsed).select(["session_id", *TOKEN_KEYS]).to_pylist():
        found[row["session_id"]].update({key: row[key] or 0 for key in TOKEN_KEYS})
    assert found == expected


def test_tool_calls_are_the_distinct_calls(parsed: Parsed, counted: PlainCount) -> None:
    rows = parsed.rows("raw_tool_calls", "tool_use_id", "has_call")
    assert {row["tool_use_id"] for row in rows if row["has_call"]} == counted.tool_calls


def test_lines_of_every_call_equal_an_independent_count_that_knows_sub_agents(
    parsed: Parsed, counted: PlainCount
) -> None:
    rows = parsed.rows("raw_tool_calls", "tool_use_id", "lines_added", "lines_removed", "lines_known_by")
    found = {
        row["tool_use_id"]: (row["lines_added"], row["lines_removed"])
        for row in rows
        if row["lines_known_by"]
    }
    assert found == counted.lines
    known_by = Counter(row["lines_known_by"] for row in rows if row["lines_known_by"])
    assert known_by["patch"] > 0


def test_lines_of_each_session_equal_those_of_its_stamps(parsed: Parsed, counted: PlainCount) -> None:
    aliases = {
        row["alias_session_id"]: row["session_id"]
        for row in parsed.rows("raw_session_aliases", "alias_session_id", "session_id")
    }
    expected, found = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for stamp, (added, removed) in counted.lines_by_stamp().items():
        expected[aliases.get(stamp, stamp), "lines_added"] += added
        expected[aliases.get(stamp, stamp), "lines_removed"] += removed
    for row in parsed.rows("raw_tool_calls", "session_id", "lines_added", "lines_removed"):
        for side in ("lines_added", "lines_removed"):
            found[row["session_id"], side] += row[side] or 0
    assert +found == +expected
    assert found.total() > 0


def test_no_wait_before_a_tool_that_answers_at_once_is_in_net_time(
    parsed: Parsed, counted: PlainCount
) -> None:
    aliases = {
        row["alias_session_id"]: row["session_id"]
        for row in parsed.rows("raw_session_aliases", "alias_session_id", "session_id")
    }
    waits: dict[str, list[Span]] = defaultdict(list)
    for stamp, spans in counted.waits.items():
        waits[aliases.get(stamp, stamp)] += spans
    unforked = {
        row["session_id"]
        for row in parsed.rows("raw_sessions", "session_id", "branch_count")
        if row["branch_count"] == 1
    }
    waited_in_all = 0.0
    for turn in parsed.tables["raw_turns"].to_pylist():
        start, end = turn["started_at"].replace(tzinfo=UTC), turn["ended_at"].replace(tzinfo=UTC)
        waited = sum((b - a).total_seconds() for a, b in waits[turn["session_id"]] if a >= start and b <= end)
        if turn["session_id"] in unforked:
            waited_in_all += waited
            assert turn["net_seconds"] <= turn["wall_seconds"] - waited + 0.001, turn["turn_id"]
    assert waited_in_all > 60


def test_interrupts_are_the_marks_that_follow_no_denial(parsed: Parsed, counted: PlainCount) -> None:
    rows = parsed.rows("raw_events", "event_kind", "record_id")
    assert {row["record_id"] for row in rows if row["event_kind"] == "interrupt"} == counted.interrupts
    assert parsed.total("raw_turns", "interrupt_count") <= len(counted.interrupts)


def test_denials_are_the_calls_denied_by_a_human(parsed: Parsed, counted: PlainCount) -> None:
    rows = parsed.rows("raw_tool_calls", "tool_use_id", "error_kind", "is_sidechain", "has_call")
    denied = {row["tool_use_id"]: row for row in rows if row["error_kind"] == "denied_by_user"}
    assert set(denied) == counted.denied_calls
    verdicts = {
        row["tool_use_id"]
        for row in parsed.rows("raw_events", "event_kind", "tool_use_id")
        if row["event_kind"] in ("denial", "plan_stopped")
    } | {
        row["tool_use_id"]
        for row in parsed.rows("raw_human_acts", "act_kind", "tool_use_id")
        if row["act_kind"] == "plan_rejected"
    }
    assert verdicts == {key for key, row in denied.items() if not row["is_sidechain"]}


def test_records_with_a_permission_mode_are_human_acts(parsed: Parsed, counted: PlainCount) -> None:
    acts = parsed.rows("raw_human_acts", "record_id", "act_kind", "is_typed")
    assert counted.prompts_with_mode <= {row["record_id"] for row in acts}
    assert len(counted.prompts_with_mode) > 100


def test_records_marked_as_the_harness_s_are_its_texts_and_no_human_acts(
    parsed: Parsed, counted: PlainCount
) -> None:
    texts = parsed.rows("raw_harness_texts", "harness_text_id", "record_id")
    assert len(counted.records_of_harness) > 0
    assert counted.records_of_harness <= {row["harness_text_id"] for row in texts}
    alone = {row["record_id"] for row in texts if row["harness_text_id"] == row["record_id"]}
    assert not alone & {row["record_id"] for row in parsed.rows("raw_human_acts", "record_id")}


def test_every_event_of_a_call_names_one_that_there_is(parsed: Parsed) -> None:
    """What the gate asks of each session: one that breaks it is set aside whole."""
    calls = {
        (row["session_id"], row["tool_use_id"], row["occurrence"])
        for row in parsed.rows("raw_tool_calls", "session_id", "tool_use_id", "occurrence")
    }
    named = [
        (row["session_id"], row["tool_use_id"], row["occurrence"])
        for row in parsed.rows("raw_events", "session_id", "tool_use_id", "occurrence")
        if row["tool_use_id"] is not None
    ]
    assert len(named) > 0
    assert set(named) <= calls


def test_sub_agents_are_the_distinct_agents(parsed: Parsed, counted: PlainCount) -> None:
    assert parsed.total("raw_sessions", "subagent_count") == len(counted.agents)


def test_keys_are_unique_over_the_whole_corpus(parsed: Parsed) -> None:
    for table in RAW_TABLES:
        keys = parsed.tables[table.name].select(list(table.key))
        assert keys.group_by(list(table.key)).aggregate([]).num_rows == keys.num_rows, table.name


def test_drift_is_counted_and_no_more_than_the_generated_corpus_plants(parsed: Parsed) -> None:
    rows = parsed.rows("raw_record_counts", "record_type", "record_subtype", "disposition")
    unknown = {(row["record_type"], row["record_subtype"]) for row in rows if row["disposition"] == "unknown"}
    assert unknown <= {("canvas-state", None)}  # the generator's planted drift


def test_corpus_doubled_and_shuffled_gives_the_same_tables(
    corpus: Path, parsed: Parsed, tmp_path: Path
) -> None:
    copy = tmp_path / "second"
    shutil.copytree(corpus, copy)
    files = list(discover([str(corpus), str(copy)]).files)
    assert len(files) == 2 * len(transcript_files(corpus))
    seeded(7).shuffle(files)
    third = len(files) // 3
    again = parse_corpus(
        tmp_path / "archive", [tuple(files[:third]), tuple(files[third:]), tuple(files[:third])]
    )
    for table in RAW_TABLES:
        mine, theirs = parsed.tables[table.name], again.tables[table.name]
        assert mine.num_rows == theirs.num_rows, table.name
        if table.name not in BY_FILE:
            assert mine.equals(theirs), table.name


def test_fork_is_one_session_with_two_branches_and_an_alias_is_one_session(
    parsed: Parsed, corpus: Path
) -> None:
    sessions = {
        row["session_id"]: row
        for row in parsed.rows("raw_sessions", "session_id", "branch_count", "file_count")
    }
    aliases = {
        row["alias_session_id"]: row["session_id"]
        for row in parsed.rows("raw_session_aliases", "alias_session_id", "session_id")
    }
    assert aliases
    assert not set(aliases) & set(sessions)
    assert set(aliases.values()) <= set(sessions)
    forks = [key for key, row in sessions.items() if row["branch_count"] == 2]
    assert forks
    if any(path.name.startswith(REAL_FORK) for path in transcript_files(corpus)):
        forked = {sid for sid in [*sessions, *aliases] if sid.startswith(REAL_FORK)}
        assert len(forked) == 2
        (owner,) = {aliases.get(sid, sid) for sid in forked}
        assert sessions[owner]["branch_count"] == 2
        renamed = {sid for sid in [*sessions, *aliases] if sid.startswith(REAL_ALIAS)}
        assert len(renamed) == 2
        (owner,) = {aliases.get(sid, sid) for sid in renamed}
        assert sessions[owner]["branch_count"] == 1


def test_sessions_lie_on_the_date_of_their_earliest_record(parsed: Parsed, corpus: Path) -> None:
    starts = [row["started_at"] for row in parsed.rows("raw_sessions", "started_at")]
    assert min(starts).date() >= date(2025, 2, 24)
    assert max(starts).date() < NOW.date()
