"""Random histories of two agents: what a release shows of merged lines tells no count that it hides.

Lines are planted one by one and counted here a second time, so that the declared relations between counts are
held against data, and one that nobody declared is found (B1, B2).
"""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from orchestration.measures.count_relations import count_identities
from orchestration.privacy.attack import Attack, attack
from orchestration.privacy.protect import protect_figures
from orchestration.privacy.rules import PublishingRules
from tests.found_relations import undeclared_relations
from tests.merged_sums import PLACE, figures_of, merged_sums

TABLE, RULES = "rpt_merged_lines", PublishingRules()
AGENTS = ("claude_code", "codex")
SEEDS = range(4)

SHARES = {
    "merged_line_share_by_trailer": ("by_trailer", "merged"),
    "merged_line_share_by_note": ("by_note", "noted"),
    "merged_line_share_by_match": ("by_match", "matchable"),
    "merged_line_share_by_session": ("by_session", "observed"),
    "merged_line_share_by_any_rule": ("by_any", "merged"),
    "merged_line_share_by_all_rules": ("by_all", "merged"),
    "disputed_line_share": ("disputed", "merged"),
    "noted_line_share": ("noted", "merged"),
    "matchable_line_share": ("matchable", "merged"),
    "observed_line_share": ("observed", "merged"),
    "author_observed_line_share": ("author_observed", "merged"),
}
"""Metric → the lines that count, and among which lines; the others of all merged lines are unknown."""

FATES = ("survived", "rewritten", "reverted")


def random_lines(seed: int) -> pd.DataFrame:
    """One row per line of a commit: what every rule can see of it, and its fate."""
    draws = np.random.default_rng(seed)
    users, commits = int(draws.choice([8, 20, 40])), int(draws.choice([100, 300]))
    months = int(draws.integers(2, 6))
    of_commit = pd.DataFrame({
        "commit": np.arange(commits),
        "user": draws.choice(users, commits, p=draws.dirichlet(np.full(users, draws.choice([0.5, 3.0])))),
        "month": draws.choice(months, commits, p=draws.dirichlet(np.full(months, 2.0))),
        "trailer": draws.choice([*AGENTS, ""], commits, p=draws.dirichlet([3, 1, 3])),
        "session": draws.choice([*AGENTS, ""], commits, p=draws.dirichlet([3, 1, 3])),
        "noted": draws.random(commits) < draws.uniform(0.1, 0.6),
    })  # fmt: skip
    of_commit["is_observed"] = of_commit["month"] > 0
    of_commit["author_observed"] = of_commit["user"] % 3 > 0
    of_commit["lines"] = draws.integers(1, 6, commits)
    lines = of_commit.loc[of_commit.index.repeat(of_commit["lines"])].reset_index(drop=True)
    size = len(lines)
    lines["note"] = np.where(lines["noted"], draws.choice([*AGENTS, ""], size, p=[0.5, 0.2, 0.3]), "")
    lines["match"] = draws.choice([*AGENTS, "", "short"], size, p=[0.4, 0.1, 0.4, 0.1])
    lines["fate"] = draws.choice(FATES, size, p=draws.dirichlet([6, 2, 1]))
    lines["is_followed"] = lines["month"] < months - 1
    return lines


def seen_by(lines: pd.DataFrame, agent: str) -> pd.DataFrame:
    """What counts of each line for one agent, by the names of SHARES."""
    observed, matchable = lines["is_observed"], lines["is_observed"] & (lines["match"] != "short")
    rules = {
        "by_trailer": (lines["trailer"] == agent, pd.Series(True, index=lines.index)),
        "by_note": (lines["note"] == agent, lines["noted"]),
        "by_match": (lines["match"] == agent, matchable),
        "by_session": (lines["session"] == agent, observed),
    }
    found = {name: says & can_tell for name, (says, can_tell) in rules.items()}
    any_rule = np.logical_or.reduce(list(found.values()))
    all_rules = np.logical_and.reduce([says | ~can_tell for says, can_tell in rules.values()])
    is_person = (
        matchable & (lines["match"] == "") & (lines["note"] == "") & (lines["trailer"] == "")
        & (lines["session"] == "")
    )  # fmt: skip
    found |= {"merged": pd.Series(True, index=lines.index), "noted": lines["noted"], "matchable": matchable,
              "observed": observed, "author_observed": lines["author_observed"], "by_any": any_rule,
              "by_all": all_rules, "disputed": any_rule & ~all_rules}  # fmt: skip
    for group, inside in (("merged", found["merged"]), ("agent", found["by_match"]), ("person", is_person)):
        found[f"{group}_all"] = inside
        found[f"{group}_followed"] = inside & lines["is_followed"]
        for fate in FATES:
            found[f"{group}_{fate}"] = inside & lines["is_followed"] & (lines["fate"] == fate)
    return lines[["commit", "user", "month"]].assign(**found)


