"""Settings of what Claude is asked, how, and for how much money."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from orchestration.settings.kinds import LocalFile, Names, SettingsGroup


class BudgetSettings(SettingsGroup):
    """Claude: money."""

    budget_usd: Decimal = Field(
        default=Decimal(0),
        ge=0,
        description="Dollars that a run may spend on labels; with 0 nothing is sent.",
    )
    month_budget_usd: Decimal | None = Field(
        default=None, ge=0, description="Dollars that may be spent on labels in a calendar month (UTC)."
    )


class QuestionSettings(SettingsGroup):
    """Claude: what is asked."""

    label_classifiers: Names = Field(
        default=(), description="Classifiers to ask, separated by ','; by default all of them."
    )
    label_quiet_hours: int = Field(
        default=72, ge=0, description="Hours without activity after which a session is labelled."
    )
    label_replicate_share: float = Field(
        default=0.05, ge=0, le=1, description="Share of units about which Claude is asked three times."
    )
    label_study_c_share: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="Share of sessions that are also read shortened as in study C's appendix.",
    )
    call_sample_share: float = Field(
        default=0.02,
        ge=0,
        le=1,
        description="Share of tool calls about which Claude is asked, drawn at random; with 0 none.",
    )
    call_sample_shares: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(
        default_factory=dict,
        description="The share of tool calls by kind of tool (shell, edit, mcp, …), or by kind of tool and "
        "surface (shell/headless), where it is not call_sample_share.",
    )
    cluster_reason_share: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Share of stops and interruptions whose reason Claude summarises for clusters; with 0 "
        "none is asked about.",
    )
    cluster_action_share: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Share of tool calls that Claude summarises for clusters; with 0 none is asked about, "
        "and clusters of calls come from recorded columns.",
    )
    postings_file: LocalFile | None = Field(
        default=None, description="CSV file of real job postings against which task values are calibrated."
    )


class SendingSettings(SettingsGroup):
    """Claude: how it is asked."""

    label_client: Literal["anthropic", "bedrock", "vertex"] = Field(
        default="anthropic",
        description="API through which Claude is reached; each uses its usual environment variables.",
    )
    label_model: str = Field(
        default="claude-haiku-5-5", description="Model that answers the classifiers' questions."
    )
    label_effort: Literal["none", "low", "medium", "high", "xhigh", "max"] = Field(
        default="low",
        description="Effort of label_model, part of every fingerprint; none for models that take no effort.",
    )
    label_max_prompt_tokens: int = Field(
        default=90_000,
        ge=2_000,
        description="Longest prompt in tokens, below the price step; longer sessions are observed in parts.",
    )
    label_max_output_tokens: int = Field(
        default=4_096, ge=256, description="Most tokens of an answer, including thinking; limits its price."
    )
    label_concurrency: int = Field(
        default=4, ge=1, le=64, description="Number of requests under way at once."
    )
    label_requests_per_minute: int = Field(default=120, ge=1, description="Most requests per minute.")
    label_batch_above: int = Field(
        default=500, ge=0, description="A plan with more requests than this is submitted as batches."
    )
    label_batch_hit_share: float = Field(
        default=0.5, ge=0, le=1, description="Share of cache hits that quotes assume for batches."
    )


class DuelSettings(SettingsGroup):
    """Claude: duels and reviews of changes."""

    duel_share: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Share of the open-ended investigations in which Claude looks for moments of a next-step "
        "duel and carries it out; with 0 none is asked about.",
    )
    duel_proposer_model: str | None = Field(
        default=None,
        description="Model that proposes the next step of a duel; by default label_model.",
    )
    duel_judge_model: str | None = Field(
        default=None,
        description="Model that finds the moments of duels and judges them; by default label_model.",
    )
    change_review_share: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Share of the changes behind past bugs that Claude reviews in hindsight, with as many "
        "changes that are known for no bug; with 0 none is asked about.",
    )
    change_reviewer_model: str | None = Field(
        default=None,
        description="Model that reviews changes in hindsight; by default label_model.",
    )
