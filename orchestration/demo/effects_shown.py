"""What the written sessions show of planted effects: the planted values, and those that came out.

Plain counts over the truth, written apart from the statistics that are tested against them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any

from orchestration.demo.effects import LEVELS, PlantedEffects
from orchestration.demo.truth import SessionEffects, SessionTruth


def shown_effects(effects: PlantedEffects, sessions: Sequence[SessionTruth]) -> dict[str, Any]:
    """`planted`: parameters and what follows from them; the rest is counted over sessions with a goal."""
    within, mix = effects.value_parts
    follows = {"judged_success": effects.judged_success, "growth_within": within, "growth_mix": mix}
    with_goal = [session for session in sessions if session.outcome != "no_clear_goal"]
    troubled = [session for session in with_goal if session.is_in_trouble]
    novices = [session for session in troubled if _of(session).expertise_level == 1]
    others = [session for session in troubled if _of(session).expertise_level > 1]
    return {
        "planted": {**asdict(effects), **follows},
        "with_goal": len(with_goal),
        "judged_success": _share(with_goal, lambda session: session.outcome == "succeeded"),
        "verified_success": _share(with_goal, lambda session: session.is_verified_success),
        "verified_success_by_level": {
            label: _share(
                (session for session in with_goal if _of(session).expertise_level == level),
                lambda session: session.is_verified_success,
            )
            for level, label in enumerate(LEVELS, start=1)
        },
        "troubled": len(troubled),
        "abandoned_of_troubled_novices": _share(novices, lambda session: session.is_abandoned),
        "abandoned_of_troubled_others": _share(others, lambda session: session.is_abandoned),
        "value": _value_growth(with_goal),
    }


def _of(session: SessionTruth) -> SessionEffects:
    assert session.effects is not None
    return session.effects


def _share(sessions: Iterable[SessionTruth], is_so: Callable[[SessionTruth], bool]) -> float | None:
    found = [is_so(session) for session in sessions]
    return sum(found) / len(found) if found else None


def _value_growth(sessions: Sequence[SessionTruth]) -> dict[str, Any] | None:
    """Growth of the mean price from the first calendar month to the last, and its parts by work mode."""
    months = sorted({session.started_at[:7] for session in sessions})
    if len(months) < 2:
        return None
    first, last = (_prices(sessions, month) for month in (months[0], months[-1]))
    modes = sorted(first.keys() & last.keys())
    sizes = [sum(map(len, side.values())) for side in (first, last)]
    means = [
        sum(sum(prices) for prices in side.values()) / size
        for side, size in zip((first, last), sizes, strict=True)
    ]
    within = mix = 0.0
    for mode in modes:
        share = [len(side[mode]) / size for side, size in zip((first, last), sizes, strict=True)]
        mean = [sum(side[mode]) / len(side[mode]) for side in (first, last)]
        within += (mean[1] - mean[0]) * (share[0] + share[1]) / 2
        mix += (share[1] - share[0]) * (mean[0] + mean[1]) / 2
    return {
        "months": [months[0], months[-1]],
        "means_usd": means,
        "growth": means[1] / means[0] - 1,
        "within": within / means[0],
        "mix": mix / means[0],
    }


def _prices(sessions: Sequence[SessionTruth], month: str) -> dict[str, list[float]]:
    """Prices of a calendar month by work mode."""
    found: dict[str, list[float]] = {}
    for session in sessions:
        price = _of(session).price_usd
        if session.started_at[:7] == month and price is not None:
            found.setdefault(session.work_mode, []).append(price)
    return found
