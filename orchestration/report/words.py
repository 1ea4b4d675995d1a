"""Figures in words: values with their unit, intervals, periods, why something is not shown.

Belongs here: text a reader meets on the page. Not here: which figures are shown (sections, first_screen).
"""

import re
from collections.abc import Collection
from datetime import date

from orchestration.measures.measure import COUNTED, Unit

AGENTS = {
    "claude_code": "Claude Code",
    "codex": "Codex CLI",
    "organisation": "the organisation's own tables",
}
"""How agents are called; one that is not listed is called by its name in the tables."""

LABELLERS = {
    "rules": "by rules",
    "claude": "by Claude",
    "human": "by people",
    "stand_in": "made up",
}

GRADES = {
    "same": "same definition",
    "similar": "similar definition",
    "context": "context only",
}

REASONS = {
    "small_cell": (
        "Hidden for privacy: it counts too few people or sessions, is mostly one person's, or would reveal "
        "another hidden figure. More people or a longer period show it."
    ),
    "not_asked": "Not shown: these labels have not been asked for. `make quote` says what they would cost.",
    "not_reviewed": "Not shown: no person has reviewed enough sessions. Start with `make sample-for-review`.",
    "too_few_reviews": (
        "Not shown: people have reviewed too few sessions. `make sample-for-review` draws more."
    ),
    "no_observations": "Nothing was observed.",
    "point_of_the_study": "A point of the study: none of yours is its counterpart.",
    "not_tested": "Not tested, because it is not shown.",
    "labeller_agrees_too_little": (
        "Not shown: the labeller does not agree well enough with people. Have Claude label (`make quote`), "
        "or review a sample (`make sample-for-review`)."
    ),
    "too_few_users": "Withheld: too few people for an interval that holds.",
    "too_few_effective_sessions": "Withheld: too few sessions for an interval that holds.",
    "effective_n_below_30": "Withheld: too few sessions for an interval that holds.",
}
"""Why a figure is not shown, and what would show it; a reason that is not listed is shown as it is."""

PERIODS = {"overall": "whole time", "week": "week of", "month": "", "quarter": ""}


def plain(name: str) -> str:
    """A name of the tables as words."""
    return name.replace("_", " ")


_TURNS = re.compile(r"turn_(net|wall)_seconds_(p\d+)(_censored|_daily_mean)?")
_PERCENTILES = {
    "p50": "median",
    "p90": "90th percentile",
    "p99": "99th percentile",
    "p999": "99.9th percentile",
}
_SERIES = {"net": "net of waits", "wall": "waits included"}
_WAYS = {"_censored": ", open turns counted", "_daily_mean": ", mean of days", None: ""}
_ENDINGS = re.compile(r"_(share_mean|share|rate|mean_usd|mean)$")


def metric_name(name: str) -> str:
    """A metric's name in the tables as words: `turn_net_seconds_p50` is `median, net of waits`."""
    turns = _TURNS.fullmatch(name)
    if turns:
        series, percentile, way = turns.groups()
        return f"{_PERCENTILES.get(percentile, percentile)}, {_SERIES[series]}{_WAYS[way]}"
    return plain(_ENDINGS.sub("", name))


_PARTS = {"unadjusted": "raw", "raw": ""}
"""What parts of an estimate are called, where that is not their name in the tables."""


def of_part(name: str) -> str:
    """A statistic, specification or population in words; of a cut (`work_mode:fix`) its value."""
    return _PARTS.get(name, plain(name.rpartition(":")[2]))


def agent_name(agent: str) -> str:
    return AGENTS.get(agent, plain(agent))


def labelled(labeller: str | None) -> str:
    """By whom sessions were labelled; empty for figures without labels."""
    return "" if labeller is None else LABELLERS.get(labeller, f"by {plain(labeller)}")


_LABELLER = re.compile(r" \(by [^()]+\)$")


def without_labeller(label: str) -> str:
    """A row's label without by whom it is labelled, which a drawing shows by its point."""
    return _LABELLER.sub("", label)


def value(number: float, unit: Unit) -> str:
    """A figure as a person reads it, with three significant digits."""
    if unit == "share":
        return f"{100 * number:.1f} %"
    if unit == "per_1000":
        return f"{1000 * number:.3g} per 1,000"
    if unit == "seconds":
        return duration(number)
    if unit == "hours":
        return duration(3600 * number)
    if unit == "usd":
        return f"${number:,.2f}" if abs(number) < 1000 else f"${number:,.0f}"
    return compact(number)


def pair(one: tuple[str, float], other: tuple[str, float], unit: Unit) -> str:
    """Two metrics of one thing with their values."""
    return ", ".join(f"{metric_name(metric)} {value(number, unit)}" for metric, number in (one, other))


def people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def counted(count: int, table: str) -> str:
    """How much a figure counts: sessions, or what its table counts in their place."""
    noun = COUNTED.get(table, "session")
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"


def counted_by(tables: Collection[str]) -> str:
    """The heading of what a figure's rows count."""
    nouns = {COUNTED.get(table, "session") for table in tables}
    return f"{nouns.pop()}s" if len(nouns) == 1 else "number"


def duration(seconds: float) -> str:
    """Seconds up to 90 s, then minutes, then hours."""
    if abs(seconds) < 90:
        return f"{seconds:.1f} s"
    if abs(seconds) < 5400:
        return f"{seconds / 60:.1f} min"
    return f"{seconds / 3600:,.1f} h"


def compact(number: float) -> str:
    """A plain number: three digits of a fraction, whole up to a million, then millions and billions."""
    size = abs(number)
    for limit, unit in ((1e9, " billion"), (1e6, " million")):
        if size >= limit:
            return f"{number / limit:.3g}{unit}"
    if size >= 1000 or number == int(number):
        return f"{number:,.0f}"
    return f"{number:.3g}"


def interval(low: float | None, high: float | None, unit: Unit) -> str:
    """An interval, or nothing where there is none."""
    if low is None or high is None:
        return ""
    if unit == "share":
        return f"{100 * low:.1f}–{100 * high:.1f} %"
    if unit == "per_1000":
        return f"{1000 * low:.3g}–{1000 * high:.3g} per 1,000"
    return f"{value(low, unit)} to {value(high, unit)}"


def period_name(kind: str, start: date | None) -> str:
    """`2026-03`, `2026 Q1`, `week of 2026-03-02`, `whole time`."""
    if start is None:
        return PERIODS.get(kind, plain(kind))
    if kind == "month":
        return f"{start:%Y-%m}"
    if kind == "quarter":
        return f"{start.year} Q{(start.month + 2) // 3}"
    return f"{PERIODS.get(kind, plain(kind))} {start}".strip()


BASELINE = (
    "A baseline by rules, no estimate: review a sample (`make sample-for-review`), or have Claude label."
)
"""What is said instead of a number that labels are not good enough for."""


def why_hidden(reason: str | None) -> str:
    """Why a figure is not shown, and what would show it."""
    if reason is None:
        return "Nothing was observed."
    return REASONS.get(reason, f"Withheld: {plain(reason)}. More sessions would show it.")
