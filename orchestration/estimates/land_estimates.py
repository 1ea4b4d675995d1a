"""Computes every figure of a release from the built facts, protects them together, lands `lake/estimates/`.

Belongs here: the registry ESTIMATES, the order of computing, agent by agent, writing. Not here: what a
table holds (a module each), the formulas (statistics), what may be shown (privacy). All figures are
protected in one step before anything is written, because a reader sees all tables of a release at once.
To add a table: one module with its EstimateTable, one line here, one `rpt_` model.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pandas as pd
import pyarrow as pa

from orchestration.estimates.adjusted_rates import adjusted_rates
from orchestration.estimates.asking_and_interrupting import asking_and_interrupting
from orchestration.estimates.authorship_checks import authorship_checks
from orchestration.estimates.built_facts import BuiltFacts, agents_of, has_organisation
from orchestration.estimates.call_checks import call_checks
from orchestration.estimates.call_labels import call_labels
from orchestration.estimates.changes_over_time import changes_over_time
from orchestration.estimates.changes_within_users import changes_within_users
from orchestration.estimates.corrected_calls import corrected_calls
from orchestration.estimates.corrected_comparisons import corrected_changes, corrected_gaps
from orchestration.estimates.corrected_rates import corrected_rates
from orchestration.estimates.experience_curves import experience_curves
from orchestration.estimates.figure import Figure, as_rows, figures_of, plain_rows
from orchestration.estimates.human_time import human_time
from orchestration.estimates.label_drift import label_drift
from orchestration.estimates.labeller_agreement import labeller_agreement
from orchestration.estimates.landed_checks import landed_checks
from orchestration.estimates.line_fate import line_fate
from orchestration.estimates.line_index import line_index
from orchestration.estimates.next_step_duels import next_step_duels
from orchestration.estimates.occupation_gaps import occupation_gaps
from orchestration.estimates.oversight_effectiveness import oversight_effectiveness
from orchestration.estimates.primary_tests import primary_tests
from orchestration.estimates.question_slopes import question_slopes
from orchestration.estimates.rates import RATE_TABLES, SUMMED, rates_of
from orchestration.estimates.references import NO_REFERENCES, References
from orchestration.estimates.release_jumps import release_jumps
from orchestration.estimates.repository_traces import repository_traces
from orchestration.estimates.retrospective_reviews import retrospective_reviews
from orchestration.estimates.review_times import review_times
from orchestration.estimates.risk_and_autonomy import risk_and_autonomy
from orchestration.estimates.standing import (
    LabellerStanding,
    labeller_standing,
    protected_standings,
    with_standing,
)
from orchestration.estimates.survey_medians import survey_medians
from orchestration.estimates.tier_durations import tier_durations
from orchestration.estimates.turn_durations import TurnDurationEstimate, turn_durations
from orchestration.estimates.turns_of_sessions import turns_of_sessions
from orchestration.estimates.validation_checks import validation_checks
from orchestration.estimates.work_by_expertise import work_by_expertise
from orchestration.ingest.rows import arrow_schema, to_arrow
from orchestration.landing.bounded_duckdb import bounded_duckdb, spill_beside
from orchestration.landing.lake import LakeTable, estimate_lake_table, write_partition
from orchestration.measures.measure import ORGANISATION
from orchestration.privacy.coarsen import coarsen
from orchestration.privacy.protect import protect_release
from orchestration.privacy.rules import DEFAULT_RULES, PublishingRules
from orchestration.statistics.withholding import showing_all

AGENT = "agent"
"""Column that the table of durations opens with: whose sessions the estimate is of."""


@dataclass(frozen=True)
class EstimateTable:
    """One computation of estimates: what computes an agent's rows, and the facts (dbt models) it reads.

    `published_in`: the `rpt_` table of its rows, by metric where there are several ("" for all others).
    `is_of_organisation`: computed from a table that the organisation supplies, and once, not for each agent.
    """

    name: str
    rows: Callable[[BuiltFacts], Sequence[NamedTuple]]
    reads: tuple[str, ...]
    published_in: dict[str, str]
    is_of_organisation: bool = False

    def table_of(self, metric_name: str) -> str:
        """The `rpt_` table that a metric's rows are published in."""
        return self.published_in.get(metric_name) or self.published_in[""]


