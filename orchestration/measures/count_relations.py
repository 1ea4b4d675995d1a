"""How the counts behind the published metrics are related, for whoever hides counts and whoever attacks them.

Belongs here: the name of every count of a metric, and the relations that hold between counts in every cell
by definition (count_relations.yml). Not here: which cells there are and what is shown (privacy).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import ConfigDict

from orchestration.measures.measure import Entry, MartName, Metric, Name
from orchestration.measures.registry import load_measures

RELATIONS_FILE = Path(__file__).with_name("count_relations.yml")

Role = Literal["numerator", "denominator", "sessions", "unknown"]


class Counts(Entry):
    """Names of what a metric counts: two counts of one name are the same number in the same cell.

    `numerator` and `denominator` as in the published row; `sessions`: what its n_sessions counts;
    `unknown`: the sessions of its unknown_share. What is not named is counted by no other metric.
    """

    numerator: Name | None = None
    denominator: Name | None = None
    sessions: Name | None = None
    unknown: Name | None = None


class ValuesRelation(Entry):
    """`count` over all is what `of` is in these values of a segment together."""

    count: Name
    of: Name
    segment_name: Name
    segment_values: tuple[str, ...]


class Relation(Entry):
    """In every cell `total` is the sum of `parts`; where not `is_whole`, of those parts and of others."""

    total: Name
    parts: tuple[Name, ...]
    is_whole: bool = True


class CountTraits(Entry):
    """Contents of count_relations.yml.

    `counts`: names by table and metric. `relations`: between counts of one cell; `values`: between a count
    and values of a segment. `shared_over_periods`: counts of what may lie in several
    periods (a session that is active in two weeks), so that periods do not add up to their whole;
    `shared_over_values`: counts of what may lie in several values of a segment, by segment;
    `overlapping_segments`: segments of which that is true of every count. `incomplete_segments`: segments
    that leave sessions out. `parent_segments`: of values `<parent>/<value>`, the segment of which `<parent>`
    is a value that they are parts of. `tables_of_activity`: tables whose sessions are those active in a
    period or by a value, and may lie in several. `same_for_all_agents`: counts of what is no agent's (all
    merged lines), which every agent's figures repeat; so do the sessions and the unknown of their metrics.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    counts: Mapping[str, Mapping[str, Counts]] = {}
    relations: tuple[Relation, ...] = ()
    values: tuple[ValuesRelation, ...] = ()
    shared_over_periods: tuple[Name, ...] = ()
    shared_over_values: Mapping[str, tuple[Name, ...]] = {}
    overlapping_segments: tuple[Name, ...] = ()
    tables_of_activity: tuple[MartName, ...] = ()
    incomplete_segments: tuple[Name, ...] = ()
    nested_segments: tuple[Name, ...] = ()
    parent_segments: Mapping[Name, Name] = {}
    same_for_all_agents: tuple[Name, ...] = ()


@dataclass(frozen=True)
class CountNames:
    """The counts of one metric of one table. `amounts` are those that are no whole numbers of anything."""

    numerator: str
    denominator: str | None
    sessions: str
    unknown: str
    amounts: frozenset[str]

    def of(self, role: Role) -> str | None:
        name: str | None = getattr(self, role)
        return name


@dataclass(frozen=True)
class CountIdentities:
    """Names of the counts by (table, metric), and how they are related."""

    names: Mapping[tuple[str, str], CountNames]
    traits: CountTraits


@cache
def count_identities() -> CountIdentities:
    """Every metric of the catalogue that has counts; raises pydantic's ValidationError for a bad file."""
    traits = CountTraits.model_validate(
        yaml.load(RELATIONS_FILE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    )
    names = {
        (metric.mart, metric.name): _names_of(metric, traits.counts.get(metric.mart, {}).get(metric.name))
        for measure in load_measures()
        for metric in measure.metrics
        if metric.kind in ("rate", "share", "mean", "count")
    }
    active = [
        one.sessions
        for (mart, _), one in names.items()
        if mart in traits.tables_of_activity and one.sessions not in (one.denominator, one.numerator)
    ]
    repeated = [
        count
        for one in names.values()
        if (one.denominator or one.numerator) in traits.same_for_all_agents
        for count in (one.sessions, one.unknown)
    ]
    whole = traits.model_copy(
        update={
            "same_for_all_agents": (*traits.same_for_all_agents, *repeated),
            "shared_over_periods": (*traits.shared_over_periods, *active),
            "relations": (*traits.relations, *_nested(names.values(), traits)),
        }
    )
    return CountIdentities(names, whole)


def _nested(names: Iterable[CountNames], traits: CountTraits) -> Iterator[Relation]:
    """What is counted of a rate is part of what it is counted in, where no declared relation says so."""
    declared = {(relation.total, part) for relation in traits.relations for part in relation.parts}
    pairs = {(one.denominator, one.numerator) for one in names if one.denominator and not one.amounts}
    for total, part in sorted(pairs - declared):
        if total != part:
            yield Relation(total=str(total), parts=(part,), is_whole=False)


def _names_of(metric: Metric, declared: Counts | None) -> CountNames:
    """Declared names, and for the rest names of the metric's own.

    The sessions of a rate are its denominator and those of a share its numerator, unless they are declared
    to be others. The numerator of a share is its denominator, as far as it lies in the segment's value.
    """
    own, counts = f"{metric.mart.removeprefix('rpt_')}__{metric.name}", declared or Counts()
    denominator = None if metric.denominator is None else counts.denominator or f"{own}_of"
    numerator = denominator if metric.kind == "share" and denominator else counts.numerator or own
    by_kind = {"rate": denominator, "share": numerator}
    sessions = counts.sessions or by_kind.get(metric.kind) or f"{own}_sessions"
    is_amount = metric.kind == "mean" or (metric.kind == "count" and metric.unit != "count")
    amounts = frozenset({numerator} if is_amount else ())
    return CountNames(numerator, denominator, sessions, counts.unknown or f"{own}_unknown", amounts)
