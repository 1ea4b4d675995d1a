"""The answers of a synthetic lake's labels: SQL by column, over the truth of the session that is told.

Belongs here: one entry per classifier of the catalog, and the elements of answers that hold a list. Not
here: who answers, about which session, and the columns that every label has (synthetic_labels).
"""

from collections.abc import Mapping

from benchmarks.synthetic_population import EXPERTISE, pick

_LEVEL = "case when u(m, 'tells of {name}') >= 0.08 then level end"
_EXPERTISE = {
    "framing_precision": "case when level < 3 then 'partly_specified' else 'precise' end",
    "verification_asked": "case when level > 3 then 'specific' else 'none_asked' end",
    "correction_direction": "case when level > 3 then 'person_corrects' else 'neither' end",
}


def _expertise(name: str) -> dict[str, str]:
    level = _LEVEL.format(name=name)
    words = ", ".join(f"'{word}'" for word in EXPERTISE)
    return {"expertise": f"coalesce([{words}][{level}], 'not_inferable')", "expertise_level": level}


_RELATION = pick(
    "u(m, 'codebase')",
    {"modifies_existing": 0.6, "explores_existing": 0.2, "creates_new": 0.13, "no_codebase": 0.07},
)

ANSWERS: Mapping[str, Mapping[str, str]] = {
    "work_mode": {
        "work_mode": "work_mode",
        "forced_work_mode": "case work_mode when 'not_inferable' then 'understand' else work_mode end",
    },
    "codebase_relation": {"codebase_relation": _RELATION, "forced_codebase_relation": _RELATION},
    "success_rating": {"success_rating": "success_score"},
    "failure_rating": {"failure_rating": "failure_score"},
    "success_evidence": {
        "success_score": "success_score",
        "success_score_by_type": "success_score",
        "hard_signal_count": "hard_success",
        "soft_signal_count": "soft_success",
        "rejected_signal_count": "0",
    },
    "failure_evidence": {
        "failure_score": "failure_score",
        "failure_score_by_type": "failure_score",
        "hard_signal_count": "hard_failure",
        "soft_signal_count": "soft_failure",
        "rejected_signal_count": "0",
    },
    "outcome": {
        "outcome": "outcome",
        "forced_outcome": "case outcome when 'not_inferable' then 'partially_succeeded' else outcome end",
    },
    "claims": {"claim_count": "least(3, hard_success)", "rejected_claim_count": "0"},
    "decisions": {
        "decision_count": "planning + execution",
        "planning_decision_count": "planning",
        "execution_decision_count": "execution",
        "user_planning_decision_count": "user_planning",
        "user_execution_decision_count": "user_execution",
        "joint_planning_decision_count": "0",
        "joint_execution_decision_count": "0",
        "default_of_tool_decision_count": "0",
        "rejected_decision_count": "0",
        "user_planning_share": "user_planning / planning",
        "user_execution_share": "user_execution / execution",
        "user_planning_share_joint_half": "user_planning / planning",
        "user_execution_share_joint_half": "user_execution / execution",
    },
    "expertise": {**_EXPERTISE, **_expertise("expertise")},
    "expertise_first_prompt": _expertise("expertise_first_prompt"),
    "user_occupation": {
        "user_occupation": "case when u(m, 'shows occupation') < 0.7 then occupation else 'not_inferable' end"
    },
    "work_occupation": {
        "work_occupation": "case when is_code then 'computer_and_mathematical' else occupation end",
        "forced_work_occupation": "case when is_code then 'computer_and_mathematical' else occupation end",
    },
    "task_value": {
        "price_usd": "price_usd",
        "price_tier": "case when price_usd < 100 then 'under_100' when price_usd < 1000"
        " then 'from_100_to_1000' when price_usd < 10000 then 'from_1000_to_10000' else 'from_10000' end",
    },
    "goal_complexity": {
        "goal_complexity": pick(
            "u(m, 'complexity')", {"minimal": 0.2, "low": 0.35, "moderate": 0.35, "high": 0.1}
        )
    },
    "human_time": {
        "hours_p10": "price_usd / 200",
        "hours_p50": "price_usd / 100",
        "hours_p90": "price_usd / 40",
    },
    "steering": {
        "judged_prompt_count": "judged_prompts",
        "inferable_prompt_count": "judged_prompts",
        "correct_count": "corrections",
        "redirect_count": "0",
        "take_over_count": "0",
        "approve_count": "0",
        "none_count": "judged_prompts - corrections",
        "rejected_prompt_count": "0",
        "correct_share": "corrections / judged_prompts",
        "redirect_share": "0",
        "take_over_share": "0",
        "approve_share": "0",
        "steering_share": "corrections / judged_prompts",
    },
    "difficulty_tier": {
        "difficulty_tier": pick(
            "u(m, 'difficulty')",
            {"specified_task": 0.5, "open_approach": 0.3, "open_ended": 0.15, "choosing_the_problem": 0.05},
        )
    },
    "new_work": {
        "new_work": pick(
            "u(m, 'new_work')",
            {
                "would_have_been_done": 0.6,
                "deferred_cleanup": 0.2,
                "exploratory": 0.15,
                "not_inferable": 0.05,
            },
        )
    },
    "stop_reason": {
        "stop_reason": pick(
            "u(m, 'stop')", {"done": 0.7, "options_offered": 0.1, "request_unclear": 0.1, "other": 0.1}
        )
    },
    "interrupt_reason": {"interrupt_reason": "'other'"},
    "question_usefulness": {
        "question_usefulness": pick(
            "u(m, 'useful')", {"supplied_missing": 0.5, "changed_plan": 0.2, "confirmed_only": 0.3}
        )
    },
    "action_risk": {"action_risk": "1 + hash(m, 'risk') % 6"},
    "action_autonomy": {"action_autonomy": "2 + hash(m, 'autonomy') % 7"},
    "action_risk_anchored": {"action_risk": "1 + hash(m, 'risk') % 6"},
    "action_autonomy_anchored": {"action_autonomy": "2 + hash(m, 'autonomy') % 7"},
    "human_involvement": {
        "human_involvement": pick(
            "u(m, 'involved')", {"steering_session": 0.5, "only_supplied_input": 0.4, "none": 0.1}
        )
    },
    "safeguards": {
        "safeguards": pick(
            "u(m, 'safeguards')", {"approval_or_restriction": 0.6, "other_safeguard": 0.2, "none": 0.2}
        ),
        "has_approval": "u(m, 'safeguards') < 0.3",
        "has_restricted_tools": "u(m, 'safeguards') < 0.6",
        "has_sandbox": "u(m, 'sandbox') < 0.2",
        "has_dry_run": "u(m, 'dry run') < 0.05",
        "has_review_gate": "u(m, 'gate') < 0.2",
        "has_backup": "u(m, 'backup') < 0.3",
    },
    "reversibility": {"reversibility": "'reversible_trivially'"},
    "domain": {
        "domain": pick("u(m, 'domain')", {"software_engineering": 0.8, "data_analysis": 0.15, "other": 0.05})
    },
    "call_goal_complexity": {
        "call_goal_complexity": pick(
            "u(m, 'complexity')", {"minimal": 0.2, "low": 0.35, "moderate": 0.35, "high": 0.1}
        )
    },
    "execution_context": {
        "execution_context": pick(
            "u(m, 'context')",
            {"production": 0.9, "test_or_simulation": 0.07, "evaluation_or_red_team": 0.03},
        )
    },
}
"""SQL by column of each answer. A price stands for its hours too, at a fixed hourly rate."""

