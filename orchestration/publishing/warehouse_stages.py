"""From landed rows to a release, as functions of the settings: build, estimate, judge, publish.

Belongs here: what these stages share, and what a release was made from. Not here: how dbt is run
(warehouse), how a release is written (release), what Dagster is told (assets).
"""

import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from classifiers.ledger.prices import price_table_version
from expectations.verdict import Verdict
from orchestration.change_reviews.rows import CHANGE_REVIEW_TABLES
from orchestration.clusters.items import call_items, summarised_items
from orchestration.clusters.land_clusters import land_clusters
from orchestration.clusters.partition import is_available
from orchestration.clusters.rows import CLUSTER_TABLES
from orchestration.clusters.rules import ClusterRules
from orchestration.date_states import held_days, landed_states, refuse_held
from orchestration.demo_home import is_demo
from orchestration.duels.rows import DUEL_TABLES
from orchestration.estimates.land_estimates import ESTIMATE_TABLES, land_estimates
from orchestration.estimates.references import CaseAgreement, References
from orchestration.forgetting.tombstones import deleted_people
from orchestration.git_history.tables import git_lake_tables
from orchestration.ingest.parse import PARSER_VERSION
from orchestration.ingest.pseudonyms import Pseudonyms, load_or_create_key
from orchestration.ingest.redaction.redact import REDACTOR_VERSION, Redactor
from orchestration.labellers import labellers_of
from orchestration.labelling.anchor import read_anchor
from orchestration.labelling.evaluation import kept_on_cases
from orchestration.landing.bounded_duckdb import spill_beside
from orchestration.landing.gate_log import ensure_gate_log, record_verdicts
from orchestration.landing.journal import write_json
from orchestration.landing.judge_process import JudgeProcess
from orchestration.landing.lake import ensure_typed_empty_files, raw_lake_tables
from orchestration.landing.lake_by_month import copy_by_month, lake_by_month
from orchestration.measures.primary_set import current_set
from orchestration.pricing.land_prices import UNIT_PRICES, land_prices
from orchestration.privacy.attack_findings import record_attack
from orchestration.privacy.rules import PublishingRules
from orchestration.progress import Advance
from orchestration.publishing.built_record import built_from, note_built, note_built_alone
from orchestration.publishing.lake_notes import set_aside_in_all
from orchestration.publishing.parsed_project import descriptions
from orchestration.publishing.project_files import project_fingerprint
from orchestration.publishing.release import (
    Release,
    ReleaseFacts,
    current_release,
    git_revision,
    publish_release,
)
from orchestration.publishing.release_copy import BuiltWarehouse
from orchestration.publishing.warehouse import BuiltNode, Warehouse, dbt_variables
from orchestration.repository_stage import repositories_state
from orchestration.settings import CHECKOUT, IS_CHECKOUT, Settings, SettingsError
from orchestration.stages import is_lake_complete, writing
from orchestration.store.mirror import push_lake
from orchestration.store.releases import put_release
from orchestration.supplied.land_supplied import SUPPLIED, files_fingerprint, land_supplied, supplied_files
from orchestration.supplied.pull_requests import mappings
from orchestration.supplied.reading import SuppliedContext
from orchestration.supplied.rows import SUPPLIED_TABLES


def cluster_units(settings: Settings, advance: Advance = lambda _done, _total: None) -> dict[str, int]:
    """Find the clusters of what is landed; rows per table. Without scikit-learn there are none."""
    with writing(settings, "clustering"):
        _ensure_all_tables(settings)
        items = []
        if is_available():
            items = call_items(
                settings.lake_dir, spill_beside(settings.warehouse_path), memory_gb=settings.memory_gb
            )
            items += summarised_items(settings.lake_dir)
        return land_clusters(settings.lake_dir, items, cluster_rules(settings), advance=advance)


def cluster_rules(settings: Settings) -> ClusterRules:
    """How large a cluster of this home must be."""
    return ClusterRules(settings.cluster_min_users, settings.cluster_min_items, publishing_rules(settings))


