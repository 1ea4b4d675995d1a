"""A drawing without what nobody reads, and in fewer words: a page holds hundreds of them.

Belongs here: what can be left out of an SVG or said shorter without looking different. Not here: making it
(drawing).
"""

import re
from xml.etree import ElementTree

NAMESPACE = "http://www.w3.org/2000/svg"
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
EMPTY = ("", "M0,0h0v0h0Z")
_NUMBER = re.compile(r"-?\d+\.\d+")
_TRANSLATED = re.compile(r"translate\((-?[\d.]+),(-?[\d.]+)\)")
_CIRCLE = re.compile(r"M([\d.]+),0A\1,\1,0,1,1,-\1,0A\1,\1,0,1,1,\1,0")

Element = ElementTree.Element


def slim(svg: str) -> str:
    """The drawing without what only editors of drawings read, and to a tenth of a pixel.

    The page's style has its font; `page.js` writes it, and the name space, into a drawing that is saved.
    """
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.fromstring(svg)  # noqa: S314 - vl-convert has just made it
    _slim(root)
    text = ElementTree.tostring(root, encoding="unicode").replace(" />", "/>")
    return text.replace(f' xmlns="{NAMESPACE}"', "", 1)  # which a drawing inside a page needs not


def _slim(element: Element) -> None:
    said = element.attrib.pop("aria-label", None)
    if said is not None and element.tag == _name("path"):
        # A title is read out, and shown where a pointer rests, without any script.
        ElementTree.SubElement(element, _name("title")).text = said
    for name in DROPPED & element.attrib.keys():
        del element.attrib[name]
    for name, text in list(element.attrib.items()):
        if (name, text) in DEFAULTS:
            del element.attrib[name]
        elif name in PLACES:
            element.set(name, _NUMBER.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), text))
    if element.tag == _name("text") and element.get("fill") == "currentColor":
        del element.attrib["fill"]
    for place, child in reversed(list(enumerate(element))):
        _slim(child)
        is_group = child.tag == _name("g")
        if (is_group and not len(child)) or child.get("d") in EMPTY or _is_unseen(child):
            element.remove(child)
        elif is_group and not child.attrib:
            element[place : place + 1] = list(child)
    _shorten(element)


def _is_unseen(element: Element) -> bool:
    """Whether a path has neither a stroke nor a filling; the groups of a drawing fill nothing."""
    return element.tag == _name("path") and "stroke" not in element.attrib and "fill" not in element.attrib


def _shorten(parent: Element) -> None:
    """Circles as circles, texts at their place, lines that look alike as one path, what is shared once."""
    before: Element | None = None
    for child in list(parent):
        moved = _TRANSLATED.fullmatch(child.get("transform", ""))
        circle = _CIRCLE.fullmatch(child.get("d", ""))
        if circle and moved:
            child.tag = _name("circle")
            del child.attrib["d"], child.attrib["transform"]
            child.attrib.update(cx=moved[1], cy=moved[2], r=circle[1])
            _fill(child)
        elif child.tag == _name("text") and moved:
            del child.attrib["transform"]
            child.attrib.update(x=moved[1], y=moved[2])
        elif child.tag == _name("line") and (moved or "transform" not in child.attrib):
            _as_path(child, moved)
            if before is not None and _look(before) == _look(child):
                before.set("d", before.get("d", "") + child.get("d", ""))
                parent.remove(child)
                continue
            before = child
            continue
        before = None
    texts = [child for child in parent if child.tag == _name("text")]
    anchors = {text.get("text-anchor") for text in texts}
    if len(texts) > 1 and len(anchors) == 1 and None not in anchors:
        parent.set("text-anchor", str(anchors.pop()))
        for text in texts:
            del text.attrib["text-anchor"]


def _fill(circle: Element) -> None:
    """A circle whose line has the colour of its filling as a larger one without a line."""
    if circle.get("fill") == circle.get("stroke") and "fill-opacity" not in circle.attrib:
        width = float(circle.attrib.pop("stroke-width", "1"))
        del circle.attrib["stroke"]
        circle.set("r", f"{float(circle.attrib['r']) + width / 2:.1f}".removesuffix(".0"))


def _as_path(line: Element, moved: "re.Match[str] | None") -> None:
    """A line from its place to x2, y2 as a path."""
    line.tag = _name("path")
    line.attrib.pop("transform", None)
    x, y = line.attrib.pop("x2", "0"), line.attrib.pop("y2", "0")
    step = f"h{x}" if y == "0" else f"v{y}" if x == "0" else f"l{x},{y}"
    line.set("d", (f"M{moved[1]},{moved[2]}" if moved else "M0,0") + step)


def _look(element: Element) -> dict[str, str]:
    return {name: text for name, text in element.attrib.items() if name != "d"}


def _name(tag: str) -> str:
    return f"{{{NAMESPACE}}}{tag}"
