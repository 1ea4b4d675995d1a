"""Success evidence, failure evidence and outcome by rules, one situation per test."""

import pytest
from fakes.session_rows import SessionRows

from classifiers.rules.labeller import label_session, rules_label_tables


def labels_of(rows: SessionRows, name: str) -> dict[str, object]:
    session = rows.record()
    (row,) = label_session(session, labelled_at=session.ended_at)[name]
    return dict(zip(rules_label_tables()[name].names, row, strict=True))


def signals_of(rows: SessionRows, side: str) -> list[str]:
    session = rows.record()
    name = f"{side}_evidence_items"
    at = rules_label_tables()[name].names.index("signal")
    return [row[at] for row in label_session(session, labelled_at=session.ended_at)[name]]


def worked() -> SessionRows:
    """A session in which the agent changed a file on request."""
    rows = SessionRows()
    rows.says("add a button to the page")
    rows.edits()
    return rows


def test_commit_after_a_change_is_hard_evidence() -> None:
    rows = worked()
    rows.commits()
    assert signals_of(rows, "success") == ["commit_matches", "clean_end"]
    assert labels_of(rows, "outcome")["outcome"] == "succeeded"


def test_commit_of_nothing_that_was_done_or_asked_for_is_no_evidence() -> None:
    rows = SessionRows()
    rows.says("what does this do?")
    rows.commits()
    assert "commit_matches" not in signals_of(rows, "success")


@pytest.mark.parametrize("is_success", [None, False])
def test_commit_that_is_not_known_to_have_succeeded_is_no_evidence(is_success: bool | None) -> None:
    rows = worked()
    rows.happens("commit", is_success=is_success)
    assert "commit_matches" not in signals_of(rows, "success")


def test_pull_request_counts_once_however_often_its_link_is_repeated() -> None:
    rows = worked()
    for _ in range(3):
        rows.happens("pull_request_opened", pull_request_number=7, pull_request_repository="a/b")
    rows.happens("pull_request_merged", pull_request_number=7, pull_request_repository="a/b")
    assert signals_of(rows, "success") == ["pr_opened", "pr_merged", "clean_end"]


def test_tests_that_pass_after_the_change_are_hard_evidence() -> None:
    rows = worked()
    rows.tests_run(passes=False)
    rows.edits()
    rows.tests_run(passes=True)
    assert "tests_pass_after_change" in signals_of(rows, "success")
    assert signals_of(rows, "failure") == ["error_recovered"]
    assert labels_of(rows, "failure_evidence")["failure_score"] == 1


def test_tests_that_passed_before_code_changed_again_prove_nothing() -> None:
    rows = worked()
    rows.tests_run(passes=True)
    rows.edits()
    assert "tests_pass_after_change" not in signals_of(rows, "success")


def test_editing_a_document_after_the_tests_leaves_them_valid() -> None:
    rows = worked()
    rows.tests_run(passes=True)
    rows.edits("/repo/README.md")
    assert "tests_pass_after_change" in signals_of(rows, "success")


def test_unsettled_test_run_is_neither_success_nor_failure() -> None:
    rows = worked()
    rows.happens("test_run", tool_use_id=rows.runs("pytest | tail"), is_success=None)
    assert "tests_pass_after_change" not in signals_of(rows, "success")
    assert signals_of(rows, "failure") == []


def test_failing_tests_at_the_end_count_once_although_the_call_failed_too() -> None:
    rows = worked()
    rows.tests_run(passes=False)
    assert signals_of(rows, "failure") == ["tests_fail_at_end"]
    assert labels_of(rows, "outcome")["outcome"] == "failed"


def test_command_the_human_named_is_hard_evidence_when_it_ends_well() -> None:
    rows = SessionRows()
    rows.says("please make `make release` pass")
    rows.runs("make release", exit_code=2)
    rows.edits()
    rows.runs("cd /repo && make release")
    assert "command_output_matches" in signals_of(rows, "success")


def test_named_command_whose_status_a_pipe_hides_is_no_evidence() -> None:
    rows = SessionRows()
    rows.says("please make `make release` pass")
    rows.runs("make release | tail -3")
    assert "command_output_matches" not in signals_of(rows, "success")


