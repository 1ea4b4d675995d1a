"""Turns specifications into drawings: static SVG for the page, and the library that redraws in a browser.

Belongs here: everything that calls vl-convert. Not here: what a specification says (specs), the page (page).
"""

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from orchestration.measures.measure import Unit
from orchestration.report.specs import FONT, ROWS, Kind, Spec, specification

STATIC = Path(__file__).parent / "static"
LIBRARY = ("vega-6.2.0.min.js", "vega-interpreter.js")
"""Vega as vl-convert compiles for it, and the interpreter: kept here, because the page may load nothing."""

SVG = "http://www.w3.org/2000/svg"
DROPPED = {
    "class", "pointer-events", "aria-roledescription", "aria-hidden", "role", "font-family", "font-size",
    "stroke-miterlimit", "display", "version",
}  # fmt: skip
"""Attributes of a drawing that say what the page says already, or what nobody reads."""

DEFAULTS = {
    ("opacity", "1"),
    ("stroke-width", "1"),
    ("transform", "translate(0,0)"),
    ("text-anchor", "start"),
}
PLACES = {"d", "transform", "x", "y", "x1", "x2", "y1", "y2", "width", "height"}
_NUMBER = re.compile(r"-?\d+\.\d+")


@cache
def compiled(kind: Kind, unit: Unit) -> Spec:
    """The Vega specification of a kind of figure, which needs no Vega-Lite and no `eval` in the browser."""
    import vl_convert

    vega: Spec = vl_convert.vegalite_to_vega(specification(kind, unit))
    return vega


def drawn(kind: Kind, unit: Unit, rows: Sequence[dict[str, Any]], *, width: int | None = None) -> str:
    """A figure as SVG; `width`: of the drawing without its labels, in pixels."""
    import vl_convert

    spec = dict(compiled(kind, unit))
    if width is not None:
        spec["width"] = width
    spec["data"] = [
        {**source, "values": list(rows)} if source["name"] == ROWS else source for source in spec["data"]
    ]
    return slim(vl_convert.vega_to_svg(spec))


def slim(svg: str) -> str:
    """The drawing without what only editors of drawings read, and to a tenth of a pixel."""
    ElementTree.register_namespace("", SVG)
    root = ElementTree.fromstring(svg)  # noqa: S314 - vl-convert has just made it
    _slim(root)
    root.set("font-family", FONT)
    root.set("font-size", "12")
    return ElementTree.tostring(root, encoding="unicode")


def _slim(element: ElementTree.Element) -> None:
    said = element.attrib.pop("aria-label", None)
    if said is not None and element.tag == f"{{{SVG}}}path":
        # A title is read out, and shown where a pointer rests, without any script.
        ElementTree.SubElement(element, f"{{{SVG}}}title").text = said
    for name in DROPPED & element.attrib.keys():
        del element.attrib[name]
    for name, text in list(element.attrib.items()):
        if (name, text) in DEFAULTS:
            del element.attrib[name]
        elif name in PLACES:
            element.set(name, _NUMBER.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), text))
    if element.tag == f"{{{SVG}}}text" and element.get("fill") == "currentColor":
        del element.attrib["fill"]
    for place, child in reversed(list(enumerate(element))):
        _slim(child)
        is_group = child.tag == f"{{{SVG}}}g"
        if (is_group and not len(child)) or child.get("d") in ("", "M0,0h0v0h0Z"):
            element.remove(child)
        elif is_group and not child.attrib:
            element[place : place + 1] = list(child)


def library() -> str:
    """Vega and its interpreter of expressions, as one script."""
    return "\n".join((STATIC / name).read_text(encoding="utf-8") for name in LIBRARY)


def as_json(value: Any) -> str:
    """JSON that can stand in a script element."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")
