"""Evidence that does not exist, is another's or did not happen is dropped and counted; the label stays."""

from typing import Any

import pytest
from fakes.session_rows import SessionRows

from classifiers.catalog import decisions, failure_evidence, outcome, success_evidence, task_value
from classifiers.classifier import Classifier
from classifiers.label_rows.evidence_check import CheckedAnswer, check_evidence
from classifiers.label_rows.record_facts import record_facts


def outcome_citing(*short_ids: str) -> dict[str, Any]:
    return {"evidence_record_ids": list(short_ids), "outcome": "succeeded", "forced_outcome": "succeeded"}


def signals(*found: tuple[str, str]) -> dict[str, Any]:
    return {"signals": [{"signal": signal, "record_id": short_id} for signal, short_id in found]}


def checked(
    rows: SessionRows, classifier: Classifier, answer: dict[str, Any], shown: dict[str, str]
) -> CheckedAnswer:
    typed = classifier.answer_type.model_validate(answer)
    return check_evidence(classifier, typed, shown, record_facts(rows.record()))


def success(rows: SessionRows, shown: dict[str, str], *found: tuple[str, str]) -> CheckedAnswer:
    return checked(rows, success_evidence.CLASSIFIER, signals(*found), shown)


def failure(rows: SessionRows, shown: dict[str, str], *found: tuple[str, str]) -> CheckedAnswer:
    return checked(rows, failure_evidence.CLASSIFIER, signals(*found), shown)


def kept(answer: CheckedAnswer) -> list[tuple[str, str]]:
    return [(item.signal, item.record_id) for item in answer.items]  # type: ignore[attr-defined]


def shown_call(call_id: str) -> dict[str, str]:
    """A call and its result as the renderer would show them."""
    return {"c1": f"r-{call_id}", "t1": f"rr-{call_id}"}


def committed(**event: Any) -> tuple[SessionRows, dict[str, str]]:
    rows = SessionRows()
    rows.says("commit it")
    call_id = rows.runs("git commit -m work")
    rows.happens("commit", tool_use_id=call_id, record_id=f"rr-{call_id}", **event)
    return rows, shown_call(call_id)


def test_short_ids_become_record_ids() -> None:
    rows = SessionRows()
    prompt = rows.says("fix it")
    said = rows.agent_says("done")
    shown = {"h1": f"r-{prompt}", "a1": f"r-{said}"}
    found = checked(rows, outcome.CLASSIFIER, outcome_citing("h1", "a1"), shown)
    assert found.evidence_record_ids == (f"r-{prompt}", f"r-{said}")
    assert found.answer.model_dump()["evidence_record_ids"] == [f"r-{prompt}", f"r-{said}"]
    assert (found.cited_count, found.rejected_count) == (2, 0)


def test_an_id_that_was_never_shown_is_dropped_even_if_the_record_exists() -> None:
    rows = SessionRows()
    prompt = rows.says("fix it")
    found = checked(
        rows, outcome.CLASSIFIER, outcome_citing("h1", "h9", f"r-{prompt}"), {"h1": f"r-{prompt}"}
    )
    assert found.evidence_record_ids == (f"r-{prompt}",)
    assert (found.cited_count, found.rejected_count) == (3, 2)


def test_a_record_the_lake_no_longer_knows_is_dropped() -> None:
    rows = SessionRows()
    rows.says("fix it")
    found = checked(rows, outcome.CLASSIFIER, outcome_citing("h1"), {"h1": "r-of-an-older-parse"})
    assert (found.evidence_record_ids, found.rejected_count) == ((), 1)


def test_a_label_that_loses_all_its_evidence_stays_and_says_so() -> None:
    rows = SessionRows()
    rows.says("fix it")
    found = checked(rows, outcome.CLASSIFIER, outcome_citing("h7", "h8"), {})
    assert found.answer.model_dump() == {**outcome_citing(), "evidence_record_ids": []}
    assert (found.cited_count, found.rejected_count) == (2, 2)


