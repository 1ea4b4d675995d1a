"""Next-step duels as Dagster sees them: carried out where a run may ask, before the warehouse is built."""

import dagster as dg

from orchestration.assets.asked_tables import AskedTable, asked_asset
from orchestration.assets.label_config import NEXT_STEP_DUELS
from orchestration.duels.rows import NEXT_STEPS, NextStepDuel
from orchestration.labelling.next_step_duels import ask_duels, land_duels
from orchestration.settings import Settings

GROUP = "duels"
NEXT_STEPS_ASSET = f"duels_{NEXT_STEPS.name}"
POPULATION = ("raw_sessions", "raw_turns", "claude_labels_difficulty_tier", "claude_labels_work_mode")
"""What decides which sessions have duels, by their rows and labels."""


def next_step_duels_asset(settings: Settings) -> dg.AssetsDefinition:
    """The duels: carried out within the budget where the run may ask, and read from the ledger."""
    table = AskedTable(
        GROUP, NEXT_STEP_DUELS, NEXT_STEPS_ASSET, POPULATION, NEXT_STEPS, NextStepDuel,
        "Carrying out next-step duels",
    )  # fmt: skip
    return asked_asset(settings, table, ask_duels, lambda: land_duels(settings))
