"""The one assembly of what Dagster knows: `build_definitions(settings)`, and what the server loads.

Importing this module does nothing. The server calls `sessionmart_definitions`, which reads the settings
and the manifest, and fails with one sentence where either is missing.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from orchestration.assets.change_reviews import change_reviews_asset
from orchestration.assets.claude_asking import BEFORE_LANDING
from orchestration.assets.claude_batches import batches_asset
from orchestration.assets.clusters import cluster_assets, cluster_names_asset, cluster_summaries_asset
from orchestration.assets.dbt_project import DbtProject
from orchestration.assets.duels import next_step_duels_asset
from orchestration.assets.git import git_assets
from orchestration.assets.labels import label_assets
from orchestration.assets.release import release_asset
from orchestration.assets.statistics import estimate_assets
from orchestration.assets.supplied import supplied_assets
from orchestration.assets.transcripts import archive_asset, raw_assets
from orchestration.assets.warehouse import warehouse_assets
from orchestration.failure_hook import failure_sensors
from orchestration.home import open_home
from orchestration.jobs import jobs
from orchestration.labellers import labellers_of
from orchestration.partitions import daily_partitions
from orchestration.publishing.parsed_project import read_manifest
from orchestration.resources import resources
from orchestration.schedules import daily_archive
from orchestration.sensors import changed_transcripts, dirty_dates_sensor, finished_batches_sensor
from orchestration.settings import Settings, load_settings


def build_definitions(settings: Settings, *, overrides: Mapping[str, Any] | None = None) -> dg.Definitions:
    """Everything of one data home. `overrides` replaces resources by name.

    Raises ManifestMissingError where the dbt project has not been parsed.
    """
    days = daily_partitions(settings.start_date)
    all_jobs = jobs()
    project = DbtProject(settings, read_manifest())
    return dg.Definitions(
        assets=[
            archive_asset(settings),
            raw_assets(settings, days),
            batches_asset(settings, days),
            *(
                label_assets(settings, days, labeller, before=BEFORE_LANDING.get(labeller.name))
                for labeller in labellers_of(settings)
            ),
            git_assets(settings),
            cluster_summaries_asset(settings),
            cluster_assets(settings),
            cluster_names_asset(settings),
            supplied_assets(settings),
            next_step_duels_asset(settings),
            change_reviews_asset(settings),
            *warehouse_assets(settings, project),
            estimate_assets(settings),
            release_asset(settings, project.published),
        ],
        jobs=all_jobs,
        schedules=[daily_archive(settings)],
        sensors=[
            changed_transcripts(settings),
            dirty_dates_sensor(settings, all_jobs),
            finished_batches_sensor(settings),
            *failure_sensors(settings),
        ],
        resources={**resources(settings), **(overrides or {})},
        # Few large steps: a process for each would cost more in starting up than it could save.
        executor=dg.in_process_executor,
    )


@dg.definitions
def sessionmart_definitions() -> dg.Definitions:
    """What the webserver and the daemon load, with the settings of file and environment."""
    return build_definitions(open_home(load_settings()))