def test_one_record_counts_once_under_whichever_id_it_is_cited() -> None:
    rows = SessionRows()
    prompt = rows.says("no, use tabs", kind="denial_feedback")
    shown = {"h1": f"r-{prompt}", "t1": f"r-{prompt}"}
    found = checked(rows, outcome.CLASSIFIER, outcome_citing("h1", "t1", "h1"), shown)
    assert (found.evidence_record_ids, found.cited_count) == ((f"r-{prompt}",), 1)


@pytest.mark.parametrize(("is_success", "is_kept"), [(True, True), (False, False), (None, False)])
def test_a_commit_counts_only_if_it_is_known_to_have_succeeded(
    is_success: bool | None, is_kept: bool
) -> None:
    rows, shown = committed(is_success=is_success)
    found = success(rows, shown, ("commit_matches", "t1"))
    assert kept(found) == ([("commit_matches", shown["t1"])] if is_kept else [])
    assert found.score.success_score == (4 if is_kept else 0)
    assert found.score.rejected_signal_count == found.rejected_count == (0 if is_kept else 1)


@pytest.mark.parametrize(("is_success", "is_kept"), [(False, True), (True, False), (None, False)])
def test_failing_tests_count_only_if_they_are_known_to_have_failed(
    is_success: bool | None, is_kept: bool
) -> None:
    rows = SessionRows()
    call_id = rows.runs("pytest")
    rows.happens("test_run", tool_use_id=call_id, record_id=f"rr-{call_id}", is_success=is_success)
    found = failure(rows, shown_call(call_id), ("tests_fail_at_end", "t1"))
    assert bool(found.items) == is_kept


def test_an_event_of_another_kind_is_no_proof() -> None:
    rows, shown = committed()
    found = success(rows, shown, ("pr_opened", "t1"), ("tests_pass_after_change", "t1"))
    assert (kept(found), found.rejected_count) == ([], 2)


def test_what_the_agent_claims_is_no_commit() -> None:
    rows, shown = committed()
    claim = rows.agent_says("Committed as abc1234, all 120 tests pass, PR #7 merged.")
    found = success(
        rows,
        shown | {"a1": f"r-{claim}"},
        ("commit_matches", "a1"),
        ("tests_pass_after_change", "a1"),
        ("pr_merged", "a1"),
        ("user_affirms_result", "a1"),
        ("artefact_confirmed", "a1"),
        ("command_output_matches", "a1"),
    )
    assert kept(found) == []
    assert (found.score.success_score, found.rejected_count) == (0, 6)


def test_tool_text_that_looks_like_a_commit_is_none() -> None:
    rows = SessionRows()
    call_id = rows.runs("cat log.txt", result_text="[main abc1234] work\n 1 file changed")
    found = success(rows, shown_call(call_id), ("commit_matches", "t1"))
    assert kept(found) == []


def test_a_call_and_its_result_are_one_signal() -> None:
    rows, shown = committed()
    found = success(rows, shown, ("commit_matches", "c1"), ("commit_matches", "t1"))
    assert kept(found) == [("commit_matches", shown["c1"])]
    assert (found.score.success_score, found.cited_count, found.rejected_count) == (4, 1, 0)


def test_two_commits_are_two_signals() -> None:
    rows, shown = committed()
    second = rows.runs("git commit -m more")
    rows.happens("commit", tool_use_id=second, record_id=f"rr-{second}")
    shown["t2"] = f"rr-{second}"
    found = success(rows, shown, ("commit_matches", "t1"), ("commit_matches", "t2"))
    assert found.score.success_score == 5


def test_a_wrong_record_beside_the_right_one_does_not_cost_the_signal() -> None:
    rows, shown = committed()
    found = success(rows, shown, ("artefact_confirmed", "c1"), ("artefact_confirmed", "t1"))
    assert kept(found) == [("artefact_confirmed", shown["t1"])]
    assert found.rejected_count == 1


def test_a_pull_request_without_a_call_is_found_by_the_event_itself() -> None:
    rows = SessionRows()
    rows.says("open a pull request")
    event_id = rows.happens("pull_request_opened", record_id=None)
    assert kept(success(rows, {"x1": event_id}, ("pr_opened", "x1"))) == [("pr_opened", event_id)]


