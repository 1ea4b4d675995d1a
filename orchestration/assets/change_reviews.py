"""The retrospective review as Dagster sees it: asked for where a run may ask, before the build."""

import dagster as dg

from orchestration.assets.asked_tables import AskedTable, asked_asset
from orchestration.assets.label_config import CHANGE_REVIEWS
from orchestration.change_reviews.rows import CHANGES, ReviewedChange
from orchestration.labelling.change_reviews import ask_reviews, land_reviews
from orchestration.settings import Settings

GROUP = "change_reviews"
CHANGES_ASSET = f"change_reviews_{CHANGES.name}"
INCIDENTS_AND_FIXES = ("supplied_incidents", "git_commits")
"""Where the bugs of past changes are named."""


def change_reviews_asset(settings: Settings) -> dg.AssetsDefinition:
    """The reviewed changes: asked for within the budget where the run may ask, and read from the ledger."""
    table = AskedTable(
        GROUP, CHANGE_REVIEWS, CHANGES_ASSET, INCIDENTS_AND_FIXES, CHANGES, ReviewedChange,
        "Reviewing past changes",
    )  # fmt: skip
    return asked_asset(settings, table, ask_reviews, lambda: land_reviews(settings))
