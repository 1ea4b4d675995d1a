"""Runs dbt in a process of its own: several invocations for the price of one start.

Test support. `Home.run` starts this module; steps come as JSON, what became of each node goes back.
dbt stays out of the test process, whose warnings are errors and which opens the same DuckDB file. The parsed
project is taken as a run takes it: for another lake dbt would parse anew, ten seconds a home.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunner

CHECKOUT = Path(__file__).resolve().parent.parent
PROJECT = CHECKOUT / "dbt_project"
LAND_ESTIMATES = "land-estimates"
FACTS = ["build", "--selector", "facts"]
METRICS = ["build", "--selector", "metrics"]
UNIT_TESTS = ["test", "--selector", "unit_tests"]
# The small lake has 7 users; the default of 30 effective observations would withhold every rate.
TEAM = [
    LAND_ESTIMATES,
    json.dumps({"mode": "team", "min_users": 5, "min_sessions": 15, "min_effective_n": 1}),
]
"""The step between dbt's two passes, by the rules of a team."""
PERSONAL = [LAND_ESTIMATES, json.dumps({"mode": "personal"})]
"""The same for one person's own data."""
Cell = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """What became of one invocation: node name → status."""

    success: bool
    nodes: dict[str, str]
    message: str

    def failed(self) -> set[str]:
        return {name for name, status in self.nodes.items() if status in ("fail", "error")}


@dataclass(frozen=True)
class Home:
    """A lake and the warehouse built from it, in a folder of the test."""

    folder: Path

    @property
    def lake_dir(self) -> Path:
        return self.folder / "lake"

    @property
    def warehouse_path(self) -> Path:
        return self.folder / "build.duckdb"

    def run(self, *steps: list[str]) -> list[Step]:
        """Run dbt (or a LAND_ESTIMATES step) step by step; raises where the process itself fails.

        A step may begin with `NAME=value`: a variable set from that step on.
        """
        env = os.environ | {
            "SESSIONMART_DBT_LAKE_DIR": str(self.lake_dir),
            "SESSIONMART_DBT_WAREHOUSE": str(self.warehouse_path),
            "DBT_PROJECT_DIR": str(PROJECT),
            "DBT_PROFILES_DIR": str(PROJECT),
            "DBT_TARGET_PATH": str(self.folder / "dbt_target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "PYTHONPATH": str(CHECKOUT),
        }  # fmt: skip
        found = subprocess.run(
            [sys.executable, "-m", "tests.dbt_runs", json.dumps(steps)],
            cwd=CHECKOUT, env=env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if found.returncode:
            raise RuntimeError(found.stdout[-3000:] + found.stderr[-3000:])
        return [Step(**step) for step in json.loads(found.stdout.splitlines()[-1])]


def cells(home: Home, table: str, **where: Any) -> list[Cell]:
    """Rows of a metrics table, by period and segment."""
    condition = " and ".join(f"{column} = ?" for column in where) or "true"
    with duckdb.connect(str(home.warehouse_path), read_only=True) as warehouse:
        found = warehouse.execute(
            f"select * from metrics.{table} where {condition} order by all",  # noqa: S608 - names of ours
            list(where.values()),
        )
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def one(home: Home, table: str, metric_name: str, **where: Any) -> Cell:
    """The only cell of a metric that meets the conditions."""
    (cell,) = cells(home, table, metric_name=metric_name, **where)
    return cell


def outcome_cell(home: Home, metric: str, *, labeller: str = "rules") -> Cell:
    """The cell of one labeller over all sessions."""
    where = {"labeller": labeller, "period_kind": "overall", "segment_name": "all"}
    return one(home, "rpt_session_outcomes", metric, **where)


def _run(step: list[str]) -> dict[str, Any]:
    name, separator, value = step[0].partition("=")
    if separator:
        os.environ[name] = value
        return _run(step[1:])
    if step[0] == LAND_ESTIMATES:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        from orchestration.estimates.land_estimates import land_estimates
        from orchestration.privacy.rules import PublishingRules

        # dbt keeps the file open for as long as its process lives, and would be refused a second time.
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        lake_dir = Path(os.environ["SESSIONMART_DBT_LAKE_DIR"])
        rules = PublishingRules(**json.loads(step[1]))
        rows = land_estimates(Path(os.environ["SESSIONMART_DBT_WAREHOUSE"]), lake_dir, rules=rules)
        return {"success": True, "nodes": {}, "message": str(rows)}
    runner = _parsed_runner(os.environ["SESSIONMART_DBT_LAKE_DIR"])
    found = runner.invoke(["--quiet", "--log-level-file", "none", *step])
    results = getattr(found.result, "results", None) or []
    nodes = {result.node.name: str(result.status) for result in results}
    messages = [
        f"{result.node.name}: {result.message}" for result in results if result.status in ("fail", "error")
    ]
    text = "\n".join([str(found.exception or ""), *messages]).strip()
    return {"success": bool(found.success), "nodes": nodes, "message": text}


@cache
def _parsed_runner(lake_dir: str) -> "dbtRunner":
    """A runner that holds the parsed project; where a file of it was edited since, dbt parses by itself."""
    from dbt.cli.main import dbtRunner

    from orchestration.publishing.parsed_project import parsed_for

    return dbtRunner(manifest=parsed_for(lake_dir))


if __name__ == "__main__":
    outcomes = [_run(step) for step in json.loads(sys.argv[1])]
    sys.stdout.write("\n" + json.dumps(outcomes) + "\n")
