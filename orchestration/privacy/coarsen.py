"""Coarsens the sums before rates are computed, so that fewer cells have to be hidden.

Belongs here: the sums of merged values, quarters made of months. A grouping is decided once for an agent, a
labeller and a segment, and holds in every table and metric. Not here: which values are merged (groupings),
what is hidden of what is left (protect).
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import duckdb
import pandas as pd

from orchestration.privacy.groupings import GROUPING, groupings_of
from orchestration.privacy.rules import PublishingRules

INDEPENDENT_SEGMENTS = frozenset({"classifier"})
"""Segments whose values are populations of their own: they add up to nothing and are not merged."""

OVERLAPPING_SEGMENTS = frozenset(
    {
        "model", "claim", "action_cluster", "action_group", "stop_reason_cluster", "stop_reason_group",
        "interrupt_reason_cluster", "interrupt_reason_group", "stop_reason", "interrupt_reason",
        "question_usefulness", "boundary",
    }
)  # fmt: skip
"""Segments of which one session has several values: sessions of merged values are at least the largest."""

USER_COUNTS = ("users", "users_with_use")
"""Counts of people: a user of several merged values is one."""

QUARTERS_NEED_SESSIONS = ("int_activity__summed", "int_usage__summed")
"""Sums in which one session is in several months, so that months do not add up to their quarter."""

SESSIONS_OF_TURNS = ("interrupt_rate", "agent_asked_rate")
"""Metrics of turns elsewhere: one session is in each month in which it has a turn."""

UNCUT_PERIODS = ("day",)
"""Periods that are cut by no segment: what a team does in a day of one model or project is hidden anyway."""

_COLUMNS = (
    "agent, metric_name, metric_kind, period_kind, period_start, segment_name, segment_value, labeller, "
    "fingerprint, user_id"
)


def coarsen(
    connection: duckdb.DuckDBPyConnection, rules: PublishingRules, models: Sequence[str], *, schema: str
) -> None:
    """Put a view of coarser cells in the place of each view `memory.<schema>.<model>`.

    The views have the columns of an `int_…__summed` model and `merged_values`, a row per cell and user. In
    personal mode nothing is merged, and days are cut by segments too. Nothing is copied: the sums are the
    largest tables there are, and each is read once.
    """
    sources = [f"memory.{schema}.{model}" for model in models]
    for model, source in zip(models, sources, strict=True):
        _add_quarters(connection, model, source)
    is_merging = not rules.is_personal and bool(sources)
    parts = [groupings_of(base, rules) for base in _base_counts(connection, sources)] if is_merging else []
    decided = _Decided(f"memory.{schema}.decided_groupings", f"memory.{schema}.merged_names")
    connection.register("groupings_as_found", pd.concat([pd.DataFrame(columns=list(GROUPING)), *parts]))
    connection.execute(f"create or replace table {decided.groupings} as select {_typed(GROUPING[:-1])},"  # noqa: S608
                       " merged_values is not null as is_merged from groupings_as_found")  # fmt: skip
    # A name of all that was merged can be long: it is there once.
    connection.execute(f"create or replace table {decided.names} as select distinct {_typed(_NAMED)}"  # noqa: S608 - ours
                       " from groupings_as_found where merged_values is not null")  # fmt: skip
    connection.unregister("groupings_as_found")
    for source in filter(partial(_is_cut, connection), sources):
        _replace(connection, source, lambda sums: _regrouped(sums, decided, cuts_days=rules.is_personal))


_NAMED = ("agent", "labeller", "segment_name", "merged_values")


class _Decided(NamedTuple):
    """Two tables: which value takes the place of which, and what the merged ones of a segment are called."""

    groupings: str
    names: str


def _typed(columns: Sequence[str]) -> str:
    return ", ".join(f"cast({name} as varchar) as {name}" for name in columns)


def _base_counts(connection: duckdb.DuckDBPyConnection, sources: Sequence[str]) -> Iterator[pd.DataFrame]:
    """Sessions per user and value of the largest metric of each segment, rates before counts.

    A frame per agent, labeller and segment: all of them at once would be the largest thing in memory.
    """
    independent = ", ".join(f"'{name}'" for name in sorted(INDEPENDENT_SEGMENTS))
    is_cut = (
        f"period_kind = 'overall' and segment_name not in ('all', {independent})"
        " and segment_value is not null"
    )
    counted = " union all ".join(
        "select agent, labeller, segment_name, metric_name, bool_or(metric_kind <> 'count') as is_rate,"  # noqa: S608 - ours
        f" sum(session_count) as session_count from {source} where {is_cut} group by all"
        for source in sources
    )
    connection.execute(f"""
        create or replace temp table largest_metrics as
        select agent, labeller, segment_name, metric_name
        from ({counted})
        group by agent, labeller, segment_name, metric_name
        qualify row_number() over (
            partition by agent, labeller, segment_name
            order by bool_or(is_rate) desc, sum(session_count) desc, metric_name
        ) = 1
    """)  # noqa: S608 - names of ours
    rows = " union all ".join(
        "select agent, labeller, segment_name, segment_value, metric_name, user_id, session_count"  # noqa: S608 - ours
        f" from {source} where {is_cut}"
        for source in sources
    )
    connection.execute(f"""
        create or replace temp table base_counts as
        select sums.agent, sums.labeller, sums.segment_name, segment_value, user_id, session_count
        from ({rows}) as sums
        inner join largest_metrics as largest
            on
                sums.agent = largest.agent and sums.labeller is not distinct from largest.labeller
                and sums.segment_name = largest.segment_name and sums.metric_name = largest.metric_name
    """)  # noqa: S608 - names of ours
    keys = "select distinct agent, labeller, segment_name from base_counts order by all"
    for key in connection.execute(keys).fetchall():
        yield connection.execute(
            "select * from base_counts"
            " where agent = ? and labeller is not distinct from ? and segment_name = ?",
            key,
        ).df()
    connection.execute("drop table base_counts; drop table largest_metrics")


def _add_quarters(connection: duckdb.DuckDBPyConnection, model: str, source: str) -> None:
    """Quarters as sums of months, where the model has none and a session is in one month only."""
    if model in QUARTERS_NEED_SESSIONS:
        return
    unadded = ", ".join(f"'{name}'" for name in SESSIONS_OF_TURNS)
    is_there = connection.execute(f"select 1 from {source} where period_kind = 'quarter' limit 1")  # noqa: S608 - ours
    if is_there.fetchone():
        return
    _replace(connection, source, lambda sums: f"""
        from {sums}
        union all by name
        select
            agent, metric_name, metric_kind, 'quarter' as period_kind,
            cast(date_trunc('quarter', period_start) as date) as period_start, segment_name, segment_value,
            labeller, fingerprint, user_id, sum(numerator) as numerator, sum(denominator) as denominator,
            cast(sum(session_count) as bigint) as session_count,
            cast(sum(unknown_count) as bigint) as unknown_count, merged_values
        from {sums}
        where period_kind = 'month' and metric_name not in ({unadded})
        group by all
    """)  # fmt: skip  # noqa: S608 - names of ours


def _regrouped(sums: str, decided: _Decided, *, cuts_days: bool) -> str:
    """The query of a source's sums by the values of the groupings."""
    uncut = ", ".join(f"'{kind}'" for kind in UNCUT_PERIODS)
    kept = "true" if cuts_days else f"(sums.segment_name = 'all' or period_kind not in ({uncut}))"
    overlapping = ", ".join(f"'{name}'" for name in sorted(OVERLAPPING_SEGMENTS))
    people = ", ".join(f"'{name}'" for name in USER_COUNTS)
    columns = ", ".join(f"sums.{name}" for name in _COLUMNS.split(", "))
    columns = columns.replace("sums.segment_value", "groupings.group_value")
    of_value = """
        sums.agent = groupings.agent and sums.labeller is not distinct from groupings.labeller
        and sums.segment_name = groupings.segment_name and sums.segment_value = groupings.segment_value
    """
    return f"""
        select * from {sums} as sums
        where segment_value is not null and {kept} and not exists (
            select 1 from {decided.groupings} as groupings
            where group_value is distinct from segment_value and {of_value}
        )
        union all by name
        select
            {columns.replace("groupings.group_value", "groupings.group_value as segment_value")},
            case when metric_name in ({people}) then max(numerator) else sum(numerator) end as numerator,
            -- A share's denominator is the whole population, the same for every value.
            case when metric_kind = 'share' then max(denominator) else sum(denominator) end as denominator,
            cast(case when sums.segment_name in ({overlapping}) then max(session_count)
                else sum(session_count) end as bigint) as session_count,
            cast(case when metric_kind = 'share' then max(unknown_count)
                else sum(unknown_count) end as bigint) as unknown_count,
            names.merged_values
        from {sums} as sums
        inner join {decided.groupings} as groupings on {of_value}
        inner join {decided.names} as names
            on
                groupings.agent = names.agent and groupings.labeller is not distinct from names.labeller
                and groupings.segment_name = names.segment_name
        where groupings.is_merged and {kept}
        group by {columns}, names.merged_values
    """  # noqa: S608 - names of ours


def _is_cut(connection: duckdb.DuckDBPyConnection, source: str) -> bool:
    """Whether a source has a segment whose values may be merged."""
    kept = ", ".join(f"'{name}'" for name in ("all", *sorted(INDEPENDENT_SEGMENTS)))
    found = connection.execute(f"select 1 from {source} where segment_name not in ({kept}) limit 1")  # noqa: S608 - ours
    return found.fetchone() is not None


def _replace(connection: duckdb.DuckDBPyConnection, source: str, query: Callable[[str], str]) -> None:
    """Put a view of the rows of `query`, which is given the source's new name, in its place."""
    place, name = source.rsplit(".", 1)
    number = 1 + len(_named(connection, f"{name}__%"))
    connection.execute(f"alter {_kind_of(connection, name)} {source} rename to {name}__{number}")
    connection.execute(f"create view {source} as {query(f'{place}.{name}__{number}')}")


def _named(connection: duckdb.DuckDBPyConnection, pattern: str) -> list[tuple[object, ...]]:
    query = "select table_type from information_schema.tables where table_name like ? and table_catalog = ?"
    return connection.execute(query, [pattern, "memory"]).fetchall()


def _kind_of(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    return "view" if _named(connection, name) == [("VIEW",)] else "table"
