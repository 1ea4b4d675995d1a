"""Clusters of planted units: themes are found, small ones are not, and order changes nothing."""

from collections import defaultdict
from pathlib import Path
from random import Random

import pytest

from orchestration.clusters import land_clusters as landing
from orchestration.clusters.find_clusters import Clusters, find_clusters
from orchestration.clusters.land_clusters import land_clusters
from orchestration.clusters.rows import FOUND, MEMBERS, OTHER, SAMPLES, ClusterItem
from orchestration.clusters.rules import DEFAULT_CLUSTER_RULES, ClusterRules
from orchestration.clusters.terms import MASK
from orchestration.landing.lake import single_file
from orchestration.privacy.rules import PublishingRules
from tests.planted_items import SECRET, item, planted, small_cluster, texts_of

RULES = DEFAULT_CLUSTER_RULES
PERSONAL = ClusterRules(publishing=PublishingRules("personal"))


@pytest.fixture(scope="module")
def items() -> list[ClusterItem]:
    return planted()[0]


@pytest.fixture(scope="module")
def clusters(items: list[ClusterItem]) -> Clusters:
    return find_clusters([*items, *small_cluster()], RULES)


def members_of(clusters: Clusters) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for member in clusters.members:
        found[member.cluster_id].append(member.unit_id)
    return found


def test_planted_themes_are_found() -> None:
    from sklearn.metrics import adjusted_rand_score, homogeneity_score

    items, theme_of = planted()
    members = find_clusters(items, RULES).members
    themes = [theme_of[member.unit_id] for member in members]
    assert homogeneity_score(themes, [member.cluster_id for member in members]) > 0.95
    texts = {item.unit_id: item.text.rsplit(" ", 2)[0] for item in items}
    subjects = [texts[member.unit_id] for member in members]
    assert adjusted_rand_score(subjects, [member.cluster_id for member in members]) > 0.8


def test_every_unit_is_in_one_cluster_of_one_group(items: list[ClusterItem], clusters: Clusters) -> None:
    assert len(clusters.members) == len(items) + 60
    assert len({member.unit_id for member in clusters.members}) == len(clusters.members)
    described = {(row.level, row.cluster_id) for row in clusters.found}
    for member in clusters.members:
        assert member.cluster_id.partition("/")[0] == member.group_id
        assert {("cluster", member.cluster_id), ("group", member.group_id)} <= described
    groups = {row.group_id for row in clusters.found}
    assert 2 < len(groups) < len(members_of(clusters))


def test_the_order_of_rows_and_repeating_change_nothing(items: list[ClusterItem]) -> None:
    shuffled = list(items)
    Random(5).shuffle(shuffled)  # noqa: S311 - an order, not a secret
    assert find_clusters(shuffled, RULES) == find_clusters(items, RULES) == find_clusters(items, RULES)


def test_a_small_cluster_is_in_the_rest_and_in_no_words(clusters: Clusters) -> None:
    rest = {member.unit_id for member in clusters.members if member.cluster_id == OTHER}
    assert {one.unit_id for one in small_cluster()} <= rest
    assert clusters.samples
    assert SECRET not in texts_of([*clusters.found, *clusters.samples])
    assert [row.top_terms for row in clusters.found if row.cluster_id == OTHER] == [None, None]


def test_the_same_cluster_of_enough_people_is_found_and_described(items: list[ClusterItem]) -> None:
    """So that the test above fails for its people and not for its words."""
    found = find_clusters([*items, *small_cluster(users=12)], RULES)
    assert SECRET in texts_of(found.found)
    assert SECRET in texts_of(found.samples)


def test_a_cluster_that_is_mostly_one_persons_is_dissolved(items: list[ClusterItem]) -> None:
    dominated = small_cluster(users=12) + [
        item(950_000 + number, "transfer zebra bullion overseas again", user="user-00", session=f"d-{number}")
        for number in range(70)
    ]
    found = find_clusters([*items, *dominated], RULES)
    assert SECRET not in texts_of([*found.found, *found.samples])


def test_every_cluster_and_the_rest_have_the_minima(clusters: Clusters) -> None:
    user_of = {member.unit_id: member.user_id for member in clusters.members}
    for cluster_id, units in members_of(clusters).items():
        assert len(units) >= 30, cluster_id
        assert len({user_of[unit] for unit in units}) >= 10, cluster_id


def test_a_rest_of_few_takes_the_smallest_clusters_with_it(items: list[ClusterItem]) -> None:
    """Else the whole less the clusters would tell the few."""
    rare = [item(970_000 + n, "words unheard", user="user-01", session="rare") for n in range(3)]
    found = find_clusters([*items, *rare], RULES)
    assert len(members_of(found)[OTHER]) > 30
    assert OTHER not in members_of(find_clusters(items, RULES))


def with_giraffe(items: list[ClusterItem], users: set[str]) -> list[ClusterItem]:
    """The units with a made-up word in those of some users about one subject."""
    return [
        one._replace(text=one.text.replace("pytest", "pytest giraffe")) if one.user_id in users else one
        for one in items
    ]


def test_a_rare_word_inside_a_large_cluster_is_neither_shown_nor_sampled(items: list[ClusterItem]) -> None:
    few = find_clusters(with_giraffe(items, {f"user-{number:02d}" for number in range(5)}), RULES)
    assert "giraffe" not in texts_of([*few.found, *few.samples])
    assert f"run pytest {MASK} suite" in texts_of(few.samples)
    many = find_clusters(with_giraffe(items, {f"user-{number:02d}" for number in range(30)}), RULES)
    assert "giraffe" in texts_of(many.found)
    assert "giraffe" in texts_of(many.samples)


def test_too_few_units_or_people_have_no_clusters_at_all() -> None:
    assert find_clusters(planted(29)[0], RULES) == Clusters()
    assert find_clusters(planted(users=9)[0], RULES) == Clusters()
    assert find_clusters([one._replace(user_id=None) for one in planted()[0]], RULES) == Clusters()


def test_a_personal_home_has_clusters_of_one_person() -> None:
    alone = [one._replace(user_id="me") for one in planted()[0]]
    found = find_clusters(alone, PERSONAL)
    assert len(members_of(found)) > 4
    assert find_clusters(alone, RULES) == Clusters()


def test_units_of_two_agents_are_not_clustered_together(items: list[ClusterItem]) -> None:
    other = [one._replace(agent="codex", unit_id=f"codex-{one.unit_id}") for one in items[:500]]
    with pytest.raises(ValueError, match="agents"):
        find_clusters([*items, *other], RULES)


def test_landing_writes_the_same_bytes_whatever_the_order(tmp_path: Path, items: list[ClusterItem]) -> None:
    mixed = [*items, *(one._replace(agent="codex", unit_id=f"codex-{one.unit_id}") for one in items)]
    written = []
    for folder, rows in (("one", mixed), ("two", mixed[::-1])):
        counts = land_clusters(tmp_path / folder, rows, RULES)
        files = [single_file(tmp_path / folder, table) for table in (MEMBERS, FOUND, SAMPLES)]
        written.append([path.read_bytes() for path in files])
    assert written[0] == written[1]
    assert counts["members"] == len(mixed)


def test_without_scikit_learn_there_are_no_clusters_and_nothing_fails(
    tmp_path: Path, items: list[ClusterItem], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing, "is_available", lambda: False)
    assert set(land_clusters(tmp_path, items, RULES).values()) == {0}
    assert all(single_file(tmp_path, table).exists() for table in (MEMBERS, FOUND, SAMPLES))
