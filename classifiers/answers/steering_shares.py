"""Steering of a session (I21): the labels of single prompts, and what a rule counts from them.

A labeller gives one label per judged prompt; these rules alone turn them into counts and shares, and say
which prompts are judged. What each label means is written in the catalog entry.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Literal, NamedTuple, get_args

from classifiers.session_record import SessionRecord
from orchestration.ingest.rows import RawHumanAct

SteeringEvent = Literal["correct", "redirect", "take_over"]
Steering = Literal[SteeringEvent, "approve", "none", "not_inferable"]

STEERING_EVENTS: frozenset[str] = frozenset(get_args(SteeringEvent))
"""Labels that steer: the person corrects, redirects or takes over (B5)."""

STEERING_LABELS: tuple[Steering, ...] = get_args(Steering)

JUDGED_ACTS = frozenset({"prompt", "steering"})


class SteeringItem(NamedTuple):
    """One row per judged prompt of a label, with the record it stands in."""

    unit_id: str
    fingerprint: str
    replicate: int
    item_number: int
    record_id: str
    steering: str


class SteeringShares(NamedTuple):
    """One row per label: counts of judged prompts by label, and shares of them.

    Shares are of `inferable_prompt_count`, the judged prompts without `not_inferable`; null where there is
    none. `steering_share`: correct, redirect or take_over. `rejected_prompt_count`: labels that named no
    typed prompt and were dropped before counting.
    """

    judged_prompt_count: int
    inferable_prompt_count: int
    correct_count: int
    redirect_count: int
    take_over_count: int
    approve_count: int
    none_count: int
    rejected_prompt_count: int
    correct_share: float | None
    redirect_share: float | None
    take_over_share: float | None
    approve_share: float | None
    steering_share: float | None


def share_steering(labels: Iterable[Steering], *, rejected_prompt_count: int = 0) -> SteeringShares:
    """Counts and shares of the labels of one session; raises ValueError for a label of another question."""
    given = list(labels)
    unknown = sorted(set(given) - set(get_args(Steering)))
    if unknown:
        raise ValueError(f"not labels of steering: {unknown}")
    counts = Counter(given)
    inferable = len(given) - counts["not_inferable"]

    def share(*names: Steering) -> float | None:
        return sum(counts[name] for name in names) / inferable if inferable else None

    return SteeringShares(
        judged_prompt_count=len(given),
        inferable_prompt_count=inferable,
        correct_count=counts["correct"],
        redirect_count=counts["redirect"],
        take_over_count=counts["take_over"],
        approve_count=counts["approve"],
        none_count=counts["none"],
        rejected_prompt_count=rejected_prompt_count,
        correct_share=share("correct"),
        redirect_share=share("redirect"),
        take_over_share=share("take_over"),
        approve_share=share("approve"),
        steering_share=share("correct", "redirect", "take_over"),
    )


def judged_prompts(session: SessionRecord) -> tuple[RawHumanAct, ...]:
    """The prompts that get a label, in time order: typed, mid-run ones included, without the first."""
    return tuple(act for act in session.acts if act.is_typed and act.act_kind in JUDGED_ACTS)[1:]
