"""The notebooks of the documentation run on the demo's release, and draw the page's own figures."""

import json
from pathlib import Path
from typing import Any

import pytest
import vl_convert

from orchestration.desk.exposures import cells_of, notebooks
from orchestration.report.cells import Cell, read_cells
from tests.demo_lake import ReleasedDemo

TWO_FIGURES = "two_figures"


@pytest.fixture(scope="module")
def drawn(released: ReleasedDemo) -> dict[str, Any]:
    """What the code cells of the notebook leave behind, run one after the other in one namespace."""
    (path,) = (one for one in notebooks() if one.stem == TWO_FIGURES)
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RELEASE", str(released.release.folder))
        for cell in cells_of(path, "code"):
            exec(compile(cell, path.name, "exec"), names)  # noqa: S102 - a file of this repository
    return names


@pytest.fixture(scope="module")
def cells(released: ReleasedDemo) -> list[Cell]:
    return read_cells(released.release.folder / "metrics.duckdb")


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_a_notebook_is_committed_without_outputs(path: Path) -> None:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


def rows_of(figure: Any) -> list[dict[str, Any]]:
    """The rows that a chart draws; it must be drawable."""
    specification = figure.to_dict()
    assert vl_convert.vegalite_to_svg(specification).startswith("<svg")
    (rows,) = specification["datasets"].values()
    return list(rows)


def test_turn_durations_are_those_of_the_page(drawn: dict[str, Any], cells: list[Cell]) -> None:
    page = {
        str(cell.period_start): (cell.estimate, cell.low, cell.high, cell.n_users)
        for cell in cells
        if (cell.agent, cell.metric, cell.period_kind) == ("claude_code", "turn_wall_seconds_p50", "month")
    }
    names = ("estimate_seconds", "interval_low_seconds", "interval_high_seconds", "n_users")
    rows = rows_of(drawn["duration_figure"])
    found = {row["period_start"][:10]: tuple(row[name] for name in names) for row in rows}
    assert found == {month: figure for month, figure in page.items() if figure[0] is not None}
    assert len(found) > 2
    assert set(drawn["durations"]["period_start"].astype(str)) == page.keys()


def test_interrupts_are_those_of_the_page(drawn: dict[str, Any], cells: list[Cell]) -> None:
    page = {
        cell.value_of_segment: (cell.estimate, cell.low, cell.high, cell.n_sessions)
        for cell in cells
        if (cell.agent, cell.table, cell.metric, cell.period_kind, cell.segment)
        == ("claude_code", "rpt_oversight_by_experience", "interrupt_rate", "overall", "prior_sessions")
    }
    names = ("estimate", "interval_low", "interval_high", "n_sessions")
    rows = rows_of(drawn["interrupt_figure"])
    found = {row["segment_value"]: tuple(row[name] for name in names) for row in rows}
    assert found == {group: figure for group, figure in page.items() if figure[0] is not None}
    assert len(found) > 1
    assert set(drawn["interrupts"]["segment_value"]) == page.keys()
