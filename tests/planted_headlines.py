"""The headlines of a release beside what was planted, by a labeller without error and by the rules.

Test support: planted values from the truth alone, written from the definitions; the demo labelled without
error through the fake API; the same with the forced label unwired. What must hold is said in the tests.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.demo import PlantedTruth, SessionTruth
from orchestration.estimates.land_estimates import FIGURES, land_estimates
from orchestration.estimates.references import NO_REFERENCES
from orchestration.measures.measure import STUDIED_AGENT
from orchestration.privacy.rules import PublishingRules
from orchestration.publishing.headlines import HEADLINES, HeadlineMetric, in_unit
from orchestration.publishing.warehouse import Warehouse
from orchestration.publishing.warehouse_stages import build_facts
from tests.demo_lake import PLAN, DemoHome, Row, query_file, with_nothing_hidden
from tests.planted_corpus import labelled_home

ASKED = ("outcome", "success_evidence", "failure_evidence")
"""What the outcomes of the headlines rest on."""

NOT_PLANTED = {
    "turn_net_seconds_p50": "the truth has no waits",
    "turn_net_seconds_p999": "the truth has no waits",
    "judged_success_opt_out": "what a labeller declines is no truth of a session",
    "verified_success_opt_out": "what a labeller declines is no truth of a session",
}
"""Headlines without a planted value, and why."""


@dataclass(frozen=True)
class Planted:
    """The planted value of a headline over one agent's sessions; None where there is nothing to measure."""

    metric: str
    agent: str
    value: float | None


@dataclass(frozen=True)
class PlantedHeadline:
    """A planted value and the row that a release shows of it."""

    planted: Planted
    row: Row

    @property
    def is_recovered(self) -> bool:
        """Whether the interval that is shown holds the planted value."""
        value, low, high = self.planted.value, self.row["interval_low"], self.row["interval_high"]
        return value is not None and low is not None and high is not None and low <= value <= high

    @property
    def is_withheld(self) -> bool:
        return self.row["estimate"] is None

    @property
    def is_baseline(self) -> bool:
        """Whether the row is said to be no estimate, so that it gives no headline."""
        return self.row["standing"] in ("baseline", "hidden")

    def __str__(self) -> str:
        row, planted = self.row, self.planted
        return (
            f"{planted.metric} ({planted.agent}): planted {planted.value}, shown {row['estimate']}"
            f" [{row['interval_low']} – {row['interval_high']}] {row['standing']}"
        )


Share = Callable[[SessionTruth], bool]


def _has_goal(session: SessionTruth) -> bool:
    return session.outcome != "no_clear_goal"


def _has_tools(session: SessionTruth) -> bool:
    return any(turn.tool_call_count for turn in session.turns)


SHARES: dict[str, tuple[Share, Share]] = {
    # Below the line, and above it: what the published share is of, in the words of the catalogue.
    "full_auto_share": (
        lambda s: _has_tools(s) and s.is_full_auto is not None,
        lambda s: bool(s.is_full_auto),
    ),
    "judged_success": (_has_goal, lambda s: s.outcome == "succeeded"),
    "verified_success": (_has_goal, lambda s: s.is_verified_success),
    "trouble_above_3": (_has_goal, lambda s: s.is_in_trouble),
}
QUANTILES = {"turn_wall_seconds_p50": 0.5, "turn_wall_seconds_p999": 0.999}


