"""How a figure is drawn: Vega-Lite specifications of the kinds of figure.

Belongs here: the kinds, intervals, axes, colours. Not here: lines (line_specs), which rows a figure has
(rows), turning a specification into a drawing (drawing). A specification holds no data: rows come in under
the name `rows`, from the table below the figure, so that a figure cannot show another number than its table.

Colours are Okabe and Ito's, which people with colour-blindness can tell apart; lines and text take
`currentColor` from the page, so that they are seen in the dark and on paper.
"""

from typing import Any, Literal

from orchestration.measures.measure import Unit

Kind = Literal["intervals", "months", "curve", "levels", "month_panels", "level_panels", "pairs"]
Spec = dict[str, Any]

PANELS: frozenset[Kind] = frozenset({"month_panels", "level_panels"})
"""Kinds of several small drawings side by side."""

ROWS = "rows"
OWN, PUBLISHED = "var(--own)", "var(--published)"
SERIES = [f"var(--series-{number})" for number in (1, 3, 4, 5, 6, 7)]
"""Colours of series in one figure, in their order; the page gives each a tone for light and for dark. The
second tone is left to published values."""

FONT = "Arial, 'Liberation Sans', Helvetica, sans-serif"
"""Fonts as wide as that which vl-convert measures with."""
WIDTH = 520
LABEL_LIMIT = 260
TICK_ROOM = 90
ROW_HEIGHT = 20

BY_RULES = "by rules"
"""By whom a row is labelled; rules are drawn hollow, because they are a baseline and no measurement."""

DURATIONS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 18000, 36000, 86400]
"""Seconds at which an axis of durations has ticks."""

UNIT = "unit"
"""Name of the signal that says in which unit a figure is: its axis is labelled by it."""

AXES = ("across", "up")
"""Names of the signals that say what the axes of pairs are of."""

AXIS_LABELS = (
    f"{UNIT} === 'share' ? format(datum.value, '.2~%') : {UNIT} === 'usd' ? format(datum.value, '$,.2~f') : "
    f"{UNIT} === 'per_1000' ? format(1000 * datum.value, '.3~') : "
    f"{UNIT} === 'hours' ? format(datum.value, '.3~') + ' h' : {UNIT} !== 'seconds' ? "
    "(abs(datum.value) < 1 ? format(datum.value, '.2~') : format(datum.value, '~s')) : "
    "datum.value < 90 ? format(datum.value, '.3~') + ' s' : datum.value < 5400 ? "
    "format(datum.value / 60, '.2~') + ' min' : format(datum.value / 3600, '.2~') + ' h'"
)
Scale = Literal["linear", "log"]
LOGARITHMIC: frozenset[Unit] = frozenset({"seconds"})
"""Units whose figures span several powers of ten."""


def scale_of(unit: Unit) -> Scale:
    return "log" if unit in LOGARITHMIC else "linear"


def specification(kind: Kind, scale: Scale) -> Spec:
    """The specification of a figure: one per kind and scale, whatever it shows and in whatever unit."""
    # Which take their axes and colours from here.
    from orchestration.report.line_specs import LINES
    from orchestration.report.pair_specs import pairs

    drawn = {**LINES, "intervals": _intervals, "pairs": pairs}[kind](scale)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"name": ROWS},
        "params": [{"name": UNIT, "value": "count"}],
        "config": CONFIG,
        **drawn,
    }


def _intervals(scale: Scale) -> Spec:
    """A line per row: estimate with its interval, the published value or range on the same axis."""
    x = {"type": "quantitative", "scale": values(scale), "axis": axis(scale)}
    return {
        "width": WIDTH,
        # Room for labels that a reader's font makes wider than they were measured.
        "padding": {"left": 30, "right": 10, "top": 4, "bottom": 4},
        "height": {"step": ROW_HEIGHT},
        "encoding": {
            "y": {
                "field": "label", "type": "nominal", "sort": {"field": "order", "op": "min"},
                "axis": {"title": None, "labelLimit": LABEL_LIMIT, "ticks": False, "domain": False},
            },
            # Rows by several labellers lie side by side under one name.
            "yOffset": {"field": "by", "type": "nominal", "sort": {"field": "order", "op": "min"}},
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


def _own_point() -> Spec:
    """The point of one's own estimate: filled, or hollow where rules have labelled."""
    return {"color": {"value": OWN}, "fill": fill({"value": OWN}), **said()}


def fill(otherwise: Spec) -> Spec:
    return {"condition": {"test": f"datum.by === '{BY_RULES}'", "value": "transparent"}, **otherwise}


def said() -> Spec:
    """What a screen reader and a pointer are told of a point: the row in words."""
    told = {"field": "said", "type": "nominal"}
    return {"description": told, "tooltip": told}


def values(scale: Scale) -> Spec:
    """Padding keeps a point at the edge off the labels."""
    if scale == "log":
        return {"type": "log", "nice": False, "padding": 8}
    return {"zero": False, "nice": True, "padding": 8}


def axis(scale: Scale) -> Spec:
    """An axis with as many ticks as its labels have room for."""
    own: Spec = {"values": DURATIONS, "grid": False, "labelOverlap": "greedy"}
    if scale == "linear":
        ticks = {"signal": f"max(2, ceil(width / {TICK_ROOM}))"}
        own = {"tickCount": ticks, "grid": True, "labelOverlap": True}
    return {"title": None, "labelExpr": AXIS_LABELS, **own}


CONFIG: Spec = {
    "background": "transparent",
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": "currentColor", "titleColor": "currentColor", "labelFontSize": 12, "titleFontSize": 12,
        "titleFontWeight": "normal", "gridColor": "currentColor", "gridOpacity": 0.12,
        "domainColor": "currentColor", "tickColor": "currentColor",
    },
    "header": {"labelColor": "currentColor", "labelFontSize": 12, "labelAnchor": "start", "title": None},
    "text": {"color": "currentColor", "fontSize": 12},
    "rule": {"color": "currentColor"},
}  # fmt: skip
