"""Names in count_relations.yml are those of the catalogue: a renamed metric or count fails here."""

from orchestration.measures.count_relations import CountIdentities, count_identities
from orchestration.measures.registry import load_measures


def published_metrics() -> set[tuple[str, str]]:
    """(Table, metric) of every metric of the catalogue that has counts."""
    return {
        (metric.mart, metric.name)
        for measure in load_measures()
        for metric in measure.metrics
        if metric.kind in ("rate", "share", "mean", "count")
    }


def unknown_names(identities: CountIdentities, metrics: set[tuple[str, str]]) -> list[str]:
    """Metrics with named counts that the catalogue lacks, and counts in relations that no metric has."""
    named = {(table, metric) for table, own in identities.traits.counts.items() for metric in own}
    counted = {
        count
        for names in identities.names.values()
        for count in (names.numerator, names.denominator, names.sessions, names.unknown)
    }
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
