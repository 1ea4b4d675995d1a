"""Sessions of hand-made rows as a reader of their documents sees them."""

from typing import Any

from classifiers.session_record import SessionRecord
from classifiers.subject.parts import Limits, document
from classifiers.subject.render_session import render_session
from classifiers.subject.subject import Subject
from orchestration.ingest.redaction.redact import Redactor
from tests.fakes.session_rows import SessionRows
from tests.fenced_document import ShownRecord, read_document

_TIMES = {
    "acts": "acted_at",
    "calls": "called_at",
    "events": "occurred_at",
    "responses": "responded_at",
    "harness_texts": "written_at",
}


def rendered(rows: SessionRows | SessionRecord) -> Subject:
    session = rows.record() if isinstance(rows, SessionRows) else rows
    return render_session(session, redactor=Redactor(), limits=Limits())


def shown(rows: SessionRows | SessionRecord) -> list[ShownRecord]:
    """The records of the document, as a reader finds them."""
    return read_document(document(rendered(rows)))


def of_actor(rows: SessionRows | SessionRecord, actor: str) -> list[ShownRecord]:
    return [record for record in shown(rows) if record.actor == actor]


def with_turns(rows: SessionRows) -> SessionRows:
    """Each row in the turn that its time falls into."""
    for name, at in _TIMES.items():
        moved = []
        for each in getattr(rows, name):
            opened = [turn for turn in rows.turns if turn.started_at <= getattr(each, at)]
            moved.append(each._replace(turn_id=opened[-1].turn_id if opened else None))
        setattr(rows, name, moved)
    return rows


def changed(rows: SessionRows, name: str, at: int, **values: Any) -> SessionRows:
    """The rows with columns of one of them replaced."""
    found = getattr(rows, name)
    found[at] = found[at]._replace(**values)
    return rows


def worked() -> SessionRows:
    """A prompt, an answer in words, a command with its output and a commit, a second prompt."""
    rows = SessionRows()
    rows.says("Add a test for the parser.")
    rows.agent_says("I will add one.")
    call_id = rows.runs("git commit -m test", result_text="[main 3f2a9c1] test\n 1 file changed")
    rows.happens("commit", tool_use_id=call_id, commit_sha="3f2a9c1")
    rows.says("Good. Now push it.")
    return with_turns(rows)
