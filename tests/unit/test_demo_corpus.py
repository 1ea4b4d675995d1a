"""The written demo files against the format's rules and against the planted truth, with plain json.

The count here shares no code with the generator or the parser: it is written from the rules of the
transcript format and must come to the totals of the truth.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from orchestration.demo import DemoPlan, PlantedTruth, write_demo_corpus

PLAN = DemoPlan(end_date=date(2026, 7, 1))
NOT_TYPED = ("<command-", "<local-command-", "<bash-", "<task-notification>", "[Request interrupted")
NOT_TYPED_EITHER = ("Implement the following plan:", "Warmup")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, PlantedTruth]:
    folder = tmp_path_factory.mktemp("demo") / "transcripts"
    return folder, write_demo_corpus(folder, PLAN)


def objects_in(line: str) -> Iterator[dict[str, Any]]:
    decoder, at = json.JSONDecoder(), 0
    while at < len(line):
        try:
            value, at = decoder.raw_decode(line, at)
        except ValueError:
            return
        yield value


def files_of(folder: Path) -> dict[Path, list[dict[str, Any]]]:
    return {
        path: [item for line in path.read_text("utf-8").split("\n") for item in objects_in(line)]
        for path in sorted(folder.rglob("*.jsonl"))
    }


@pytest.fixture(scope="module")
def files(corpus: tuple[Path, PlantedTruth]) -> dict[Path, list[dict[str, Any]]]:
    return files_of(corpus[0])


@pytest.fixture(scope="module")
def speech(files: dict[Path, list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Assistant and user records by uuid, those of agent_progress included."""
    found: dict[str, dict[str, Any]] = {}
    for record in (record for records in files.values() for record in records):
        if record.get("type") in ("assistant", "user"):
            found.setdefault(record["uuid"], record)
        elif record.get("type") == "progress" and record["data"]["type"] == "agent_progress":
            inner = record["data"]["message"]
            found.setdefault(inner["uuid"], {**inner, "isSidechain": True})
    return found


def text_of(record: dict[str, Any]) -> str:
    content = record["message"]["content"]
    if isinstance(content, str):
        return content
    return "".join(block.get("text", "") for block in content)


def is_typed_prompt(record: dict[str, Any]) -> bool:
    content = record["message"]["content"]
    if isinstance(content, list) and any(block["type"] == "tool_result" for block in content):
        return False
    hidden = any(record.get(key) for key in ("isMeta", "isCompactSummary", "isSidechain"))
    return not hidden and not text_of(record).startswith(NOT_TYPED + NOT_TYPED_EITHER)


def test_responses_and_tokens_add_up_to_the_truth(
    corpus: tuple[Path, PlantedTruth], speech: dict[str, dict[str, Any]]
) -> None:
    usage: dict[str, dict[str, Any]] = {}
    for record in speech.values():
        if record["type"] == "assistant" and record["message"]["model"] != "<synthetic>":
            usage[record["message"]["id"]] = record["message"]["usage"]  # the last line of a message is kept
    assert len(usage) == corpus[1].total("message_count")
    for key in (
        "input_tokens",
        "cache_creation_input_tokens",
        "cache_read_input_tokens",
        "output_tokens",
    ):
        assert sum(item[key] for item in usage.values()) == corpus[1].total(key)


def test_tool_calls_results_and_lines_add_up_to_the_truth(
    corpus: tuple[Path, PlantedTruth], speech: dict[str, dict[str, Any]]
) -> None:
    calls, refused, added, removed = set(), set(), 0, 0
    for record in speech.values():
        content = record["message"]["content"]
        for block in content if isinstance(content, list) else []:
            if block["type"] == "tool_use":
                calls.add(block["id"])
            if block["type"] == "tool_result" and "doesn't want to proceed" in str(block["content"]):
                refused.add(block["tool_use_id"])
        result = record.get("toolUseResult")
        if isinstance(result, dict) and "structuredPatch" in result:
            lines = [line for hunk in result["structuredPatch"] for line in hunk["lines"]]
            added += sum(line.startswith("+") for line in lines)
            removed += sum(line.startswith("-") for line in lines)
            if result.get("type") == "create":
                added += len(result["content"].splitlines())
    truth = corpus[1]
    assert len(calls) == truth.total("tool_call_count")
    assert len(refused) == sum(session.tool_errors.get("denied_by_user", 0) for session in truth.sessions)
    assert (added, removed) == (truth.total("lines_added"), truth.total("lines_removed"))


