"""What is planted of single tool calls comes back from a weighted sample of them, and from reviews.

Calls are drawn with shares that go with what is measured; the judge takes half of what a program supplied
for a person. Corpus, fake API, rules, reviews of a blind sample of calls, figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

import duckdb
import numpy as np
import pytest
from scipy.stats import spearmanr

from orchestration.demo import DemoPlan
from orchestration.measures.count_relations import count_identities
from orchestration.privacy.attack import attack
from orchestration.privacy.released_figures import released_figures
from orchestration.publishing.warehouse import Warehouse
from orchestration.publishing.warehouse_stages import build_facts
from orchestration.report.cells import Cell, read_cells
from orchestration.report.first_screen import agents
from orchestration.report.sections import sections
from tests.demo_lake import NOW, DemoHome, Row, with_nothing_hidden
from tests.planted_calls import (
    CALL_QUESTIONS,
    EVALUATION,
    INVOLVED,
    OTHER_SHARE,
    SHARES,
    TAKEN_FOR_PEOPLE,
    PlantedCall,
    answers_of,
    census,
    census_by_deployment,
    is_one_of,
    planted_calls,
)
from tests.planted_corpus import build_all, labelled_home, review_by

PLAN = DemoPlan(end_date=NOW.date(), sessions=260, users=24, months=2, activity_growth=1.0)
REVIEWS = 200


@dataclass(frozen=True)
class Story:
    """A home with nothing hidden, the team's home behind it, and what is true of its Claude Code calls."""

    home: DemoHome
    team: DemoHome
    calls: Sequence[PlantedCall]

    def figures(self, metric: str) -> list[Row]:
        rows = self.home.query("select * from metrics.rpt_call_labels order by figure_id")
        return [row for row in rows if (row["agent"], row["metric_name"]) == ("claude_code", metric)]

    def figure(self, metric: str, statistic: str = "per_call", **cell: str) -> Row:
        wanted = {"population": "all", "period_kind": "overall", "segment_value": "all"} | cell
        (row,) = (
            row
            for row in self.figures(metric)
            if row["statistic"] == statistic and all(row[name] == value for name, value in wanted.items())
        )
        return row


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, dbt_manifest: object) -> Story:
    planted: list[PlantedCall] = []

    def plant(home: DemoHome) -> dict[str, dict[str, dict[str, object]]]:
        planted.extend(planted_calls(home))
        return answers_of(planted)  # type: ignore[return-value]

    home = labelled_home(
        tmp_path_factory.mktemp("planted-calls"),
        PLAN,
        confusions={"human_involvement": TAKEN_FOR_PEOPLE},
        calls=plant,
        label_classifiers=",".join(CALL_QUESTIONS),
        call_sample_share=OTHER_SHARE,
        call_sample_shares=SHARES,
    )
    build_facts(home.settings, Warehouse(home.settings))
    truth = {call.unit_id: call.truth for call in planted}
    review_by(home, ("human_involvement", "safeguards"), lambda name, unit: truth[unit][name], size=REVIEWS)
    build_all(home)
    shown = with_nothing_hidden(home, tmp_path_factory.mktemp("shown-calls"))
    agents = shown.query("select tool_call_id, agent from marts.fct_tool_calls")
    claude_code = {row["tool_call_id"] for row in agents if row["agent"] == "claude_code"}
    return Story(shown, home, [call for call in planted if call.unit_id in claude_code])


def holds(row: Row, planted: float, *, of: int = 1) -> bool:
    """Whether the interval holds the planted value; `of` several that must all hold theirs, each is wider."""
    wider = NormalDist().inv_cdf(1 - 0.025 / of) / NormalDist().inv_cdf(0.975)
    below, above = (wider * abs(row[f"interval_{end}"] - row["estimate"]) for end in ("low", "high"))
    return bool(row["estimate"] - below <= planted <= row["estimate"] + above)


