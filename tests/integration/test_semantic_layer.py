"""The semantic layer: MetricFlow computes from the row-level marts what the metrics tables say.

MetricFlow writes the SQL of a query and the test runs it, in this process and without dbt: the semantic
manifest is the one that dbt wrote when the project was parsed.
"""

import shlex
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from orchestration.measures.registry import metric_description
from orchestration.publishing.project_files import MANIFEST_PATH
from orchestration.publishing.warehouse import Warehouse
from orchestration.publishing.warehouse_stages import build_facts, build_metrics, estimate_facts
from tests.dbt_runs import CHECKOUT, PROJECT
from tests.demo_lake import DemoHome, Row, query_file
from tests.planted_answers import is_close

PLAIN_COLUMNS = {
    "judged_success": "rpt_session_outcomes",
    "at_least_partial": "rpt_session_outcomes",
    "verified_success": "rpt_session_outcomes",
    "trouble_above_3": "rpt_session_outcomes",
    "trouble_from_3": "rpt_session_outcomes",
    "abandoned_of_troubled_above_3": "rpt_session_outcomes",
    "no_clear_goal_share": "rpt_session_outcomes",
    "task_value_mean_usd": "rpt_task_value",
    "turns_per_session": "rpt_activity",
    "actions_per_prompt_ratio_of_sums": "rpt_activity",
}
"""Headline metrics and the table that has each as a plain column."""

COUNTED_BY_DIMENSION = {"session_count"}
"""A count to be cut by any dimension, such as the surface; no headline, so the catalogue has none of it."""

OF_SESSIONS = [metric for metric, table in PLAIN_COLUMNS.items() if table == "rpt_activity"]
OF_LABELLERS = [metric for metric in PLAIN_COLUMNS if metric not in OF_SESSIONS]
LABELLER, MONTH = "session_outcome__labeller", "metric_time__month"


@cache
def engine(manifest: Path) -> Any:
    """MetricFlow on the semantic manifest, to write SQL of DuckDB; it runs none."""
    from metricflow.engine.metricflow_engine import MetricFlowEngine
    from metricflow.protocols.sql_client import SqlEngine
    from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
    from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
    from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

    class Dialect:
        sql_engine_type = SqlEngine.DUCKDB
        sql_plan_renderer = DuckDbSqlPlanRenderer()

    semantics = parse_manifest_from_dbt_generated_manifest(manifest_json_string=manifest.read_text("utf-8"))
    return MetricFlowEngine(SemanticManifestLookup(semantics), Dialect())  # type: ignore[arg-type]


def asked(
    manifest: Path, warehouse: Path, metrics: list[str], by: list[str], *, where: str | None = None
) -> list[Row]:
    """What MetricFlow's SQL finds in the warehouse, one row per group."""
    from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

    request = MetricFlowQueryRequest.create(
        metric_names=metrics, group_by_names=by, where_constraints=None if where is None else [where]
    )
    return query_file(warehouse, engine(manifest).explain(request).sql_statement.sql)


def plain(warehouse: Path, metric: str, *, segment: str = "all", **where: str) -> list[Row]:
    """The shown cells of a metric, of everybody or by the values of a segment."""
    conditions = "".join(f" and {name} = '{value}'" for name, value in where.items())
    return query_file(
        warehouse,
        f"select * from metrics.{PLAIN_COLUMNS[metric]} where metric_name = '{metric}' "  # noqa: S608 - ours
        f"and segment_name = '{segment}' and not is_suppressed and denominator > 0 {conditions}",
    )


@pytest.fixture(scope="module")
def manifest(dbt_manifest: object) -> Path:
    return MANIFEST_PATH.with_name("semantic_manifest.json")


def compared(manifest: Path, warehouse: Path) -> set[str]:
    """Headline metrics over the whole time that both ways give, and give alike."""
    seen: set[str] = set()
    (of_sessions,) = asked(manifest, warehouse, OF_SESSIONS, [])
    of_labellers = {row[LABELLER]: row for row in asked(manifest, warehouse, OF_LABELLERS, [LABELLER])}
    for metric in PLAIN_COLUMNS:
        for cell in plain(warehouse, metric, period_kind="overall"):
            row = of_sessions if metric in OF_SESSIONS else of_labellers[cell["labeller"]]
            assert is_close(row[metric], cell["numerator"] / cell["denominator"]), (metric, row, cell)
            seen.add(metric)
    return seen


