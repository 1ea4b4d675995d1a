"""What whoever runs a release is told of how much is hidden."""

from datetime import date

import pandas as pd

from orchestration.privacy.hidden_summary import hidden_summary, why_hidden
from orchestration.privacy.rules import PublishingRules

TEAM = PublishingRules()


def test_a_summary_says_how_much_is_hidden_and_what_would_show_it() -> None:
    figures = pd.DataFrame({
        "table_name": ["rpt_a", "rpt_a", "rpt_b"], "suppressed_reason": [None, "small_cell", "small_cell"],
        "n_sessions": [40, 30, None], "segment_name": "all", "period_kind": ["overall", "month", "overall"],
        "period_start": [None, date(2026, 1, 1), None],
    })  # fmt: skip
    first, second = hidden_summary(figures)
    assert (first.cell_count, first.hidden_count, first.without_count) == (2, 1, 0)
    assert first.shown_periods == ("overall",)
    assert (second.hidden_count, second.without_count) == (1, 1)
    text = why_hidden([first, second], TEAM)
    assert text.startswith("2 of 3 figures are hidden: they count fewer than 5 people or 15 sessions")
    assert "left out" in text
    assert why_hidden(hidden_summary(figures[:1]), TEAM) == ""
