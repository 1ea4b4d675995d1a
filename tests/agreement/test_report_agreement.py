"""The report follows the catalogue and its library: what one has, the other shows."""

from typing import get_args

import vl_convert

from orchestration.measures.measure import Unit
from orchestration.measures.registry import load_measures, metrics
from orchestration.report.drawing import LIBRARY, STATIC, drawn
from orchestration.report.figures import MOST_DRAWN
from orchestration.report.first_screen import CARDS
from orchestration.report.sections import TRUST, USAGE
from orchestration.report.specs import Kind, Scale, specification
from tests.regenerate_screenshots import MADE_FROM, page_source


def test_the_library_in_the_page_is_the_one_that_figures_are_compiled_for() -> None:
    assert f"vega-{vl_convert.get_vega_version()}.min.js" in LIBRARY
    assert all((STATIC / name).exists() for name in (*LIBRARY, "LICENSE-vega"))


def test_every_number_of_the_first_screen_is_a_metric_of_the_catalogue() -> None:
    statistics = {(metric.mart, metric.name): metric.statistics for metric in metrics()}
    for card in CARDS:
        for number in card.numbers:
            assert (number.table, number.metric) in statistics, card.id
            if number.statistic is not None:
                assert number.statistic in statistics[number.table, number.metric], card.id


def test_every_measure_that_is_measured_asks_a_question() -> None:
    for measure in load_measures():
        if measure.not_measured is None:
            assert (measure.question or "").endswith("?"), measure.id


def test_a_browser_draws_as_many_rows_as_the_page_was_made_with() -> None:
    assert f"MOST_DRAWN = {MOST_DRAWN};" in (STATIC / "page.js").read_text(encoding="utf-8")


def test_sections_of_their_own_name_measures_that_exist() -> None:
    assert {*USAGE, *TRUST} <= {measure.id for measure in load_measures()}


def test_declared_figures_name_metrics_and_statistics_of_the_catalogue_in_one_unit() -> None:
    known = {(metric.mart, metric.name): metric for metric in metrics()}
    for measure in load_measures():
        for figure in measure.figures:
            own = [known[figure.mart, name] for name in figure.metrics]
            assert len({metric.unit for metric in own}) == 1, measure.id
            for metric in own:
                assert set(figure.statistics) <= set(metric.statistics), measure.id
                assert bool(figure.statistics) or not metric.statistics or figure.segment == "controls"


def test_every_kind_of_figure_can_be_drawn_on_every_scale() -> None:
    for kind in get_args(Kind):
        for scale in get_args(Scale):
            assert vl_convert.vegalite_to_vega(specification(kind, scale))["marks"], (kind, scale)


def test_every_unit_of_the_catalogue_has_labels_on_its_axis() -> None:
    row = {"label": "a", "order": 0, "estimate": 0.5, "by": "", "said": "a: 0.5"}
    units: set[Unit] = {metric.unit for metric in metrics()}
    for unit in units:
        svg = drawn("intervals", unit, [row, row | {"label": "b", "estimate": 90.0}])
        assert svg.count("<text") > 3, unit
        assert "undefined" not in svg, unit


def test_the_pictures_of_the_page_are_of_the_page_as_it_is() -> None:
    """If not: `python -m tests.regenerate_screenshots`, and look at what changed."""
    assert MADE_FROM.read_text(encoding="utf-8").strip() == page_source()
