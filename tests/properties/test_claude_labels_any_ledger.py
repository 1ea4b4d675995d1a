"""The projection of any ledger: order does not matter, no dollar and no request is lost."""

import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from fakes.ledger_rows import answered, asked, message, skipped, unanswered
from fakes.session_rows import SessionRows
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.catalog import outcome, success_evidence, task_value, work_mode
from classifiers.classifier import Classifier
from classifiers.label_rows.claude_labels import LabelsOfDay, labels_of_day
from classifiers.ledger.ledger import LedgerRequest, SkippedUnit
from classifiers.observation import OBSERVATION
from classifiers.session_record import SessionRecord

ASKED = (outcome.CLASSIFIER, success_evidence.CLASSIFIER, task_value.CLASSIFIER, work_mode.CLASSIFIER)
CATALOG = ASKED[:3]  # work_mode is a question that the catalog no longer holds
SESSIONS = ("s1", "s2")
GONE = "s3"
INPUTS = st.sampled_from(["input 1", "input 2"])
MESSAGES = st.sampled_from(
    [
        message({"evidence_record_ids": ["h1", "h2"], "outcome": "failed", "forced_outcome": "failed"}),
        message({"signals": [{"record_id": "h1", "signal": "neutral_ack"}]}),
        message({"evidence_record_ids": ["h1"], "posting": "Translate a leaflet."}),
        message({"price_usd": 50, "price_tier": "under_100"}),
        message({}, stop_reason="refusal"),
        message({}, stop_reason="max_tokens"),
        {"stop_reason": "end_turn", "content": [{"type": "text", "text": "not JSON"}]},
    ]
)
NANO_DOLLARS = st.integers(0, 10**10)


@st.composite
def requests(draw: st.DrawFn) -> LedgerRequest:
    """Any request about one of three sessions: under way, answered well or badly, or unanswered."""
    session_id, minute = draw(st.sampled_from([*SESSIONS, GONE])), draw(st.integers(0, 30))
    is_observation = draw(st.booleans())
    classifier: Classifier = OBSERVATION if is_observation else draw(st.sampled_from(ASKED))
    values: dict[str, Any] = {
        "unit_id": session_id,
        "session_id": session_id,
        "attempt": draw(st.integers(0, 3)),
        "input_hash": draw(INPUTS),
        "step": draw(st.sampled_from([step.name for step in classifier.steps])),
        "minute": minute,
        "reserved_usd": Decimal(draw(NANO_DOLLARS)) / 10**9,
    }
    if is_observation:
        values |= {"part": draw(st.integers(0, 2)), "kind": "observation"}
    else:
        values |= {"replicate": draw(st.integers(0, 1))}
    state = draw(st.sampled_from(["answered", "answered", "failed", "ambiguous", "in_batch", "in_flight"]))
    if state == "answered":
        cost = str(Decimal(draw(NANO_DOLLARS)) / 10**9)
        shown = {"h1": "r-act1"}
        return answered(classifier, message=draw(MESSAGES), cost_usd=cost, record_ids=shown, **values)
    if state in ("failed", "ambiguous"):
        return unanswered(classifier, state, **values)
    return asked(classifier, state=state, **values)


@st.composite
def skips(draw: st.DrawFn) -> SkippedUnit:
    session_id = draw(st.sampled_from([*SESSIONS, GONE]))
    own = {"session_id": session_id, "unit_id": session_id, "replicate": draw(st.integers(0, 1))}
    return skipped(draw(st.sampled_from(ASKED)), input_hash=draw(INPUTS), **own)


LEDGERS = st.tuples(
    st.lists(requests(), max_size=25, unique_by=lambda row: row.request_id),
    st.lists(skips(), max_size=5, unique_by=lambda unit: (unit.classifier, unit.unit_id, unit.replicate)),
)


def sessions() -> list[SessionRecord]:
    rows = SessionRows()
    rows.says("thanks")
    return [replace(rows.record(), session_id=session_id) for session_id in SESSIONS]