MEANS = ("action_risk", "action_autonomy")
RATES = {
    "safeguard_share": ("safeguards", ("approval_or_restriction",)),
    "any_listed_safeguard_share": ("safeguards", ("approval_or_restriction", "other_safeguard")),
    "irreversible_share": ("reversibility", ("irreversible",)),
    "human_involvement_widest_upper_bound": ("human_involvement", (*INVOLVED, "only_supplied_input")),
}


def test_means_are_recovered_in_both_weightings(story: Story) -> None:
    for question in MEANS:
        per_call = story.figure(f"{question}_mean")
        assert holds(per_call, census(story.calls, lambda call, name=question: call.truth[name]))
        own = story.figure(f"{question}_mean", "per_deployment")
        assert holds(own, census_by_deployment(story.calls, lambda call, name=question: call.truth[name]))
        assert per_call["estimate"] != own["estimate"]


def test_without_its_weights_the_sample_would_miss(story: Story) -> None:
    row, planted = (
        story.figure("action_risk_mean"),
        census(story.calls, lambda call: call.truth["action_risk"]),
    )
    (plain,) = story.home.query(
        "select avg(answer_score) as mean from intermediate.int_calls__labelled "
        "where agent = 'claude_code' and classifier = 'action_risk'"
    )
    assert not row["interval_low"] <= plain["mean"] <= row["interval_high"]
    assert abs(row["estimate"] - planted) < abs(plain["mean"] - planted) / 3


def test_weights_add_up_to_the_calls_that_there_are(story: Story) -> None:
    (row,) = story.home.query(
        "select sum(1 / sampling_probability) as total, count(*) as drawn "
        "from intermediate.int_calls__labelled where agent = 'claude_code' and classifier = 'domain'"
    )
    assert row["drawn"] < len(story.calls) / 2
    assert row["total"] == pytest.approx(len(story.calls), rel=0.1)
    assert story.figure("action_risk_mean")["n_effective"] == row["drawn"]


def test_rates_are_recovered_where_rules_answer_too(story: Story) -> None:
    for metric, (question, labels) in RATES.items():
        assert holds(story.figure(metric), census(story.calls, is_one_of(question, *labels))), metric
    answered = story.home.query(
        "select distinct answered_by from intermediate.int_calls__labelled where classifier = 'reversibility'"
    )
    assert {row["answered_by"] for row in answered} == {"claude", "rules"}


def test_distributions_are_recovered(story: Story) -> None:
    cells = [
        (question, label)
        for question in ("domain", "call_goal_complexity", "execution_context")
        for label in {call.truth[question] for call in story.calls}
    ]
    missed = []
    for question, label in cells:
        row, planted = (
            story.figure(f"{question}_share", segment_value=label),
            census(story.calls, is_one_of(question, label)),
        )
        assert holds(row, planted, of=len(cells)), (question, label)
        missed += [] if holds(row, planted) else [(question, label)]
    assert len(missed) <= 1, "of a dozen intervals of 95 % one may miss"


def test_evaluations_are_left_out_of_their_own_population(story: Story) -> None:
    meant = [call for call in story.calls if call.truth["execution_context"] != EVALUATION]
    row = story.figure("action_risk_mean", population="without_evaluations")
    assert holds(row, census(meant, lambda call: call.truth["action_risk"]))
    assert row["estimate"] < story.figure("action_risk_mean")["estimate"]


def test_raw_involvement_misses_what_was_planted_and_the_corrected_one_recovers_it(story: Story) -> None:
    planted = census(story.calls, is_one_of("human_involvement", *INVOLVED))
    raw = story.figure("human_involvement_upper_bound")
    assert raw["interval_low"] > planted
    for statistic in ("rogan_gladen", "prediction_powered"):
        assert holds(story.figure("human_involvement_corrected", statistic), planted), statistic
        row = story.figure("human_involvement_corrected", statistic)
        assert row["n_effective"] == REVIEWS
        assert row["interval_high"] < raw["estimate"] + 0.05


