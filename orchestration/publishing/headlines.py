"""The first figures of a release: which they are, and how one reads, or why there is none.

Belongs here: the list HEADLINES, reading them from a release, and what is hidden in it. Not here: computing a
figure (estimates), what may be shown (privacy), how far a labeller is trusted (estimates.standing).
Deterministic figures come first, the net time of turns before the wall time. Outcomes are of forced labels,
as study C has them; the series whose labels may decline has its own name and comes last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from orchestration.estimates.standing import NOT_ASKED, of_best_labeller
from orchestration.privacy.hidden_summary import hidden_summary, why_hidden
from orchestration.privacy.released_figures import REPEATING
from orchestration.privacy.rules import PublishingRules


class HeadlineMetric(NamedTuple):
    """A metric over everything, and what it is called here."""

    table: str
    metric: str
    label: str
    unit: str

    @property
    def is_opt_out(self) -> bool:
        """Whether it is of the labels with an opt-out; a release of older models has none."""
        return self.metric.endswith("_opt_out")

    @property
    def is_labelled(self) -> bool:
        """Whether it is of one labeller each: a line for each that has any."""
        return self.table == "rpt_session_outcomes"


DURATIONS, OVERSIGHT, OUTCOMES = "rpt_turn_durations", "rpt_oversight_by_experience", "rpt_session_outcomes"

HEADLINES: tuple[HeadlineMetric, ...] = (
    HeadlineMetric(DURATIONS, "turn_net_seconds_p50", "turn duration without waits, median", "seconds"),
    HeadlineMetric(DURATIONS, "turn_wall_seconds_p50", "turn duration, median", "seconds"),
    HeadlineMetric(
        DURATIONS, "turn_net_seconds_p999", "turn duration without waits, 99.9th percentile", "seconds"
    ),
    HeadlineMetric(DURATIONS, "turn_wall_seconds_p999", "turn duration, 99.9th percentile", "seconds"),
    HeadlineMetric(OVERSIGHT, "full_auto_share", "sessions with full auto-approval", "share"),
    HeadlineMetric(OVERSIGHT, "interrupt_rate", "turns that the human interrupted", "share"),
    HeadlineMetric(OUTCOMES, "judged_success", "sessions judged a success", "share"),
    HeadlineMetric(OUTCOMES, "verified_success", "verified success", "share"),
    HeadlineMetric(OUTCOMES, "trouble_above_3", "sessions in trouble, score above 3", "share"),
    HeadlineMetric(
        OUTCOMES, "judged_success_opt_out", "judged a success, if labels may decline", "share"
    ),
    HeadlineMetric(
        OUTCOMES, "verified_success_opt_out", "verified success, if labels may decline", "share"
    ),
)  # fmt: skip
"""Each over all sessions of the release."""

HOW_TO = {
    "baseline": "Review a sample (make sample-for-review), or have Claude label (make quote)",
    "hidden": "Review a sample (make sample-for-review)",
}
"""Standing of labels that give no headline → what to do about it."""

_WHOLE = "'all'"
"""The segment of a figure over all; durations of turns have no other."""


@dataclass(frozen=True)
class Headline:
    """One metric over everything with its 95 % interval by user and unknown share, or why it is not shown."""

    label: str
    unit: str
    estimate: float | None
    low: float | None
    high: float | None
    unknown_share: float | None
    not_shown: str | None

    def render(self) -> str:
        if self.estimate is None:
            return self.not_shown or "nothing to measure"
        shown = in_unit(self.estimate, self.unit)
        if self.low is not None and self.high is not None:
            shown += f"  [{in_unit(self.low, self.unit)} – {in_unit(self.high, self.unit)}]"
        return shown if self.unknown_share is None else f"{shown}, unknown {self.unknown_share:.1%}"


class Standing(NamedTuple):
    """How far a labeller agrees with its reference on one question."""

    classifier: str
    reference: str
    measure: str | None
    kappa: float | None
    n_units: int | None


def read_headlines(folder: Path) -> list[Headline]:
    """The headlines of each agent; the agent is named where there are several."""
    import duckdb

    with duckdb.connect(str(folder / "metrics.duckdb"), read_only=True) as release:
        standings = {
            fingerprint: Standing(*rest)
            for fingerprint, *rest in release.execute(
                "select fingerprint, classifier, reference, measure, kappa, n_units"
                " from metrics.rpt_labeller_standing"
            ).fetchall()
        }
        return [line for headline in HEADLINES for line in _lines(release, headline, standings)]


def hidden_cells(folder: Path, rules: PublishingRules) -> str:
    """How many figures of a release are hidden, why, and what would show them; empty where none is."""
    import duckdb
    import pandas as pd

    with duckdb.connect(str(folder / "metrics.duckdb"), read_only=True) as release:
        tables = release.execute(
            "select table_name from information_schema.columns where table_name like 'rpt_%'"
            " and column_name = 'suppressed_reason' order by table_name"
        ).fetchall()
        shown = [
            release.execute(
                f"select '{table}' as table_name, period_kind, n_sessions, suppressed_reason,"  # noqa: S608 - ours
                f" {_WHOLE if table == DURATIONS else 'segment_name'} as segment_name from metrics.{table}"
            ).df()
            for (table,) in tables
            if table not in REPEATING
        ]
    return why_hidden(hidden_summary(pd.concat(shown)), rules) if shown else ""


def _lines(release: Any, headline: HeadlineMetric, standings: Mapping[str, Standing]) -> list[Headline]:
    """A line per agent, of its best labeller; one that says so where nothing was measured."""
    rows = of_best_labeller(_rows(release, headline), key=_best_of)
    if not rows and headline.is_opt_out:
        return []
    is_of_several = len({agent for agent, *_ in rows}) > 1
    found = []
    for agent, labeller, fingerprint, standing, estimate, low, high, unknown, reason in rows or [(None,) * 9]:
        by = "made up" if labeller == "stand_in" else labeller
        named = _named(headline.label, agent if is_of_several else None, by)
        if standing in HOW_TO:
            why = _no_headline(standing, [standings.get(one) for one in (fingerprint or "").split("+")])
            found.append(Headline(named, headline.unit, None, None, None, None, why))
        else:
            found.append(Headline(named, headline.unit, estimate, low, high, unknown, reason))
    return found


def _rows(release: Any, headline: HeadlineMetric) -> list[tuple[Any, ...]]:
    """Agent, labeller, fingerprint, standing, estimate, interval, unknown share, why there is none."""
    is_durations = headline.table == DURATIONS
    seconds = "_seconds" if is_durations else ""
    of_labels = "labeller, fingerprint, standing" if headline.is_labelled else "null, null, null"
    found: list[tuple[Any, ...]] = release.execute(
        f"select agent, {of_labels}, estimate{seconds}, interval_low{seconds}, interval_high{seconds},"  # noqa: S608 - ours
        f" {'null' if is_durations else 'unknown_share'},"
        " replace(coalesce('suppressed: ' || suppressed_reason, 'withheld: ' || withheld_reason), '_', ' ')"
        f" from metrics.{headline.table} where metric_name = ? and period_kind = 'overall'"
        f" and {_WHOLE if is_durations else 'segment_name'} = {_WHOLE}"
        f" order by agent{', labeller desc' if headline.is_labelled else ''}",
        [headline.metric],
    ).fetchall()
    return found


def _best_of(row: tuple[Any, ...]) -> tuple[str, str | None, str | None]:
    """What a row is of, its labeller, and why it has no number (of_best_labeller)."""
    agent, labeller, *_, reason = row
    return agent, labeller, NOT_ASKED if reason == f"withheld: {NOT_ASKED.replace('_', ' ')}" else None


def _no_headline(standing: str, of: Sequence[Standing | None]) -> str:
    """Why labels give no headline, by the question that they agree on least, and what to do."""
    known = [one for one in of if one is not None and one.kappa is not None]
    worst = min(known, key=lambda one: one.kappa or 0.0, default=None)
    told = "no person has reviewed enough"
    if worst is not None:
        whom = f"people on {worst.n_units} sessions" if worst.reference == "people" else "the judged cases"
        measure = (worst.measure or "").replace("_", " ")
        told = f"{worst.classifier.replace('_', ' ')} agrees with {whom} at {measure} {worst.kappa:.2f}"
    what = "a baseline and no estimate" if standing == "baseline" else "hidden"
    return f"{what} ({told}). {HOW_TO[standing]}"


def _named(label: str, *of: str | None) -> str:
    """A label with whose figure it is."""
    told = ", ".join(name for name in of if name)
    return f"{label} ({told})" if told else label


def in_unit(value: float, unit: str) -> str:
    """A figure as a person reads it."""
    if unit == "share":
        return f"{value:.1%}"
    if unit == "per_1000":
        return f"{1000 * value:.3g} per 1,000"
    if value >= 90:
        return f"{value / 60:.1f} min"
    return f"{value:.1f} s"
