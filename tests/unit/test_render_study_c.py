"""The study's cut: each turn to 5,000 characters, the session to 25,000, the middle marked."""

from classifiers.subject.parts import Limits, document
from classifiers.subject.render_session import render_session
from classifiers.subject.study_c import SESSION_CHARS, TURN_CHARS, middle_cut, render_study_c
from classifiers.subject.subject import Subject, SubjectRecord
from orchestration.ingest.redaction.redact import Redactor
from tests.fakes.session_rows import START, SessionRows
from tests.fenced_document import read_document

MARKS_CHARS = 80
"""Room for the marks that say what was cut."""


def rendered(rows: SessionRows) -> Subject:
    return render_study_c(rows.record(), redactor=Redactor(), limits=Limits())


def session(turn_count: int, *, chars: int) -> SessionRows:
    rows = SessionRows()
    for number in range(turn_count):
        rows.says(f"start of {number} {'q ' * (chars // 4)}")
        turn_id = rows.turns[-1].turn_id
        rows.acts[-1] = rows.acts[-1]._replace(turn_id=turn_id)
        rows.agent_says(f"{'w ' * (chars // 4)} end of {number}")
        rows.responses[-1] = rows.responses[-1]._replace(turn_id=turn_id)
    return rows


def size(subject: Subject) -> int:
    return sum(len(record.text) for record in subject.records)


def record(number: int, text: str) -> SubjectRecord:
    return SubjectRecord(f"a{number}", f"r{number}", "agent", text, len(text), START)


def test_short_session_is_the_whole_one() -> None:
    rows = session(3, chars=1_000)
    whole = render_session(rows.record(), redactor=Redactor(), limits=Limits())
    cut = rendered(rows)
    assert cut.records == whole.records
    assert (cut.rendering, cut.coverage) == ("study_c", 1.0)


def test_long_turn_keeps_its_start_and_its_end() -> None:
    subject = rendered(session(1, chars=20_000))
    text = document(subject)
    assert "start of 0" in text
    assert "end of 0" in text
    assert text.count("characters left out …⟧") == 1
    assert TURN_CHARS <= size(subject) <= TURN_CHARS + MARKS_CHARS


def test_long_session_keeps_its_start_and_its_end() -> None:
    subject = rendered(session(12, chars=4_500))
    assert SESSION_CHARS <= size(subject) <= SESSION_CHARS + MARKS_CHARS
    text = document(subject)
    assert "start of 0" in text
    assert "end of 11" in text
    assert "start of 6" not in text
    read_document(text)


def test_both_cuts_together_keep_to_the_session_limit() -> None:
    subject = rendered(session(9, chars=30_000))
    assert size(subject) <= SESSION_CHARS + (9 + 1) * MARKS_CHARS
    assert not subject.is_long


def test_coverage_is_of_the_whole_session() -> None:
    rows = session(10, chars=10_000)
    total = sum(len(act.text or "") for act in rows.acts) + sum(len(r.text or "") for r in rows.responses)
    assert abs(rendered(rows).coverage - SESSION_CHARS / total) < 0.01


def test_cut_leaves_no_mark_of_the_renderer_open() -> None:
    mark = "⟦fact: commit, succeeded⟧"
    for offset in range(1, len(mark)):
        records = [
            record(1, "a" * (100 - offset) + mark + "b" * 100),
            record(2, "c" * 200 + mark + "d" * (100 - offset)),
        ]
        for cut in middle_cut(records, 200):
            assert cut.text.count("⟦") == cut.text.count("⟧")
            assert "⟦" not in cut.text or cut.text.index("⟦") < cut.text.index("⟧")


def test_cut_between_two_records_marks_the_first() -> None:
    cut = middle_cut([record(1, "a" * 50), record(2, "b" * 500), record(3, "c" * 50)], 100)
    assert [each.short_id for each in cut] == ["a1", "a3"]
    assert cut[0].text == "a" * 50 + "\n⟦… 500 characters left out …⟧"
    assert cut[1].text == "c" * 50


def test_whole_of_what_is_kept_is_text_of_the_records() -> None:
    cut = middle_cut([record(number, f"{number}" * 300) for number in range(1, 8)], 1_000)
    kept = sum(each.char_count - each.left_out_count for each in cut)
    assert kept == 1_000