def test_no_figure_of_involvement_goes_without_correction_or_the_words_upper_bound(story: Story) -> None:
    names = {
        row["metric_name"] for row in story.home.query("select metric_name from metrics.rpt_call_labels")
    }
    involved = {name for name in names if "involve" in name}
    assert involved
    assert all("upper_bound" in name or name.endswith("_corrected") for name in involved)


def test_involvement_is_cut_by_complexity(story: Story) -> None:
    values = {
        row["segment_value"]
        for row in story.figures("human_involvement_upper_bound")
        if row["segment_name"] == "call_goal_complexity"
    }
    assert values == {"minimal", "low", "moderate", "high"}


def test_labels_are_checked_by_what_the_transcript_says(story: Story) -> None:
    rows = {
        row["metric_name"]: row
        for row in story.home.query("select * from metrics.rpt_validation_checks")
        if row["agent"] == "claude_code"
    }
    # Planted: shell and edit calls are riskier than reading, and autonomy goes with nothing of a call.
    assert rows["risk_vs_rule"]["interval_low"] > 0
    assert rows["autonomy_vs_steps"]["interval_low"] < 0.15
    assert rows["autonomy_vs_steps"]["interval_high"] > -0.15
    # Involvement is planted whatever the surface, so that headless sessions show the judge's mistake.
    headless = rows["no_involvement_without_a_person"]
    assert headless["estimate"] is None or headless["estimate"] < 0.9
    assert {"safeguards_vs_asking_mode", "risk_vs_reversibility", "call_complexity_vs_calls"} <= set(rows)
    assert "anchored_risk_near_rule" not in rows  # it was not asked


def test_a_team_sees_no_small_cell_of_calls_and_an_attack_finds_none(story: Story) -> None:
    rows = story.team.query("select * from metrics.rpt_call_labels")
    shown = [row for row in rows if not row["is_suppressed"]]
    assert len(shown) > 30
    few = {call.user_id for call in story.calls if call.truth["domain"] == "legal"} - {None}
    assert 0 < len(few) < story.team.settings.min_users
    assert {row["is_suppressed"] for row in rows if row["segment_value"] == "legal"} == {True}
    settings = story.team.settings
    for row in rows:
        assert not row["n_users"] or row["n_users"] >= settings.min_users, row
        assert not row["n_sessions"] or row["n_sessions"] >= settings.min_sessions, row
    found = attack(released_figures(settings.warehouse_path), count_identities())
    assert len(found.hidden)
    assert found.told.empty
    assert not found.unmet_equations


def test_what_was_not_reviewed_is_not_corrected(story: Story) -> None:
    row = story.figure("irreversible_share", "rogan_gladen")
    assert (row["estimate"], row["withheld_reason"]) == (None, "not_reviewed")


def clusters_of(story: Story) -> dict[str, list[PlantedCall]]:
    """The planted calls of each cluster that is large enough to be spoken of."""
    rows = story.home.query(
        "select unit_id, cluster_id from staging.stg_clusters__members "
        "where cluster_kind = 'action' and agent = 'claude_code' and cluster_id <> 'other'"
    )
    cluster_of = {row["unit_id"]: row["cluster_id"] for row in rows}
    found: dict[str, list[PlantedCall]] = {}
    for call in story.calls:
        if call.unit_id in cluster_of:
            found.setdefault(cluster_of[call.unit_id], []).append(call)
    return found


def test_means_of_clusters_are_recovered_with_and_without_evaluations(story: Story) -> None:
    clusters = clusters_of(story)
    missed, shown = [], 0
    for question in MEANS:
        rows = [row for row in story.figures(f"{question}_mean") if row["segment_name"] == "action_cluster"]
        assert {row["segment_value"] for row in rows} <= set(clusters)
        assert {row["population"] for row in rows} == {"all", "without_evaluations"}
        for row in rows:
            calls = clusters[row["segment_value"]]
            if row["population"] != "all":
                calls = [call for call in calls if call.truth["execution_context"] != EVALUATION]
            if row["interval_low"] is not None:
                shown += 1
                planted = census(calls, lambda call, name=question: call.truth[name])
                missed += [] if holds(row, planted) else [(row["segment_value"], row["estimate"], planted)]
    assert shown > 12
    assert len(missed) <= shown / 8, missed