def metrics() -> dict[str, tuple[str, str, str]]:
    """Metric → the lines that count, among which, and of which others nothing is known."""
    found = {metric: (*pair, "merged") for metric, pair in SHARES.items()}
    for group in ("merged", "agent", "person"):
        for fate in FATES:
            found[f"{group}_line_{fate}_30d_share"] = (f"{group}_{fate}", f"{group}_followed", f"{group}_all")
    # Of a coverage nothing is unknown.
    return {
        metric: (one, two, two if two == "merged" else three) for metric, (one, two, three) in found.items()
    }


def user_sums(lines: pd.DataFrame, agent: str) -> pd.DataFrame:
    """The columns of int_merged_lines__summed."""
    seen = seen_by(lines, agent)
    cells = [
        seen.assign(period_kind="overall", period_start=None),
        seen.assign(period_kind="month", period_start=[f"2026-{month + 1:02}-01" for month in seen["month"]]),
    ]
    placed = pd.concat(cells, ignore_index=True).assign(segment_name="all", segment_value="all")
    by = [*PLACE, "user"]
    found = []
    for metric, (counted, among, whole) in metrics().items():
        own = placed.assign(y=placed[counted], n=placed[among], all=placed[whole])
        sums = own.groupby(by, dropna=False)[["y", "n", "all"]].sum().astype(float)
        commits = own[own["n"]].groupby(by, dropna=False)["commit"].nunique()
        found.append(
            sums.assign(
                metric_name=metric, metric_kind="rate", numerator=sums["y"], denominator=sums["n"],
                session_count=commits.reindex(sums.index).fillna(0).astype(int),
                unknown_count=(sums["all"] - sums["n"]).astype(int),
            )
        )  # fmt: skip
    table = pd.concat(found).reset_index()
    table = table[(table["session_count"] > 0) | (table["unknown_count"] > 0)]
    names = {"agent": agent, "labeller": None, "fingerprint": None, "merged_values": None}
    return table.assign(user_id="u" + table["user"].astype(str), **names).drop(
        columns=["user", "y", "n", "all"]
    )


@cache
def planted(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What a release shows of one history, and everything that is true of it."""
    lines = random_lines(seed)
    sums = pd.concat([user_sums(lines, agent) for agent in AGENTS], ignore_index=True)
    true = figures_of(merged_sums({TABLE: sums}, RULES))
    shown = protect_figures(true, RULES)
    return shown.assign(is_suppressed=shown["suppressed_reason"].notna()), true


@cache
def attacked(seed: int) -> Attack:
    return attack(planted(seed)[0], count_identities())


@pytest.mark.parametrize("seed", SEEDS)
def test_no_hidden_count_follows_from_what_is_shown(seed: int) -> None:
    found = attacked(seed)
    assert found.told.empty
    assert not found.unmet_equations, "a declared relation does not hold in the planted lines"


def test_histories_hide_and_show_enough_to_prove_something() -> None:
    found = [attacked(seed) for seed in SEEDS]
    assert sum(len(one.hidden) for one in found) > 100
    assert sum(one.shown_count for one in found) > 150


def test_no_relation_between_counts_is_undeclared() -> None:
    """Over all histories at once: what holds in one by chance does not hold in all."""
    true = pd.concat(
        [planted(seed)[1].assign(agent=planted(seed)[1]["agent"] + f" {seed}") for seed in SEEDS],
        ignore_index=True,
    )
    assert undeclared_relations(true, count_identities()) == []
