"""How far each rule of authorship can be trusted: what it covers, where two differ, what chance gives (B1).

Belongs here: which checks there are, of lines and of the links of commits to sessions. Not here: the rules
themselves (int_lines__attributed), what a release shows by month (the rates), linking a commit to a session
(git_history). Lines of one commit are alike, so a commit is the unit, weighed by its lines. Needs no label.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Any, get_args

import numpy as np
import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow, estimate_row, rounded_sample, sample_of
from orchestration.ingest.git_rows import EVIDENCES, Exclusion
from orchestration.statistics.clusters import rate_by_user, weighted_by_user
from orchestration.statistics.withholding import LEAST_EFFECTIVE_N, Estimate, withheld

RULES = ("trailer", "note", "match", "session")
KNOWN_BY = ("map", "sessions", "address")
FIRM = tuple(evidence for evidence in EVIDENCES if evidence != "time")
"""Every evidence but the time, which is a guess."""

DISAGREEMENT, PLACEBO = "rule_disagreement_share", "unrelated_match_share"
OTHER_AGENT, AUTHOR_KNOWN = "other_agent_line_share", "known_author_line_share"
LINKED, AGREED = "linked_commit_share", "agreeing_link_share"
LEFT_OUT = "excluded_line_share"
REASONS = (*(reason for reason in get_args(Exclusion) if reason != "binary"), "moved")
"""Why added lines are left out of all shares; binary files have no lines."""

_PAIRS = tuple(combinations(RULES, 2))
_BOTH = "is_by_{0} is not null and is_by_{1} is not null"
_DIFFER = "is_by_{0} <> is_by_{1}"


def _sum(condition: str, name: str) -> str:
    return f"cast(sum(case when {condition} then line_count else 0 end) as double) as {name}"


_LINES_SQL = f"""
    select user_id, cast(sum(line_count) as double) as merged,
        {
    ", ".join(
        _sum(condition.format(*pair), f"{name}_{pair[0]}_{pair[1]}")
        for pair in _PAIRS
        for name, condition in (("both", _BOTH), ("differ", _DIFFER))
    )
},
        {_sum("is_by_unrelated is not null", "placebo_known")}, {_sum("is_by_unrelated", "placebo")},
        {_sum("is_of_other_agent", "other_agent")}
    from intermediate.int_lines__attributed where agent = $agent
    group by git_commit_id, user_id order by git_commit_id
"""  # noqa: S608 - names of ours

_OWN = "select session_id from marts.fct_sessions where agent = $agent"

_COMMITS_SQL = f"""
    select user_id, author_known_by, cast(merged_line_count as double) as merged, is_observed, is_merge,
        {
    ", ".join(
        f"{name}_session_id as {name}, coalesce({name}_session_id in ({_OWN}), false) as is_{name}"
        for name in EVIDENCES
    )
}
    from intermediate.int_commits__observed where not is_bot_author order by git_commit_id
"""  # noqa: S608 - names of ours


def _left_out_for(reason: str) -> str:
    if reason == "moved":
        return "sum(case when files.exclusion is null then files.moved_line_count else 0 end)"
    return f"sum(case when files.exclusion = '{reason}' then files.lines_added else 0 end)"


_FILES_SQL = f"""
    select commits.user_id, cast(sum(files.lines_added) as double) as merged,
        {", ".join(f"cast({_left_out_for(reason)} as double) as {reason}" for reason in REASONS)}
    from staging.stg_git__commit_files as files
    inner join intermediate.int_commits__attributed as commits
        on files.git_commit_id = commits.git_commit_id and commits.agent = $agent
    group by files.git_commit_id, commits.user_id order by files.git_commit_id
