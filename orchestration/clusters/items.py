"""The units to be clustered, as the lake has them: tool calls, and what Claude has summarised.

Belongs here: reading, and drawing a sample where there are very many. Not here: what a summary says
(call_summaries), clustering (find_clusters), Claude's summaries (labelling.cluster_summaries).
"""

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from orchestration.clusters.call_summaries import call_summary
from orchestration.clusters.rows import SUMMARIES, ClusterItem
from orchestration.landing.bounded_duckdb import bounded_duckdb
from orchestration.landing.lake import single_file

MOST_UNITS = 200_000
"""Units of one agent and kind that are clustered; of more, a random sample: shares of it are exact enough."""

_BATCH = 10_000

_CALLS = """
with sessions as (
    select session_id, agent
    from read_parquet($sessions, hive_partitioning = true, union_by_name = true)
),
calls as (
    select
        calls.session_id || '|' || calls.tool_use_id || '|' || calls.occurrence as unit_id,
        sessions.agent, calls.session_id, calls.user_id,
        calls.tool_category, calls.file_extension,
        case when calls.tool_category = 'shell' then calls.input_text end as input_text
    from read_parquet($calls, hive_partitioning = true, union_by_name = true) as calls
    inner join sessions on calls.session_id = sessions.session_id
    where calls.has_call
),
counted as (select agent, count(*) as unit_count from calls group by agent)
select
    unit_id, calls.agent, session_id, user_id, tool_category, file_extension, input_text
from calls
inner join counted on calls.agent = counted.agent
where
    unit_count <= $most
    -- 52 bits of a hash of the id: a draw that repeats itself, whatever the order of the rows.
    or cast('0x' || substr(md5(unit_id), 1, 13) as bigint) < cast($most as double) / unit_count * pow(2, 52)
"""


def summarised_items(lake_dir: Path) -> list[ClusterItem]:
    """The units that Claude has summarised and that may be clustered."""
    path = single_file(lake_dir, SUMMARIES)
    return [ClusterItem(**row) for row in pq.read_table(path).to_pylist()] if path.exists() else []


def call_items(
    lake_dir: Path, spill: Path, *, most: int = MOST_UNITS, memory_gb: float | None = None
) -> list[ClusterItem]:
    """Every tool call of the lake, of all agents and surfaces, in no order; DuckDB spills into `spill`.

    A result without its call in the transcript is none: nothing says what was called.
    """
    return list(_calls(lake_dir, spill, most=most, memory_gb=memory_gb))


def _calls(lake_dir: Path, spill: Path, *, most: int, memory_gb: float | None) -> Iterator[ClusterItem]:
    given = {
        name: str(lake_dir / "raw" / table / "*" / "*.parquet")
        for name, table in (("sessions", "raw_sessions"), ("calls", "raw_tool_calls"))
    }
    with bounded_duckdb(spill, memory_gb=memory_gb) as connection:
        found = connection.execute(_CALLS, given | {"most": most})
        while rows := found.fetchmany(_BATCH):
            for unit_id, agent, session_id, user_id, category, extension, text in rows:
                summary = call_summary(category, text, extension)
                yield ClusterItem("action", agent, unit_id, session_id, user_id, None, None, summary, 1.0)
