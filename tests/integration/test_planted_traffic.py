"""What the demo plants in its API traffic comes back: risk, autonomy, people, safeguards, domains, clusters.

Calls are drawn by kind of tool, the stand-in takes programs for people, reviewers do not. One home for all:
its team's release is attacked and searched, a copy of it hides nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pytest

from orchestration.clusters.find_clusters import find_clusters
from orchestration.clusters.items import call_items
from orchestration.clusters.rows import CLUSTER_TABLES, MEMBERS
from orchestration.clusters.rules import ClusterRules
from orchestration.demo.traffic.call_truth import CallTruth
from orchestration.demo.traffic.deployments import DEPLOYMENTS
from orchestration.landing.lake import single_file
from orchestration.measures.count_relations import count_identities
from orchestration.privacy.attack import attack
from orchestration.privacy.released_figures import released_figures
from orchestration.privacy.rules import PublishingRules
from orchestration.stages import archive_transcripts, discover, open_archive
from tests.demo_lake import NOW, Row, query_file, settings_of
from tests.made_up_home import MadeUpHome

AGENT = "api_traffic"
INVOLVED = ("approved_this_call", "steering_session")
EVALUATION = "evaluation_or_red_team"
SMALL, OF_SMALL = "site-upkeep", "ansible"
"""The deployment of four customers, and the word that its calls alone have."""

Value = Callable[[CallTruth], float]


@pytest.fixture(scope="module")
def calls(made_up: MadeUpHome) -> list[CallTruth]:
    return made_up.team.truth.calls


@pytest.fixture(scope="module")
def rows(made_up: MadeUpHome) -> list[Row]:
    return made_up.shown.query("select * from metrics.rpt_call_labels where agent = 'api_traffic'")


def figure(rows: list[Row], metric: str, statistic: str = "per_call", **cell: str) -> Row:
    wanted = {"population": "all", "period_kind": "overall", "segment_value": "all", "statistic": statistic}
    wanted |= {"metric_name": metric} | cell
    (row,) = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    assert row["labeller"] == "stand_in"
    return row


def census(calls: Sequence[CallTruth], value: Value) -> float:
    return float(np.mean([value(call) for call in calls]))


def census_by_deployment(calls: Sequence[CallTruth], value: Value) -> float:
    of: dict[str, list[float]] = defaultdict(list)
    for call in calls:
        of[call.deployment].append(value(call))
    return float(np.mean([np.mean(own) for own in of.values()]))


CENSUS = {"per_call": census, "per_deployment": census_by_deployment}


def is_one_of(question: str, *labels: str) -> Value:
    return lambda call: float(getattr(call, question) in labels)


def holds(row: Row, planted: float) -> bool:
    return bool(row["interval_low"] <= planted <= row["interval_high"])


VALUES: dict[str, Value] = {
    "action_risk_mean": lambda call: call.action_risk,
    "action_autonomy_mean": lambda call: call.action_autonomy,
    "safeguard_share": is_one_of("safeguards", "approval_or_restriction"),
    "any_listed_safeguard_share": is_one_of("safeguards", "approval_or_restriction", "other_safeguard"),
    "irreversible_share": is_one_of("reversibility", "irreversible"),
}


def test_every_call_of_the_logs_has_its_deployment_and_customer(
    made_up: MadeUpHome, calls: list[CallTruth]
) -> None:
    found = made_up.shown.query(
        "select tool_use_id, deployment_id, user_id, is_in_session from marts.fct_tool_calls "
        "where agent = 'api_traffic'"
    )
    planted = {call.tool_use_id: call for call in calls}
    assert {row["tool_use_id"] for row in found} == set(planted)
    for name, told in (("deployment_id", "deployment"), ("user_id", "customer")):
        pairs = {(row[name], getattr(planted[row["tool_use_id"]], told)) for row in found}
        assert len(pairs) == len({one for one, _ in pairs}) == len({other for _, other in pairs})
    assert {call.deployment for call in calls} == {each.name for each in DEPLOYMENTS}
    assert not any(row["is_in_session"] for row in found)


@pytest.mark.parametrize("metric", VALUES)
@pytest.mark.parametrize("population", ["all", "without_evaluations"])
@pytest.mark.parametrize("statistic", CENSUS)
def test_what_is_planted_is_recovered_by_call_and_by_deployment(
    rows: list[Row], calls: list[CallTruth], metric: str, population: str, statistic: str
) -> None:
    counted = [call for call in calls if population == "all" or call.execution_context != EVALUATION]
    row = figure(rows, metric, statistic, population=population)
    planted = CENSUS[statistic](counted, VALUES[metric])
    assert holds(row, planted), (row["interval_low"], planted, row["interval_high"])


def test_without_weights_the_drawn_calls_would_miss_the_risk(
    made_up: MadeUpHome, rows: list[Row], calls: list[CallTruth]
) -> None:
    row, planted = figure(rows, "action_risk_mean"), census(calls, VALUES["action_risk_mean"])
    (plain,) = made_up.shown.query(
        "select avg(answer_score) as mean, count(*) as drawn, sum(1 / sampling_probability) as total "
        "from intermediate.int_calls__labelled where agent = 'api_traffic' and classifier = 'action_risk'"
    )
    assert not row["interval_low"] <= plain["mean"] <= row["interval_high"]
    assert abs(row["estimate"] - planted) < abs(plain["mean"] - planted) / 2
    assert plain["drawn"] < len(calls) / 2
    assert plain["total"] == pytest.approx(len(calls), rel=0.1)


def test_the_evaluation_makes_the_traffic_look_riskier_than_it_is(rows: list[Row]) -> None:
    for metric in ("action_risk_mean", "action_autonomy_mean"):
        without = figure(rows, metric, population="without_evaluations")
        assert without["interval_high"] < figure(rows, metric)["estimate"]


@pytest.mark.parametrize(
    ("metric", "question"),
    [
        ("domain_share", "domain"),
        ("call_goal_complexity_share", "call_goal_complexity"),
        ("execution_context_share", "execution_context"),
    ],
)
@pytest.mark.parametrize("statistic", CENSUS)
def test_distributions_are_recovered(
    rows: list[Row], calls: list[CallTruth], metric: str, question: str, statistic: str
) -> None:
    labels = {str(getattr(call, question)) for call in calls}
    missed = {}
    for label in labels:
        planted = CENSUS[statistic](calls, is_one_of(question, label))
        row = figure(rows, metric, statistic, segment_value=label)
        if not holds(row, planted):
            missed[label] = (row["interval_low"], planted, row["interval_high"])
    # One of twenty intervals may miss, and a share near 0 has room above it alone.
    assert len(missed) <= len(labels) // 10, missed


def test_raw_involvement_misses_and_the_corrected_one_recovers(
    rows: list[Row], calls: list[CallTruth]
) -> None:
    planted = census(calls, is_one_of("human_involvement", *INVOLVED))
    raw = figure(rows, "human_involvement_upper_bound")
    assert raw["interval_low"] > planted
    for statistic in ("rogan_gladen", "prediction_powered"):
        row = figure(rows, "human_involvement_corrected", statistic)
        assert holds(row, planted), (statistic, row["interval_low"], planted, row["interval_high"])
        assert row["n_effective"] >= 60


def test_fewer_people_take_part_where_goals_are_complex(rows: list[Row], calls: list[CallTruth]) -> None:
    """A9: planted by call, and seen in the upper bound by complexity."""
    levels = ("minimal", "low", "moderate", "high")
    is_involved = is_one_of("human_involvement", *INVOLVED)
    planted = [
        census([call for call in calls if call.call_goal_complexity == each], is_involved) for each in levels
    ]
    found = [figure(rows, "human_involvement_upper_bound", segment_value=each)["estimate"] for each in levels]
    assert planted == sorted(planted, reverse=True)
    # What is taken for people lifts complex goals most, so that the labels show less than there is.
    assert min(found[:2]) > max(found[2:])
    assert 0.15 < found[0] - found[-1] < planted[0] - planted[-1]


def test_what_a_rule_settles_is_what_is_planted(made_up: MadeUpHome, calls: list[CallTruth]) -> None:
    planted = {call.tool_use_id: call.reversibility for call in calls}
    settled = made_up.shown.query(
        "select unit_id, answer_label, answered_by from intermediate.int_calls__labelled "
        "where agent = 'api_traffic' and classifier = 'reversibility'"
    )
    by_rule = [row for row in settled if row["answered_by"] == "rules"]
    assert len(by_rule) > len(settled) / 5
    assert {
        row["unit_id"] for row in by_rule if planted[row["unit_id"].split("|")[1]] != row["answer_label"]
    } == set()
    unanswered = sum(row["answered_by"] is None for row in settled)
    assert unanswered < len(settled) / 20  # what the stand-in refuses


def clusters_of(made_up: MadeUpHome) -> dict[str, list[str]]:
    """Name of a cluster → tool use ids of its calls."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in made_up.team.query(
        "select named.cluster_name, members.unit_id from staging.stg_clusters__members as members "
        "inner join metrics.rpt_clusters as named on members.agent = named.agent "
        "and named.segment_name = 'action_cluster' and members.cluster_id = named.segment_value "
        "where members.agent = 'api_traffic'"
    ):
        found[row["cluster_name"]].append(row["unit_id"].split("|")[1])
    return found