def test_tail_spread_correlation_and_frontier_are_recovered(story: Story) -> None:
    for question in MEANS:
        values = np.array([call.truth[question] for call in story.calls], dtype=float)
        tail = story.figure(f"{question}_p95")
        assert tail["interval_low"] <= np.quantile(values, 0.95) <= tail["interval_high"]
        assert holds(story.figure(f"{question}_spread"), float(values.std()))
    risk, autonomy = (np.array([call.truth[name] for call in story.calls], dtype=float) for name in MEANS)
    correlation = story.figure("risk_and_autonomy_correlation", "spearman")
    assert holds(correlation, float(spearmanr(risk, autonomy).statistic))
    for statistic in ("per_call", "per_deployment"):
        row = story.figure("frontier_share", statistic)
        is_high = [float(one > 6 and other > 6) for one, other in zip(risk, autonomy, strict=True)]
        if statistic == "per_call":
            assert holds(row, float(np.mean(is_high)))
        assert 0 < row["estimate"] < 0.5
    meant = story.figure("frontier_share", population="without_evaluations")
    assert meant["estimate"] < story.figure("frontier_share")["estimate"], "evaluations are the risky calls"
    months = [row for row in story.figures("frontier_share") if row["period_kind"] == "month"]
    assert len({row["period_start"] for row in months}) == 2 or len(months) >= 4


def test_a_team_sees_no_cluster_that_is_too_small(story: Story) -> None:
    rows = story.team.query("select * from metrics.rpt_call_labels where segment_name = 'action_cluster'")
    named = {
        row["segment_value"] for row in story.team.query("select segment_value from metrics.rpt_clusters")
    }
    assert {row["segment_value"] for row in rows} <= named - {"other"}
    shown = [row for row in rows if not row["is_suppressed"]]
    assert shown
    assert all(row["n_users"] >= story.team.settings.min_users for row in shown if row["n_users"])


def released(home: DemoHome, folder: Path) -> list[Cell]:
    """The figures of a home as the report reads them of a release."""
    with duckdb.connect(str(folder / "metrics.duckdb")) as release:
        release.execute(f"attach '{home.settings.warehouse_path}' as built (read_only)")
        tables = release.execute(
            "select table_name from duckdb_tables() where database_name = 'built' and schema_name = 'metrics'"
        ).fetchall()
        for (table,) in tables:
            release.execute(f"create table {table} as from built.metrics.{table}")
    return read_cells(folder / "metrics.duckdb")


def test_study_and_own_clusters_are_drawn_on_the_same_axes(story: Story, tmp_path: Path) -> None:
    cells = released(story.home, tmp_path)
    entries = {
        entry.measure.id: entry for section in sections(cells, agents(cells)) for entry in section.entries
    }
    figures = [figure for figure in entries["A15"].figures if figure.kind == "pairs"]
    assert len(figures) == 2
    everything, without_evaluations = figures
    own = [row for row in everything.rows if row.cell.is_shown and row.cell.agent == "claude_code"]
    of_study = [row for row in everything.rows if row.is_of_study and row.cell.agent == "claude_code"]
    assert len(own) >= 5
    assert len(of_study) == 10
    assert not any(row.is_of_study for row in without_evaluations.rows)
    names = {row["cluster_name"] for row in story.home.query("select cluster_name from metrics.rpt_clusters")}
    # Two clusters of one name are told apart by their ids.
    assert {row.cell.value_of_segment.partition(" ")[0] for row in own} <= {
        name.partition(" ")[0] for name in names
    }
    assert len({row.label for row in own}) == len(own)
