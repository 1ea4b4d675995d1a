"""The rules as a labeller: every classifier that they can answer, for every session of every landed date.

They need no key and cost nothing, so that each date gets their labels with its rows. Not here: the rules
themselves (classifiers.rules).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import blake2b
from typing import Any

import pyarrow as pa

from classifiers.call_units import CallSample
from classifiers.rules.labeller import (
    RULES_CLASSIFIERS,
    RULES_COLUMNS,
    label_day,
    rules_fingerprint,
    rules_label_tables,
)
from orchestration.demo_home import is_demo
from orchestration.labellers.labeller import LabelAsset, Labeller
from orchestration.labelling.choices import call_sample_of
from orchestration.labelling.lake_sessions import days_with_sessions
from orchestration.landing.landed import read_landed
from orchestration.settings import Settings
from orchestration.stages import has_sessions, reader_of
from orchestration.stand_in.call_sample import MADE_UP_CALLS

NAME = "rules"


@dataclass(frozen=True)
class LabelsByRules:
    """The rules' labels of a home: a function of the landed rows."""

    settings: Settings

    @property
    def calls(self) -> CallSample:
        """The calls that anybody in this home is asked about: what rules settle is not asked again."""
        own = call_sample_of(self.settings)
        return own.widened_to(MADE_UP_CALLS) if is_demo(self.settings.home) else own

    def dates(self) -> Collection[date]:
        """Landed dates that hold sessions."""
        return days_with_sessions(self.settings)

    def fingerprint(self, day: date) -> str:
        """The rules, the rows as they were landed, and which tool calls are drawn."""
        state = read_landed(self.settings.lake_dir, day)
        if state is None or not has_sessions(self.settings, day):
            return ""
        return f"{rules_version()}:{state.fingerprint}:{self.calls.identity}"

    def tables(self, day: date) -> Mapping[str, pa.Table]:
        """A row per session or drawn call and classifier, and a row per listed signal."""
        return label_day(reader_of(self.settings, day), calls=self.calls)


@contextmanager
def _open(settings: Settings) -> Iterator[LabelsByRules]:
    yield LabelsByRules(settings)


@cache
def rules_version() -> str:
    """One name for the rules of all classifiers together, and for the columns of their tables."""
    parts = [rules_fingerprint(classifier.name) for classifier in RULES_CLASSIFIERS]
    parts += [f"{name} {schema.names}" for name, schema in rules_label_tables().items()]
    return f"{NAME}-{blake2b(repr(parts).encode(), digest_size=8).hexdigest()}"


def _asset(table: str) -> LabelAsset:
    grain = (
        "One row per listed signal of an answer."
        if table.endswith("_items")
        else "One row per unit, fingerprint and replicate: the answer to one question."
    )
    text = (
        f"{grain}\n\nMade by the deterministic rules, a baseline that needs no key and reads no response "
        "of the agent. The column `labeller` says who answered; rules and models are never mixed."
    )
    return LabelAsset(f"labels_{table}", (table,), text, counted=(table,))


def _facts(_settings: Settings, asset: LabelAsset, _days: Sequence[date]) -> Mapping[str, Any]:
    fingerprint = rules_fingerprint(asset.tables[0].removesuffix("_items"))
    return {"fingerprint": fingerprint, "tokens": 0, "cost_usd": 0.0}


RULES = Labeller(
    name=NAME,
    title="labels by rules",
    schemas=rules_label_tables(),
    version=rules_version,
    open=_open,
    assets=tuple(map(_asset, rules_label_tables())),
    step="labels_by_rules",
    reads=tuple(sorted({"raw_sessions", *RULES_COLUMNS})),
    facts=_facts,
)
