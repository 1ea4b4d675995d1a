"""What becomes of the agent's lines against people's lines of the same file and month (METHODS 7.8, B7).

Belongs here: which fates are compared, in which lines. Not here: whose a line is (int_lines__attributed), the
pooled difference (statistics.stratified_difference), the shares of either kind (the rates). Needs no label.
"""

import pandas as pd

from orchestration.estimates.authorship_checks import of_enough_people, rounded_unknown
from orchestration.estimates.built_facts import BuiltFacts
from orchestration.estimates.compared_sessions import sample_of_sides
from orchestration.estimates.estimate_row import EstimateRow, estimate_row, rounded_sample, sample_of
from orchestration.statistics.clusters import weighted_by_user
from orchestration.statistics.stratified_difference import stratified_difference

INCIDENT = "incident"
FATES = ("survived", "rewritten", "reverted", INCIDENT)
"""The first three are all that can become of a line; the fix of an incident rewrites or reverts it."""
HORIZONS = (30, 90)
KINDS = {"agent": True, "person": False}
"""Whose lines: those that match what the agent wrote, or those that no rule gives to an agent."""
SPECIFICATIONS = {"as_they_are": None, "same_file_and_month": "stratum"}
"""Lines of either kind as they are, or only in files that both changed in a month."""

_LINES_SQL = """
    select
        user_id, git_commit_id, is_by_match as is_second, repository_id || path_id || landed_month as stratum,
        cast(sum(line_count) as double) as size, {counts}
    from intermediate.int_lines__attributed
    where agent = $agent and (is_by_match or is_by_person)
    group by all
    order by git_commit_id, stratum, is_second
""".format(
    counts=", ".join(
        f"cast(sum({fate}_{days}d_count) as double) as {fate}_{days}d" for days in HORIZONS for fate in FATES
    )
)


def line_fate(facts: BuiltFacts) -> list[EstimateRow]:
    """Share of the agent's lines less share of people's, for every fate, horizon and comparison; and the
    share of either's lines that the fix of an incident removed, which no rate has.
    """
    lines = facts.read(_LINES_SQL).to_pandas()
    if lines.empty:
        return []
    shares = [
        _incident_share(facts, lines, days, kind, is_second)
        for days in HORIZONS
        for kind, is_second in KINDS.items()
    ]
    return shares + [
        _gap(facts, lines, f"{fate}_{days}d", specification)
        for days in HORIZONS
        for fate in FATES
        for specification in SPECIFICATIONS
    ]


def _incident_share(
    facts: BuiltFacts, lines: pd.DataFrame, days: int, kind: str, is_second: bool
) -> EstimateRow:
    """Commits are the unit, weighed by their lines. `unknown_share`: lines that were not followed, or of
    repositories of which no incident is known.
    """
    own = lines[lines["is_second"].fillna(False).astype(bool) == is_second]
    of_commit = own.groupby(["git_commit_id", "user_id"], dropna=False)[["size"]].sum()
    followed = own[own[f"{INCIDENT}_{days}d"].notna()]
    sums = followed.groupby(["git_commit_id", "user_id"], dropna=False)[[f"{INCIDENT}_{days}d", "size"]].sum()
    users = sums.index.get_level_values("user_id")
    hits, size = (sums[name].to_numpy(float) for name in (f"{INCIDENT}_{days}d", "size"))
    found = weighted_by_user(hits / size, size, pd.Series(users), kind="rate")
    known = pd.Series(users)
    estimate = of_enough_people(facts, found.estimate, known, hits, size)
    unknown = rounded_unknown(facts, size.sum(), of_commit["size"].sum())
    return estimate_row(
        f"line_{INCIDENT}_{days}d_share", "share", estimate, population=kind,
        sample=rounded_sample(sample_of(known), facts.rules), labeller=None, fingerprint=None,
        n_effective=found.expected_n, unknown_share=unknown,
    )  # fmt: skip


def _gap(facts: BuiltFacts, lines: pd.DataFrame, fate: str, specification: str) -> EstimateRow:
    """Withheld from a team where few people are behind a fate of either side: where the other side has none,
    the gap is that share.
    """
    own = lines[lines[fate].notna()]
    own = own.assign(hits=own[fate], is_second=own["is_second"].astype(bool))
    found = stratified_difference(own, strata=SPECIFICATIONS[specification])
    estimate = found.estimate
    for is_second in KINDS.values():
        side = own[own["is_second"] == is_second]
        of_user = side.groupby("user_id", dropna=False)[["hits", "size"]].sum().reset_index()
        estimate = of_enough_people(facts, estimate, of_user["user_id"], of_user["hits"], of_user["size"])
    commits = own.drop_duplicates(["git_commit_id", "is_second"])
    sample = sample_of_sides(commits["user_id"], commits["is_second"])
    return estimate_row(
        f"line_{fate}_gap", "difference", estimate, sample=rounded_sample(sample, facts.rules),
        labeller=None, fingerprint=None, specification=specification, p_value=found.p_value,
        n_effective=float(found.n_effective),
    )  # fmt: skip
