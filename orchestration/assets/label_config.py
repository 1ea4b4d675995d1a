"""What a run may ask of Claude: its configuration, the budget behind it, which labels it is about.

Nothing is asked unless a run says `ask` and a budget is set: the jobs that ask are named in `jobs`.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import dagster as dg
from pydantic import Field

from orchestration.labellers.claude import BATCHES, CLAUDE
from orchestration.labelling.asking import AskScope, scope_of
from orchestration.settings import Settings, has_api_key

CLUSTER_SUMMARIES, CLUSTER_NAMES = "cluster_summaries", "cluster_names"
"""The steps that summarise reasons and name clusters."""

NEXT_STEP_DUELS, CHANGE_REVIEWS = "next_step_duels", "retrospective_reviews"
"""The steps that carry out next-step duels and review past changes."""


class LabelConfig(dg.Config):
    """What a run may ask. Unless `ask` is set it asks nothing and lands what is answered."""

    ask: bool = Field(
        default=False, description="Whether Claude may be asked. Without it, only what is answered is landed."
    )
    budget_usd: float | None = Field(
        default=None,
        description="Dollars that the run may spend; without it, the setting budget_usd decides.",
    )
    classifiers: list[str] | None = Field(
        default=None, description="Classifiers to ask; without it, the setting label_classifiers decides."
    )
    relabel: str = Field(
        default="none",
        description="Held labels to ask for again, which are paid again: `none`, `stale` (given on another "
        "input) or `all`. `anchor` asks about the anchor set alone.",
    )
    budget_run: str | None = Field(
        default=None, description="Runs of one name share one budget; without it, the run has one of its own."
    )


LABEL_STEPS = (BATCHES, CLAUDE.step)
"""Steps whose requests are about the sessions of some dates."""

CLUSTER_STEPS = (CLUSTER_SUMMARIES, CLUSTER_NAMES)
"""Steps that ask about what those dates have changed; no step of labels waits for them."""

WITHOUT_DATES = (NEXT_STEP_DUELS, CHANGE_REVIEWS)
"""Steps that go on asking where no date has anything to do."""


def asking_config(*, has_dates: bool = True, only_labels: bool = False, **values: Any) -> dict[str, Any]:
    """Run configuration of the steps that ask: without dates, of those that need none.

    `only_labels`: of the steps of labels, whatever else could be asked.
    """
    asking = (
        *(LABEL_STEPS if has_dates else ()),
        *(CLUSTER_STEPS if has_dates and not only_labels else ()),
        *(() if only_labels else WITHOUT_DATES),
    )
    return {"ops": {name: {"config": {"ask": True, **values}} for name in asking}}


def budget_of_run(settings: Settings, config: LabelConfig) -> Decimal:
    return settings.budget_usd if config.budget_usd is None else Decimal(str(config.budget_usd))


def may_ask(settings: Settings, config: LabelConfig, budget: Decimal) -> bool:
    return config.ask and budget > 0 and has_api_key(settings)


def scope_of_run(
    settings: Settings, config: LabelConfig, days: list[date], classifiers: Sequence[str] | None
) -> AskScope:
    names = tuple(classifiers) if classifiers else None
    return scope_of(settings, days, names, which=config.relabel)
