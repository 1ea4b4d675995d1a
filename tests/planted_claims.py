"""Planted values beside their estimates in the metrics: what is recovered, and what is not.

Test support. Which claims must hold is said in the tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from orchestration.demo.effects import LEVELS
from tests.demo_lake import DemoHome, Row


@dataclass(frozen=True)
class Claim:
    """A planted value and the row of the metrics that must recover it."""

    what: str
    planted: float
    row: Row

    @property
    def interval(self) -> tuple[float, float] | None:
        low, high = self.row["interval_low"], self.row["interval_high"]
        return None if low is None or high is None else (low, high)

    @property
    def is_recovered(self) -> bool:
        return self.interval is not None and self.interval[0] <= self.planted <= self.interval[1]

    def __str__(self) -> str:
        row, bounds = self.row, self.interval
        shown = "none" if bounds is None else f"{bounds[0]:.4f} to {bounds[1]:.4f}"
        why = row.get("withheld_reason") or row.get("suppressed_reason") or ""
        estimate = row["estimate"]
        value = "none" if estimate is None else f"{estimate:.4f}"
        return f"{self.what}: planted {self.planted:.4f}, estimate {value}, interval {shown} {why}".rstrip()


def claims_of(home: DemoHome) -> list[Claim]:
    """Every planted effect beside its estimate, by Claude's labels."""
    shown = home.truth.population["effects"]
    planted = shown["planted"]
    by_level = {
        "metric_name": "verified_success", "population": "with_goal", "specification": "joint_cell",
        "segment_name": "expertise",
    }  # fmt: skip
    value = {"metric_name": "task_value_usd", "segment_value": "all"}
    abandoned = {"metric_name": "abandoned_of_troubled_above_3", "period_kind": "overall"}
    gap = planted["abandoned_of_troubled_novices"] - planted["abandoned_of_troubled_others"]
    return [
        Claim(
            "slope of verified success by level",
            planted["verified_per_level"],
            _row(home, "rpt_adjusted_rates", statistic="slope", **by_level),
        ),
        *(
            Claim(
                f"adjusted verified success of {label}",
                adjusted_rate(home, level),
                _row(home, "rpt_adjusted_rates", statistic="adjusted", segment_value=label, **by_level),
            )
            for level, label in enumerate(LEVELS, start=1)
        ),
        Claim(
            "abandonment of novices in trouble",
            planted["abandoned_of_troubled_novices"],
            _row(home, "rpt_session_outcomes", segment_value="novice", **abandoned),
        ),
        Claim(
            "abandonment, novices less others",
            gap,
            _row(
                home, "rpt_occupation_gaps", metric_name="abandoned_gap", statistic="difference",
                population="in_trouble_above_3", specification=None,
            ),
        ),
        Claim(
            "growth of value",
            planted["value_growth"],
            _row(home, "rpt_changes", statistic="change_of_mean", **value),
        ),
        *(
            Claim(
                f"its part {part}",
                planted[f"growth_{part}"],
                _row(home, "rpt_changes", statistic=part, specification="levels", **value),
            )
            for part in ("within", "mix")
        ),
    ]  # fmt: skip


def adjusted_rate(home: DemoHome, level: int) -> float:
    """The rate a level would have with everybody's sessions: the planted step from the mean session."""
    sessions = [one for one in home.truth.sessions if one.outcome != "no_clear_goal"]
    shown = home.truth.population["effects"]
    levels = [one.effects.expertise_level for one in sessions if one.effects is not None]
    step = shown["planted"]["verified_per_level"]
    return float(shown["verified_success"] + step * (level - sum(levels) / len(levels)))


def judged_success_claims(home: DemoHome) -> dict[str, Claim]:
    """The true rate of success beside the raw and the corrected ones, by statistic."""
    planted = home.truth.population["effects"]["planted"]["judged_success"]
    return {
        statistic: Claim(
            f"judged success, {statistic}",
            planted,
            _row(
                home, "rpt_corrected_rates", metric_name="judged_success", statistic=statistic,
                segment_value="all",
            ),
        )
        for statistic in ("raw", "rogan_gladen", "prediction_powered")
    }  # fmt: skip


def _row(home: DemoHome, table: str, **key: str | None) -> Row:
    """The one row by Claude's labels with these values; its interval is by user where there are two."""
    where = " and ".join(f"{name} is not distinct from {_literal(value)}" for name, value in key.items())
    found = home.query(
        f"select * from metrics.{table} where labeller = 'claude' and {where}"  # noqa: S608 - names of the tests
    )
    assert len(found) == 1, f"{table} has {len(found)} rows with {key}"
    row = found[0]
    for bound in ("interval_low", "interval_high"):
        row[bound] = row.get(f"clustered_{bound}", row[bound])
    return row


def _literal(value: str | None) -> str:
    return "null" if value is None else f"'{value}'"


def not_recovered(claims: Sequence[Claim]) -> list[str]:
    """In words, the claims whose interval does not hold the planted value."""
    return [str(claim) for claim in claims if not claim.is_recovered]
