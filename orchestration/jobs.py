"""What can be started: keeping transcripts, updating a range of dates, publishing what is landed."""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from orchestration.assets.transcripts import ARCHIVED_TRANSCRIPTS

ARCHIVE_JOB = "archive"
UPDATE_JOB = "update"
PUBLISH_JOB = "publish_landed"

_ARCHIVED = dg.AssetSelection.assets(ARCHIVED_TRANSCRIPTS)
_DATED = dg.AssetSelection.groups("raw", "labels")


def jobs() -> list[UnresolvedAssetJobDefinition]:
    """The three jobs; `update` takes one date or a range of dates and ends with a release."""
    return [
        dg.define_asset_job(
            ARCHIVE_JOB,
            selection=_ARCHIVED,
            description="Archive new and changed transcripts; nothing else is touched.",
        ),
        dg.define_asset_job(
            UPDATE_JOB,
            selection=dg.AssetSelection.all() - _ARCHIVED,
            description="Land the changed dates of a range, label them, build the warehouse and release it.",
        ),
        dg.define_asset_job(
            PUBLISH_JOB,
            selection=dg.AssetSelection.all() - _ARCHIVED - _DATED,
            description="Build the warehouse from what is landed and release it.",
        ),
    ]