def take_supplied(settings: Settings) -> dict[str, int]:
    """Read the tables that the organisation supplies and land them; rows per table of the lake.

    Raises SettingsError where a named file is missing or the mapping file cannot be used.
    """
    files = {table.name: supplied_files(table.name, getattr(settings, table.name)) for table in SUPPLIED}
    with writing(settings, "reading supplied tables"), deleted_people(settings) as deleted:
        context = SuppliedContext(
            pseudonyms=Pseudonyms(load_or_create_key(settings.pseudonym_key_path)),
            users=settings.users,
            projects=settings.projects,
            is_deleted=lambda user_id: deleted is not None and deleted.deleted_at(user_id) is not None,
            redactor=Redactor(home_names=settings.users),
            mapping=_pull_request_mapping(settings),
        )
        return land_supplied(settings.lake_dir, files, context)


def _pull_request_mapping(settings: Settings) -> str:
    """The text of the operator's mapping, which can be used. Raises SettingsError where it cannot."""
    path = settings.pull_request_mapping
    if path is None:
        return ""
    try:
        text = path.read_text(encoding="utf-8")
        mappings(text)
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"The mapping file {path} cannot be used: {error}. Correct it, or the setting "
            "`pull_request_mapping`; docs/organisation-tables.md shows one."
        ) from error
    return text


def build_facts(
    settings: Settings, warehouse: Warehouse, only: Sequence[str] | None = None
) -> tuple[BuiltNode, ...]:
    """Build everything but the metrics, from nothing; what the lake lacks is a typed empty table.

    With `only`, build these models alone on what is built: to be looked at, for no release.
    """
    with writing(settings, "building the warehouse"):
        if only is None:
            _ensure_all_tables(settings)
            land_prices(settings.lake_dir)
            copy_lake(settings)
            warehouse.start_anew()
            if not settings.reads_store and settings.facts_engine == "duckdb":
                copied = lake_by_month(settings.warehouse_path)
                copy_by_month(settings.lake_dir, copied, memory_gb=settings.memory_gb)
            note_built(settings.warehouse_path, made_from=release_state(settings))
        else:
            note_built_alone(settings.warehouse_path, only)
        return warehouse.build("facts", is_lake_complete=is_lake_complete(settings), only=only)


def estimate_facts(settings: Settings, advance: Advance = lambda _done, _total: None) -> dict[str, int]:
    """Compute the estimates from the built facts; rows per table. `advance` is told of each table."""
    with writing(settings, "computing estimates"):
        return land_estimates(
            settings.warehouse_path,
            settings.lake_dir,
            rules=publishing_rules(settings),
            references=references_of(settings),
            memory_gb=settings.memory_gb,
            advance=advance,
        )


def copy_lake(settings: Settings) -> None:
    """Bring the lake's copy on the object store up to date, where the settings name one."""
    if settings.store is not None:
        push_lake(settings, settings.store)


def references_of(settings: Settings) -> References:
    """What the home knows of its labellers: agreement with the judged cases, the anchor set."""
    anchor = read_anchor(settings)
    on_cases = tuple(CaseAgreement(*row) for row in kept_on_cases(settings))
    return References(on_cases, None if anchor is None else anchor.holds)


def publishing_rules(settings: Settings) -> PublishingRules:
    """What a release of this home may show."""
    return PublishingRules(settings.mode, settings.min_users, settings.min_sessions)


def build_metrics(
    settings: Settings, warehouse: Warehouse, only: Sequence[str] | None = None
) -> tuple[BuiltNode, ...]:
    """Build the metrics on the facts and the estimates; with `only`, these alone, as build_facts does."""
    with writing(settings, "building the metrics"):
        copy_lake(settings)
        if only is not None:
            note_built_alone(settings.warehouse_path, only)
        return warehouse.build("metrics", is_lake_complete=is_lake_complete(settings), only=only)


def run_tests(settings: Settings, warehouse: Warehouse, tests: Sequence[str]) -> tuple[BuiltNode, ...]:
    """Run these tests of the dbt project on what is built; nothing is built.

    They run in the warehouse file, as the second pass does: it has the metrics too, and views of the facts
    that another engine built.
    """
    with writing(settings, "testing the warehouse"):
        return warehouse.build("metrics", is_lake_complete=is_lake_complete(settings), only=tests)


def judge_warehouse(
    settings: Settings, judge: JudgeProcess, *, run_id: str, now: datetime
) -> Sequence[Verdict]:
    """The gates' verdicts on the built warehouse, kept in gate_results.

    In team mode the metrics are attacked first; a gate judges what the attack found.
    """
    with writing(settings, "judging the warehouse"):
        min_users = settings.min_users if settings.mode == "team" else None
        if min_users is not None:
            record_attack(settings.warehouse_path, previous=_metrics_before(settings))
        verdicts = judge.judge_warehouse(
            settings.warehouse_path, min_users=min_users, is_lake_complete=is_lake_complete(settings)
        )
        record_verdicts(settings.lake_dir, verdicts, run_id=run_id, stage="warehouse", now=now)
    return verdicts