def test_typed_prompts_and_other_acts_add_up_to_the_truth(
    corpus: tuple[Path, PlantedTruth],
    files: dict[Path, list[dict[str, Any]]],
    speech: dict[str, dict[str, Any]],
) -> None:
    users = [record for record in speech.values() if record["type"] == "user"]
    texts = [text_of(record) for record in users if not record.get("isMeta")]
    truth = corpus[1]
    acts: Counter[str] = sum((Counter(session.acts) for session in truth.sessions), Counter())
    # Text typed while the agent works is a prompt too, and stands in the queue alone (METHODS D2).
    typed_prompts = sum(is_typed_prompt(record) for record in users) + acts["steering"]
    assert typed_prompts == truth.total("human_prompt_count")
    assert sum(bool(record.get("isCompactSummary")) for record in users) == truth.total("compaction_count")
    assert texts.count("[Request interrupted by user]") == truth.total("interrupt_count")
    assert (
        sum(text.startswith("Implement the following plan:") for text in texts) == acts["plan_implementation"]
    )
    assert sum(text.startswith("<bash-input>") for text in texts) == acts["shell_command"]
    queue = [r for records in files.values() for r in records if r.get("type") == "queue-operation"]
    typed = [r for r in queue if r["operation"] == "enqueue" and not r["content"].startswith("<")]
    assert len(typed) == acts["steering"] + truth.total("queued_prompt_count")


def test_lines_objects_and_defects_are_those_of_the_truth(
    corpus: tuple[Path, PlantedTruth], files: dict[Path, list[dict[str, Any]]]
) -> None:
    truth = corpus[1].files
    raw = [path.read_bytes() for path in files]
    lines = [line for content in raw for line in content.split(b"\n") if line]
    found = [len(list(objects_in(line.decode()))) for line in lines]
    known = {"assistant", "user", "system", "progress", "attachment", "queue-operation", "summary"}
    known |= {"file-history-snapshot", "last-prompt", "permission-mode", "mode", "ai-title", "pr-link"}
    types = Counter(record["type"] for records in files.values() for record in records)
    uuids = Counter(r["uuid"] for records in files.values() for r in records if "uuid" in r)
    assert len(files) == truth.file_count
    assert len(lines) == truth.line_count
    assert sum(found) == truth.object_count
    assert found.count(0) == truth.bad_line_count == 1
    assert found.count(2) == truth.glued_line_count > 0
    assert sum(not content.endswith(b"\n") for content in raw) == truth.missing_final_newline_count > 0
    assert {k: n for k, n in types.items() if k not in known} == truth.unknown_record_types
    assert sum(n - 1 for n in uuids.values()) == truth.duplicate_record_count > 0


def version_number(record: dict[str, Any]) -> tuple[int, ...]:
    return tuple(int(part) for part in record["version"].split("."))


