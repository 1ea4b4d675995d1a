"""Settings of what a release may show."""

from typing import Literal

from pydantic import Field

from orchestration.settings.kinds import SettingsGroup


class PrivacySettings(SettingsGroup):
    """Privacy."""

    mode: Literal["team", "personal"] = Field(
        default="team",
        description="team: cells below min_users or min_sessions are suppressed. "
        "personal: one user's own data; nothing is suppressed.",
    )
    min_users: int = Field(default=5, ge=2, description="Fewest users that a published cell may have.")
    min_sessions: int = Field(default=15, ge=2, description="Fewest sessions that a published cell may have.")


class ClusterSettings(SettingsGroup):
    """Clusters."""

    cluster_min_users: int = Field(
        default=10,
        ge=2,
        description="Fewest users that a cluster of tool calls or reasons may have; smaller ones are never "
        "named, sent or published.",
    )
    cluster_min_items: int = Field(
        default=30, ge=2, description="Fewest tool calls or reasons that a cluster may have."
    )