def _metrics_before(settings: Settings) -> Path | None:
    """The metrics that readers of the current release have; None before the first."""
    current = current_release(settings.home)
    path = None if current is None else current / "metrics.duckdb"
    return path if path is not None and path.exists() else None


def release_warehouse(
    settings: Settings,
    verdicts: Sequence[Verdict],
    *,
    run_id: str,
    now: datetime,
    accepts_held: bool = False,
) -> Release:
    """Publish the judged warehouse; remembers what it was made from.

    Raises DatesHeldError while a gate holds rows or labels of a date back, unless a person `accepts_held`:
    then the manifest says which dates show their last good state. Raises BuiltAloneError while models are
    built apart from the others, what publish_release raises, and StoreError: the release is current in the
    home then.
    """
    if not accepts_held:
        refuse_held(settings)
    made_from = built_from(settings.warehouse_path) or release_state(settings)
    declared = current_set()
    facts = ReleaseFacts(
        run_id=run_id,
        parser_version=PARSER_VERSION,
        redactor_version=REDACTOR_VERSION,
        git_revision=git_revision(CHECKOUT) if IS_CHECKOUT else None,
        mode=settings.mode,
        min_users=settings.min_users,
        min_sessions=settings.min_sessions,
        time_zone=settings.time_zone,
        is_demo=is_demo(settings.home),
        set_aside=set_aside_in_all(settings.lake_dir),
        primary_set={"hash": declared.hash, "declared_on": declared.declared_on.isoformat()},
        held_dates=tuple(f"{each.day} {each.what}" for each in held_days(settings)),
    )
    with writing(settings, "publishing a release"):
        release = publish_release(
            settings.home,
            warehouse=BuiltWarehouse(settings.warehouse_path, descriptions()),
            verdicts=verdicts,
            facts=facts,
            now=now,
            releases_kept=settings.releases_kept,
            memory_gb=settings.memory_gb,
        )
        if settings.store is not None:
            # Before the record of what was released: a release that did not get there is made again.
            put_release(settings, settings.store)
        write_json(_released_path(settings), {"release_id": release.release_id, "made_from": made_from})
    return release


def release_state(settings: Settings) -> str:
    """Changes with whatever a release is made from: landed rows and labels, models, prices, settings."""
    digest = blake2b(digest_size=16)
    digest.update(f"{project_fingerprint()} {price_table_version()}".encode())
    digest.update(repr((sorted(dbt_variables(settings).items()), cluster_rules(settings))).encode())
    digest.update(settings.facts_engine.encode())  # the same figures; whoever changes it wants to see it work
    digest.update(repr(is_available()).encode())
    for table in SUPPLIED:
        files = supplied_files(table.name, getattr(settings, table.name))
        digest.update(f"{table.name} {files_fingerprint(files)}\n".encode())
    digest.update(_pull_request_mapping(settings).encode())
    digest.update(repositories_state(settings).encode())
    digest.update(repr((kept_on_cases(settings), read_anchor(settings))).encode())
    for line in landed_states(settings):
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()


def released_state(settings: Settings) -> str | None:
    """What the current release was made from; None where there is none, or it is not known."""
    current = current_release(settings.home)
    try:
        record = json.loads(_released_path(settings).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    is_known = current is not None and record["release_id"] == current.name
    return str(record["made_from"]) if is_known else None


def _released_path(settings: Settings) -> Path:
    return settings.published_dir / "made_from.json"


def _ensure_all_tables(settings: Settings) -> None:
    labels = [table for labeller in labellers_of(settings) for table in labeller.lake_tables.values()]
    others = (
        *git_lake_tables(),
        *CLUSTER_TABLES,
        *SUPPLIED_TABLES,
        *DUEL_TABLES,
        *CHANGE_REVIEW_TABLES,
        *ESTIMATE_TABLES,
        UNIT_PRICES,
    )
    ensure_typed_empty_files(settings.lake_dir, [*raw_lake_tables(), *labels, *others])
    ensure_gate_log(settings.lake_dir)
