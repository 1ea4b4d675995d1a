"""From a repository that was made line by line, and sessions that wrote parts of it, to the figures of B1.

What must come out is counted from the story in `tests/planted_git.py`, commit by commit.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from expectations.verdict import Verdict
from orchestration.estimates.land_estimates import FIGURES, land_estimates
from orchestration.git_history.land_git import GitPlaces, GitRules, land_git
from orchestration.git_history.repository_rows import Surroundings
from orchestration.landing.lake import ensure_typed_empty_files
from orchestration.pricing.land_prices import land_prices
from orchestration.privacy.rules import PublishingRules
from orchestration.progress import Advance
from tests.dbt_runs import Home
from tests.planted_git import PSEUDONYMS, USERS, plant, session_rows, write_sessions
from tests.raw_lake import all_lake_tables

MODELS = (
    "int_merged_lines__summed", "fct_turns", "int_classifiers__asked", "int_labels__paired",
    "label_vocabulary",
)  # fmt: skip
"""What the table of merged lines is computed from, and what every release has."""

MERGED = {
    "root": 10, "agent": 6, "mixed": 10, "f1": 3, "f2": 3, "aside": 2, "squash": 4, "rebased": 3, "picked": 2,
    "bad": 5, "rewrite": 2, "late": 4, "noted": 5,
}  # fmt: skip
"""Merged lines by commit: f1 wrote five, of which two were replaced before the branch was merged."""

ALL = sum(MERGED.values())
PLANTED = {
    # The agent is named in `agent` and `f1`.
    "merged_line_share_by_trailer": (6 + 3, ALL),
    # Three lines of `noted`, the only commit with a note.
    "merged_line_share_by_note": (3, 5),
    # All of `agent`, four of `mixed`, whose brace and blank line are too short to be matched.
    "merged_line_share_by_match": (6 + 4, ALL - 2),
    # The id of `agent` was printed, that of a copy of `rebased`, and `squash` is the session's pull request.
    "merged_line_share_by_session": (6 + 3 + 4, ALL),
    "merged_line_share_by_any_rule": (6 + 3 + 3 + 4 + 3 + 4, ALL),
    "merged_line_share_by_all_rules": (6, ALL),
    # Lock, vendored, generated, minified files of the first commit, and the bot's lock file.
    "noted_line_share": (5, ALL),
}


@contextmanager
def silent(_title: str) -> Iterator[Advance]:
    yield lambda _done, _total: None


def not_judged(_files: Mapping[str, Path]) -> Sequence[Verdict]:
    return []


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The figures of merged lines over the whole time, by metric, as one person has them."""
    home = Home(tmp_path_factory.mktemp("planted-repository"))
    planted = plant(home.folder / "widgets")
    write_sessions(home.lake_dir, session_rows(planted))
    rules = GitRules(
        Surroundings(PSEUDONYMS, USERS, lambda _author: False), {}, shows_names=False, memory_gb=1.0
    )
    places = GitPlaces(home.lake_dir, home.folder / "git", (str(planted.path),))
    land_git(places, rules, not_judged, silent)
    ensure_typed_empty_files(home.lake_dir, all_lake_tables())
    land_prices(home.lake_dir)
    kinds = [part for kind in ("model", "seed") for part in ("--resource-type", kind)]
    (built,) = home.run(["build", *kinds, "--select", *(f"+{name}" for name in MODELS)])
    assert built.success, built.message
    tables = {"rpt_merged_lines": "int_merged_lines__summed"}
    personal = PublishingRules(mode="personal")
    land_estimates(home.warehouse_path, home.lake_dir, rules=personal, rate_tables=tables, estimates=())
    rows = pq.read_table(home.lake_dir / FIGURES.folder / "part.parquet").to_pylist()
    return {row["metric_name"]: row for row in rows if row["period_kind"] == "overall"}


@pytest.mark.parametrize("metric", sorted(PLANTED))
def test_every_rule_counts_the_planted_lines(figures: dict[str, dict[str, Any]], metric: str) -> None:
    found = figures[metric]
    assert (found["numerator"], found["denominator"]) == PLANTED[metric]
    assert found["interval_low"] <= found["estimate"] <= found["interval_high"]


def test_the_interval_holds_every_rule_and_what_it_leaves_open_is_disputed(
    figures: dict[str, dict[str, Any]],
) -> None:
    low, high = (figures[f"merged_line_share_by_{name}"]["estimate"] for name in ("all_rules", "any_rule"))
    for rule in ("trailer", "match", "session"):
        assert low <= figures[f"merged_line_share_by_{rule}"]["estimate"] <= high
    assert figures["disputed_line_share"]["estimate"] == pytest.approx(high - low)
