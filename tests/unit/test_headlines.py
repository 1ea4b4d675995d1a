"""The first figures of a release: what is said of each, and of what has none."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.privacy.rules import PublishingRules
from orchestration.publishing.headlines import HEADLINES, hidden_cells, read_headlines

FIGURES = """
    create table {table} (
        agent text, metric_name text, labeller text, fingerprint text, standing text, period_kind text,
        segment_name text, estimate double, interval_low double, interval_high double, unknown_share double,
        n_sessions bigint, suppressed_reason text, withheld_reason text)
"""
DURATIONS = """
    create table rpt_turn_durations (
        agent text, metric_name text, period_kind text, estimate_seconds double, interval_low_seconds double,
        interval_high_seconds double, n_sessions bigint, suppressed_reason text, withheld_reason text)
"""
STANDINGS = """
    create table rpt_labeller_standing (
        fingerprint text, classifier text, reference text, measure text, kappa double, n_units bigint)
"""
VERIFIED = {
    "agent": "claude_code", "metric_name": "verified_success", "labeller": "claude", "fingerprint": "o+s",
    "standing": "exploratory", "period_kind": "overall", "segment_name": "all", "estimate": 0.322,
    "interval_low": 0.27, "interval_high": 0.38, "unknown_share": 0.01, "n_sessions": 300,
    "suppressed_reason": None, "withheld_reason": None,
}  # fmt: skip
OUTCOMES = "rpt_session_outcomes"


def release(folder: Path, *outcomes: dict[str, Any]) -> Path:
    """A release with these rows of outcomes, the rest empty but for one duration and two standings."""
    with duckdb.connect(str(folder / "metrics.duckdb")) as database:
        for table in (OUTCOMES, "rpt_oversight_by_experience"):
            database.execute(FIGURES.format(table=table))
        database.execute(DURATIONS)
        database.execute(STANDINGS)
        database.execute(
            "insert into rpt_turn_durations values"
            " ('claude_code', 'turn_net_seconds_p50', 'overall', 36.8, 33.6, 40.9, 300, null, null)"
        )
        database.execute(
            "insert into rpt_labeller_standing values"
            " ('o', 'outcome', 'judged_cases', 'weighted_kappa', 0.18, 57),"
            " ('s', 'success_evidence', 'people', 'kappa', 0.55, 80)"
        )
        for row in outcomes:
            names = ", ".join(row)
            marks = ", ".join("?" for _ in row)
            database.execute(
                f"insert into {OUTCOMES} ({names}) values ({marks})",  # noqa: S608 - names of the test
                list(row.values()),
            )
    return folder


def shown(folder: Path) -> dict[str, str]:
    return {headline.label: headline.render() for headline in read_headlines(folder)}


def test_a_headline_has_its_interval_and_its_unknown_share(tmp_path: Path) -> None:
    lines = shown(release(tmp_path, VERIFIED))
    assert lines["verified success (claude)"] == "32.2%  [27.0% – 38.0%], unknown 1.0%"
    assert lines["turn duration without waits, median"] == "36.8 s  [33.6 s – 40.9 s]"


@pytest.mark.parametrize(
    ("standing", "what", "how"),
    [
        ("baseline", "a baseline and no estimate", "make quote"),
        ("hidden", "hidden", "make sample-for-review"),
    ],
)
def test_labels_that_agree_too_little_give_no_headline_but_why_and_what_to_do(
    tmp_path: Path, standing: str, what: str, how: str
) -> None:
    line = shown(release(tmp_path, VERIFIED | {"labeller": "rules", "standing": standing}))[
        "verified success (rules)"
    ]
    assert line.startswith(f"{what} (outcome agrees with the judged cases at weighted kappa 0.18).")
    assert "make sample-for-review" in line
    assert how in line
    assert "32.2" not in line


def test_the_series_with_an_opt_out_has_its_own_name_and_its_own_unknown_share(tmp_path: Path) -> None:
    opt_out = VERIFIED | {"metric_name": "verified_success_opt_out", "estimate": 0.555, "unknown_share": 0.42}
    lines = shown(release(tmp_path, VERIFIED, opt_out))
    assert lines["verified success, if labels may decline (claude)"].startswith("55.5%")
    assert lines["verified success, if labels may decline (claude)"].endswith("unknown 42.0%")
    assert list(lines).index("verified success (claude)") < list(lines).index(
        "verified success, if labels may decline (claude)"
    )


def test_deterministic_figures_come_first_and_net_before_wall() -> None:
    is_labelled = [headline.is_labelled for headline in HEADLINES]
    assert is_labelled == sorted(is_labelled)
    names = [headline.metric for headline in HEADLINES]
    assert names.index("turn_net_seconds_p50") < names.index("turn_wall_seconds_p50")
    assert HEADLINES[-1].is_opt_out


def test_several_agents_are_named(tmp_path: Path) -> None:
    lines = shown(release(tmp_path, VERIFIED, VERIFIED | {"agent": "codex", "estimate": None,
                                                          "suppressed_reason": "small_cell"}))  # fmt: skip
    assert lines["verified success (claude_code, claude)"].startswith("32.2%")
    assert lines["verified success (codex, claude)"] == "suppressed: small cell"


def test_how_much_is_hidden_is_said_with_what_would_show_it(tmp_path: Path) -> None:
    hidden = VERIFIED | {"estimate": None, "suppressed_reason": "small_cell"}
    folder = release(tmp_path, VERIFIED, hidden)
    told = hidden_cells(folder, PublishingRules())
    assert told.startswith("1 of 3 figures are hidden: they count fewer than 5 people or 15 sessions")
    assert "longer periods" in told
