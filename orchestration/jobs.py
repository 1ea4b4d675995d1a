"""What can be started: keeping transcripts, updating dates, asking Claude, publishing what is landed.

Only the jobs `label`, `relabel` and `update_and_label` may ask Claude anything, and only within a budget.
"""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from orchestration.assets.dbt_project import METRICS_GROUP, STATISTICS_GROUP
from orchestration.assets.label_config import asking_config
from orchestration.assets.recording import STEPS_RECORD_TAG
from orchestration.assets.transcripts import ARCHIVED_TRANSCRIPTS
from orchestration.labellers import LABELLERS
from orchestration.labellers.claude import GROUP
from orchestration.labellers.people import PEOPLE

ARCHIVE_JOB = "archive"
UPDATE_JOB = "update"
PUBLISH_JOB = "publish_landed"
LABEL_JOB = "label"
RELABEL_JOB = "relabel"
UPDATE_AND_LABEL_JOB = "update_and_label"
REBUILD_METRICS_JOB = "rebuild_metrics"

STEPS_RECORD = {STEPS_RECORD_TAG: "true"}

_ARCHIVED = dg.AssetSelection.assets(ARCHIVED_TRANSCRIPTS)
_EVERYTHING = dg.AssetSelection.all() - _ARCHIVED

_BY_PEOPLE = [asset.name for asset in PEOPLE.assets]
"""They land wherever labels do, so that no job begins with the warning that they never have."""

_A_RANGE = (
    "\n\n`Materialize all…` takes a range of dates and is one run for all of them; dates that have not "
    "changed are passed over."
)
_ASKING = (
    "\n\n`Materialize all…` takes a range of dates and is one run for all of them. The launchpad (the arrow "
    "beside it) takes one date and shows what may be said of the asking, each field with its meaning."
)


def jobs() -> list[UnresolvedAssetJobDefinition]:
    """All jobs; those with dates take one date or a range of dates, and end with a release."""
    dated = {"raw", GROUP, *(labeller.group for labeller in LABELLERS.values())}
    unasked = dg.AssetSelection.groups(*sorted(dated - {GROUP})) - dg.AssetSelection.assets(*_BY_PEOPLE)
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
            # The batches too, so that nothing above is left out: unless a run asks, they ask nothing.
            selection=_EVERYTHING,
            description=(
                "**The everyday job.** Land the changed dates of a range with their labels by rules, bring "
                "home what Claude has answered, build the warehouse and release it. Nothing is asked."
                f"{_A_RANGE}"
            ),
        ),
        dg.define_asset_job(
            UPDATE_AND_LABEL_JOB,
            tags=STEPS_RECORD,
            selection=_EVERYTHING,
            config=asking_config(),
            description=(
                f"Same as `{UPDATE_JOB}`, and also asks Claude any outstanding questions for these dates, "
                f"within the budget.{_ASKING}"
            ),
        ),
        dg.define_asset_job(
            LABEL_JOB,
            tags=STEPS_RECORD,
            selection=_EVERYTHING - unasked,
            config=asking_config(),
            description=(
                f"Ask Claude what is not yet asked of landed dates, within the budget, and release.{_ASKING}"
            ),
        ),
        dg.define_asset_job(
            RELABEL_JOB,
            tags=STEPS_RECORD,
            selection=_EVERYTHING - unasked,
            config=asking_config(relabel="stale"),
            description=(
                "Ask again for labels that are held: the stale ones, or all (`relabel: all`). They are paid "
                f"again; the command `quote` with the option `--relabel` says how much.{_ASKING}"
            ),
        ),
        dg.define_asset_job(
            PUBLISH_JOB,
            tags=STEPS_RECORD,
            selection=_EVERYTHING - dg.AssetSelection.groups(*sorted(dated)),
            description=(
                "Build the whole warehouse from what is landed and release it: after a changed model, a "
                "changed setting, or models that were built alone."
            ),
        ),
        dg.define_asset_job(
            REBUILD_METRICS_JOB,
            tags=STEPS_RECORD,
            selection=dg.AssetSelection.groups(STATISTICS_GROUP, METRICS_GROUP, "release"),
            description=(
                "Compute the estimates and the metrics again on the facts that are built, and release: the "
                "second of the warehouse's two passes alone."
            ),
        ),
    ]
