"""A pooled difference in strata is least squares with an effect of each stratum; what is nowhere compared
tells nothing.
"""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from orchestration.statistics.stratified_difference import stratified_difference


def lines(*, gap: float, seed: int = 1, rows: int = 1200, users: int = 30) -> pd.DataFrame:
    """Files that differ in how long their lines live and in who writes them: the gap in a file is `gap`."""
    rng = np.random.default_rng(seed)
    file = rng.integers(0, 40, rows)
    is_second = rng.random(rows) < 0.2 + 0.6 * (file / 40)
    size = rng.integers(1, 30, rows)
    share = 0.2 + 0.5 * (file / 40) + gap * is_second
    return pd.DataFrame({
        "user_id": [f"u{number}" for number in rng.integers(0, users, rows)], "file": file,
        "is_second": is_second, "size": size.astype(float), "hits": rng.binomial(size, share).astype(float),
    })  # fmt: skip


def by_least_squares(frame: pd.DataFrame) -> float:
    """Weighted least squares of the share on the kind with an indicator per file."""
    weights = np.sqrt(frame["size"].to_numpy(float))
    indicators = pd.get_dummies(frame["file"]).to_numpy(float)
    design: NDArray[np.float64] = np.column_stack([frame["is_second"].to_numpy(float), indicators])
    share = (frame["hits"] / frame["size"]).to_numpy(float)
    return float(np.linalg.lstsq(design * weights[:, None], share * weights, rcond=None)[0][0])


def test_it_is_least_squares_with_an_effect_of_each_stratum() -> None:
    frame = lines(gap=-0.1)
    found = stratified_difference(frame, strata="file").estimate
    assert found.value == pytest.approx(by_least_squares(frame), abs=1e-9)


def test_strata_take_out_what_differs_between_files() -> None:
    frame = lines(gap=0.0)
    within = stratified_difference(frame, strata="file").estimate
    plain = stratified_difference(frame).estimate
    assert within.low is not None
    assert within.high is not None
    assert plain.low is not None
    assert within.low < 0 < within.high
    assert plain.low > 0.05, "files in which the agent writes more live longer"


def test_the_interval_holds_the_planted_gap_as_often_as_it_says() -> None:
    held = 0
    for seed in range(100):
        found = stratified_difference(lines(gap=-0.1, seed=seed), strata="file").estimate
        assert found.low is not None
        assert found.high is not None
        held += found.low < -0.1 < found.high
    assert 90 <= held <= 99


def test_files_of_one_kind_compare_nothing() -> None:
    frame = lines(gap=0.1)
    apart = frame.assign(file=frame["is_second"])
    assert stratified_difference(apart, strata="file").estimate.withheld_reason == "no_contrast"
    alone = frame.assign(user_id="one")
    assert stratified_difference(alone, strata="file").estimate.withheld_reason == "too_few_users"
    few = frame.head(40)
    assert stratified_difference(few).estimate.withheld_reason == "too_few_effective_sessions"