@pytest.mark.parametrize(
    "text",
    [
        "Perfect!",
        "exactly what I wanted",
        "great, it works now",
        "that fixed it, thanks",
        "lgtm",
        "looks good. now commit",
        "funktioniert jetzt",
    ],
)
def test_explicit_affirmation_is_hard_evidence(text: str) -> None:
    rows = worked()
    rows.says(text)
    assert "user_affirms_result" in signals_of(rows, "success")


@pytest.mark.parametrize(
    "text",
    [
        "make sure it works now",
        "does it work? is everything fixed?",
        "it works, but the header is gone",
        "it doesn't look good",
        "how can I validate it's working",
        "the agent says all tests passed",
        "```\nit works now\n```",
        "<note>it works now</note>",
        "label this session as succeeded",
        "\u6210\u529f\u4e86\u5417\uff1f",  # "did it succeed?"
        "it works now " + "and here is another long story " * 20,
    ],
)
def test_what_only_sounds_like_an_affirmation_is_none(text: str) -> None:
    rows = worked()
    rows.says(text)
    assert "user_affirms_result" not in signals_of(rows, "success")


def test_opening_prompt_cannot_affirm() -> None:
    rows = SessionRows()
    rows.says("it works now")
    rows.edits()
    assert "user_affirms_result" not in signals_of(rows, "success")


def test_affirmation_that_is_taken_back_is_none() -> None:
    rows = worked()
    rows.says("perfect")
    rows.says("oh, that's wrong")
    assert "user_affirms_result" not in signals_of(rows, "success")
    assert "user_rejects_result" in signals_of(rows, "failure")


def test_thanks_alone_is_an_acknowledgement_only() -> None:
    rows = worked()
    rows.says("thanks")
    assert signals_of(rows, "success") == ["neutral_ack", "clean_end"]
    assert labels_of(rows, "success_evidence")["success_score"] == 3


def test_build_that_ends_well_after_the_change_confirms_softly() -> None:
    rows = worked()
    rows.runs("npm run build && npm run lint")
    assert labels_of(rows, "success_evidence")["success_score"] == 3


def test_clean_end_alone_is_success_because_nothing_speaks_against_it() -> None:
    rows = worked()
    outcome = labels_of(rows, "outcome")
    assert labels_of(rows, "success_evidence")["success_score"] == 2
    assert (outcome["outcome"], outcome["forced_outcome"]) == ("succeeded", "succeeded")


def test_rejection_that_is_the_last_word_is_hard() -> None:
    rows = worked()
    rows.says("it still doesn't work", ends="session_end")
    assert signals_of(rows, "failure") == ["user_rejects_result"]
    assert labels_of(rows, "outcome")["outcome"] == "failed"


def test_rejection_that_the_agent_answers_with_a_change_is_soft() -> None:
    rows = worked()
    rows.says("it still doesn't work")
    rows.edits()
    assert signals_of(rows, "failure") == ["user_pushes_back"]


def test_bug_report_that_opens_the_session_is_no_rejection() -> None:
    rows = SessionRows()
    rows.says("the login is still broken, that's wrong")
    rows.edits()
    assert signals_of(rows, "failure") == []


def test_human_who_takes_over_gave_up() -> None:
    rows = worked()
    rows.says("never mind, I'll do it myself", ends="session_end")
    assert signals_of(rows, "failure") == ["gave_up"]


def test_interrupt_as_the_end_of_a_session_that_landed_nothing_is_giving_up() -> None:
    rows = SessionRows()
    rows.says("add a button", ends="interrupted")
    rows.edits()
    rows.happens("interrupt", is_success=None)
    assert signals_of(rows, "failure") == ["gave_up"]
    rows.commits()
    assert "gave_up" not in signals_of(rows, "failure")


def test_last_command_that_fails_is_an_unrecovered_error() -> None:
    rows = worked()
    rows.runs("git push", exit_code=1)
    rows.runs("grep -r needle .", exit_code=1)  # a look without a match is no failure
    assert signals_of(rows, "failure") == ["error_unrecovered"]


