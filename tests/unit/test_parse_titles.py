"""The title of a session: which one counts, that it is redacted and short, and the same in every copy."""

from pathlib import Path
from typing import Any

from orchestration.ingest.session_title import TITLE_CHARS
from tests.parsed import Tables, parse
from tests.rollouts import Rollout, parse_rollouts
from tests.transcripts import Transcript


def talk(**more: Any) -> Transcript:
    written = Transcript(version="2.1.130", **more)
    written.prompt()
    written.says()
    return written


def named(written: Transcript, kind: str, title: Any) -> None:
    key = {"ai-title": "aiTitle", "custom-title": "customTitle", "summary": "summary"}[kind]
    written.raw({"type": kind, key: title, "sessionId": written.session})


def title_of(tables: Tables) -> Any:
    return tables.one("sessions")["title"]


def test_session_without_a_title_has_none(tmp_path: Path) -> None:
    written = talk()
    named(written, "ai-title", "  \n")
    named(written, "custom-title", 7)
    assert title_of(parse(tmp_path, written)) is None


def test_the_latest_title_of_the_agent_counts(tmp_path: Path) -> None:
    written = talk()
    named(written, "ai-title", "First thoughts")
    named(written, "ai-title", "Second thoughts")
    assert title_of(parse(tmp_path, written)) == "Second thoughts"
    written.prompt()
    named(written, "ai-title", "A last thought")
    assert title_of(parse(tmp_path, written)) == "A last thought"


def test_a_person_s_title_outranks_a_later_one_of_the_agent(tmp_path: Path) -> None:
    written = talk()
    named(written, "custom-title", "mine")
    written.prompt()
    named(written, "ai-title", "The agent's")
    assert title_of(parse(tmp_path, written)) == "mine"


def test_a_summary_counts_only_where_the_session_holds_the_record_it_names(tmp_path: Path) -> None:
    written = talk()
    own = written.records[-1]["uuid"]
    written.raw({"type": "summary", "summary": "Of another session", "leafUuid": "elsewhere"})
    assert title_of(parse(tmp_path, written)) is None
    written.raw({"type": "summary", "summary": "Of this session", "leafUuid": own})
    assert title_of(parse(tmp_path, written)) == "Of this session"
    named(written, "ai-title", "The agent's")
    assert title_of(parse(tmp_path, written)) == "The agent's"


def test_title_is_one_line_short_and_redacted_and_what_was_replaced_is_counted(tmp_path: Path) -> None:
    written = talk()
    named(written, "custom-title", "Write to\n ann.smith@acme-corp.com about " + "it " * 200)
    tables = parse(tmp_path, written)
    title = title_of(tables)
    assert title.startswith("Write to ")
    assert "acme-corp" not in title
    assert "\n" not in title
    assert len(title) <= TITLE_CHARS
    assert title.endswith("…")
    assert tables.column("redactions", "redaction_kind")


def test_copies_of_a_transcript_have_the_title_of_the_longest(tmp_path: Path) -> None:
    written = talk()
    named(written, "ai-title", "Early")
    early = list(written.records)
    written.prompt()
    named(written, "ai-title", "Late")
    for files in ({"a": early, "b": written.records}, {"b": early, "a": written.records}):
        assert title_of(parse(tmp_path, **files)) == "Late"


def test_a_codex_thread_has_its_latest_name_and_a_sub_agent_s_is_not_the_session_s(tmp_path: Path) -> None:
    thread = Rollout()
    thread.begins()
    thread.event("thread_name_updated", thread_id=thread.thread, thread_name="Add image")
    thread.event("thread_name_updated", thread_id=thread.thread, thread_name="Add image to repo")
    thread.event("thread_name_updated", thread_id=thread.thread, thread_name=None)
    child = Rollout(
        at=thread.at, source={"subagent": {"thread_spawn": {"parent_thread_id": thread.thread, "depth": 1}}}
    )
    child.begins()
    child.event("thread_name_updated", thread_id=child.thread, thread_name="A child's")
    assert title_of(parse_rollouts(tmp_path, thread, child)) == "Add image to repo"


def test_an_api_error_keeps_the_name_of_its_kind_and_never_a_message(tmp_path: Path) -> None:
    written = talk()
    for error in ("rate_limit", "Overloaded: try what ann said", {"message": "no"}):
        written.says("API Error", model="<synthetic>", isApiErrorMessage=True, error=error)
    tables = parse(tmp_path, written)
    assert [row["detail"] for row in tables.events_of("api_error")] == ["rate_limit", None, None]
