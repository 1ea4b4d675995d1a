"""Dollars per session are those of the responses, period by period."""

import pytest

from tests.demo_lake import DemoHome
from tests.planted_answers import WHOLE, Cell, cell_of


def test_dollars_per_session_are_the_dollars_of_a_period_over_its_priced_sessions(personal: DemoHome) -> None:
    """By the responses themselves, whose dollars an independent count checks (test_corpus_usage)."""
    expected: dict[Cell, tuple[float, set[str]]] = {}
    for used in personal.query(
        "select session_id, project_id, cost_usd, responded_month, responded_week from marts.fct_responses"
        " where cost_usd is not null"
    ):
        for cell in (
            WHOLE,
            Cell("month", used["responded_month"], "all", "all"),
            Cell("week", used["responded_week"], "all", "all"),
            Cell("overall", None, "project", used["project_id"] or "unknown"),
        ):
            dollars, sessions = expected.get(cell, (0.0, set()))
            expected[cell] = (dollars + used["cost_usd"], sessions | {used["session_id"]})
    found = {
        cell_of(row): (row["estimate"], row["n_sessions"])
        for row in personal.query(
            "select * from metrics.rpt_usage"
            " where metric_name = 'cost_usd_per_session' and estimate is not null"
        )
    }
    assert expected.keys() <= found.keys()
    for cell, (dollars, sessions) in expected.items():
        assert found[cell] == (pytest.approx(dollars / len(sessions)), len(sessions)), cell