def test_clusters_of_calls_differ_in_risk_and_autonomy(made_up: MadeUpHome, calls: list[CallTruth]) -> None:
    """The map of A15: what is planted of the calls of each cluster, and what is answered of those drawn."""
    planted = {call.tool_use_id: call for call in calls}
    answered: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    for row in made_up.shown.query(
        "select unit_id, classifier, answer_score, 1 / sampling_probability as weight "
        "from intermediate.int_calls__labelled where agent = 'api_traffic' and answer_score is not null "
        "and classifier in ('action_risk', 'action_autonomy')"
    ):
        answered[row["classifier"]][row["unit_id"].split("|")[1]] = row["answer_score"], row["weight"]
    clusters = clusters_of(made_up)
    assert len(clusters) >= 5
    for question, least_spread in (("action_risk", 4.0), ("action_autonomy", 2.0)):
        true, found = [], []
        for members in clusters.values():
            known = [answered[question][each] for each in members if each in answered[question]]
            if len(known) < 10:
                continue
            true.append(np.mean([getattr(planted[each], question) for each in members]))
            found.append(np.average([score for score, _ in known], weights=[weight for _, weight in known]))
        assert len(true) >= 5
        assert max(true) - min(true) > least_spread
        assert np.abs(np.array(true) - np.array(found)).max() < 1.0, (question, true, found)


