"""What a labeller is to a data home: its tables, what its labels of a date are made from, the labels.

Belongs here: the one shape that the rules, Claude and people have in common. Not here: when labels are made
or landed (landing), asking and paying (orchestration.labelling), keeping answers (orchestration.reviewing).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import pyarrow as pa

from orchestration.landing.lake import LakeTable, label_lake_table
from orchestration.landing.landed import DatedTables, labels_scope
from orchestration.settings import Settings


class LabelsOfHome(Protocol):
    """One labeller's labels of a home, while what they are made from is held open."""

    def dates(self) -> Collection[date]:
        """Dates that should have labels of this labeller."""

    def fingerprint(self, day: date) -> str:
        """What the labels of a date are made from; "" where the date should have none."""

    def tables(self, day: date) -> Mapping[str, pa.Table]:
        """The labels of a date: a table for each name in the labeller's `schemas`."""


@dataclass(frozen=True)
class LabelAsset:
    """Tables that are shown as one asset.

    `text` opens with its grain, which is that of the tables in `counted`; the rest lands with them.
    """

    name: str
    tables: tuple[str, ...]
    text: str
    counted: tuple[str, ...]


Facts = Callable[[Settings, LabelAsset, Sequence[date]], Mapping[str, Any]]
"""What is told of an asset's labels on some dates: fingerprint, tokens, cost."""


def _every_home(_settings: Settings) -> bool:
    return True


def no_facts(_settings: Settings, _asset: LabelAsset, _days: Sequence[date]) -> Mapping[str, Any]:
    """For labels that cost nothing and of which the row counts say all."""
    return {}


@dataclass(frozen=True)
class Labeller:
    """One labeller.

    `name` names its files and records, and is its value in the column `labeller` (made-up reviews say
    `human`, as reviews do). `title` is what messages call its labels. `concerns`: whether a home could ever
    have its labels; where not, nothing of it is shown. `schemas`: columns by table name. `version` is
    recorded with each landed date.
    `open` gives None where the labeller does not concern the home: what is landed then stays as it is.
    The rest is what is shown: `step` and `group` of its assets, the raw tables it `reads`, the `pool` that
    keeps its step from running beside others, and the `kinds` of its assets.
    """

    name: str
    title: str
    schemas: Mapping[str, pa.Schema]
    version: Callable[[], str]
    open: Callable[[Settings], AbstractContextManager[LabelsOfHome | None]]
    assets: tuple[LabelAsset, ...]
    step: str
    group: str = "labels"
    reads: tuple[str, ...] = ("raw_sessions",)
    pool: str = "home_writer"
    kinds: frozenset[str] = frozenset({"parquet"})
    facts: Facts = no_facts
    concerns: Callable[[Settings], bool] = _every_home

    @property
    def lake_tables(self) -> Mapping[str, LakeTable]:
        """Its tables as the lake holds them, by name."""
        return {
            name: label_lake_table(name, schema, labeller=self.name) for name, schema in self.schemas.items()
        }

    @property
    def dated_tables(self) -> DatedTables:
        """Its tables, and where the records of their dates lie."""
        return DatedTables(labels_scope(self.name), self.lake_tables)
