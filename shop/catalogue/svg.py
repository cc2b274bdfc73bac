"""Which drawings are harmless: only what is known to be is let through, because what is not cannot all be named."""

import re
from xml.etree import ElementTree

_NAMESPACE = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_ELEMENTS = frozenset(
    {
        *("svg", "g", "defs", "symbol", "use", "title", "desc", "metadata", "text", "tspan", "marker"),
        *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
        *("linearGradient", "radialGradient", "stop", "clipPath", "mask", "pattern"),
    }
)
_TEXTUAL = re.compile(r"id|class|role|aria-[a-z]+|data-[\w-]+|lang|focusable|tabindex")
_ATTRIBUTES = re.compile(
    r"version|viewBox|baseline-shift|baseProfile|enable-background|mask-type|preserveAspectRatio|transform|style|color|opacity|display|visibility"
    r"|overflow|x|y|x1|x2|y1|y2|cx|cy|r|rx|ry|fx|fy|dx|dy|d|points|width|height|rotate|pathLength|offset"
    r"|fill(-\w+)*|stroke(-\w+)*|stop-\w+|font(-\w+)*|text-\w+|letter-spacing|word-spacing|dominant-baseline"
    r"|clip-\w+|mask|marker(-\w+)?|paint-order|vector-effect|shape-rendering|spreadMethod|orient|refX|refY"
    r"|(gradient|pattern|patternContent|clipPath|mask|maskContent|marker)(Units|Transform)|marker(Width|Height)"
)
# Declarations, entities and instructions; whatever the text says of its encoding, it must be read as UTF-8.
# What editors leave in a file for themselves; it does nothing in a browser.
_INERT = (
    "{http://www.inkscape.org/namespaces/inkscape}",
    "{http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd}",
    "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}",
    "{http://creativecommons.org/ns#}",
    "{http://purl.org/dc/elements/1.1/}",
    "{http://www.w3.org/XML/1998/namespace}",
)
_DOCTYPE = re.compile(r"<!DOCTYPE svg PUBLIC \"[^\"<>]*\"\s+\"[^\"<>]*\"\s*>")
_NOT_A_DRAWING = re.compile(r"<!(?!--)|<\?(?!xml\s)|\A\s*<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-8[\"'])", re.IGNORECASE)
_REACHES_OUT = re.compile(r"url\s*\(\s*[\"']?(?!#|\s|[\"'])|[\\@]|\w:\s*//|image|src\s*\(|expression", re.IGNORECASE)


def is_harmless(drawing: bytes) -> bool:
    """Whether an SVG file has nothing but shapes and texts: no scripts, animations, styles or outside references."""
    try:
        text = _DOCTYPE.sub("", drawing.decode("utf-8"), count=1)
        if _NOT_A_DRAWING.search(text):
            return False
        root = ElementTree.fromstring(text.encode())  # noqa: S314 -- without declarations there is nothing to expand
    except (ValueError, LookupError, ElementTree.ParseError, RecursionError):
        return False
    return all(_is_known(element) for element in root.iter())


def _is_known(element: ElementTree.Element) -> bool:
    if isinstance(element.tag, str) and element.tag.startswith(_INERT):
        return True
    if not isinstance(element.tag, str) or not element.tag.startswith(_NAMESPACE):
        return False
    if element.tag.removeprefix(_NAMESPACE) not in _ELEMENTS:
        return False
    return all(_is_allowed(name, value) for name, value in element.attrib.items())


def _is_allowed(name: str, value: str) -> bool:
    if name in {"href", _LINK}:
        return value.startswith("#")
    if name.startswith(_INERT) or _TEXTUAL.fullmatch(name):
        return True
    return bool(_ATTRIBUTES.fullmatch(name)) and not _REACHES_OUT.search(value)
