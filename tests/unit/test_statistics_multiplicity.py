"""Corrections over a declared set reproduce the example of 1995 (METHODS 4.12)."""

import pytest

from orchestration.statistics.multiplicity import Correction, correct_declared

P_VALUES = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
    0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1.0,
]  # fmt: skip
NAMED = {f"comparison {place}": p for place, p in enumerate(P_VALUES)}


@pytest.mark.parametrize(
    ("correction", "standing"), [("benjamini_hochberg", 4), ("bonferroni", 3), ("holm", 3)]
)
def test_example_of_benjamini_and_hochberg(correction: Correction, standing: int) -> None:
    found = correct_declared(NAMED, declared=list(NAMED), correction=correction)
    assert sum(bool(each.stands) for each in found) == standing


def test_a_withheld_comparison_does_not_ease_the_others() -> None:
    declared = ["first", "second"]
    alone = correct_declared({"first": 0.03}, declared=["first"])
    found = correct_declared({"first": 0.03, "second": None}, declared=declared)
    assert alone[0].stands is True
    assert found[0].corrected_p_value == pytest.approx(0.06)
    assert found[0].stands is False
    assert found[1].withheld_reason == "not_tested"
    assert found == correct_declared({"first": 0.03}, declared=declared)


def test_what_was_not_declared_is_refused() -> None:
    with pytest.raises(ValueError, match="Not among the declared"):
        correct_declared({"found later": 0.001}, declared=["first"])
    with pytest.raises(ValueError, match="once"):
        correct_declared({}, declared=["first", "first"])
    with pytest.raises(ValueError, match="between 0 and 1"):
        correct_declared({"first": float("nan")}, declared=["first"])
    assert correct_declared({}, declared=[]) == ()
