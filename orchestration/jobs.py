"""What can be started: keeping transcripts, updating dates, asking Claude, publishing what is landed.

Only the jobs `label`, `relabel` and `update_and_label` may ask Claude anything, and only within a budget.
"""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from orchestration.assets.label_config import asking_config
from orchestration.assets.recording import STEPS_RECORD_TAG
from orchestration.assets.transcripts import ARCHIVED_TRANSCRIPTS
from orchestration.labellers import LABELLERS
from orchestration.labellers.claude import BATCHES, GROUP

ARCHIVE_JOB = "archive"
UPDATE_JOB = "update"
PUBLISH_JOB = "publish_landed"
LABEL_JOB = "label"
RELABEL_JOB = "relabel"
UPDATE_AND_LABEL_JOB = "update_and_label"

STEPS_RECORD = {STEPS_RECORD_TAG: "true"}

_ARCHIVED = dg.AssetSelection.assets(ARCHIVED_TRANSCRIPTS)
_BATCHES = dg.AssetSelection.assets(BATCHES)


def jobs() -> list[UnresolvedAssetJobDefinition]:
    """All jobs; those with dates take one date or a range of dates, and end with a release."""
    dated = {"raw", GROUP, *(labeller.group for labeller in LABELLERS.values())}
    unasked = dg.AssetSelection.groups(*sorted(dated - {GROUP}))
    return [
        dg.define_asset_job(
            ARCHIVE_JOB,
            tags=STEPS_RECORD,
            selection=_ARCHIVED,
            description="Archive new and changed transcripts; nothing else is touched.",
        ),
        dg.define_asset_job(
            UPDATE_JOB,
            tags=STEPS_RECORD,
            selection=dg.AssetSelection.all() - _ARCHIVED - _BATCHES,
            description=(
                "Land the changed dates of a range with their labels by rules, bring home what Claude has "
                "answered, build the warehouse and release it. Nothing is asked."
            ),
        ),
        dg.define_asset_job(
            UPDATE_AND_LABEL_JOB,
            tags=STEPS_RECORD,
            selection=dg.AssetSelection.all() - _ARCHIVED,
            config=asking_config(),
            description=(
                f"Same as `{UPDATE_JOB}`, and also asks Claude any outstanding questions for these dates, "
                "within the budget."
            ),
        ),
        dg.define_asset_job(
            LABEL_JOB,
            tags=STEPS_RECORD,
            selection=dg.AssetSelection.all() - _ARCHIVED - unasked,
            config=asking_config(),
            description="Ask Claude what is not yet asked of landed dates, within the budget, and release.",
        ),
        dg.define_asset_job(
            RELABEL_JOB,
            tags=STEPS_RECORD,
            selection=dg.AssetSelection.all() - _ARCHIVED - unasked,
            config=asking_config(relabel="stale"),
            description=(
                "Ask again for labels that are held: the stale ones, or all (`relabel: all`). They are paid "
                "again; the command `quote` with the option `--relabel` says how much."
            ),
        ),
        dg.define_asset_job(
            PUBLISH_JOB,
            tags=STEPS_RECORD,
            selection=dg.AssetSelection.all() - _ARCHIVED - dg.AssetSelection.groups(*sorted(dated)),
            description="Build the warehouse from what is landed and release it.",
        ),
    ]