JUDGED = ("int_sessions__judged", "int_classifiers__asked")
"""What estimates of judged sessions read."""

PAIRED = ("int_labels__paired", "label_vocabulary")
"""What the agreement of labellers reads."""

REVIEWED = (*JUDGED, "int_labels__reviewed", "int_sessions__labelled")
"""What corrections by people's labels read: how sessions were drawn, and what was said of them."""

CALLS = ("int_calls__labelled", "int_classifiers__asked")
"""What estimates of labelled tool calls read."""

ESTIMATES: tuple[EstimateTable, ...] = (
    EstimateTable("turns_of_sessions", turns_of_sessions, ("fct_sessions",), {"": "rpt_session_turns"}),
    EstimateTable("changes_over_time", changes_over_time, JUDGED, {"": "rpt_changes"}),
    EstimateTable("occupation_gaps", occupation_gaps, JUDGED, {"": "rpt_occupation_gaps"}),
    EstimateTable("adjusted_rates", adjusted_rates, JUDGED, {"": "rpt_adjusted_rates"}),
    EstimateTable(
        "work_by_expertise", work_by_expertise, (*JUDGED, "fct_turns"), {"": "rpt_work_by_expertise"}
    ),
    EstimateTable(
        "labeller_agreement",
        labeller_agreement,
        PAIRED,
        {"label_agreement": "rpt_labeller_agreement", "label_confusion": "rpt_label_confusion"},
    ),
    EstimateTable("validation_checks", validation_checks, JUDGED, {"": "rpt_validation_checks"}),
    EstimateTable(
        "experience_curves", experience_curves, ("fct_sessions", "fct_turns"), {"": "rpt_experience_curves"}
    ),
    EstimateTable(
        "asking_and_interrupting",
        asking_and_interrupting,
        ("int_turns__judged", "int_classifiers__asked"),
        {"": "rpt_autonomy"},
    ),
    EstimateTable(
        "question_slopes",
        question_slopes,
        ("int_turns__judged", "int_classifiers__asked"),
        {"": "rpt_autonomy"},
    ),
    EstimateTable(
        "oversight_effectiveness",
        oversight_effectiveness,
        (*JUDGED, "int_streaks__intervened"),
        {"": "rpt_autonomy"},
    ),
    EstimateTable(
        "changes_within_users", changes_within_users, ("fct_sessions", "fct_turns"), {"": "rpt_autonomy"}
    ),
    EstimateTable("release_jumps", release_jumps, ("fct_turns",), {"": "rpt_autonomy"}),
    EstimateTable("tier_durations", tier_durations, (*JUDGED, "fct_turns"), {"": "rpt_autonomy"}),
    EstimateTable("corrected_rates", corrected_rates, REVIEWED, {"": "rpt_corrected_rates"}),
    EstimateTable("corrected_gaps", corrected_gaps, REVIEWED, {"": "rpt_occupation_gaps"}),
    EstimateTable("corrected_changes", corrected_changes, REVIEWED, {"": "rpt_changes"}),
    EstimateTable("call_labels", call_labels, (*CALLS, "fct_label_answers"), {"": "rpt_call_labels"}),
    EstimateTable("risk_and_autonomy", risk_and_autonomy, CALLS, {"": "rpt_call_labels"}),
    EstimateTable("call_checks", call_checks, (*CALLS, "int_calls__checked"), {"": "rpt_validation_checks"}),
    EstimateTable(
        "corrected_calls",
        corrected_calls,
        (*CALLS, "int_labels__reviewed", "int_labels__ranked"),
        {"": "rpt_call_labels"},
    ),
    EstimateTable(
        "human_time",
        human_time,
        (
            "int_sessions__judged",
            "int_sessions__labelled",
            "int_classifiers__asked",
            "fct_sessions",
            "stg_supplied__wages",
        ),
        {
            "": "rpt_time_ratios",
            "success_time_horizon_hours": "rpt_time_horizon",
            "success_log_odds_per_doubling": "rpt_time_horizon",
        },
    ),
    EstimateTable(
        "review_times",
        review_times,
        ("fct_pull_requests",),
        {"": "rpt_review_times"},
        is_of_organisation=True,
    ),
    EstimateTable(
        "survey_medians",
        survey_medians,
        ("int_survey__answered",),
        {"": "rpt_survey_medians"},
        is_of_organisation=True,
    ),
    EstimateTable(
        "next_step_duels",
        next_step_duels,
        ("int_next_steps__judged",),
        {"": "rpt_next_step_duels"},
    ),
    EstimateTable(
        "retrospective_reviews",
        retrospective_reviews,
        ("int_changes__reviewed",),
        {"": "rpt_retrospective_reviews"},
        is_of_organisation=True,
    ),
    EstimateTable("line_index", line_index, ("int_engineer_days__active",), {"": "rpt_repositories"}),
    EstimateTable(
        "authorship_checks",
        authorship_checks,
        (
            "int_lines__attributed",
            "int_commits__observed",
            "int_commits__attributed",
            "stg_git__commit_files",
            "fct_sessions",
        ),
        {"": "rpt_repositories"},
    ),
    EstimateTable("line_fate", line_fate, ("int_lines__attributed",), {"": "rpt_repositories"}),
    EstimateTable(
        "repository_traces",
        repository_traces,
        ("int_commits__attributed", "int_commits__observed", "dim_repositories"),
        {"": "rpt_repositories"},
    ),
    EstimateTable(
        "landed_checks", landed_checks, (*JUDGED, "int_sessions__landed"), {"": "rpt_validation_checks"}
    ),
    EstimateTable("label_drift", label_drift, (*JUDGED, *PAIRED, "fct_sessions"), {"": "rpt_label_drift"}),
    # Last: its tests are among the estimates before it.
    EstimateTable("primary_tests", primary_tests, JUDGED, {"": "rpt_primary_tests"}),
)
"""In the order of computing: a table may rest on those before it (`BuiltFacts.computed`)."""