def test_records_carry_the_keys_of_their_version(files: dict[Path, list[dict[str, Any]]]) -> None:
    for record in (r for records in files.values() for r in records if "version" in r):
        number = version_number(record)
        always = {"parentUuid", "isSidechain", "userType", "cwd", "sessionId", "type", "uuid", "timestamp"}
        assert always <= record.keys()
        assert ("gitBranch" in record) == (number >= (2, 0, 64))
        assert ("slug" in record) == ((2, 0, 64) <= number <= (2, 1, 119))
        assert ("entrypoint" in record) == (number >= (2, 1, 78))
        assert record["type"] != "progress" or (2, 1, 11) <= number <= (2, 1, 81)
        assert record["type"] != "attachment" or number >= (2, 1, 91)
        if record["type"] == "user" and is_typed_prompt(record):
            assert ("permissionMode" in record) == (number >= (2, 1, 15))
            assert ("promptId" in record) == (number >= (2, 1, 76))
            assert ("promptSource" in record) == (number >= (2, 1, 168))
            assert ("todos" in record) == ((2, 0, 64) <= number <= (2, 1, 62))


def test_usage_is_a_lower_bound_before_2_1_60_and_final_on_the_last_line_after(
    files: dict[Path, list[dict[str, Any]]],
) -> None:
    by_message: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in (r for records in files.values() for r in records if r["type"] == "assistant"):
        if record["message"]["model"] != "<synthetic>":
            by_message[record["message"]["id"]].append(record)
    placeholders = 0
    for lines in by_message.values():
        stops = [line["message"]["stop_reason"] for line in lines]
        outputs = [line["message"]["usage"]["output_tokens"] for line in lines]
        assert outputs[-1] == max(outputs)
        if version_number(lines[0]) < (2, 1, 60):
            assert set(stops) == {None}
        elif stops[-1] is not None and (2, 1, 60) <= version_number(lines[0]) < (2, 1, 97):
            placeholders += len(lines) > 1 and outputs[0] < 10 < outputs[-1]
    assert placeholders > 50


def test_thinking_is_empty_from_2_1_78(files: dict[Path, list[dict[str, Any]]]) -> None:
    for record in (r for records in files.values() for r in records if r["type"] == "assistant"):
        for block in record["message"]["content"]:
            if block["type"] == "thinking":
                assert bool(block["thinking"]) == (version_number(record) < (2, 1, 78))


def test_time_hardly_ever_runs_backwards_and_stays_in_the_plan(
    files: dict[Path, list[dict[str, Any]]], corpus: tuple[Path, PlantedTruth]
) -> None:
    for records in files.values():
        times = [datetime.fromisoformat(r["timestamp"]) for r in records if "timestamp" in r]
        # caveats of local commands stand first and carry the later time: at most two seconds
        assert all((before - after).total_seconds() <= 2 for before, after in pairwise(times))
    starts = [datetime.fromisoformat(session.started_at).date() for session in corpus[1].sessions]
    assert (PLAN.end_date - min(starts)).days <= 30 * PLAN.months
    assert max(starts) < PLAN.end_date


def test_every_parent_is_in_the_corpus(files: dict[Path, list[dict[str, Any]]]) -> None:
    for records in files.values():
        known = {record["uuid"] for record in records if "uuid" in record}
        parents = {record["parentUuid"] for record in records if record.get("parentUuid")}
        assert parents <= known


def test_files_lie_in_the_folder_of_their_working_directory(
    corpus: tuple[Path, PlantedTruth],
) -> None:
    folder, truth = corpus
    depths = Counter()
    for session in truth.sessions:
        slug = "".join(char if char.isalnum() else "-" for char in session.cwd)
        parts = Path(session.files[0]).parts
        assert parts[-2:] == (slug, Path(session.files[0]).name)
        assert len(parts) == 2 or parts[0] == session.user
        depths[len(parts)] += 1
        assert all((folder / name).is_file() for name in session.files)
    assert depths[2] > depths[3] > 0


def test_planted_secrets_stand_in_the_files(corpus: tuple[Path, PlantedTruth]) -> None:
    folder, truth = corpus
    by_id = {session.session_id: session for session in truth.sessions}
    assert {secret.kind for secret in truth.secrets} >= {"github_token", "aws_access_key", "email"}
    for secret in truth.secrets:
        content = (folder / by_id[secret.session_id].files[0]).read_text("utf-8")
        assert content.count(secret.text) >= 2
