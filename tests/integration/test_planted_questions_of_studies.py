"""The worked question about published values on the demo's release: both sides, and which pairs there are.

Our side is counted from what was planted; the pairs are joined here from the catalogue and the tables of the
release, so that a figure that is left out, or stands next to another cell's value, is found.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from orchestration.demo import SessionTruth
from orchestration.desk.questions import question_of
from orchestration.measures.published_values import published_rows
from orchestration.privacy.released_figures import REPEATING
from tests.demo_lake import DemoHome, ReleasedDemo, Row, query_file

QUESTION = "published_values_and_ours"
Key = tuple[str | None, ...]
"""What makes a row of the answer the only one: metric, statistic, segment, its value, labeller."""
NAMES = ("metric_name", "statistic", "segment_name", "segment_value", "labeller")
SHOWN = ("estimate", "n_users", "n_sessions", "published_value", "published_grade", "published_window")


def keyed(rows: Sequence[Row]) -> dict[Key, Row]:
    found = {tuple(row[name] for name in NAMES): row for row in rows}
    assert len(found) == len(rows), "two rows are of one cell"
    return found


def planted_figures(sessions: Sequence[SessionTruth]) -> dict[tuple[str, str | None], float]:
    """Figures over everything that a study published as well, by metric and statistic: from the plan."""
    prompting = [one.counts for one in sessions if one.counts.human_prompt_count]
    per_prompt = [one.tool_call_count / one.human_prompt_count for one in prompting]
    worked = [one.counts.worked_turn_count for one in sessions if one.counts.worked_turn_count]
    walls = [turn.wall_seconds for one in sessions for turn in one.turns if turn.has_agent_work]
    return {
        ("sessions", None): len(sessions),
        ("users", None): len({one.user for one in sessions} - {None}),
        ("turns_per_session", None): sum(worked) / len(worked),
        ("turns_per_session", "median"): float(np.percentile(worked, 50, method="inverted_cdf")),
        ("actions_per_prompt_mean_of_ratios", None): sum(per_prompt) / len(per_prompt),
        ("root_actions_per_prompt_mean_of_ratios", None): sum(
            one.root_tool_call_count / one.human_prompt_count for one in prompting
        ) / len(prompting),
        ("actions_per_prompt_above_100", None): sum(one > 100 for one in per_prompt) / len(per_prompt),
        ("turn_wall_seconds_p50", None): float(np.percentile(walls, 50, method="inverted_cdf")),
    }  # fmt: skip


def test_our_side_of_a_published_value_is_what_was_planted(
    personal: DemoHome, interactive: list[SessionTruth]
) -> None:
    """Nothing is hidden in the personal home: none of these figures may be missing from the answer."""
    found = keyed(query_file(personal.settings.warehouse_path, question_of(QUESTION).sql))
    for (metric, statistic), planted in planted_figures(interactive).items():
        row = found[metric, statistic, "all", "all", None]
        assert row["estimate"] == pytest.approx(planted), metric
        assert 0 < row["n_sessions"] <= len(interactive)


def own_figures(file: Path) -> dict[Key, list[Row]]:
    """The figures over the whole time that a release shows and that may be compared, by their cell.

    A cell is agent, metric, statistic, specification, population, segment, its value, and labeller. Two
    tables may have a metric of one name.
    """
    tables = query_file(
        file,
        "select table_name from information_schema.columns where column_name = 'period_kind'"
        " and starts_with(table_name, 'rpt_') order by table_name",
    )
    found: dict[Key, list[Row]] = defaultdict(list)
    for name in [row["table_name"] for row in tables if row["table_name"] not in REPEATING]:
        is_durations = name == "rpt_turn_durations"
        estimate = "estimate_seconds" if is_durations else "estimate"
        query = f"select * from metrics.{name} where period_kind in ('overall', 'window')"  # noqa: S608 - ours
        for row in query_file(file, query):
            if row[estimate] is None or row.get("standing") in ("baseline", "hidden"):
                continue
            cut: list[str | None] = [None, None, None, "all", "all", None]
            if not is_durations:
                cut = [
                    *(row[one] for one in ("statistic", "specification", "population")),
                    *(row[one] for one in ("segment_name", "segment_value", "labeller")),
                ]
            key = (row["agent"], row["metric_name"], *cut)
            found[key].append(row | {"estimate": row[estimate]})
    return found


def test_the_answer_has_every_pair_of_the_release_and_nothing_else(
    ask: Callable[[str], list[Row]], released: ReleasedDemo
) -> None:
    own = own_figures(released.release.folder / "metrics.duckdb")
    expected = {}
    for value in (one for one in published_rows() if one.published_value is not None):
        population = value.population or ("all" if value.statistic else None)
        cut = (value.statistic, value.specification, population, value.segment_name, value.segment_value)
        for labeller in (None, "rules", "claude", "human"):
            for figure in own.get((value.agent, value.metric_name, *cut, labeller), []):
                key = (value.metric_name, value.statistic, *cut[3:], labeller)
                assert key not in expected, key
                expected[key] = tuple((figure | value._asdict())[name] for name in SHOWN)
    rows = ask(QUESTION)
    assert {key: tuple(row[name] for name in SHOWN) for key, row in keyed(rows).items()} == expected
    assert len(expected) >= 10
    grades = [row["published_grade"] for row in rows]
    assert set(grades) == {"context", "similar"}
    assert grades == sorted(grades)
