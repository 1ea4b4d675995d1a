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
from orchestration.estimates.land_estimates import ESTIMATE_TABLES, land_estimates
from orchestration.ingest.parse import PARSER_VERSION
from orchestration.ingest.redaction.redact import REDACTOR_VERSION
from orchestration.labelling.land_claude_labels import CLAUDE, claude_label_tables
from orchestration.landing.gate_log import ensure_gate_log, record_verdicts
from orchestration.landing.journal import write_json
from orchestration.landing.judge_process import JudgeProcess
from orchestration.landing.lake import ensure_typed_empty_files, label_lake_table, raw_lake_tables
from orchestration.landing.landed import RAW_SCOPE, labels_scope, landed_dates, read_landed
from orchestration.privacy.rules import PublishingRules
from orchestration.pricing.land_prices import UNIT_PRICES, land_prices
from orchestration.progress import Advance
from orchestration.publishing.release import (
    Release,
    ReleaseFacts,
    current_release,
    git_revision,
    publish_release,
)
from orchestration.publishing.warehouse import BuiltNode, Warehouse, dbt_variables, project_fingerprint
from orchestration.reviewing.land_human_labels import HUMAN, human_label_tables
from orchestration.settings import CHECKOUT, Settings
from orchestration.stages import RULES, is_lake_complete, writing


def build_facts(settings: Settings, warehouse: Warehouse) -> tuple[BuiltNode, ...]:
    """Build everything but the metrics, from nothing; what the lake lacks is a typed empty table."""
    with writing(settings, "building the warehouse"):
        _ensure_all_tables(settings)
        land_prices(settings.lake_dir)
        warehouse.start_anew()
        return warehouse.build("facts", is_lake_complete=is_lake_complete(settings))


def estimate_facts(settings: Settings, advance: Advance = lambda _done, _total: None) -> dict[str, int]:
    """Compute the estimates from the built facts; rows per table. `advance` is told of each table."""
    with writing(settings, "computing estimates"):
        return land_estimates(
            settings.warehouse_path, settings.lake_dir, rules=publishing_rules(settings), advance=advance
        )


def publishing_rules(settings: Settings) -> PublishingRules:
    """What a release of this home may show."""
    return PublishingRules(settings.mode, settings.min_users, settings.min_sessions)


def build_metrics(settings: Settings, warehouse: Warehouse) -> tuple[BuiltNode, ...]:
    """Build the metrics on the facts and the estimates."""
    with writing(settings, "building the metrics"):
        return warehouse.build("metrics", is_lake_complete=is_lake_complete(settings))


def judge_warehouse(
    settings: Settings, judge: JudgeProcess, *, run_id: str, now: datetime
) -> Sequence[Verdict]:
    """The gates' verdicts on the built warehouse, kept in gate_results."""
    with writing(settings, "judging the warehouse"):
        min_users = settings.min_users if settings.mode == "team" else None
        verdicts = judge.judge_warehouse(
            settings.warehouse_path, min_users=min_users, is_lake_complete=is_lake_complete(settings)
        )
        record_verdicts(settings.lake_dir, verdicts, run_id=run_id, stage="warehouse", now=now)
    return verdicts


def release_warehouse(
    settings: Settings, verdicts: Sequence[Verdict], *, run_id: str, now: datetime
) -> Release:
    """Publish the judged warehouse; remembers what it was made from."""
    facts = ReleaseFacts(
        run_id=run_id,
        parser_version=PARSER_VERSION,
        redactor_version=REDACTOR_VERSION,
        git_revision=git_revision(CHECKOUT),
        mode=settings.mode,
        min_users=settings.min_users,
        min_sessions=settings.min_sessions,
        time_zone=settings.time_zone,
    )
    with writing(settings, "publishing a release"):
        release = publish_release(
            settings.home,
            warehouse_path=settings.warehouse_path,
            verdicts=verdicts,
            facts=facts,
            now=now,
            releases_kept=settings.releases_kept,
            memory_gb=settings.memory_gb,
        )
        write_json(
            _released_path(settings), {"release_id": release.release_id, "made_from": release_state(settings)}
        )
    return release


def release_state(settings: Settings) -> str:
    """Changes with whatever a release is made from: landed rows and labels, models, prices, settings."""
    digest = blake2b(digest_size=16)
    digest.update(f"{project_fingerprint()} {price_table_version()}".encode())
    digest.update(repr((sorted(dbt_variables(settings).items()), publishing_rules(settings))).encode())
    for scope in (RAW_SCOPE, *map(labels_scope, (RULES, CLAUDE, HUMAN))):
        for day in landed_dates(settings.lake_dir, scope=scope):
            state = read_landed(settings.lake_dir, day, scope=scope)
            digest.update(f"{scope} {day} {state.fingerprint if state else None}\n".encode())
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
    schemas = {**claude_label_tables(), **human_label_tables()}
    labels = [label_lake_table(name, schema) for name, schema in schemas.items()]
    ensure_typed_empty_files(settings.lake_dir, [*raw_lake_tables(), *labels, *ESTIMATE_TABLES, UNIT_PRICES])
    ensure_gate_log(settings.lake_dir)
