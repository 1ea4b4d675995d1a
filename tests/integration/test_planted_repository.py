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
from orchestration.estimates.land_estimates import ESTIMATES, FIGURES, land_estimates
from orchestration.git_history.land_git import GitPlaces, GitRules, land_git
from orchestration.git_history.repository_rows import Surroundings
from orchestration.landing.lake import ensure_typed_empty_files
from orchestration.pricing.land_prices import land_prices
from orchestration.privacy.rules import PublishingRules
from orchestration.progress import Advance
from tests.dbt_runs import Home
from tests.planted_git import PSEUDONYMS, USERS, plant, session_rows, write_incident, write_sessions
from tests.raw_lake import all_lake_tables

MODELS = (
    "int_merged_lines__summed", "stg_git__commit_files", "fct_turns", "int_classifiers__asked",
    "int_labels__paired", "label_vocabulary",
)  # fmt: skip
"""What the table of merged lines is computed from, and what every release has."""

MERGED = {
    "root": 10, "agent": 6, "mixed": 10, "f1": 3, "f2": 3, "aside": 2, "squash": 4, "rebased": 3, "picked": 2,
    "bad": 5, "rewrite": 2, "late": 4, "noted": 5, "both": 5,
}  # fmt: skip
"""Merged lines by commit: f1 wrote five, of which two were replaced before the branch was merged."""

ALL = sum(MERGED.values())
PLANTED = {
    # The agent is named in `agent` and `f1`.
    "merged_line_share_by_trailer": (6 + 3, ALL),
    # Three lines each of `noted` and `both`, the only commits with a note.
    "merged_line_share_by_note": (3 + 3, 5 + 5),
    # All of `agent`, three of `both`, four of `mixed`, whose brace and blank line are too short.
    "merged_line_share_by_match": (6 + 4 + 3, ALL - 2),
    # The id of `agent` was printed, that of a copy of `rebased`, and `squash` is the session's pull request.
    "merged_line_share_by_session": (6 + 3 + 4, ALL),
    "merged_line_share_by_any_rule": (6 + 3 + 3 + 4 + 3 + 4 + 3, ALL),
    "merged_line_share_by_all_rules": (6, ALL),
    # Lock, vendored, generated, minified files of the first commit, and the bot's lock file.
    "noted_line_share": (5 + 5, ALL),
}

ADDED = 47 + 6 + 10 + 3 + 5 + 3 + 2 + 4 + 3 + 2 + 2 + 5 + 2 + 4 + 5 + 5 + 3
"""Lines that the commits added, merges left out, in the order of the story."""

CHECKED = {
    # `noted` and `both` have a note and no trailer.
    ("rule_disagreement_share", "trailer_and_note"): (6, 10),
    # `f1` was signed and matches nothing, `mixed` and `both` the other way round.
    ("rule_disagreement_share", "trailer_and_match"): (3 + 4 + 3, ALL - 2),
    ("rule_disagreement_share", "trailer_and_session"): (3 + 3 + 4, ALL),
    # Note and match agree on all lines of `both`; those of `noted` were written after the commit.
    ("rule_disagreement_share", "note_and_match"): (3, 10),
    ("rule_disagreement_share", "note_and_session"): (6, 10),
    ("rule_disagreement_share", "match_and_session"): (4 + 3 + 4 + 3, ALL - 2),
    # Two lines of `squash`, of the lines since the other project's session began.
    ("unrelated_match_share", "all"): (2, 4 + 3 + 2 + 5 + 2 + 4 + 5 + 5),
    # `aside` is signed by another agent, which has no transcripts.
    ("other_agent_line_share", "all"): (2, ALL),
    # Ben is in the map, Ada made commits in sessions, and her second address is taken for her name.
    ("known_author_line_share", "all"): (ALL, ALL),
    ("known_author_line_share", "map"): (10 + 3 + 2, ALL),
    ("known_author_line_share", "address"): (4, ALL),
    # `root` has a file of each kind, the bot changes a lock file, and `moved` moves three lines.
    ("excluded_line_share", "lock"): (20 + 3, ADDED),
    ("excluded_line_share", "vendored"): (5, ADDED),
    ("excluded_line_share", "generated"): (10, ADDED),
    ("excluded_line_share", "minified"): (2, ADDED),
    ("excluded_line_share", "moved"): (3, ADDED),
    ("excluded_line_share", "oversized"): (0, ADDED),
    # Eighteen commits of people that are no merges.
    ("linked_commit_share", "sha"): (1, 18),
    ("linked_commit_share", "copy"): (1, 18),
    ("linked_commit_share", "pull_request"): (1, 18),
    ("linked_commit_share", "note"): (2, 18),
    ("linked_commit_share", "match"): (3, 18),
    ("linked_commit_share", "time"): (4, 18),
    ("linked_commit_share", "any_but_time"): (6, 18),
    ("agreeing_link_share", "match"): (2, 2),
    ("agreeing_link_share", "time"): (4, 4),
    # `rewrite` fixed the incident, and replaced two of the agent's lines.
    ("line_incident_30d_share", "agent"): (2, 6 + 4 + 3),
    ("line_incident_30d_share", "person"): (0, 10 + 4 + 3 + 2 + 5 + 2 + 4 + 2 + 2),
}
"""Metric and population → what counts, and of what."""


@contextmanager
def silent(_title: str) -> Iterator[Advance]:
    yield lambda _done, _total: None


def not_judged(_files: Mapping[str, Path]) -> Sequence[Verdict]:
    return []


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The figures of merged lines and their checks over the whole time, as one person has them."""
    home = Home(tmp_path_factory.mktemp("planted-repository"))
    planted = plant(home.folder / "widgets")
    write_sessions(home.lake_dir, session_rows(planted))
    write_incident(home.lake_dir, planted.shas["rewrite"])
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
    checks = [table for table in ESTIMATES if table.name in ("authorship_checks", "line_fate")]
    land_estimates(home.warehouse_path, home.lake_dir, rules=personal, rate_tables=tables, estimates=checks)
    rows = pq.read_table(home.lake_dir / FIGURES.folder / "part.parquet").to_pylist()
    return [row for row in rows if row["period_kind"] == "overall"]


@pytest.fixture(scope="module")
def figures(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Those of merged lines, by metric."""
    return {row["metric_name"]: row for row in rows if row["table_name"] == "rpt_merged_lines"}


@pytest.mark.parametrize(("metric", "population"), sorted(CHECKED))
def test_every_check_of_the_rules_gives_the_planted_share(
    rows: list[dict[str, Any]], metric: str, population: str
) -> None:
    hits, of = CHECKED[metric, population]
    (found,) = (row for row in rows if (row["metric_name"], row["population"]) == (metric, population))
    assert found["estimate"] == pytest.approx(hits / of)
    assert found["interval_low"] <= found["estimate"] + 1e-12
    assert found["estimate"] <= found["interval_high"] + 1e-12


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