def projected(rows: Sequence[LedgerRequest], skipped_units: Sequence[SkippedUnit]) -> LabelsOfDay:
    return labels_of_day(
        sessions(),
        rows,
        skipped_units,
        catalog=CATALOG,
        installed={c.name: frozenset({f"{c.name}-v{c.version}-whole-0"}) for c in CATALOG[:2]},
        input_hashes={(session_id, "whole"): "input 2" for session_id in SESSIONS},
    )


def charged(row: LedgerRequest) -> Decimal:
    """As the ledger's own sum has it: what is settled, and the bound of what is not known."""
    if row.state == "ambiguous":
        return row.reserved_usd
    return row.cost_usd or Decimal(0)


@settings(deadline=None)
@given(LEDGERS, st.randoms(use_true_random=False))
def test_order_of_ledger_rows_does_not_matter(
    ledger: tuple[list[LedgerRequest], list[SkippedUnit]], shuffler: random.Random
) -> None:
    rows, skipped_units = ledger
    first = projected(rows, skipped_units)
    second = projected(shuffler.sample(rows, len(rows)), shuffler.sample(skipped_units, len(skipped_units)))
    assert first.left_out == second.left_out
    assert all(table.equals(second.tables[name]) for name, table in first.tables.items())


@settings(deadline=None)
@given(LEDGERS)
def test_labels_and_what_is_left_out_cost_what_the_ledger_charged(
    ledger: tuple[list[LedgerRequest], list[SkippedUnit]],
) -> None:
    rows, skipped_units = ledger
    found = projected(rows, skipped_units)
    on_labels = sum(
        round(cost * 10**9)
        for classifier in CATALOG
        for cost in found.tables[classifier.name]["cost_usd"].to_pylist()
        if cost is not None
    )
    left_out = sum(each.bill.nano_usd for each in found.left_out.values())
    assert on_labels + left_out == sum(int(charged(row) * 10**9) for row in rows)


@settings(deadline=None)
@given(LEDGERS)
def test_tokens_are_shared_out_without_loss(
    ledger: tuple[list[LedgerRequest], list[SkippedUnit]],
) -> None:
    rows, skipped_units = ledger
    found = projected(rows, skipped_units)
    tables = [found.tables[classifier.name] for classifier in CATALOG]
    on_labels = sum(
        tokens or 0 for table in tables for tokens in table["cache_read_input_tokens"].to_pylist()
    )
    usages = [each.bill.usage for each in found.left_out.values()]
    left_out = sum(usage.cache_read_input_tokens for usage in usages if usage is not None)
    assert on_labels + left_out == sum(row.usage.cache_read_input_tokens for row in rows if row.usage)


@settings(deadline=None)
@given(LEDGERS)
def test_every_label_asked_for_is_one_row_or_counted_as_left_out(
    ledger: tuple[list[LedgerRequest], list[SkippedUnit]],
) -> None:
    rows, skipped_units = ledger
    found = projected(rows, skipped_units)
    rows_of: dict[tuple[str, str, int], int] = {}
    for each in (*rows, *skipped_units):
        if each.kind == "label":
            key = (each.classifier, each.unit_id, each.replicate)
            rows_of[key] = rows_of.get(key, 0) + 1
    shown = [
        (row["classifier"], row["unit_id"], row["replicate"])
        for classifier in CATALOG
        for row in found.tables[classifier.name].to_pylist()
    ]
    assert len(set(shown)) == len(shown)
    assert set(shown) <= rows_of.keys()
    left_out = sum(
        each.row_count for reason, each in found.left_out.items() if reason != "unused_observation"
    )
    gone = sum(row.kind == "observation" and row.session_id == GONE for row in rows)
    assert left_out == sum(count for key, count in rows_of.items() if key not in shown) + gone


@settings(deadline=None)
@given(LEDGERS)
def test_an_answer_stands_exactly_where_the_status_is_ok(
    ledger: tuple[list[LedgerRequest], list[SkippedUnit]],
) -> None:
    tables = projected(*ledger).tables
    for name, required in (
        ("outcome", "outcome"),
        ("success_evidence", "success_score"),
        ("task_value", "price_tier"),
    ):
        for row in tables[name].to_pylist():
            assert (row[required] is not None) == (row["status"] == "ok")
            assert (row["cited_evidence_count"] is not None) == (row["status"] == "ok")
