"""How pairs are drawn: a point for two metrics of one thing, with an interval across and one upwards.

Belongs here: the specification of the kind, and where the names of points stand. Not here: axes, colours
(specs), which rows a figure has (rows). Points of a study are diamonds on the same axes, each with its name.
"""

from typing import Any

from orchestration.report.specs import AXES, OWN, PUBLISHED, WIDTH, Scale, Spec, axis, fill, said, values

HEIGHT = 380
NAME_HEIGHT = 12
NAME_LIMIT = 220
FAR_RIGHT = 0.55
"""Part of the width beyond which a name stands to the left of its point."""


def pairs(scale: Scale) -> Spec:
    """Points with a cross of intervals, named beside them."""
    across, up = (
        {"type": "quantitative", "scale": values(scale), "axis": axis(scale) | {"title": name}}
        for name in AXES
    )
    layers: list[Any] = [
        {
            "transform": [{"filter": "isValid(datum.low) && isValid(datum.x)"}],
            "mark": {"type": "rule", "strokeWidth": 1.5, "opacity": 0.45, "aria": False},
            "encoding": {"x": {"field": "x", **across}, "y": {"field": "low", **up}, "y2": {"field": "high"}},
        },
        {
            "transform": [{"filter": "isValid(datum.x_low) && isValid(datum.estimate)"}],
            "mark": {"type": "rule", "strokeWidth": 1.5, "opacity": 0.45, "aria": False},
            "encoding": {
                "x": {"field": "x_low", **across}, "x2": {"field": "x_high"},
                "y": {"field": "estimate", **up},
            },
        },
        {
            "transform": [{"filter": "isValid(datum.published) && isValid(datum.published_x)"}],
            "mark": {
                "type": "point", "shape": "diamond", "size": 70, "filled": True, "color": PUBLISHED,
                "aria": False,
            },
            "encoding": {"x": {"field": "published_x", **across}, "y": {"field": "published", **up}},
        },
        {
            "transform": [{"filter": "isValid(datum.estimate) && isValid(datum.x)"}],
            "mark": {"type": "point", "size": 70, "strokeWidth": 2, "opacity": 1},
            "encoding": {
                "x": {"field": "x", **across}, "y": {"field": "estimate", **up},
                "color": {"value": OWN}, "fill": fill({"value": OWN}), **said(),
            },
        },
        _leaders(),
        *(_names(is_right=is_right) for is_right in (False, True)),
    ]  # fmt: skip
    return {"width": WIDTH, "height": HEIGHT, "layer": layers}


def _leaders() -> Spec:
    """A thin line from each point to its name, where that was pushed away."""
    return {
        "transform": [*_placed(), {"filter": f"datum.shown_at - datum.down > {NAME_HEIGHT / 2}"}],
        "mark": {"type": "rule", "opacity": 0.25, "aria": False},
        "encoding": {
            "x": _pixels("over"),
            "x2": {"field": "name_at"},
            "y": _pixels("down"),
            "y2": {"field": "shown_at"},
        },
    }


def _names(*, is_right: bool) -> Spec:
    """Names of points: to the right of those on the left, and to the left of those on the right."""
    side = "datum.is_right" if is_right else "!datum.is_right"
    return {
        "transform": [*_placed(), {"filter": side}],
        "mark": {
            "type": "text", "align": "right" if is_right else "left", "baseline": "middle", "fontSize": 11,
            "limit": NAME_LIMIT, "aria": False,
        },
        "encoding": {
            "x": _pixels("name_at"),
            "y": _pixels("shown_at"),
            "text": {"field": "label"},
            "color": {
                "condition": {"test": "isValid(datum.estimate)", "value": "currentColor"}, "value": PUBLISHED,
            },
        },
    }  # fmt: skip


def _placed() -> list[Spec]:
    """Every point with the place of its name in pixels, pushed down so that none covers another."""
    return [
        {"calculate": "isValid(datum.estimate) ? datum.x : datum.published_x", "as": "point_x"},
        {"calculate": "isValid(datum.estimate) ? datum.estimate : datum.published", "as": "point_y"},
        {"filter": "isValid(datum.point_x) && isValid(datum.point_y)"},
        {"calculate": "scale('x', datum.point_x)", "as": "over"},
        {"calculate": "scale('y', datum.point_y)", "as": "down"},
        {"calculate": f"datum.over > {FAR_RIGHT} * width", "as": "is_right"},
        {"calculate": "datum.over + (datum.is_right ? -9 : 9)", "as": "name_at"},
        {"window": [{"op": "row_number", "as": "number"}], "sort": [{"field": "down"}]},
        {"calculate": f"datum.down - {NAME_HEIGHT} * datum.number", "as": "free"},
        {"window": [{"op": "max", "field": "free", "as": "lowest"}], "frame": [None, 0],
         "sort": [{"field": "down"}]},
        {"calculate": f"datum.lowest + {NAME_HEIGHT} * datum.number", "as": "shown_at"},
    ]  # fmt: skip


def _pixels(field: str) -> Spec:
    return {"field": field, "type": "quantitative", "scale": None, "axis": None}