"""  # noqa: S608 - names of ours


def authorship_checks(facts: BuiltFacts) -> list[EstimateRow]:
    """Rows of lines and of links; none where no repository was read."""
    lines, commits = facts.read(_LINES_SQL).to_pandas(), facts.read(_COMMITS_SQL).to_pandas()
    if lines.empty:
        return []
    return [
        *_of_lines(facts, lines),
        *_of_authors(facts, commits),
        *_of_links(facts, commits),
        *_left_out(facts, facts.read(_FILES_SQL).to_pandas()),
    ]


def _of_lines(facts: BuiltFacts, lines: pd.DataFrame) -> Iterator[EstimateRow]:
    for one, two in _PAIRS:
        pair = f"{one}_{two}"
        yield _share(
            facts, lines, DISAGREEMENT, f"differ_{pair}", f"both_{pair}", population=f"{one}_and_{two}"
        )
    yield _share(facts, lines, PLACEBO, "placebo", "placebo_known")
    yield _share(facts, lines, OTHER_AGENT, "other_agent", "merged")


def _of_authors(facts: BuiltFacts, commits: pd.DataFrame) -> Iterator[EstimateRow]:
    """Of people's merged lines, those of authors who are known, in all and by how they are."""
    for population in ("all", *KNOWN_BY):
        known = commits["author_known_by"]
        is_known = known.notna() if population == "all" else known == population
        own = commits.assign(known=commits["merged"] * is_known)
        yield _share(facts, own, AUTHOR_KNOWN, "known", "merged", population=population)


def _left_out(facts: BuiltFacts, files: pd.DataFrame) -> Iterator[EstimateRow]:
    """Of the lines that commits added, those that are left out, by reason. Merges add none of their own."""
    for reason in REASONS:
        yield _share(facts, files, LEFT_OUT, reason, "merged", population=reason)


def _share(
    facts: BuiltFacts, commits: pd.DataFrame, metric: str, hits: str, size: str, **about: Any
) -> EstimateRow:
    """A share of lines. `unknown_share`: merged lines of which it cannot be said."""
    own = commits[commits[size] > 0]
    found = weighted_by_user(own[hits] / own[size], own[size], own["user_id"], kind="rate")
    estimate = of_enough_people(facts, found.estimate, own["user_id"], own[hits], own[size])
    return estimate_row(
        metric, "share", estimate, sample=rounded_sample(sample_of(own["user_id"]), facts.rules),
        labeller=None, fingerprint=None, n_effective=found.expected_n,
        unknown_share=rounded_unknown(facts, own[size].sum(), commits["merged"].sum()), **about,
    )  # fmt: skip


def of_enough_people(
    facts: BuiltFacts, found: Estimate, users: "pd.Series[Any]", hits: Any, sizes: Any
) -> Estimate:
    """An estimate that a team may see: what is counted, and the rest, are of enough people or of nobody."""
    if facts.rules.is_personal:
        return found
    for is_one in (np.asarray(hits) > 0, np.asarray(hits) < np.asarray(sizes)):
        if is_one.any() and users[is_one].nunique() < facts.rules.min_users:
            return withheld("too_few_users")
    return found


def rounded_unknown(facts: BuiltFacts, known: float, whole: float) -> float | None:
    """The share that is unknown, for a team in whole percents: an exact one tells counts that are hidden."""
    if not whole:
        return None
    return float(1 - known / whole) if facts.rules.is_personal else round(float(1 - known / whole), 2)


def _of_links(facts: BuiltFacts, commits: pd.DataFrame) -> Iterator[EstimateRow]:
    """Commits that an evidence links to a session of the agent, and whether the others name the same."""
    own = commits[commits["is_observed"].astype(bool) & ~commits["is_merge"].astype(bool)]
    users = own["user_id"]
    is_ours: dict[str, Any] = {evidence: own[f"is_{evidence}"].astype(bool) for evidence in EVIDENCES}
    is_linked_by = is_ours | {"any_but_time": own[[f"is_{evidence}" for evidence in FIRM]].any(axis=1)}
    for population, is_linked in is_linked_by.items():
        yield _rate(facts, LINKED, is_linked, users, population=population)
    for evidence in EVIDENCES:
        others = own[[other for other in FIRM if other != evidence]]
        named = own[is_ours[evidence] & others.notna().any(axis=1)]
        rest = others.loc[named.index]
        is_same = (rest.isna() | rest.eq(named[evidence], axis=0)).all(axis=1)
        yield _rate(facts, AGREED, is_same, named["user_id"], population=evidence)


def _rate(facts: BuiltFacts, metric: str, hits: Any, users: Any, **about: Any) -> EstimateRow:
    least = 0.0 if facts.rules.is_personal else float(LEAST_EFFECTIVE_N)
    found = rate_by_user(hits.astype("float64"), users, least_effective_n=least)
    estimate = of_enough_people(facts, found.estimate, users, hits, np.ones(len(users)))
    return estimate_row(
        metric, "share", estimate, sample=rounded_sample(sample_of(users), facts.rules),
        labeller=None, fingerprint=None, n_effective=found.expected_n, **about,
    )  # fmt: skip