def planted_value(truth: PlantedTruth, metric: str, agent: str) -> Planted:
    """What was planted of a headline in the interactive sessions of an agent; raises KeyError."""
    sessions = [one for one in truth.sessions if one.is_interactive and one.agent == agent]
    if metric in SHARES:
        is_below, is_above = SHARES[metric]
        below = [one for one in sessions if is_below(one)]
        return Planted(metric, agent, _share([is_above(one) for one in below]))
    turns = [turn for one in sessions for turn in one.turns if turn.has_agent_work]
    if metric == "interrupt_rate":
        return Planted(metric, agent, _share([turn.is_interrupted for turn in turns]))
    ordered = sorted(turn.wall_seconds for turn in turns)
    rank = max(1, -int(-round(len(ordered) * QUANTILES[metric], 9) // 1))
    return Planted(metric, agent, ordered[rank - 1] if ordered else None)


def _share(hits: Sequence[bool]) -> float | None:
    return sum(hits) / len(hits) if hits else None


def planted_headlines(home: DemoHome, labeller: str) -> list[PlantedHeadline]:
    """Every headline that has a planted value, of each agent: those of labels by this labeller."""
    return [
        PlantedHeadline(planted_value(home.truth, headline.metric, row["agent"]), row)
        for headline in HEADLINES
        if headline.metric not in NOT_PLANTED
        for row in _rows(home, headline, labeller)
    ]


def _rows(home: DemoHome, headline: HeadlineMetric, labeller: str) -> list[Row]:
    """The rows of a headline, of each agent; durations of turns have neither standing nor segment."""
    if headline.table == "rpt_turn_durations":
        columns = (
            "estimate_seconds as estimate, interval_low_seconds as interval_low,"
            " interval_high_seconds as interval_high, null as unknown_share, null as standing"
        )
        where = ""
    else:
        columns = "estimate, interval_low, interval_high, unknown_share, standing"
        where = " and segment_name = 'all'"
    if headline.is_labelled:
        where += f" and labeller = '{labeller}'"
    return home.query(
        f"select agent, {columns} from metrics.{headline.table}"  # noqa: S608 - names of the tests
        f" where metric_name = '{headline.metric}' and period_kind = 'overall'{where} order by agent"
    )


def labelled_without_error(folder: Path) -> DemoHome:
    """The demo corpus, labelled by a judge that knows the truth, built so that nothing is hidden.

    Where a session shows no hard evidence of either kind the judge declines to say how it ended, as an honest
    labeller may, and says it in the forced label alone.
    """
    labelled = labelled_home(
        folder / "team", PLAN, confusions={}, declines=_shows_nothing, label_classifiers=",".join(ASKED)
    )
    build_facts(labelled.settings, Warehouse(labelled.settings))
    return with_nothing_hidden(labelled, folder / "shown")


def _shows_nothing(name: str, session: SessionTruth) -> bool:
    hard = max(session.success_score, session.failure_score) >= 4
    return name == "outcome" and _has_goal(session) and not hard


def unwired(home: DemoHome, folder: Path) -> list[PlantedHeadline]:
    """The labelled headlines of the same home where outcomes read the label with the opt-out.

    The judged sessions get the columns of the other series, then the project's own steps run on: the sums by
    the compiled model, the figures by `land_estimates`.
    """
    warehouse = folder / "build.duckdb"
    shutil.copy(home.settings.warehouse_path, warehouse)
    compiled = next(home.settings.warehouse_path.parent.rglob("compiled/**/int_outcomes__counted.sql"))
    judged = "build.intermediate.int_sessions__judged"
    with duckdb.connect(str(warehouse)) as database:
        columns = [str(name) for (name, *_) in database.execute(f"describe {judged}").fetchall()]
        twins = [name for name in columns if f"{name}_opt_out" in columns]
        assert "is_verified_success" in twins, "there is no other series to read"
        as_declined = ", ".join(f"{name} = {name}_opt_out" for name in twins)
        database.execute(f"update {judged} set {as_declined}")  # noqa: S608 - names of the models
        database.execute(
            f"create or replace table build.intermediate.int_outcomes__counted as {compiled.read_text()}"
        )
    tables = {"rpt_session_outcomes": "int_outcomes__summed"}
    land_estimates(
        warehouse, folder / "lake", rules=PublishingRules("personal"), rate_tables=tables, estimates=(),
        references=NO_REFERENCES,
    )  # fmt: skip
    rows = query_file(
        warehouse,
        f"select * from '{folder / 'lake' / FIGURES.folder / 'part.parquet'}'"  # noqa: S608 - names of the tests
        " where period_kind = 'overall' and segment_name = 'all' and labeller = 'claude'",
    )
    return [
        PlantedHeadline(planted_value(home.truth, row["metric_name"], row["agent"]), row)
        for row in rows
        if row["metric_name"] in SHARES
    ]


def result_table(without_error: DemoHome, by_rules: DemoHome) -> str:
    """The README's table: headlines of the studied agent, planted, shown, and what the rules say."""
    lines = ["| over everything | planted | labelled without error | by the rules |", "|---|---|---|---|"]
    for headline in HEADLINES:
        found = [row for row in _rows(without_error, headline, "claude") if row["agent"] == STUDIED_AGENT]
        if not found:
            continue
        planted = "not planted"
        if headline.metric not in NOT_PLANTED:
            value = planted_value(without_error.truth, headline.metric, STUDIED_AGENT).value
            planted = "none" if value is None else in_unit(value, headline.unit)
        rules = _by_rules(by_rules, headline) if headline.is_labelled else "no labels"
        lines.append(f"| {headline.label} | {planted} | {_shown(found[0], headline)} | {rules} |")
    return "\n".join(lines) + "\n"


def _by_rules(home: DemoHome, headline: HeadlineMetric) -> str:
    found = [row for row in _rows(home, headline, "rules") if row["agent"] == STUDIED_AGENT]
    if not found:
        return "not measured"
    what = _shown(found[0], headline)
    if headline.metric not in NOT_PLANTED:
        planted = planted_value(home.truth, headline.metric, STUDIED_AGENT)
        is_held = PlantedHeadline(planted, found[0]).is_recovered
        what += "" if found[0]["estimate"] is None else " holds it" if is_held else " misses it"
    return f"{what}; {found[0]['standing']}, no headline"


def _shown(row: Row, headline: HeadlineMetric) -> str:
    if row["estimate"] is None:
        return "withheld, too few"
    bounds = [
        in_unit(row[name], headline.unit)
        for name in ("interval_low", "interval_high")
        if row[name] is not None
    ]
    told = in_unit(row["estimate"], headline.unit) + (f" [{' – '.join(bounds)}]" if bounds else "")
    return told if row["unknown_share"] is None else f"{told}, unknown {row['unknown_share']:.1%}"
