"""How a figure is drawn: Vega-Lite specifications of the four kinds of figure.

Belongs here: marks, scales, colours. Not here: which rows a figure has (sections), turning a specification
into a drawing (drawing). A specification holds no data: rows come in under the name `rows`, from the table
below the figure, so that a figure cannot show another number than its table.

Colours are Okabe and Ito's, which people with colour-blindness can tell apart; lines and text take
`currentColor` from the page, so that they are seen in the dark and on paper.
"""

from typing import Any, Literal

from orchestration.measures.measure import Unit

Kind = Literal["intervals", "months", "curve"]
Spec = dict[str, Any]

ROWS = "rows"
OWN, PUBLISHED = "var(--own)", "var(--published)"
SERIES = [f"var(--series-{number})" for number in range(1, 8)]
"""Colours of series in one figure, in their order; the page gives each a tone for light and for dark."""

FONT = "Arial, 'Liberation Sans', Helvetica, sans-serif"
"""Fonts as wide as that which vl-convert measures with."""
WIDTH = 520
LABEL_LIMIT = 260
TICK_ROOM = 90
ROW_HEIGHT = 24

BY_RULES = "by rules"
"""By whom a row is labelled; rules are drawn hollow, because they are a baseline and no measurement."""

DURATIONS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 18000, 36000, 86400]
"""Seconds at which an axis of durations has ticks."""

AXIS_FORMATS: dict[str, Spec] = {
    "share": {"format": ".0%"},
    "usd": {"format": "$,.2~f"},
    "hours": {"labelExpr": "format(datum.value, '.3~') + ' h'"},
    "seconds": {
        "values": DURATIONS,
        "labelExpr": (
            "datum.value < 90 ? format(datum.value, '.3~') + ' s' : datum.value < 5400 ? "
            "format(datum.value / 60, '.2~') + ' min' : format(datum.value / 3600, '.2~') + ' h'"
        ),
    },
}
LOGARITHMIC: frozenset[str] = frozenset({"seconds"})
"""Units whose figures span several powers of ten."""


def specification(kind: Kind, unit: Unit) -> Spec:
    """The specification of a figure: one per kind and unit, whatever it shows."""
    drawn = {"intervals": _intervals, "months": _months, "curve": _curve}[kind](unit)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"name": ROWS},
        "width": WIDTH,
        "config": CONFIG,
        **drawn,
    }


def _intervals(unit: Unit) -> Spec:
    """A line per row: estimate with its interval, the published value or range on the same axis."""
    x = {"type": "quantitative", "scale": _scale(unit), "axis": _axis(unit)}
    return {
        # Room for labels that a reader's font makes wider than they were measured.
        "padding": {"left": 20, "right": 10, "top": 4, "bottom": 4},
        "height": {"step": ROW_HEIGHT},
        "encoding": {
            "y": {
                "field": "label", "type": "nominal", "sort": {"field": "order", "op": "min"},
                "axis": {"title": None, "labelLimit": LABEL_LIMIT, "ticks": False, "domain": False},
            },
        },
        "layer": [
            {
                "transform": [{"filter": "isValid(datum.published_low)"}],
                "mark": {"type": "bar", "height": 10, "color": PUBLISHED, "opacity": 0.35, "aria": False},
                "encoding": {"x": {"field": "published_low", **x}, "x2": {"field": "published_high"}},
            },
            {
                "transform": [{"filter": "isValid(datum.published)"}],
                "mark": {"type": "tick", "thickness": 3, "size": 16, "color": PUBLISHED, "aria": False},
                "encoding": {"x": {"field": "published", **x}},
            },
            {
                "transform": [{"filter": "isValid(datum.low)"}],
                "mark": {"type": "rule", "strokeWidth": 2, "aria": False},
                "encoding": {"x": {"field": "low", **x}, "x2": {"field": "high"}},
            },
            {
                "transform": [{"filter": "isValid(datum.estimate)"}],
                "mark": {"type": "point", "size": 70, "strokeWidth": 2, "opacity": 1},
                "encoding": {"x": {"field": "estimate", **x}, **_own_point()},
            },
        ],
    }  # fmt: skip


def _months(unit: Unit) -> Spec:
    """Lines over months with the band of their intervals, named at their last point."""
    x = {
        "field": "x", "type": "temporal",
        "axis": {"title": None, "format": "%Y-%m", "tickCount": "month", "labelOverlap": True},
    }  # fmt: skip
    return _lines(unit, x, width=WIDTH - 120)