@pytest.mark.parametrize(
    ("kind", "is_kept"),
    [
        ("prompt", True),
        ("steering", True),
        ("command", False),
        ("plan_implementation", False),
        ("answer", False),
    ],
)
def test_affirming_needs_the_persons_own_typed_words(kind: str, is_kept: bool) -> None:
    rows = SessionRows()
    rows.says("add a button")
    rows.edits()
    act = rows.says("yes, that is right", kind=kind)
    found = success(rows, {"h2": f"r-{act}"}, ("user_affirms_result", "h2"))
    assert bool(found.items) == is_kept


def test_a_tool_record_cannot_speak_for_the_human() -> None:
    rows = SessionRows()
    call_id = rows.runs("echo 'the user says: perfect, thanks'")
    found = success(rows, shown_call(call_id), ("user_affirms_result", "t1"), ("neutral_ack", "t1"))
    assert (kept(found), found.rejected_count) == ([], 2)


def test_items_fill_up_the_labels_evidence_to_five() -> None:
    rows = SessionRows()
    records = [rows.says(f"no, wrong again {number}") for number in range(7)]
    shown = {f"h{number}": f"r-{act}" for number, act in enumerate(records)}
    found = failure(rows, shown, *(("user_pushes_back", short_id) for short_id in shown))
    assert len(found.items) == 7
    assert found.evidence_record_ids == tuple(f"r-{act}" for act in records[:5])


def test_decisions_on_one_record_stay_apart_and_need_a_record_of_their_owner() -> None:
    rows = SessionRows()
    prompt, said = rows.says("use postgres and keep the api"), rows.agent_says("I split the module")
    shown = {"h1": f"r-{prompt}", "a1": f"r-{said}"}
    rest = {"is_joint": False, "is_default_of_tool": False}
    answer = {
        "decisions": [
            {"record_id": "h1", "name": "database", "kind": "planning", "owner": "user", **rest},
            {"record_id": "h1", "name": "api", "kind": "planning", "owner": "user", **rest},
            {"record_id": "a1", "name": "modules", "kind": "execution", "owner": "user", **rest},
        ]
    }
    found = checked(rows, decisions.CLASSIFIER, answer, shown)
    assert [item.model_dump()["name"] for item in found.items] == ["database", "api"]
    assert (found.score.decision_count, found.score.rejected_decision_count) == (2, 1)


def test_evidence_of_an_earlier_step_is_the_labels() -> None:
    rows = SessionRows()
    prompt = rows.says("translate the leaflet")
    posting = task_value.POSTING.answer_type.model_validate(
        {"evidence_record_ids": ["h1", "h5"], "posting": "Translate a leaflet."}
    )
    answer = task_value.CLASSIFIER.answer_type.model_validate({"price_usd": 50, "price_tier": "under_100"})
    facts = record_facts(rows.record())
    found = check_evidence(task_value.CLASSIFIER, answer, {"h1": f"r-{prompt}"}, facts, earlier=[posting])
    assert found.evidence_record_ids == (f"r-{prompt}",)
    assert (found.cited_count, found.rejected_count) == (2, 1)


def test_an_interrupt_has_happened_where_it_is_recorded() -> None:
    rows = SessionRows()
    rows.says("go on", ends="interrupted")
    rows.happens("interrupt", is_success=None)
    rows.happens("rollback", is_success=None)
    facts = record_facts(rows.record())
    (interrupt, rollback) = (event.record_id for event in rows.events)
    assert interrupt is not None
    assert rollback is not None
    assert facts.has_event(interrupt, {"interrupt"}, is_success=True)
    assert facts.actors[interrupt] == {"human", "harness"}
    assert not facts.has_event(rollback, {"rollback"}, is_success=True)


def test_a_message_of_the_harness_in_the_agents_place_is_not_the_agents() -> None:
    rows = SessionRows()
    rows.agent_says("API error")
    rows.responses[0] = rows.responses[0]._replace(is_synthetic=True)
    facts = record_facts(rows.record())
    assert facts.actors[rows.responses[0].record_id] == {"harness"}
