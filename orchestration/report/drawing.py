"""Turns specifications into drawings: static SVG for the page, and the library that redraws in a browser.

Belongs here: everything that calls vl-convert. Not here: what a specification says (specs), the page (page).
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from orchestration.measures.measure import Unit
from orchestration.report.slim_svg import slim
from orchestration.report.specs import AXES, PANELS, ROWS, UNIT, Kind, Scale, Spec, scale_of, specification

STATIC = Path(__file__).parent / "static"
LIBRARY = ("vega-6.2.0.min.js", "vega-interpreter.js")
"""Vega as vl-convert compiles for it, and the interpreter: kept here, because the page may load nothing."""


@cache
def compiled(kind: Kind, scale: Scale) -> Spec:
    """The Vega specification of a kind of figure, which needs no Vega-Lite and no `eval` in the browser."""
    import vl_convert

    vega: Spec = vl_convert.vegalite_to_vega(specification(kind, scale))
    if kind in PANELS:
        # A browser shows as many panels in a row as it has room for.
        vega["signals"].append({"name": "columns", "value": vega["layout"]["columns"]})
        vega["layout"]["columns"] = {"signal": "columns"}
    if kind == "pairs":
        # Vega-Lite knows no title that is a signal.
        vega["signals"] += [{"name": name, "value": ""} for name in AXES]
        for axis in vega["axes"]:
            if axis.get("title") in AXES:
                axis["title"] = {"signal": axis["title"]}
    return vega


def drawn(
    kind: Kind,
    unit: Unit,
    rows: Sequence[dict[str, Any]],
    *,
    width: int | None = None,
    axes: Sequence[str] = (),
) -> str:
    """A figure as SVG; `width`: without its labels, in pixels; `axes`: what those of pairs are called."""
    import vl_convert

    spec = dict(compiled(kind, scale_of(unit)))
    if width is not None:
        spec["width"] = width
    values = {UNIT: unit, **dict(zip(AXES, axes, strict=False))}
    spec["signals"] = [
        {**signal, "value": values[signal["name"]]} if signal["name"] in values else signal
        for signal in spec["signals"]
    ]
    spec["data"] = [
        {**source, "values": list(rows)} if source["name"] == ROWS else source for source in spec["data"]
    ]
    return slim(vl_convert.vega_to_svg(spec))


def library() -> str:
    """Vega and its interpreter of expressions, as one script."""
    return "\n".join((STATIC / name).read_text(encoding="utf-8") for name in LIBRARY)


def as_json(value: Any) -> str:
    """JSON that can stand in a script element."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")