@pytest.fixture(scope="module")
def priced(personal: DemoHome, tmp_path_factory: pytest.TempPathFactory) -> DemoHome:
    """The demo's warehouse with a price of every session, and what rests on it built again."""
    home = personal.copy(tmp_path_factory.mktemp("priced"), mode="personal")
    with duckdb.connect(str(home.settings.warehouse_path)) as built:
        built.execute(
            "update intermediate.int_sessions__judged set task_value_by = 'value', "
            "price_usd = 1 + extract(day from started_local_date)"
        )
    warehouse = Warehouse(home.settings)
    build_facts(home.settings, warehouse, ["fct_session_outcomes", "int_task_value__summed"])
    estimate_facts(home.settings)
    build_metrics(home.settings, warehouse)
    return home


def test_every_headline_metric_is_what_its_plain_column_says(
    manifest: Path, priced: DemoHome, personal: DemoHome
) -> None:
    """The demo's rules give no price, so that the value of tasks is compared where prices were given."""
    without_prices = compared(manifest, personal.settings.warehouse_path)
    with_prices = compared(manifest, priced.settings.warehouse_path)
    assert without_prices == PLAIN_COLUMNS.keys() - {"task_value_mean_usd"}
    assert with_prices >= {"task_value_mean_usd", "verified_success", "turns_per_session"}


def test_months_are_those_of_the_plain_column(manifest: Path, personal: DemoHome) -> None:
    warehouse = personal.settings.warehouse_path
    found = {
        (row[MONTH].date() if hasattr(row[MONTH], "date") else row[MONTH], row[LABELLER]): row
        for row in asked(manifest, warehouse, ["verified_success"], [MONTH, LABELLER])
    }
    cells = plain(warehouse, "verified_success", period_kind="month")
    assert len(cells) > 1
    for cell in cells:
        row = found[cell["period_start"], cell["labeller"]]
        assert is_close(row["verified_success"], cell["numerator"] / cell["denominator"])


def documented() -> list[list[str]]:
    """The arguments of the queries on the page about BI tools."""
    lines = (CHECKOUT / "docs" / "bi.md").read_text(encoding="utf-8").splitlines()
    return [shlex.split(line)[2:] for line in lines if line.startswith("mf query ")]


@pytest.mark.parametrize("arguments", documented(), ids=lambda arguments: arguments[1])
def test_a_documented_query_gives_the_plain_figures(
    arguments: list[str], manifest: Path, personal: DemoHome
) -> None:
    """Every figure of the query, and no other, for metrics that have a plain column."""
    given = dict(zip(arguments[::2], arguments[1::2], strict=True))
    warehouse, by = personal.settings.warehouse_path, given["--group-by"].split(",")
    rows = asked(manifest, warehouse, given["--metrics"].split(","), by, where=given.get("--where"))
    assert by[0].endswith("agent") or by[1].endswith("agent"), "no figure combines several agents"
    segment = next((name.partition("__")[2] for name in by if name.endswith("work_mode")), "all")
    period = "month" if MONTH in by else "overall"
    compared = 0
    for metric in sorted(given["--metrics"].split(",")):
        if metric in COUNTED_BY_DIMENSION:
            assert sum(row[metric] for row in rows) == len(personal.truth.sessions)
            continue
        cells = {
            (cell["period_start"], cell["segment_value"]): cell["numerator"] / cell["denominator"]
            for cell in plain(warehouse, metric, segment=segment, period_kind=period)
            if cell["labeller"] in (None, "rules")
        }
        found = {
            (_day(row.get(MONTH)), row.get("session_outcome__work_mode") or "all"): row[metric]
            for row in rows
            if row[metric] is not None
        }
        assert found.keys() == cells.keys(), metric
        assert all(is_close(found[key], value) for key, value in cells.items()), metric
        compared += len(cells)
    assert compared


def _day(at: Any) -> Any:
    """The date of a month, which MetricFlow gives as a time."""
    return at.date() if hasattr(at, "date") else at


def test_a_metric_s_description_is_the_catalogue_s() -> None:
    files = (PROJECT / "models/marts").glob("*.yml")
    written = [one for path in files for one in yaml.safe_load(path.read_text("utf-8")).get("metrics", [])]
    described = {one["name"]: one["description"].strip() for one in written}
    parts = {
        one["type_params"][side]
        for one in written
        if one["type"] == "ratio"
        for side in ("numerator", "denominator")
    }
    assert described.keys() - parts - COUNTED_BY_DIMENSION == PLAIN_COLUMNS.keys()
    for metric in PLAIN_COLUMNS:
        what = metric_description(metric).split(" Null where ")[0]
        unprotected = "Null without observations. Computed from single rows, so not for publication."
        assert described[metric] == f"{what} {unprotected}"
