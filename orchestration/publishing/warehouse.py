"""The dbt project, built in this process: one parse, two passes, and what became of each node.

Belongs here: where dbt finds lake and warehouse, its variables, its result as plain values, and the
message when something fails. Not here: models and tests (dbt_project), what Dagster is told (assets).
In this process, because a second Python that imports dbt costs six seconds a pass.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.landing.bounded_duckdb import spill_beside
from orchestration.landing.lake_by_month import lake_by_month
from orchestration.publishing.parsed_project import LAKE_WHEN_PARSED, parsed_for, write_copy
from orchestration.publishing.project_files import MANIFEST_PATH, PROJECT_DIR
from orchestration.publishing.spark_connection import WITH_PASSWORD, SparkPlace, require_spark
from orchestration.publishing.spark_tables import begin_pass, continue_pass
from orchestration.publishing.spark_views import make_views
from orchestration.settings import Settings, spark_password
from orchestration.store.warehouse_views import read_folder_again

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunner

# Messages of these kinds quote values of the data; all others name tables, columns and files only.
_QUOTES_VALUES = (
    "Conversion Error", "Invalid Input Error", "Constraint Error", "Out of Range Error",
    # Spark's kinds; it says AnalysisException and ParseException of what is wrong with a statement itself.
    "SparkDateTimeException", "SparkNumberFormatException", "SparkArithmeticException",
    "SparkRuntimeException", "SparkException",
)  # fmt: skip


FACTS = "facts"
"""The first pass, which alone may be another engine's."""


class WarehouseFailedError(Exception):
    """A model or a test of the dbt project failed; the message names each and says what to do.

    `nodes`: what became of each node of the pass; none where dbt did not start.
    """

    def __init__(self, message: str, nodes: "tuple[BuiltNode, ...]" = ()) -> None:
        super().__init__(message)
        self.nodes = nodes


@dataclass(frozen=True)
class BuiltNode:
    """One node of a pass. `status` is dbt's; `failures` are rows a test found."""

    unique_id: str
    name: str
    resource_type: str
    status: str
    seconds: float
    failures: int | None
    message: str
    tested_ids: tuple[str, ...]

    @property
    def has_failed(self) -> bool:
        return self.status in {"error", "fail", "runtime error", "partial success"}


class Warehouse:
    """Builds the warehouse of one data home; keep it for both passes, so that dbt parses once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._runner: dbtRunner | None = None

    def start_anew(self) -> None:
        """Remove the built file and its spill: a table that no model makes must not be published."""
        path = self._settings.warehouse_path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for old in (path, path.with_name(f"{path.name}.wal")):
            old.unlink(missing_ok=True)
        # What a killed build, or killed estimates, had spilled: rows of people.
        for spilled in (path.with_name(f"{path.name}.tmp"), spill_beside(path)):
            shutil.rmtree(spilled, ignore_errors=True)

    def build(
        self, selector: str, *, is_lake_complete: bool, only: Sequence[str] | None = None
    ) -> tuple[BuiltNode, ...]:
        """Build the nodes of a selector, or `only` some by name on what is built.

        Raises WarehouseFailedError where any of them fails, and SparkError.
        Without `is_lake_complete` a test forgives objects whose sessions' dates are not landed yet.
        """
        selected = ["--selector", selector] if only is None else [*_ALONE, "--select", *only]
        with _environment(dbt_environment(self._settings, is_lake_complete=is_lake_complete)):
            if selector == FACTS and self._settings.facts_engine == "spark":
                return self._build_on_spark(selected, is_whole=only is None)
            nodes = self._build_here(["build", *selected])
        if self._settings.reads_store:
            read_folder_again(
                self._settings.warehouse_path,
                lake_address=self._settings.lake_address,
                folder=lake_by_month(self._settings.warehouse_path),
            )
        return nodes

    def _here(self) -> "dbtRunner":
        if self._runner is None:
            self._runner = _parsed_runner(self._settings)
        return self._runner

    def _build_here(self, arguments: Sequence[str]) -> tuple[BuiltNode, ...]:
        try:
            return _built(self._here(), [*arguments, *_options(self._settings)])
        finally:
            _close_database()

    def _build_on_spark(self, selected: Sequence[str], *, is_whole: bool) -> tuple[BuiltNode, ...]:
        """The facts on Spark, then the warehouse file with a view for each of them, and with its own views.

        The parsed project is DuckDB's. Another engine has other relations and macros: it is parsed again.
        Of some models alone, their views alone are made again: their columns may be others now.
        """
        from dbt.cli.main import dbtRunner

        require_spark()
        if not is_whole:
            continue_pass(self._settings)
        options = [*_options(self._settings), "--target", "spark"]
        parsed = dbtRunner().invoke(["parse", *options])
        if not parsed.success:
            raise WarehouseFailedError(_not_started(parsed.exception))
        manifest: Any = parsed.result
        if is_whole:
            begin_pass(self._settings, manifest)
        nodes = _built(dbtRunner(manifest=manifest), ["build", *selected, *options])
        here: Any = self._here().manifest
        built = [here.nodes[node.unique_id] for node in nodes if node.resource_type in ("model", "seed")]
        make_views(self._settings.warehouse_path, SparkPlace.of(self._settings), built)
        views = [node.name for node in built if node.config.materialized == "view"]
        if views:
            self._build_here(["run", "--select", *views])
        return nodes


def _built(runner: "dbtRunner", arguments: list[str]) -> tuple[BuiltNode, ...]:
    """What became of each node of an invocation; raises WarehouseFailedError where one failed."""
    outcome = runner.invoke([*arguments, "--no-write-json"])
    results = getattr(outcome.result, "results", None)
    if results is None:
        raise WarehouseFailedError(_not_started(outcome.exception))
    nodes = tuple(_built_node(result) for result in results)
    failed = [node for node in nodes if node.has_failed]
    if failed:
        raise WarehouseFailedError(_failed_message(failed), nodes)
    return nodes


def parse_project() -> Path:
    """Write the manifest that the definitions are loaded from; raises WarehouseFailedError."""
    from dbt.cli.main import dbtRunner

    arguments = ["parse", "--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR), *_QUIET]
    with _environment({"SESSIONMART_DBT_LAKE_DIR": LAKE_WHEN_PARSED}):
        outcome = dbtRunner().invoke(arguments)
    if not outcome.success:
        raise WarehouseFailedError(_not_started(outcome.exception))
    write_copy()
    return MANIFEST_PATH


def dbt_variables(settings: Settings) -> dict[str, object]:
    """The variables that settings give the models; the others keep the project's values."""
    return {"time_zone": settings.time_zone, "mode": settings.mode}


