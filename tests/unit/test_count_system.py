"""What follows from shown counts, and that equations which contradict each other spoil no others."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from orchestration.measures.count_relations import CountTraits, Relation
from orchestration.privacy.count_system import CountSystem
from orchestration.privacy.released_counts import COUNT_KEY


def system(equations: list[list[float]]) -> CountSystem:
    """Whole counts, each of a name of its own, whose weighted sums are nothing."""
    matrix = sparse.csr_array(np.array(equations, dtype=float))
    width = matrix.shape[1]
    counts = pd.DataFrame({"count": [f"count {number}" for number in range(width)], "value": np.nan})
    kinds = tuple(f"equation {number}" for number in range(len(equations)))
    return CountSystem(counts, matrix, np.ones(width), np.ones(width, dtype=bool), kinds)


def test_a_program_without_a_solution_leaves_out_only_the_equations_that_are_missed() -> None:
    """x + y = 5, y + z = 5, x + z = 6, so x + y + z is 8 and not 9; u = 7 - 4 stays told."""
    nan = np.nan
    found = system([
        # x, y, z, their sums, u, its part and total
        [1, 1, 0, -1, 0, 0, 0, 0, 0, 0],
        [0, 1, 1, 0, -1, 0, 0, 0, 0, 0],
        [1, 0, 1, 0, 0, -1, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0, -1, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 1, 1, -1],
    ]).solved([nan, nan, nan, 5, 5, 6, 9, nan, 4, 7])  # fmt: skip
    assert len(found.unmet) == 1
    assert found.unmet[0] < 4
    assert found.values[7] == 3


def test_shown_counts_that_break_an_equation_are_named() -> None:
    found = system([[1, 1, -1, 0], [0, 0, 1, -1]]).solved([1, 2, 4, 4])
    assert found.unmet == (0,)


def test_what_single_equations_tell_needs_no_program() -> None:
    chain = system([[1, 1, -1, 0], [0, 1, 0, -1]])
    assert chain.solved([np.nan, np.nan, 9, 5], is_thorough=False).values.tolist() == [4, 5, 9, 5]


def test_what_was_solved_before_is_told_again_and_what_changed_is_solved_anew() -> None:
    """Two groups of counts that no equation links: x + y = 9 with y = 2, and u + v = 7."""
    both, nan = system([[1, 1, -1, 0, 0, 0], [0, 0, 0, 1, 1, -1]]), np.nan
    first = both.solved([nan, 2, 9, nan, nan, 7])
    again = both.solved([nan, 2, 9, nan, nan, 7])
    changed = both.solved([nan, 2, 9, nan, 3, 7])
    np.testing.assert_array_equal(first.values, again.values)
    assert first.values[0] == changed.values[0] == 7
    assert np.isnan(first.values[3])
    assert changed.values[3] == 4


def test_only_a_shown_count_of_nothing_holds_nothing() -> None:
    whole = system([[1, 1, -1]])
    assert whole.holds_nothing([np.nan, np.nan, 0]).tolist() == [True, True, True]
    assert whole.holds_nothing([3, np.nan, 3]).tolist() == [False, False, False]


def released(**values: float | None) -> pd.DataFrame:
    """Counts of one cell by name."""
    cell: dict[str, Any] = dict.fromkeys(COUNT_KEY) | {
        "agent": "a", "period_kind": "overall", "segment_name": "all", "segment_value": "all",
    }  # fmt: skip
    rows = [
        cell | {"count": name, "value": value, "figure": number, "is_amount": False}
        for number, (name, value) in enumerate(values.items())
    ]
    return pd.DataFrame(rows).astype({"value": float})


def test_a_relation_is_not_an_equation_of_those_members_that_others_brought() -> None:
    """Nobody publishes failures: one relation brings them, and those without trouble are not nothing."""
    traits = CountTraits(
        relations=(
            Relation(total="goal", parts=("success", "failure")),
            Relation(total="trouble", parts=("recovered", "lost")),
            Relation(total="failure", parts=("lost", "plain")),
        )
    )
    counts = CountSystem.of(released(goal=100, success=60, trouble=30, recovered=20), traits)
    found = counts.solved(counts.counts["value"].to_numpy(float))
    names = counts.counts["count"].tolist()
    told = dict(zip(names, found.values[: len(names)].tolist(), strict=True))
    assert found.unmet == ()
    assert (told["failure"], told["lost"], told["plain"]) == (40, 10, 30)


def test_a_period_without_a_row_is_nothing_only_of_what_is_published() -> None:
    """Lines by fate are in May alone, and all lines in no month: that there are none in June is not said."""
    traits = CountTraits(relations=(Relation(total="lines", parts=("kept", "gone")),))
    may, june = {"period_kind": "month", "period_start": "2026-05-01"}, {
        "period_kind": "month", "period_start": "2026-06-01",
    }  # fmt: skip
    counts = pd.concat([
        released(lines=10),
        released(kept=None, gone=3).assign(**may),
        released(commits=4).assign(**may),
        released(commits=5).assign(**june),
    ], ignore_index=True)  # fmt: skip
    system = CountSystem.of(counts.assign(figure=range(len(counts))), traits)
    found = system.solved(system.counts["value"].to_numpy(float))
    is_kept = (system.counts["count"] == "kept") & (system.counts["period_start"] == may["period_start"])
    (kept,) = np.flatnonzero(is_kept)
    assert np.isnan(found.values[kept])
    assert found.bounds[kept].tolist() == [0, 7]
