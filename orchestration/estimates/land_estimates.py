"""Computes every table of estimates from the built facts and lands `lake/estimates/<name>`.

Belongs here: the registry ESTIMATES, the order of computing, agent by agent, writing. Not here: what a
table holds (a module each), the formulas (statistics), what may be published (dbt suppresses small cells).
To add a table: one module with its EstimateTable, one line here, one staging model with its yml.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from orchestration.estimates.adjusted_rates import adjusted_rates
from orchestration.estimates.built_facts import BuiltFacts, agents_of
from orchestration.estimates.changes_over_time import changes_over_time
from orchestration.estimates.corrected_rates import corrected_rates
from orchestration.estimates.estimate_row import EstimateRow
from orchestration.estimates.labeller_agreement import labeller_agreement
from orchestration.estimates.occupation_gaps import occupation_gaps
from orchestration.estimates.primary_tests import primary_tests
from orchestration.estimates.turn_durations import TurnDurationEstimate, turn_durations
from orchestration.estimates.validation_checks import validation_checks
from orchestration.estimates.work_by_expertise import work_by_expertise
from orchestration.ingest.rows import arrow_schema, to_arrow
from orchestration.landing.lake import LakeTable, estimate_lake_table, write_partition

AGENT = "agent"
"""Column that every table of estimates opens with: whose sessions the estimate is of."""


@dataclass(frozen=True)
class EstimateTable:
    """One table of estimates: its row type, what computes an agent's rows, the facts (dbt models) it reads.

    The lake's table has the agent before the columns of the row type.
    """

    name: str
    row_type: type[NamedTuple]
    rows: Callable[[BuiltFacts], Sequence[NamedTuple]]
    reads: tuple[str, ...]

    @property
    def lake_table(self) -> LakeTable:
        schema = arrow_schema(self.row_type)
        return estimate_lake_table(self.name, schema.insert(0, pa.field(AGENT, pa.string(), nullable=False)))


JUDGED = ("int_sessions__judged", "int_classifiers__asked")
"""What estimates of judged sessions read."""

PAIRED = ("int_labels__paired", "label_vocabulary")
"""What the agreement of labellers reads."""

REVIEWED = ("int_labels__reviewed", "int_sessions__labelled")
"""What corrections by people's labels read: how sessions were drawn, and what was said of them."""

ESTIMATES: tuple[EstimateTable, ...] = (
    EstimateTable("turn_durations", TurnDurationEstimate, turn_durations, ("fct_turns",)),
    EstimateTable("changes_over_time", EstimateRow, changes_over_time, JUDGED),
    EstimateTable("occupation_gaps", EstimateRow, occupation_gaps, JUDGED),
    EstimateTable("adjusted_rates", EstimateRow, adjusted_rates, JUDGED),
    EstimateTable("work_by_expertise", EstimateRow, work_by_expertise, (*JUDGED, "fct_turns")),
    EstimateTable("labeller_agreement", EstimateRow, labeller_agreement, PAIRED),
    EstimateTable("validation_checks", EstimateRow, validation_checks, JUDGED),
    EstimateTable("corrected_rates", EstimateRow, corrected_rates, (*JUDGED, *REVIEWED)),
    # Last: its tests are among the estimates before it.
    EstimateTable("primary_tests", EstimateRow, primary_tests, JUDGED),
)
"""In the order of computing: a table may rest on those before it (`BuiltFacts.computed`)."""

ESTIMATE_TABLES: tuple[LakeTable, ...] = tuple(table.lake_table for table in ESTIMATES)


def land_estimates(
    warehouse_path: Path,
    lake_dir: Path,
    *,
    tables: Sequence[EstimateTable] = ESTIMATES,
    advance: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, int]:
    """Compute every table of estimates from the built facts and write it to the lake; rows per table.

    Each agent's rows are computed from its facts alone, so that no estimate is of two agents. Reads the
    warehouse read-only: no other process may hold it for writing. The same facts give the same bytes; a
    killed write leaves the file of before. `advance` is told how many tables of how many are done.
    """
    from threadpoolctl import threadpool_limits

    counts: dict[str, int] = {}
    # The products are many and narrow: a thread per core spends its time waiting for the others (three
    # times the CPU at 400,000 sessions), and the sums would depend on the number of cores.
    with (
        threadpool_limits(limits=1),
        duckdb.connect(str(warehouse_path), read_only=True) as connection,
    ):
        agents = [BuiltFacts(connection, agent) for agent in agents_of(connection)]
        for number, table in enumerate(tables, start=1):
            rows: list[tuple[Any, ...]] = []
            for facts in agents:
                found = table.rows(facts)
                facts.computed[table.name] = found
                rows += ((facts.agent, *row) for row in found)
            _write(lake_dir, table.lake_table, rows)
            counts[table.name] = len(rows)
            advance(number, len(tables))
    return counts


def _write(lake_dir: Path, table: LakeTable, rows: Sequence[tuple[Any, ...]]) -> None:
    path = lake_dir / table.folder / "part.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    write_partition(partial, [to_arrow(rows, table.schema)], schema=table.schema)
    partial.replace(path)
