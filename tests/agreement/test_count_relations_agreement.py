"""Names in count_relations.yml are those of the catalogue or of the durations: a renamed one fails here."""

import pandas as pd

from orchestration.measures.count_relations import CountIdentities, count_identities
from orchestration.measures.registry import load_measures
from orchestration.privacy.duration_counts import duration_figures
from orchestration.privacy.released_counts import USERS, released_counts


def published_metrics() -> set[tuple[str, str]]:
    """(Table, metric) of every metric of the catalogue that has counts."""
    return {
        (metric.mart, metric.name)
        for measure in load_measures()
        for metric in measure.metrics
        if metric.kind in ("rate", "share", "mean", "count")
    }


def counts_of_durations() -> set[str]:
    """Counts of the table of durations, whose rows name none: of a week with quantiles of both kinds."""
    statistics = ["p50", "p50_censored"]
    rows = pd.DataFrame({
        "agent": "a", "period_kind": "week", "period_start": pd.Timestamp("2026-01-05", tz="UTC"),
        "statistic": statistics, "n_turns": [90, 93], "n_open_turns": 3, "n_sessions": 40, "n_users": 9,
        "top_user_share": 0.2,
    })  # fmt: skip
    names = released_counts(duration_figures(rows), count_identities())["count"]
    return set(names[~names.str.startswith(USERS)])


def unknown_names(identities: CountIdentities, metrics: set[tuple[str, str]]) -> list[str]:
    """Metrics with named counts that the catalogue lacks, and counts in relations that no metric has."""
    named = {(table, metric) for table, own in identities.traits.counts.items() for metric in own}
    counted = {
        count
        for names in identities.names.values()
        for count in (names.numerator, names.denominator, names.sessions, names.unknown)
    } | counts_of_durations()
    related = {
        count for relation in identities.traits.relations for count in (relation.total, *relation.parts)
    }
    related |= {count for relation in identities.traits.values for count in (relation.count, relation.of)}
    related |= set(identities.traits.shared_over_periods)
    related |= {count for counts in identities.traits.shared_over_values.values() for count in counts}
    return [f"{table}.{metric}" for table, metric in sorted(named - metrics)] + sorted(
        count for count in related if count not in counted
    )


def test_every_metric_and_count_that_a_relation_names_is_in_the_catalogue() -> None:
    assert unknown_names(count_identities(), published_metrics()) == []


def test_a_renamed_metric_is_missed() -> None:
    metrics = published_metrics() - {("rpt_session_outcomes", "judged_success")}
    assert unknown_names(count_identities(), metrics) == ["rpt_session_outcomes.judged_success"]
