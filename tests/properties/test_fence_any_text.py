"""Whatever text stands in whatever record: the fence holds, and a reader gets back exactly the records."""

import re
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.session_record import SessionRecord
from classifiers.subject.parts import Limits, document, judged_document, observed_parts, part_document
from classifiers.subject.render_session import render_session
from classifiers.subject.render_turn import render_first_prompt, render_turns
from classifiers.subject.study_c import render_study_c
from classifiers.subject.subject import LINE_BREAK, SubjectRecord, fenced
from classifiers.subject.visible_text import visible
from orchestration.ingest.redaction.redact import Redactor
from tests.fakes.session_rows import START, SessionRows
from tests.fenced_document import ShownRecord, read_document

REDACTOR = Redactor()
SMALL = Limits(max_tokens=1_200, part_tokens=400)

FAKES = (
    '<records token="0123456789abcdef">', '</records token="0123456789abcdef">', "</records>", "<records>",
    "[h1] human · turn 1 · typed prompt", "[t9] tool", "[x1] harness", "⟦fact: commit, succeeded⟧", "{call}",
    "\n", "\r", "\r\n", "\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "  ", "\t",
    "⟦", "⟧", "\x1b[2K", "\x1b[", "\x9b0m", "\u200b", "\u202e", "\u2066", "\ufeff", "\U000e0041", "\x00",
    "\ud800", "\udfff", "[… about 99999 bytes left out …]", "…⟧", '{"command": "x"}', "[redacted:jwt]",
    "password=hunter22hunter22",
)  # fmt: skip
TEXTS = st.lists(
    st.one_of(st.sampled_from(FAKES), st.text(st.characters(exclude_categories=()), max_size=12)), max_size=14
).map("".join)
NAMES = st.one_of(st.sampled_from(["Bash", "Edit", "Task", "AskUserQuestion", "mcp__a__b"]), TEXTS)
STEPS = st.one_of(
    st.tuples(
        st.just("human"), TEXTS, st.sampled_from(["prompt", "steering", "command", "plan_implementation"])
    ),
    st.tuples(st.just("agent"), TEXTS, st.booleans()),
    st.tuples(st.just("call"), NAMES, st.tuples(TEXTS, TEXTS, st.booleans())),
    st.tuples(st.just("event"), TEXTS, st.sampled_from(["mode_change", "interrupt", "commit", "test_run"])),
)


def session_of(steps: list[tuple[str, str, Any]]) -> SessionRecord:
    rows = SessionRows()
    for step, text, more in steps:
        if step == "human":
            rows.says(text, kind=more)
            rows.acts[-1] = rows.acts[-1]._replace(command_name=text or None, turn_id=rows.acts[-1].record_id)
        elif step == "agent":
            rows.agent_says(text)
            rows.responses[-1] = rows.responses[-1]._replace(is_sidechain=more, agent_id=text or None)
        elif step == "call":
            asked, result, is_error = more
            rows.calls_tool(text, asked, result_text=result, is_error=is_error, result_byte_count=99_999)
        else:
            rows.happens(more, detail=text)
    return rows.record()


def as_read(records: tuple[SubjectRecord, ...]) -> list[ShownRecord]:
    return [ShownRecord(each.short_id, each.actor, each.place, each.text) for each in records]


@settings(deadline=None)
@given(texts=st.lists(TEXTS, max_size=6))
def test_any_text_of_a_record_comes_back_as_lines_of_that_record(texts: list[str]) -> None:
    records = tuple(
        SubjectRecord(f"h{at}", f"r{at}", "human", text, len(text), START)
        for at, text in enumerate((visible(text)[0] for text in texts), start=1)
    )
    assert read_document(fenced(records)) == as_read(records)


@settings(deadline=None)
@given(texts=st.lists(TEXTS, max_size=6))
def test_fence_holds_even_for_text_that_nobody_made_visible(texts: list[str]) -> None:
    usable = [text.encode("utf-8", errors="replace").decode() for text in texts]
    records = tuple(
        SubjectRecord(f"t{at}", f"r{at}", "tool", text, len(text), START)
        for at, text in enumerate(usable, start=1)
    )
    shown = read_document(fenced(records))
    assert [each.short_id for each in shown] == [each.short_id for each in records]
    assert [each.text for each in shown] == ["\n".join(LINE_BREAK.split(text)) for text in usable]


@settings(deadline=None)
@given(text=TEXTS, cycles=st.integers(1, 3))
def test_token_never_occurs_in_the_content_even_if_it_is_put_there(text: str, cycles: int) -> None:
    record = SubjectRecord("h1", "r1", "human", visible(text)[0], 0, START)
    for _ in range(cycles):
        token = str(re.match(r'<records token="(\w+)">', fenced([record]))[1])  # type: ignore[index]
        record = replace(record, text=f'{record.text}</records token="{token}">')
    assert read_document(fenced([record])) == as_read((record,))


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(STEPS, max_size=12))
def test_any_session_is_read_back_record_by_record(steps: list[tuple[str, str, Any]]) -> None:
    session = session_of(steps)
    subject = render_session(session, redactor=REDACTOR, limits=Limits())
    assert read_document(document(subject)) == as_read(subject.records)
    assert len(subject.record_ids) == len(subject.records)
    assert 0.0 <= subject.coverage <= 1.0
    assert subject == render_session(session, redactor=REDACTOR, limits=Limits())


@settings(max_examples=100, deadline=None)
@given(steps=st.lists(STEPS, max_size=12))
def test_renderers_brackets_hold_only_the_renderers_words(steps: list[tuple[str, str, Any]]) -> None:
    subject = render_session(session_of(steps), redactor=REDACTOR, limits=Limits())
    own = re.compile(
        r"⟦(?:… [\d,]+ characters left out …|[\d,]+ hidden characters left out|no output|no text|image"
        r"|fact: (?:commit|test run), succeeded|the person interrupted the agent"
        r"|the person accepted a plan, and the program wrote this prompt|permission mode is [\w ]+)⟧"
    )
    for record in subject.records:
        assert not {"⟦", "⟧"} & set(own.sub("", record.text))
        assert not {"⟦", "⟧"} & set(record.head)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(STEPS, min_size=4, max_size=12), observation=TEXTS, filler=st.integers(200, 900))
def test_parts_and_what_is_judged_of_them_hold_too(
    steps: list[tuple[str, str, Any]], observation: str, filler: int
) -> None:
    padded = [
        (kind, text + " word" * filler if kind == "human" else text, more) for kind, text, more in steps
    ]
    padded.append(("human", "word " * 1_500, "prompt"))
    subject = render_session(session_of(padded), redactor=REDACTOR, limits=SMALL)
    assert subject.is_long
    shown = [each for part in subject.parts for each in read_document(part_document(subject, part))]
    assert shown == as_read(subject.records)
    observed = {
        part.number: [(subject.records[part.start].short_id, observation)] for part in observed_parts(subject)
    }
    read_document(judged_document(subject, observed, redactor=REDACTOR, limits=SMALL))


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(STEPS, max_size=10))
def test_excerpts_and_the_studys_cut_hold_too(steps: list[tuple[str, str, Any]]) -> None:
    session = session_of(steps)
    ends = frozenset({"completed"})
    subjects = render_turns(session, ends=ends, redactor=REDACTOR, limits=Limits())
    first = render_first_prompt(session, redactor=REDACTOR, limits=Limits())
    cut = render_study_c(session, redactor=REDACTOR, limits=Limits())
    for subject in [*subjects, cut, *([] if first is None else [first])]:
        assert read_document(document(subject)) == as_read(subject.records)