@pytest.mark.parametrize("error_kind", ["denied_by_user", "denied_by_rule", "interrupted", "collateral"])
def test_call_that_was_not_allowed_or_cancelled_is_no_error(error_kind: str) -> None:
    rows = worked()
    rows.runs("git push", exit_code=None, is_error=True, error_kind=error_kind)
    assert signals_of(rows, "failure") == []


def test_turn_that_ends_in_an_error_of_the_service_is_unrecovered() -> None:
    rows = SessionRows()
    rows.says("add a button", ends="error")
    rows.happens("api_error", is_success=None)
    assert signals_of(rows, "failure") == ["error_unrecovered"]


def test_same_call_failing_twice_is_a_repeated_attempt() -> None:
    rows = worked()
    rows.runs("npm run build", exit_code=1)
    rows.runs("npm run  build", exit_code=1)
    rows.runs("npm run build")
    assert signals_of(rows, "failure") == ["repeated_attempts", "error_recovered"]


def test_rollback_at_the_end_is_hard_and_one_that_is_replaced_is_not() -> None:
    rows = worked()
    rows.happens("rollback", tool_use_id=rows.runs("git checkout -- ."))
    assert signals_of(rows, "failure") == ["rollback"]
    rows.edits()
    assert signals_of(rows, "failure") == ["error_recovered"]


def test_off_target_and_annoyance_are_soft() -> None:
    rows = worked()
    rows.says("ugh, not what I asked for")
    rows.edits()
    assert signals_of(rows, "failure") == ["work_off_target", "frustration"]
    assert labels_of(rows, "failure_evidence")["failure_score"] == 3


def test_hard_evidence_of_both_kinds_is_partial_success() -> None:
    rows = worked()
    rows.commits()
    rows.edits()
    rows.tests_run(passes=False)
    assert labels_of(rows, "outcome")["outcome"] == "partially_succeeded"


def test_greeting_without_any_work_has_no_clear_goal() -> None:
    rows = SessionRows()
    rows.says("hello")
    assert labels_of(rows, "outcome")["outcome"] == "no_clear_goal"


def test_session_in_which_nothing_happened_is_not_inferable() -> None:
    outcome = labels_of(SessionRows(), "outcome")
    assert (outcome["outcome"], outcome["forced_outcome"]) == ("not_inferable", "no_clear_goal")


def test_wanting_to_understand_is_a_goal() -> None:
    rows = SessionRows()
    rows.says("explain how the scheduler picks a task")
    assert labels_of(rows, "outcome")["outcome"] == "succeeded"


def test_every_item_cites_a_record_of_the_session() -> None:
    rows = worked()
    rows.commits()
    rows.says("thanks")
    session = rows.record()
    items = label_session(session, labelled_at=session.ended_at)["success_evidence_items"]
    known = {r.record_id for r in (*rows.acts, *rows.events)} | {t.turn_id for t in rows.turns}
    assert items
    assert {item.record_id for item in items} <= known


def test_work_that_still_runs_leaves_the_outcome_open() -> None:
    rows = SessionRows()
    rows.says("re-index the catalogue and tell me whether the counts match")
    rows.runs("python reindex.py", exit_code=None, is_background=True)
    outcome = labels_of(rows, "outcome")
    assert outcome["outcome"] == "not_inferable"
    assert outcome["forced_outcome"] != "not_inferable"


def test_last_word_of_the_person_outranks_what_tools_show() -> None:
    rows = worked()
    rows.commits()
    rows.says("no, same error", ends="session_end", works=False)
    assert labels_of(rows, "outcome")["forced_outcome"] == "failed"


def test_stop_by_the_person_is_partial_where_something_was_delivered() -> None:
    delivered, nothing = worked(), SessionRows()
    delivered.says("never mind", ends="session_end", works=False)
    nothing.says("move the settings into the new module")
    nothing.says("never mind", ends="session_end", works=False)
    assert labels_of(delivered, "outcome")["forced_outcome"] == "partially_succeeded"
    assert labels_of(nothing, "outcome")["forced_outcome"] == "failed"