FIGURES = estimate_lake_table("figures", arrow_schema(Figure))
"""Every figure of a release but the durations of turns, which have columns of their own."""

_DURATIONS = arrow_schema(TurnDurationEstimate)
TURN_DURATIONS = estimate_lake_table(
    "turn_durations", _DURATIONS.insert(0, pa.field(AGENT, pa.string(), nullable=False))
)

_STANDINGS = arrow_schema(LabellerStanding)
LABELLER_STANDING = estimate_lake_table(
    "labeller_standing", _STANDINGS.insert(0, pa.field(AGENT, pa.string(), nullable=False))
)

ESTIMATE_TABLES: tuple[LakeTable, ...] = (FIGURES, TURN_DURATIONS, LABELLER_STANDING)

READS: dict[str, tuple[str, ...]] = {
    FIGURES.name: tuple(
        sorted({*RATE_TABLES.values(), *(model for table in ESTIMATES for model in table.reads)})
    ),
    TURN_DURATIONS.name: ("fct_turns",),
    LABELLER_STANDING.name: ("int_classifiers__asked", *PAIRED),
}
"""Table of the lake → the dbt models that it is computed from."""


def land_estimates(
    warehouse_path: Path,
    lake_dir: Path,
    *,
    rules: PublishingRules = DEFAULT_RULES,
    rate_tables: Mapping[str, str] = RATE_TABLES,
    estimates: Sequence[EstimateTable] = ESTIMATES,
    references: References = NO_REFERENCES,
    memory_gb: float | None = None,
    advance: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, int]:
    """Compute, protect and write every figure of a release; rows per table of the lake.

    Each agent's rows are computed from its facts alone, so that no estimate is of two agents. Reads the
    warehouse read-only: no other process may hold it for writing. The same facts give the same bytes; a
    killed write leaves the file of before. DuckDB takes at most `memory_gb` (None: its default) and spills
    beside the warehouse. `advance` is told how many tables of how many are done.
    """
    from threadpoolctl import threadpool_limits

    # The products are many and narrow: a thread per core spends its time waiting for the others (three
    # times the CPU at 400,000 sessions), and the sums would depend on the number of cores.
    with (
        threadpool_limits(limits=1),
        showing_all(rules.is_personal),
        _opened(warehouse_path, rate_tables.values(), memory_gb=memory_gb) as connection,
    ):
        coarsen(connection, rules, list(rate_tables.values()), schema=SUMMED)
        agents = [
            BuiltFacts(connection, agent, rules, references=references) for agent in agents_of(connection)
        ]
        read = {*rate_tables.values(), *(model for table in estimates for model in table.reads)}
        organisation = (
            [BuiltFacts(connection, ORGANISATION, rules)] if has_organisation(connection, read) else []
        )
        frames: list[pd.DataFrame] = []
        total = len(rate_tables) + len(estimates) + 1
        for number, table in enumerate(rate_tables, start=1):
            frames += (rates_of(facts, table) for facts in (*agents, *organisation))
            advance(number, total)
        for number, estimate in enumerate(estimates, start=len(rate_tables) + 1):
            for facts in organisation if estimate.is_of_organisation else agents:
                frames += _estimated(estimate, facts)
            advance(number, total)
        standings = {facts.agent: labeller_standing(facts) for facts in agents}
        frames = [with_standing(frame, standings) for frame in frames]
        durations = [(facts.agent, *row) for facts in agents for row in turn_durations(facts)]
    figures = pd.concat(frames, ignore_index=True) if frames else figures_of("", "", ())
    named = pd.DataFrame(durations, columns=[AGENT, *TurnDurationEstimate._fields])
    figures, named = protect_release(figures, named, rules)
    rows = {FIGURES: as_rows(figures), TURN_DURATIONS: plain_rows(named)}
    rows[LABELLER_STANDING] = [
        (agent, *row) for agent, found in standings.items() for row in protected_standings(found, rules)
    ]
    for lake_table, found in rows.items():
        _write(lake_dir, lake_table, found)
    advance(total, total)
    return {table.name: len(found) for table, found in rows.items()}