def test_the_small_cluster_would_be_named_if_four_customers_were_enough(
    made_up: MadeUpHome, calls: list[CallTruth], tmp_path: Path
) -> None:
    """Else nothing could be found where it must not be."""
    assert len({call.customer for call in calls if call.deployment == SMALL}) == 4
    items = [
        item for item in call_items(made_up.team.settings.lake_dir, tmp_path / "spill") if item.agent == AGENT
    ]
    assert sum(OF_SMALL in item.text for item in items) >= 30
    personal = ClusterRules(publishing=PublishingRules("personal"))
    named, unnamed = (
        [row for row in find_clusters(items, rules).found if OF_SMALL in (row.top_terms or "")]
        for rules in (personal, ClusterRules())
    )
    assert named
    assert not unnamed


def texts_in(path: Path) -> list[str]:
    """Every text of every table of a DuckDB file."""
    with duckdb.connect(str(path), read_only=True) as database:
        columns = database.execute(
            "select schema_name, table_name, column_name from duckdb_columns() "
            "where not internal and data_type like 'VARCHAR%'"
        ).fetchall()
        return [
            str(text)
            for schema, table, column in columns
            for (text,) in database.execute(
                f'select distinct "{column}" from "{schema}"."{table}" where "{column}" is not null'  # noqa: S608
            ).fetchall()
        ]


def test_the_small_cluster_is_nowhere(made_up: MadeUpHome) -> None:
    folder = made_up.release.folder
    for name in ("marts.duckdb", "metrics.duckdb"):
        texts = texts_in(folder / name)
        assert len(texts) > 1000
        assert not any(OF_SMALL in text for text in texts), name
    parquet = [*folder.rglob("*.parquet"), *(made_up.team.settings.lake_dir / "estimates").rglob("*.parquet")]
    parquet += [
        single_file(made_up.team.settings.lake_dir, table) for table in CLUSTER_TABLES if table != MEMBERS
    ]
    for path in parquet:
        rows = duckdb.sql(f"select * from read_parquet('{path}')").fetchall()  # noqa: S608 - ours
        assert not any(OF_SMALL in str(row) for row in rows), path
    page = (folder / "report" / "index.html").read_text(encoding="utf-8")
    assert AGENT in page
    assert OF_SMALL not in page


def test_a_team_sees_no_cell_of_few_customers_and_an_attack_finds_none(made_up: MadeUpHome) -> None:
    settings = made_up.team.settings
    rows = query_file(settings.warehouse_path, "select * from metrics.rpt_call_labels")
    assert {row["agent"] for row in rows} >= {AGENT, "claude_code"}
    assert sum(not row["is_suppressed"] for row in rows if row["agent"] == AGENT) > 40
    for row in rows:
        assert not row["n_users"] or row["n_users"] >= settings.min_users, row
        assert not row["n_sessions"] or row["n_sessions"] >= settings.min_sessions, row
    found = attack(released_figures(settings.warehouse_path), count_identities())
    assert len(found.hidden)
    assert found.told.empty
    assert not found.unmet_equations


def test_with_linking_the_planted_chains_are_sessions(made_up: MadeUpHome, tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "linked", made_up.team.transcripts, api_linking=True)
    archive_transcripts(settings, discover(settings), now=NOW)
    with open_archive(settings) as archive:
        (found,) = archive._db.execute("select count(distinct lineage_id) from stamps").fetchone()
    planted = made_up.team.truth.population["api_traffic"]
    assert planted["chains"] > 200
    assert found == planted["conversations"]
