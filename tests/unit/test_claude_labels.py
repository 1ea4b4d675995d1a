"""What becomes of the ledger's requests as label rows: one situation per test."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from fakes.ledger_rows import ASKED_AT, INPUT, answered, asked, message, skipped, unanswered
from fakes.session_rows import SessionRows

from classifiers.catalog import CATALOG, outcome, success_evidence, task_value, work_mode
from classifiers.classifier import Classifier
from classifiers.label_rows.claude_labels import LabelsOfDay, labels_of_day
from classifiers.label_tables import label_tables
from classifiers.ledger.ledger import LedgerRequest, SkippedUnit
from classifiers.observation import OBSERVATION
from classifiers.session_record import SessionRecord

OUTCOME, SUCCESS, VALUE = outcome.CLASSIFIER, success_evidence.CLASSIFIER, task_value.CLASSIFIER
POSTING = {"evidence_record_ids": ["h1"], "posting": "Translate a leaflet."}
PRICE = {"price_usd": 50.0, "price_tier": "under_100"}
SHOWN = {"h1": "r-act1", "t1": "rr-toolu2"}


def session() -> SessionRecord:
    """A prompt, and a commit that succeeded."""
    rows = SessionRows()
    rows.says("commit the work")
    call_id = rows.runs("git commit -m work")
    rows.happens("commit", tool_use_id=call_id, record_id=f"rr-{call_id}")
    return rows.record()


def outcome_is(label: str, *cited: str) -> dict[str, Any]:
    return {"evidence_record_ids": list(cited), "outcome": label, "forced_outcome": label}


def projected(
    *rows: LedgerRequest | SkippedUnit, present: str = INPUT, installed: bool = True
) -> LabelsOfDay:
    fingerprints = {row.classifier: frozenset({row.fingerprint}) for row in rows}
    renderings = ("whole", "study_c", "turn", "first_prompt")
    return labels_of_day(
        [session()],
        [row for row in rows if isinstance(row, LedgerRequest)],
        [row for row in rows if isinstance(row, SkippedUnit)],
        catalog=CATALOG,
        installed=fingerprints if installed else {},
        input_hashes={("s1", rendering): present for rendering in renderings},
    )


def labels(classifier: Classifier, *rows: LedgerRequest | SkippedUnit, **given: Any) -> list[dict[str, Any]]:
    table = projected(*rows, **given).tables[classifier.name]
    found: list[dict[str, Any]] = table.to_pylist()
    return found


def label(classifier: Classifier, *rows: LedgerRequest | SkippedUnit, **given: Any) -> dict[str, Any]:
    (found,) = labels(classifier, *rows, **given)
    return found


def test_an_answer_becomes_a_row_that_can_be_traced() -> None:
    row = answered(OUTCOME, outcome_is("succeeded", "h1", "t1", "h9"), record_ids=SHOWN)
    found = label(OUTCOME, row)
    assert (found["status"], found["outcome"], found["forced_outcome"]) == ("ok", "succeeded", "succeeded")
    assert found["evidence_record_ids"] == ["r-act1", "rr-toolu2"]
    assert (found["cited_evidence_count"], found["rejected_evidence_count"]) == (3, 1)
    assert (found["labeller"], found["model"]) == ("claude", "claude-haiku-5-5")
    assert (found["request_id"], found["batch_id"]) == (row.request_id, "msgbatch_1")
    assert (found["version"], found["rendering"], found["coverage"]) == (OUTCOME.version, "whole", 0.75)
    assert (found["input_tokens"], found["cache_read_input_tokens"], found["output_tokens"]) == (10, 300, 5)
    assert found["cost_usd"] == 0.000000123
    assert found["labelled_at"] == (ASKED_AT + timedelta(seconds=1)).replace(tzinfo=None)
    assert not found["is_stale"]


def test_every_table_of_the_catalog_is_there_with_its_columns() -> None:
    tables = labels_of_day([], [], [], catalog=CATALOG, installed={}, input_hashes={}).tables
    assert {name: table.schema for name, table in tables.items()} == label_tables()


@pytest.mark.parametrize(
    ("stop_reason", "status"),
    [
        ("refusal", "refused"),
        ("max_tokens", "truncated"),
        ("model_context_window_exceeded", "truncated"),
        ("pause_turn", "invalid"),
    ],
)
def test_a_message_without_an_answer_is_a_row_with_a_status_and_its_cost(
    stop_reason: str, status: str
) -> None:
    row = answered(OUTCOME, message=message(outcome_is("succeeded"), stop_reason=stop_reason))
    found = label(OUTCOME, row)
    assert (found["status"], found["outcome"], found["forced_outcome"]) == (status, None, None)
    assert (found["evidence_record_ids"], found["cited_evidence_count"]) == ([], None)
    assert found["cost_usd"] > 0


def test_an_answer_that_does_not_fit_is_invalid() -> None:
    assert label(OUTCOME, answered(OUTCOME, outcome_is("splendid")))["status"] == "invalid"


def test_an_answer_to_an_earlier_prompt_that_no_longer_fits_is_left_out_and_counted() -> None:
    found = projected(answered(OUTCOME, outcome_is("splendid"), cost_usd="0.25"), installed=False)
    assert found.tables["outcome"].num_rows == 0
    assert found.left_out["unreadable"].row_count == 1
    assert found.left_out["unreadable"].bill.cost_usd == Decimal("0.25")


def test_an_answer_to_an_earlier_prompt_that_still_fits_keeps_its_own_version() -> None:
    row = answered(OUTCOME, outcome_is("failed"), fingerprint="outcome-v0-whole-1")
    found = label(OUTCOME, row, installed=False)
    assert (found["outcome"], found["version"]) == ("failed", "0")


@pytest.mark.parametrize("state", ["failed", "ambiguous"])
def test_a_request_that_brought_no_answer_is_an_error_row(state: str) -> None:
    found = label(OUTCOME, unanswered(OUTCOME, state))
    assert (found["status"], found["outcome"], found["input_tokens"]) == ("error", None, None)
    assert found["cost_usd"] == (0.5 if state == "ambiguous" else 0.0)


@pytest.mark.parametrize("state", ["reserved", "in_flight", "in_batch"])
def test_a_request_under_way_is_no_label_yet(state: str) -> None:
    found = projected(asked(OUTCOME, state=state))
    assert found.tables["outcome"].num_rows == 0
    assert found.left_out["pending"].row_count == 1


def test_an_answer_after_errors_counts_and_bears_what_was_charged_before() -> None:
    found = label(
        OUTCOME,
        unanswered(OUTCOME, "failed"),
        unanswered(OUTCOME, "ambiguous", minute=1, attempt=1),
        answered(OUTCOME, outcome_is("succeeded"), minute=2, attempt=2, cost_usd="0.125"),
    )
    assert (found["status"], found["cost_usd"], found["input_tokens"]) == ("ok", 0.625, 10)


def test_the_newest_of_several_answers_counts() -> None:
    found = label(
        OUTCOME,
        answered(OUTCOME, outcome_is("failed"), attempt=1, minute=5, cost_usd="0.25"),
        answered(OUTCOME, outcome_is("succeeded"), cost_usd="0.5"),
    )
    assert (found["outcome"], found["cost_usd"], found["output_tokens"]) == ("failed", 0.75, 10)


def test_a_relabelling_that_failed_leaves_the_answer_that_is_held() -> None:
    found = label(
        OUTCOME,
        answered(OUTCOME, outcome_is("failed")),
        unanswered(OUTCOME, "failed", attempt=1, minute=5),
        skipped(OUTCOME, minute=9),
    )
    assert (found["status"], found["outcome"]) == ("ok", "failed")


def test_a_unit_beyond_the_budget_is_a_row() -> None:
    found = label(OUTCOME, skipped(OUTCOME))
    assert (found["status"], found["request_id"], found["cost_usd"]) == ("skipped_budget", None, None)
    assert found["labelled_at"] == ASKED_AT.replace(tzinfo=None)


def test_a_label_on_another_input_is_stale() -> None:
    row = answered(OUTCOME, outcome_is("failed"))
    assert label(OUTCOME, row, present="input after a new parser")["is_stale"]


def test_what_could_never_be_shown_is_not_stale() -> None:
    row = unanswered(OUTCOME, "failed", input_hash="", unit_id="s1-turn")
    assert not label(OUTCOME, row)["is_stale"]


def test_signals_are_scored_after_the_check_and_listed() -> None:
    answer = {
        "signals": [
            {"record_id": "t1", "signal": "commit_matches"},
            {"record_id": "t1", "signal": "pr_merged"},
            {"record_id": "h1", "signal": "neutral_ack"},
        ]
    }
    tables = projected(answered(SUCCESS, answer, record_ids=SHOWN)).tables
    (found,) = tables["success_evidence"].to_pylist()
    assert (found["success_score"], found["rejected_signal_count"], found["hard_signal_count"]) == (4, 1, 1)
    items = [tuple(item.values())[3:] for item in tables["success_evidence_items"].to_pylist()]
    assert items == [
        (0, "commit_matches", True, "rr-toolu2", "toolu2"),
        (1, "neutral_ack", False, "r-act1", None),
    ]


def test_a_refused_list_answer_has_no_items() -> None:
    refused = answered(SUCCESS, message=message({"signals": []}, stop_reason="refusal"))
    assert projected(refused).tables["success_evidence_items"].num_rows == 0


def test_steps_are_one_label_with_the_evidence_of_the_first_and_the_cost_of_all() -> None:
    found = label(
        VALUE,
        answered(VALUE, POSTING, step="posting", record_ids=SHOWN, cost_usd="0.25"),
        answered(VALUE, PRICE, minute=1, record_ids=SHOWN, cost_usd="0.5"),
    )
    assert (found["status"], found["price_usd"], found["price_tier"]) == ("ok", 50.0, "under_100")
    assert (found["evidence_record_ids"], found["cost_usd"], found["input_tokens"]) == (["r-act1"], 0.75, 20)


def test_the_first_step_that_is_not_ok_gives_the_status() -> None:
    refused = answered(VALUE, message=message(POSTING, stop_reason="refusal"), step="posting")
    assert label(VALUE, refused)["status"] == "refused"


def test_a_second_step_that_failed_is_an_error_whatever_failed_before() -> None:
    posting = answered(VALUE, POSTING, step="posting", minute=1, attempt=1)
    failed_first = unanswered(VALUE, "failed", step="posting")
    assert projected(posting, failed_first).left_out["pending"].row_count == 2
    failed = unanswered(VALUE, "failed", minute=2)
    assert label(VALUE, posting, failed_first, failed)["status"] == "error"
    assert label(VALUE, posting, failed_first, failed)["request_id"] == failed.request_id


def test_a_step_beyond_the_budget_is_a_row_with_what_the_first_cost() -> None:
    found = label(VALUE, answered(VALUE, POSTING, step="posting", cost_usd="0.25"), skipped(VALUE))
    assert (found["status"], found["cost_usd"]) == ("skipped_budget", 0.25)


def test_a_price_of_an_earlier_posting_stands_until_the_new_one_is_priced() -> None:
    held = [
        answered(VALUE, POSTING, step="posting"),
        answered(VALUE, PRICE, minute=1),
        answered(VALUE, POSTING, step="posting", minute=5, attempt=1),
    ]
    assert label(VALUE, *held)["price_usd"] == 50.0
    dearer = {"price_usd": 500.0, "price_tier": "from_100_to_1000"}
    assert label(VALUE, *held, answered(VALUE, dearer, minute=6, attempt=1))["price_usd"] == 500.0


def test_replicates_and_fingerprints_are_rows_of_their_own() -> None:
    found = labels(
        OUTCOME,
        answered(OUTCOME, outcome_is("failed")),
        answered(OUTCOME, outcome_is("succeeded"), replicate=1),
        answered(OUTCOME, outcome_is("succeeded"), fingerprint="outcome-v1-study_c-2", rendering="study_c"),
    )
    assert [(row["rendering"], row["replicate"], row["outcome"]) for row in found] == [
        ("study_c", 0, "succeeded"),
        ("whole", 0, "failed"),
        ("whole", 1, "succeeded"),
    ]


def observed(number: int, *, cost_usd: str, minute: int = 0, **values: Any) -> LedgerRequest:
    row = answered(OBSERVATION, message=message({}), minute=minute, cost_usd=cost_usd, part=number, **values)
    return replace(row, kind="observation")


def test_observations_are_paid_by_the_labels_judged_from_them() -> None:
    rows = [
        observed(0, cost_usd="0.000000004"),
        observed(1, cost_usd="0.000000003"),
        answered(OUTCOME, outcome_is("failed"), minute=9, cost_usd="0.5"),
        answered(SUCCESS, {"signals": []}, minute=9, cost_usd="0.25"),
        # These were not judged from the observations.
        answered(
            OUTCOME, outcome_is("failed"), minute=9, rendering="study_c", fingerprint="cut", cost_usd="1"
        ),
        answered(work_mode.CLASSIFIER, {}, minute=9, input_hash="before", cost_usd="2"),
        skipped(VALUE, minute=9),
    ]
    tables = projected(*rows).tables
    costs = {row["fingerprint"]: row["cost_usd"] for row in tables["outcome"].to_pylist()}
    assert costs == {"cut": 1.0, "outcome-v2-whole-0": 0.500000004}
    assert tables["success_evidence"]["cost_usd"].to_pylist() == [0.250000003]
    assert tables["success_evidence"]["cache_read_input_tokens"].to_pylist() == [300 + 300]
    assert tables["work_mode"]["cost_usd"].to_pylist() == [2.0]
    assert tables["task_value"]["cost_usd"].to_pylist() == [None]


def test_a_label_pays_for_the_pass_it_was_judged_from_and_not_for_a_later_one() -> None:
    first = observed(0, cost_usd="0.25")
    second = observed(0, cost_usd="1", minute=20, fingerprint="observation-v3-whole-0")
    old = answered(OUTCOME, outcome_is("failed"), minute=9, cost_usd="0.5")
    found = projected(first, second, old)
    assert found.tables["outcome"]["cost_usd"].to_pylist() == [0.75]
    assert found.left_out["unused_observation"].bill.cost_usd == 1


def test_requests_of_a_session_that_is_gone_are_counted() -> None:
    gone = answered(OUTCOME, outcome_is("failed"), session_id="s2", unit_id="s2", cost_usd="0.5")
    found = projected(gone, skipped(OUTCOME, session_id="s3", unit_id="s3"))
    assert found.tables["outcome"].num_rows == 0
    assert found.left_out["session_gone"].row_count == 2
    assert found.left_out["session_gone"].bill.cost_usd == Decimal("0.5")


def test_requests_of_a_question_that_is_gone_are_counted() -> None:
    gone = replace(answered(OUTCOME, outcome_is("failed"), cost_usd="0.5"), classifier="mood")
    found = projected(gone)
    assert found.left_out["unknown_classifier"].bill.cost_usd == Decimal("0.5")