_SUCCESS_SIGNALS = (
    "case when i < hard_success then case i when 0 then 'commit_matches' else 'tests_pass_after_change' end"
    " else case success_score when 3 then 'artefact_confirmed' when 2 then 'clean_end'"
    " else 'neutral_ack' end end"
)
_FAILURE_SIGNALS = (
    "case when i < hard_failure then case i when 0 then 'error_unrecovered' else 'gave_up' end"
    " else case when failure_score = 1 then 'error_recovered' when i = 0 then 'repeated_attempts'"
    " else 'user_pushes_back' end end"
)
ITEMS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "success_evidence": (
        "hard_success + soft_success",
        {"signal": _SUCCESS_SIGNALS, "is_hard": "i < hard_success"},
    ),
    "failure_evidence": (
        "hard_failure + soft_failure",
        {"signal": _FAILURE_SIGNALS, "is_hard": "i < hard_failure"},
    ),
    "claims": (
        "least(3, hard_success)",
        {
            "claim": "case i when 0 then 'tests_pass' when 1 then 'committed' else 'pushed' end",
            "backing": "case when i = 2 then 'unbacked' else 'backed' end",
        },
    ),
    "decisions": (
        "planning + execution",
        {
            "kind": "case when i < planning then 'planning' else 'execution' end",
            "owner": "case when case when i < planning then i < user_planning"
            " else i - planning < user_execution end then 'user' else 'agent' end",
        },
    ),
    "steering": (
        "judged_prompts",
        {"steering": "case when i < corrections then 'correct' else 'none' end"},
    ),
}
"""Number of elements of each answer's list, and SQL by column of the `i`-th."""
