"""What a session shows: whose each record is, where it stands, what is left out, what never leaves."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from classifiers.label_rows.record_facts import record_facts
from classifiers.session_record import sessions_of_day
from classifiers.subject.parts import Limits, document
from classifiers.subject.render_session import SUBJECT_COLUMNS, render_session
from classifiers.subject.safe_text import UnsendableSubjectError
from orchestration.ingest.redaction.redact import Redactor
from orchestration.ingest.rows import RAW_TABLES, to_arrow
from tests.fakes.session_rows import SessionRows
from tests.shown_session import changed, rendered, shown, worked

KEY = "sk-ant-api03-" + "aB3dE5gH7jK9" * 8


def test_records_stand_in_time_order_with_actor_turn_and_time() -> None:
    assert [(record.short_id, record.actor, record.place) for record in shown(worked())] == [
        ("h1", "human", "turn 1 · typed prompt · +0h00m"),
        ("a1", "agent", "turn 1 · +0h01m"),
        ("c1", "agent", "turn 1 · tool call · +0h02m"),
        ("t1", "tool", "turn 1 · result of c1 · exit code 0 · +0h02m"),
        ("h2", "human", "turn 2 · typed prompt · +0h04m"),
    ]


def test_short_ids_lead_to_records_of_the_right_actor() -> None:
    subject = rendered(worked())
    facts = record_facts(worked().record())
    for record in subject.records:
        assert record.actor in facts.actors[subject.record_ids[record.short_id]]


def test_words_of_human_and_agent_are_never_shortened() -> None:
    rows = SessionRows()
    long = "\n".join(f"line {number} of a long text" for number in range(3_000))
    rows.says(long)
    rows.agent_says(long)
    subject = rendered(rows)
    assert [record.text for record in subject.records] == [long, long]
    assert subject.coverage == 1.0


def test_long_tool_output_keeps_its_ends_and_lowers_coverage() -> None:
    rows = SessionRows()
    rows.says("x" * 1_000)
    output = "a" * 3_500 + "\n[… about 92000 bytes left out …]\n" + "z" * 3_500
    rows.runs("make", result_text=output, result_byte_count=99_000)
    subject = rendered(rows)
    result = subject.records[-1]
    assert "characters left out …⟧" in result.text
    assert len(result.text) < 2_100
    assert result.char_count == len(output) + 99_000 - len(output.encode())
    assert subject.coverage == pytest.approx(
        (1_000 + len(subject.records[1].text) + 2_000)
        / (1_000 + len(subject.records[1].text) + result.char_count)
    )


def test_output_that_claims_to_be_cut_but_is_whole_counts_as_whole() -> None:
    rows = SessionRows()
    text = "[… about 99999 bytes left out …]"
    rows.runs("echo", result_text=text, result_byte_count=len(text.encode()))
    assert rendered(rows).coverage == 1.0


@pytest.mark.parametrize("place", ["prompt", "agent", "input", "result", "tool name", "command"])
def test_secret_that_reached_the_lake_leaves_from_nowhere(place: str) -> None:
    rows = SessionRows()
    rows.says(f"key {KEY}" if place == "prompt" else "go")
    rows.agent_says(f"key {KEY}" if place == "agent" else "yes")
    rows.calls_tool(
        KEY if place == "tool name" else "Bash",
        orjson.dumps({"command": f"curl -H {KEY}" if place == "input" else "ls"}).decode(),
        result_text=f"key={KEY}" if place == "result" else "none",
    )
    rows.says("", kind="command")
    changed(rows, "acts", 1, command_name=KEY if place == "command" else "review")
    assert KEY not in document(rendered(rows))
    assert KEY[:24] not in document(rendered(rows))


def test_secret_hidden_by_escapes_of_the_input_is_redacted_once_it_is_readable() -> None:
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in KEY)
    rows = SessionRows()
    rows.calls_tool("Bash", f'{{"command":"echo {escaped}"}}')
    assert KEY not in document(rendered(rows))


def test_secret_that_only_the_cut_brings_together_does_not_leave() -> None:
    class JoinsAreSecret(Redactor):
        """Finds a secret where head and tail of a cut text meet."""

        def redact(self, text: str, counts: Any) -> str:
            if "left out …⟧\nTAIL" in text:
                counts["secret"] += 1
                return text.replace("TAIL", "[redacted:secret]")
            return text

    rows = SessionRows()
    rows.runs("make", result_text="a" * 4_000 + "TAIL" + "b" * 1_396)
    subject = render_session(rows.record(), redactor=JoinsAreSecret(), limits=Limits())
    assert "left out …⟧\n[redacted:secret]bbb" in subject.records[-1].text


def test_session_with_one_unsendable_record_is_not_rendered_at_all() -> None:
    class Raising(Redactor):
        def redact(self, text: str, counts: Any) -> str:
            if "second" in text:
                raise RuntimeError(text)
            return super().redact(text, counts)

    rows = SessionRows()
    rows.says("first")
    rows.says("second")
    with pytest.raises(UnsendableSubjectError, match="redaction_failed"):
        render_session(rows.record(), redactor=Raising(), limits=Limits())


def test_rows_in_any_order_give_the_same_subject() -> None:
    session = worked().record()
    turned = replace(
        session,
        acts=session.acts[::-1],
        calls=session.calls[::-1],
        events=session.events[::-1],
        responses=session.responses[::-1],
    )
    assert rendered(turned) == rendered(session)


def test_hash_is_of_what_is_shown_and_of_nothing_else() -> None:
    before = rendered(worked()).input_hash
    unseen = changed(worked(), "calls", 0, input_byte_count=12, lines_added=7, mcp_server="m")
    seen = changed(worked(), "responses", 0, text="I will not add one.")
    assert rendered(unseen).input_hash == before
    assert rendered(seen).input_hash != before


def test_columns_read_are_enough_for_the_same_subject() -> None:
    session = worked().record()
    rows = {
        "raw_turns": session.turns,
        "raw_human_acts": session.acts,
        "raw_tool_calls": session.calls,
        "raw_events": session.events,
        "raw_responses": session.responses,
        "raw_harness_texts": session.harness_texts,
    }
    (read,) = sessions_of_day(lambda name: _table(name, rows), columns=SUBJECT_COLUMNS)
    assert rendered(read) == rendered(session)


def _table(name: str, rows: dict[str, Any]) -> Any:
    (table,) = [each for each in RAW_TABLES if each.name == name]
    session = worked().record()
    stated = {"session_id": session.session_id, "source": session.source, "ended_at": session.ended_at}
    sessions = [tuple((dict.fromkeys(table.columns) | stated).values())]
    return to_arrow(sessions if name == "raw_sessions" else rows[name], table.schema)


def test_empty_session_is_an_empty_subject() -> None:
    subject = rendered(SessionRows())
    assert (subject.records, subject.coverage, subject.is_long) == ((), 1.0, False)