def _curve(unit: Unit) -> Spec:
    """Curves over a person's earlier sessions, on a logarithmic axis."""
    x = {
        "field": "x", "type": "quantitative", "scale": {"type": "log", "nice": False},
        "axis": {
            "title": "earlier sessions of the person", "format": "~s", "labelOverlap": True, "grid": False,
        },
    }  # fmt: skip
    return _lines(unit, x, width=WIDTH - 120)


def _lines(unit: Unit, x: Spec, *, width: int) -> Spec:
    y = {"type": "quantitative", "scale": _scale(unit), "axis": _axis(unit)}
    colour = {"field": "label", "type": "nominal", "sort": None, "scale": {"range": SERIES}, "legend": None}
    return {
        "width": width,
        "height": 240,
        "encoding": {"x": x, "color": colour},
        "layer": [
            {
                "transform": [{"filter": "isValid(datum.low)"}],
                "mark": {"type": "area", "opacity": 0.18, "aria": False},
                "encoding": {"y": {"field": "low", **y}, "y2": {"field": "high"}},
            },
            {
                "transform": [{"filter": "isValid(datum.low)"}],
                "mark": {"type": "rule", "opacity": 0.4, "aria": False},
                "encoding": {"y": {"field": "low", **y}, "y2": {"field": "high"}},
            },
            {
                "transform": [{"filter": "isValid(datum.estimate)"}],
                "mark": {"type": "line", "strokeWidth": 2, "aria": False},
                "encoding": {"y": {"field": "estimate", **y}},
            },
            {
                "transform": [{"filter": "isValid(datum.estimate)"}],
                "mark": {"type": "point", "size": 40, "strokeWidth": 2, "opacity": 1},
                "encoding": {
                    "y": {"field": "estimate", **y},
                    "fill": _fill({"field": "label", "type": "nominal", "sort": None,
                                   "scale": {"range": SERIES}, "legend": None}),
                    **_said(),
                },
            },
            {
                "transform": [{"filter": "isValid(datum.published)"}],
                "mark": {"type": "point", "shape": "diamond", "size": 90, "filled": True, "aria": False},
                "encoding": {"y": {"field": "published", **y}, "color": {"value": PUBLISHED}},
            },
            {
                "transform": [
                    {"filter": "isValid(datum.estimate)"},
                    {"window": [{"op": "last_value", "field": "x", "as": "last"}],
                     "frame": [None, None], "sort": [{"field": "x"}], "groupby": ["label"]},
                    {"filter": "datum.x === datum.last"},
                ],
                "mark": {"type": "text", "align": "left", "dx": 8, "limit": 150, "aria": False},
                "encoding": {"y": {"field": "estimate", **y}, "text": {"field": "label"}},
            },
        ],
    }  # fmt: skip


def _own_point() -> Spec:
    """The point of one's own estimate: filled, or hollow where rules have labelled."""
    return {"color": {"value": OWN}, "fill": _fill({"value": OWN}), **_said()}


def _fill(otherwise: Spec) -> Spec:
    return {"condition": {"test": f"datum.by === '{BY_RULES}'", "value": "transparent"}, **otherwise}


def _said() -> Spec:
    """What a screen reader and a pointer are told of a point: the row in words."""
    said = {"field": "said", "type": "nominal"}
    return {"description": said, "tooltip": said}


def _scale(unit: Unit) -> Spec:
    """Padding keeps a point at the edge off the labels."""
    if unit in LOGARITHMIC:
        return {"type": "log", "nice": False, "padding": 8}
    return {"zero": False, "nice": True, "padding": 8}


def _axis(unit: Unit) -> Spec:
    """An axis with as many ticks as its labels have room for."""
    ticks = {"signal": f"max(2, ceil(width / {TICK_ROOM}))"}
    form = AXIS_FORMATS.get(unit, {"format": "~s"})
    return {"title": None, "tickCount": ticks, "labelOverlap": True, "grid": unit not in LOGARITHMIC, **form}


CONFIG: Spec = {
    "background": "transparent",
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": "currentColor", "titleColor": "currentColor", "labelFontSize": 12, "titleFontSize": 12,
        "titleFontWeight": "normal", "gridColor": "currentColor", "gridOpacity": 0.12,
        "domainColor": "currentColor", "tickColor": "currentColor",
    },
    "text": {"color": "currentColor", "fontSize": 12},
    "rule": {"color": "currentColor"},
}  # fmt: skip
