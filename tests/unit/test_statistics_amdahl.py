"""Amdahl's law against the value of METHODS 4.11."""

import math

import pytest

from orchestration.statistics.amdahl import amdahl_speedup


def test_the_published_example() -> None:
    assert amdahl_speedup(0.8, 8) == pytest.approx(3.33, abs=0.005)


def test_nothing_faster_is_nothing_gained_and_everything_faster_has_no_ceiling() -> None:
    assert amdahl_speedup(0, 8) == 1
    assert amdahl_speedup(1, 8) == 8
    assert amdahl_speedup(0.8, math.inf) == pytest.approx(5)
    assert amdahl_speedup(1, math.inf) == math.inf


@pytest.mark.parametrize(("share", "factor"), [(-0.1, 2), (1.1, 2), (0.5, 0)])
def test_impossible_inputs_are_refused(share: float, factor: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        amdahl_speedup(share, factor)