def dbt_environment(settings: Settings, *, is_lake_complete: bool = True) -> dict[str, str]:
    """Where the profile finds lake and warehouse, and what it may hold; usage reports are off."""
    return {
        "SESSIONMART_DBT_LAKE_IS_COMPLETE": str(is_lake_complete).lower(),
        "SESSIONMART_DBT_LAKE_DIR": _lake_read_by_dbt(settings),
        "SESSIONMART_DBT_PLUGINS": json.dumps(_plugins(settings)),
        "SESSIONMART_DBT_WAREHOUSE": str(settings.warehouse_path),
        "SESSIONMART_DBT_MEMORY": f"{settings.memory_gb:g}GB",
        "SESSIONMART_DBT_SPARK_HOST": settings.spark_host,
        "SESSIONMART_DBT_SPARK_PORT": str(settings.spark_port),
        "SESSIONMART_DBT_SPARK_USER": settings.spark_user,
        "SESSIONMART_DBT_SPARK_AUTH": WITH_PASSWORD if spark_password() else "",
        "SESSIONMART_DBT_SPARK_TLS": str(settings.spark_tls),
        "SESSIONMART_DBT_SPARK_SCHEMA": settings.spark_schema,
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


_ALONE = ["--indirect-selection", "buildable", "--exclude-resource-type", "unit_test"]
"""With models of their own choice: the tests whose other parents are built before them, no unit tests."""


def _plugins(settings: Settings) -> list[dict[str, object]]:
    """What lets DuckDB read where the lake is: nothing, for a folder."""
    if not settings.reads_store:
        return []
    return [{"module": "orchestration.store.lake_files", "config": {"lake_address": settings.lake_address}}]


def _lake_read_by_dbt(settings: Settings) -> str:
    """The copy on an object store where that is read; the lake by month once facts were built from it.

    Spark's tables lie over the lake itself, whose folders are its dates.
    """
    if settings.reads_store or settings.facts_engine == "spark":
        return settings.lake_address
    copied = lake_by_month(settings.warehouse_path)
    return str(copied if copied.exists() else settings.lake_dir)


_QUIET = ["--quiet", "--no-use-colors", "--log-level", "none", "--log-level-file", "none"]


def _options(settings: Settings) -> list[str]:
    # A target folder in the home: two homes may build at once, and each has its own compiled SQL. What
    # dbt would write there of its results in JSON nobody reads. Its folder of logs stays empty, and is made.
    target = settings.warehouse_path.parent / "dbt_target"
    return [
        "--project-dir", str(PROJECT_DIR),
        "--profiles-dir", str(PROJECT_DIR),
        "--target-path", str(target),
        "--log-path", str(target / "logs"),
        "--vars", json.dumps(dbt_variables(settings)),
        *_QUIET,
    ]  # fmt: skip


def _parsed_runner(settings: Settings) -> "dbtRunner":
    """A runner that holds the parsed project, so that no pass parses again."""
    from dbt.cli.main import dbtRunner

    manifest = parsed_for(_lake_read_by_dbt(settings))
    if manifest is not None:
        return dbtRunner(manifest=manifest)
    outcome = dbtRunner().invoke(["parse", *_options(settings)])
    if not outcome.success:
        raise WarehouseFailedError(_not_started(outcome.exception))
    return dbtRunner(manifest=outcome.result)  # type: ignore[arg-type]  # `parse` gives a manifest


def _close_database() -> None:
    """Let go of the built file: dbt-duckdb keeps it open in its process, which locks out every reader."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    with DuckDBConnectionManager._LOCK:
        if DuckDBConnectionManager._ENV is not None:
            DuckDBConnectionManager._ENV.close()
            DuckDBConnectionManager._ENV = None


@contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """dbt reads its paths from the environment; what was there comes back afterwards."""
    before = {name: os.environ[name] for name in wanted if name in os.environ}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name in wanted:
            os.environ.pop(name, None)
        os.environ.update(before)


def _built_node(result: Any) -> BuiltNode:
    node = result.node
    return BuiltNode(
        unique_id=node.unique_id,
        name=node.name,
        resource_type=str(node.resource_type),
        status=str(result.status),
        seconds=result.execution_time,
        failures=result.failures,
        message=_safe_message(result.message),
        tested_ids=_tested_ids(node),
    )


def _tested_ids(node: Any) -> tuple[str, ...]:
    attached = getattr(node, "attached_node", None)
    if attached:
        return (attached,)
    parents = getattr(getattr(node, "depends_on", None), "nodes", [])
    return tuple(parents) if str(node.resource_type) in {"test", "unit_test"} else ()


def _safe_message(message: str | None) -> str:
    """The first lines of a database's message, unless it may quote a value."""
    if not message:
        return ""
    if any(kind in message for kind in _QUOTES_VALUES):
        kind = next(kind for kind in _QUOTES_VALUES if kind in message)
        return f"{kind} (its text may quote data, so it is not shown)"
    return " ".join(message.split())[:500]


def _failed_message(failed: list[BuiltNode]) -> str:
    lines = []
    for node in failed:
        found = f", {node.failures:,} rows" if node.failures else ""
        lines.append(f"  {node.resource_type} {node.name}: {node.status}{found}. {node.message}".rstrip())
    return (
        f"The warehouse was not built: {len(failed)} of its nodes failed.\n"
        + "\n".join(lines)
        + "\nNothing was released; `published/current` is still the last good release. A failing test names "
        "the rule in dbt_project; fix the model or the rows, then start the run again."
    )


def _not_started(error: BaseException | None) -> str:
    """dbt's own complaint about the project or its arguments."""
    reason = _safe_message(str(error)) if error is not None else "it gave no reason"
    return f"dbt could not start: {reason}"


def row_counts(database: Path, unique_ids: Mapping[str, str]) -> dict[str, int]:
    """Rows of built relations by unique id; `unique_ids` by `schema.table`.

    What another engine built as a table is a view of this file.
    """
    with duckdb.connect(str(database), read_only=True) as built:
        tables = built.execute(
            "select schema_name || '.' || table_name, "
            "'\"' || schema_name || '\".\"' || table_name || '\"' "
            "from (select schema_name, table_name from duckdb_tables() "
            "union all select schema_name, view_name from duckdb_views())"
        ).fetchall()
        wanted = [(unique_ids[name], quoted) for name, quoted in tables if name in unique_ids]
        counted = [f"select '{unique_id}', count(*) from {quoted}" for unique_id, quoted in wanted]  # noqa: S608
        return dict(built.execute(" union all ".join(counted)).fetchall()) if counted else {}


def nodes_by_tested(nodes: Sequence[BuiltNode]) -> Mapping[str, list[BuiltNode]]:
    """The tests of a pass by the node they test."""
    tests: dict[str, list[BuiltNode]] = {}
    for node in nodes:
        for tested in node.tested_ids:
            tests.setdefault(tested, []).append(node)
    return tests
