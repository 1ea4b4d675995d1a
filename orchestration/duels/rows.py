"""The rows of next-step duels: one table of the lake.

Belongs here: row type and table. Not here: asking and landing (labelling.next_step_duels), what two verdicts
come to (verdicts), the figures (estimates.next_step_duels).
"""

from typing import Literal, NamedTuple, get_args

from orchestration.ingest.rows import arrow_schema
from orchestration.landing.lake import LakeTable

MomentSet = Literal["detour", "strong"]
"""Moments at which the person's direction was a detour, and the control set of strong moves."""

Preferred = Literal["agent", "human", "tie", "not_judgeable"]
"""Whose step a judgement preferred."""

DuelStatus = Literal[
    "judged",  # both orders were judged
    "not_judgeable",  # the judge could not tell, in at least one order
    "no_answer",  # a request of the duel was refused, invalid or given up
    "not_asked",  # not paid for yet, or nothing of it may leave the machine
]

DuelOutcome = Literal["agent_better", "human_better", "tie", "inconsistent"]

MOMENT_SETS: tuple[MomentSet, ...] = get_args(MomentSet)


class NextStepDuel(NamedTuple):
    """One row per moment of a session and repeat of its judgement: what was judged of the two next steps.

    `act_id` is the person's prompt, `moment_set` what it turned out to be. `replicate` 0 is the duel, others
    are repeats of the judgement. `is_agent_first`: whether the drawn order shows the model's step first.
    `drawn_order` and `swapped_order` say whose step was preferred in either order; `outcome` what both come
    to, inconsistent where they differ. `fingerprint` joins that of the question for moments and that of the
    judgement, which holds those of the steps. No text of a step is in any table.
    """

    agent: str
    session_id: str
    user_id: str | None
    act_id: str
    moment_set: MomentSet
    replicate: int
    fingerprint: str
    proposer_model: str
    judge_model: str
    is_agent_first: bool
    drawn_order: Preferred | None
    swapped_order: Preferred | None
    outcome: DuelOutcome | None
    status: DuelStatus


NEXT_STEPS = LakeTable("duels/next_steps", arrow_schema(NextStepDuel), partition_column=None)

DUEL_TABLES: tuple[LakeTable, ...] = (NEXT_STEPS,)
