"""How lines are drawn: over months, over earlier sessions, over levels, and in small panels.

Belongs here: specifications of the kinds that are lines, and where their names stand. Not here: axes, colours
(specs), which rows a line has (rows).
"""

from collections.abc import Callable, Mapping
from typing import Any

from orchestration.report.specs import (
    PUBLISHED,
    SERIES,
    WIDTH,
    Kind,
    Scale,
    Spec,
    axis,
    fill,
    said,
    values,
)

HEIGHT = 240
NAME_ROOM = 120
"""Pixels beside a drawing that the names of its lines take."""

NAME_HEIGHT = 14
NAME_LIMIT = 260
PANEL_WIDTH, PANEL_HEIGHT, PANEL_COLUMNS = 150, 90, 3

MONTHS: Spec = {
    "field": "x", "type": "temporal",
    "axis": {"title": None, "format": "%Y-%m", "tickCount": "month", "labelOverlap": True},
}  # fmt: skip
FEW_MONTHS: Spec = {
    "field": "x", "type": "temporal",
    "axis": {"title": None, "format": "%Y-%m", "tickCount": 2, "labelOverlap": True, "grid": False},
}  # fmt: skip
EARLIER_SESSIONS: Spec = {
    "field": "x", "type": "quantitative", "scale": {"type": "log", "nice": False},
    "axis": {
        "title": "earlier sessions of the person", "format": "~s", "labelOverlap": True, "grid": False,
    },
}  # fmt: skip
LEVELS: Spec = {
    "field": "at", "type": "nominal", "sort": {"field": "order", "op": "min"},
    "axis": {"title": None, "labelAngle": 0, "ticks": False, "labelOverlap": True},
}  # fmt: skip
FEW_LEVELS: Spec = {**LEVELS, "axis": {**LEVELS["axis"], "labelAngle": -40}}
BESIDE: Spec = {"xOffset": {"field": "label", "type": "nominal", "sort": None}}
"""Series of one level stand side by side."""

DIAMONDS: Spec = {"type": "point", "shape": "diamond", "size": 90, "filled": True}
DASHES: Spec = {"type": "line", "strokeDash": [4, 3], "strokeWidth": 2}
"""A published value beside each level, and the same one beside every month."""

BAND: Spec = {"type": "area", "opacity": 0.18}
WHISKER: Spec = {"type": "rule", "opacity": 0.4}
SOLID_WHISKER: Spec = {"type": "rule", "strokeWidth": 2}


def _months(scale: Scale) -> Spec:
    """Lines over months with the band of their intervals, named at their last point."""
    return _single(_layers(scale, MONTHS, BAND, WHISKER, published=DASHES))


def _curve(scale: Scale) -> Spec:
    """Curves over a person's earlier sessions, on a logarithmic axis."""
    return _single(_layers(scale, EARLIER_SESSIONS, BAND, WHISKER, published=DIAMONDS))


def _levels(scale: Scale) -> Spec:
    """Levels of a segment in their order, series side by side and named at the right."""
    layers = _layers(scale, LEVELS, SOLID_WHISKER, published=DIAMONDS)
    named = {**layers["layer"][-1], "encoding": {**layers["layer"][-1]["encoding"], "x": {"value": "width"}}}
    beside = [{**layer, "encoding": {**layer["encoding"], **BESIDE}} for layer in layers["layer"][:-1]]
    return _single({**layers, "layer": [*beside, named]})


def _month_panels(scale: Scale) -> Spec:
    return _panels(_layers(scale, FEW_MONTHS, BAND, published=DASHES, is_small=True))


def _level_panels(scale: Scale) -> Spec:
    return _panels(_layers(scale, FEW_LEVELS, SOLID_WHISKER, published=DIAMONDS, is_small=True))


LINES: Mapping[Kind, Callable[[Scale], Spec]] = {
    "months": _months,
    "curve": _curve,
    "levels": _levels,
    "month_panels": _month_panels,
    "level_panels": _level_panels,
}


def _single(layers: Spec) -> Spec:
    return {"width": WIDTH - NAME_ROOM, "height": HEIGHT, **layers}


def _panels(layers: Spec) -> Spec:
    """One small drawing per panel, all on the same axes."""
    return {
        "facet": {"field": "panel", "type": "nominal", "sort": {"field": "order", "op": "min"}},
        "columns": PANEL_COLUMNS,
        "spec": {"width": PANEL_WIDTH, "height": PANEL_HEIGHT, **layers},
    }


def _layers(scale: Scale, x: Spec, *spreads: Spec, published: Spec, is_small: bool = False) -> Spec:
    """`spreads`: marks that show an interval; `published`: the mark of a published value.

    `is_small`: for a panel, whose lines have no names. What is no level (unknown) is on no line.
    """
    ticks: Spec = {"tickCount": 3} if is_small and scale == "linear" else {}
    y = {"type": "quantitative", "scale": values(scale), "axis": axis(scale) | ticks}
    # In the order of their names, so that line and point of a series have one colour.
    colour = {"field": "label", "type": "nominal", "scale": {"range": SERIES}, "legend": None}
    layers: list[Any] = [
        {
            "transform": [{"filter": "isValid(datum.low)"}],
            "mark": {**spread, "aria": False},
            "encoding": {"y": {"field": "low", **y}, "y2": {"field": "high"}},
        }
        for spread in spreads
    ]
    layers += [
        {
            "transform": [{"filter": "isValid(datum.estimate) && isValid(datum.x)"}],
            "mark": {"type": "line", "strokeWidth": 2, "aria": False},
            "encoding": {"y": {"field": "estimate", **y}},
        },
        {
            "transform": [{"filter": "isValid(datum.estimate)"}],
            "mark": {"type": "point", "size": 15 if is_small else 40, "strokeWidth": 2, "opacity": 1},
            "encoding": {"y": {"field": "estimate", **y}, "fill": fill(colour), **said()},
        },
        {
            "transform": [{"filter": "isValid(datum.published)"}],
            "mark": {**published, "aria": False},
            "encoding": {
                "y": {"field": "published", **y},
                "color": {"value": PUBLISHED},
                "detail": {"field": "label"},
            },
        },
    ]
    if not is_small:
        layers.append(_names())
    return {"encoding": {"x": x, "color": colour}, "layer": layers}


def _names() -> Spec:
    """Names of lines at their last points, pushed down so that none covers another."""
    return {
        "transform": [
            {"filter": "isValid(datum.estimate) && isValid(datum.x)"},
            {"window": [{"op": "last_value", "field": "x", "as": "last"}],
             "frame": [None, None], "sort": [{"field": "x"}], "groupby": ["label"]},
            {"filter": "datum.x === datum.last"},
            {"calculate": "scale('y', datum.estimate)", "as": "place"},
            {"window": [{"op": "row_number", "as": "number"}], "sort": [{"field": "place"}]},
            {"calculate": f"datum.place - {NAME_HEIGHT} * datum.number", "as": "free"},
            {"window": [{"op": "max", "field": "free", "as": "lowest"}], "frame": [None, 0],
             "sort": [{"field": "place"}]},
            {"calculate": f"datum.lowest + {NAME_HEIGHT} * datum.number", "as": "shown_at"},
        ],
        "mark": {"type": "text", "align": "left", "dx": 8, "limit": NAME_LIMIT, "aria": False},
        "encoding": {
            "y": {"field": "shown_at", "type": "quantitative", "scale": None, "axis": None},
            "text": {"field": "label"},
        },
    }  # fmt: skip
