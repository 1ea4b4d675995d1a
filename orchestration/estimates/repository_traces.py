"""The share of one's own repositories with traces of the agent, as study C counts public ones (C2).

Belongs here: what is a trace, which repositories count. Not here: reading repositories. Needs no label.
"""

from collections.abc import Iterator

import pandas as pd

from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.estimate_row import EstimateRow, estimate_row, rounded_sample, sample_of
from orchestration.statistics.proportions import proportion_bounds
from orchestration.statistics.withholding import Estimate, withheld

METRIC = "repositories_with_agent_activity"
NEW_MONTHS = 12
"""A repository is newer whose first commit is within so many months of the newest commit of all."""

TRACES = {"trailer": "is_trailer", "any_trace": "is_any"}
"""Population → the trace: a trailer or author, or also a note, a session or a matched line."""

_COMMITS_SQL = """
    select
        commits.repository_id, commits.user_id, repositories.first_committed_at, repositories.observed_until,
        commits.unfiltered_trailer_lines > 0 or coalesce(named.agent_trailer = $agent, false) as is_trailer,
        commits.any_rule_lines > 0 or coalesce(named.agent_trailer = $agent, false) as is_any
    from intermediate.int_commits__attributed as commits
    inner join intermediate.int_commits__observed as named on commits.git_commit_id = named.git_commit_id
    inner join marts.dim_repositories as repositories
        on commits.repository_id = repositories.repository_id
    where commits.agent = $agent
    order by commits.git_commit_id
"""


def repository_traces(facts: BuiltFacts) -> list[EstimateRow]:
    """Two rows, by what is a trace, over all repositories, and two each over the newer and older ones."""
    commits = facts.read(_COMMITS_SQL).to_pandas()
    if commits.empty:
        return []
    if not facts.rules.is_personal:
        authors = commits.groupby("repository_id")["user_id"].transform("nunique")
        commits = commits[authors >= facts.rules.min_users]
    begin = commits["observed_until"].max() - pd.DateOffset(months=NEW_MONTHS)
    is_newer = commits["first_committed_at"] >= begin
    cuts = {("all", "all"): commits, ("repository_age", "newer"): commits[is_newer],
            ("repository_age", "older"): commits[~is_newer]}  # fmt: skip
    return [row for (segment, value), own in cuts.items() for row in _rows(facts, own, segment, value)]


def _rows(facts: BuiltFacts, commits: pd.DataFrame, segment: str, value: str) -> Iterator[EstimateRow]:
    repositories = commits.groupby("repository_id")[list(TRACES.values())].any()
    sample = rounded_sample(sample_of(commits["user_id"]), facts.rules)
    for population, column in TRACES.items():
        hits, n = int(repositories[column].sum()), len(repositories)
        found = withheld("no_observations")
        if n:
            low, high = proportion_bounds(hits, n)
            found = Estimate(hits / n, None, float(low), float(high))
        yield estimate_row(
            METRIC, "share", found, sample=sample, labeller=None, fingerprint=None, population=population,
            segment_name=segment, segment_value=value, n_effective=float(n),
        )  # fmt: skip
