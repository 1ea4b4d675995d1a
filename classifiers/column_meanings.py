"""What each column means that a rule computes from an answer: one line each, for the dbt documentation.

What a labeller is asked is described in its answer model; only columns that nobody is asked are here.
"""

COMPUTED_MEANINGS: dict[str, str] = {
    # expertise
    "expertise_level": "The rating as a number from 1 (novice) to 5 (expert); null where not inferable.",
    # success_evidence, failure_evidence
    "success_score": "Success score from 0 (no signal) to 5 (several hard signals).",
    "success_score_by_type": "Success score in which a 5 needs hard signals of two types.",
    "failure_score": "Failure score from 0 (no signal) to 5 (several hard signals).",
    "failure_score_by_type": "Failure score in which a 5 needs hard signals of two types.",
    "hard_signal_count": "Number of distinct hard signals.",
    "soft_signal_count": "Number of distinct soft signals.",
    "rejected_signal_count": "Number of signals dropped before scoring because no record or event matched.",
    "is_hard": "Whether the signal is a hard one.",
    # claims
    "claim_count": "Number of claims the agent makes about its own work.",
    "rejected_claim_count": "Number of claims dropped because they cite no record of the agent.",
    "backing": "backed: the last such event before the claim succeeded; contradicted: it failed; "
    "unbacked: no such event, or its result is unknown. Null where the record has no time.",
    # decisions
    "decision_count": "Number of decisions listed.",
    "planning_decision_count": "Number of decisions about goals, approach and what counts as done.",
    "execution_decision_count": "Number of decisions about how the work is carried out.",
    "user_planning_decision_count": "Number of planning decisions made by the person.",
    "user_execution_decision_count": "Number of execution decisions made by the person.",
    "joint_planning_decision_count": "Number of planning decisions proposed by the agent and accepted.",
    "joint_execution_decision_count": "Number of execution decisions proposed by the agent and accepted.",
    "default_of_tool_decision_count": "Number of decisions that the tool makes when nobody chooses.",
    "rejected_decision_count": "Number of decisions dropped because no record of their owner matched.",
    "user_planning_share": "Share of planning decisions made by the person; null where there are none.",
    "user_execution_share": "Share of execution decisions made by the person; null where there are none.",
    "user_planning_share_joint_half": "The person's share of planning decisions, joint ones counted half.",
    "user_execution_share_joint_half": "The person's share of execution decisions, joint ones counted half.",
    # steering
    "judged_prompt_count": "Number of labelled prompts: typed, mid-run ones included, without the first.",
    "inferable_prompt_count": "Number of labelled prompts whose label is not not_inferable.",
    "correct_count": "Number of prompts that correct the agent's work.",
    "redirect_count": "Number of prompts that change the goal.",
    "take_over_count": "Number of prompts in which the person takes over the work.",
    "approve_count": "Number of prompts that approve.",
    "none_count": "Number of prompts that neither steer nor approve.",
    "rejected_prompt_count": "Number of labels dropped because they name no typed prompt.",
    "correct_share": "Share of inferable prompts that correct; null where there are none.",
    "redirect_share": "Share of inferable prompts that redirect; null where there are none.",
    "take_over_share": "Share of inferable prompts that take over; null where there are none.",
    "approve_share": "Share of inferable prompts that approve; null where there are none.",
    "steering_share": "Share of inferable prompts that steer (not approve); null where there are none.",
}
"""Column name → meaning. A name means the same in every table that has it."""