@contextmanager
def _opened(
    warehouse_path: Path, models: Iterable[str], *, memory_gb: float | None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse, read-only, in a database of its own in which the sums of cells can be regrouped."""
    with bounded_duckdb(spill_beside(warehouse_path), memory_gb=memory_gb) as connection:
        path = str(warehouse_path).replace("'", "''")
        connection.execute(f"attach '{path}' as build (read_only)")
        connection.execute("use build")
        connection.execute(f"create schema memory.{SUMMED}")
        for model in models:
            connection.execute(
                f"create view memory.{SUMMED}.{model} as "  # noqa: S608 - names of ours
                f"select *, cast(null as varchar) as merged_values from build.intermediate.{model}"
            )
        yield connection


def _estimated(table: EstimateTable, facts: BuiltFacts) -> Iterator[pd.DataFrame]:
    """One agent's rows of a computation, by the table they are published in."""
    found = table.rows(facts)
    facts.computed[table.name] = found
    published: dict[str, list[Any]] = {}
    for row in found:
        published.setdefault(table.table_of(row.metric_name), []).append(row)  # type: ignore[attr-defined]
    for name, rows in published.items():
        yield figures_of(name, facts.agent, rows)


def _write(lake_dir: Path, table: LakeTable, rows: Sequence[tuple[Any, ...]]) -> None:
    path = lake_dir / table.folder / "part.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    write_partition(partial, [to_arrow(rows, table.schema)], schema=table.schema)
    partial.replace(path)
