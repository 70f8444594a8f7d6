"""Figures inside the page: drawings as SVG that follow the page's colours and letters.

Several drawings share one page, so what is named inside one gets the figure's name in front. Colours become the page's
own (CSS variables), by which a dark page has a dark drawing; a figure with others, such as a colour map's, keeps them
all, on white, because its legend would else be wrong.
"""

import io
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.figure import Figure

from ageline.figures import styled
from ageline.figures.style import BLUE, GREY, INK, LIGHT, ORANGE
from ageline.scoring.report.styles import Styles

_VARIABLES = {
    BLUE: "blue",
    ORANGE: "orange",
    GREY: "grey",
    LIGHT: "light",
    INK: "ink",
    "#000000": "ink",
    "#FFFFFF": "paper",
}
_DROPPED = ("font-family", "stroke-miterlimit")  # letters are the page's
_SVG = "http://www.w3.org/2000/svg"
_FORBIDDEN = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")  # in XML


class Drawing(NamedTuple):
    """A figure as SVG.

    Attributes:
        svg: the element, with its description.
        own_colours: whether it keeps its colours and needs a white ground.
        width: in points, as it was drawn.
    """

    svg: Markup
    own_colours: bool
    width: float


def draw_svg(name: str, figure: Figure, description: str, styles: Styles) -> Drawing:
    """The figure without its title, which the page's heading says.

    Args:
        name: of the figure, unique in the page: what its inner names begin with.
        figure: drawn as it is; nothing of it is changed.
        description: what there is to see, for who does not see it.
        styles: gets the drawing's styles.
    """
    root = ElementTree.fromstring(_svg_text(figure))  # noqa: S314 - matplotlib wrote it one line above
    _clean(root)
    _rename(root, name)
    own_colours = any(element.tag == "image" for element in root.iter())  # a picture, whose colours nothing replaces
    for element in root.iter():
        declarations = _declarations(element.attrib.pop("style", ""))
        own_colours |= "#" in declarations.replace("url(#", "")
        if declarations:
            element.set("class", styles.name_of(declarations))
    root.attrib.update({"role": "img", "aria-label": description})
    text = ElementTree.tostring(root, encoding="unicode")
    return Drawing(Markup(text), own_colours, float(figure.get_figwidth() * 72))  # noqa: S704 - escaped


def _svg_text(figure: Figure) -> str:
    buffer = io.StringIO()
    with (
        styled(),
        mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "ageline"}),
        _untitled(figure),
    ):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", buffer.getvalue())


@contextmanager
def _untitled(figure: Figure) -> Iterator[None]:
    """The title out of sight and out of the layout, for a while."""
    titles = [text for text in figure.texts if text.get_text() and text.get_text() == figure.get_suptitle()]
    shown = [(text, text.get_visible(), text.get_in_layout()) for text in titles]
    for text in titles:
        text.set(visible=False, in_layout=False)
    try:
        yield
    finally:
        for text, visible, in_layout in shown:
            text.set(visible=visible, in_layout=in_layout)


def _clean(root: ElementTree.Element) -> None:
    """HTML's names in place of XML's, and nothing that is not drawn."""
    for parent in list(root.iter()):
        for child in list(parent):
            local = child.tag.rpartition("}")[2]
            if local in ("metadata", "style") or (local == "defs" and child.find(f"{{{_SVG}}}style") is not None):
                parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        for key in list(element.attrib):
            element.attrib[key.rpartition("}")[2]] = _shortened(element.attrib.pop(key))
        if element.tag != "text" and element.tag != "tspan":
            element.text = None
        element.tail = None
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)


def _rename(root: ElementTree.Element, name: str) -> None:
    """Only what is referred to keeps an id, with the figure's name in front."""
    values = [value for element in root.iter() for key, value in element.attrib.items() if key != "id"]
    used = {found for value in values for found in re.findall(r"^#(\S+)$|url\(#([^)]+)\)", value)}
    wanted = {first or second for first, second in used}
    for element in root.iter():
        if element.attrib.get("id") not in wanted:
            element.attrib.pop("id", None)
        for key, value in element.attrib.items():
            if key == "id":
                element.attrib[key] = f"{name}-{value}"
            elif value.startswith("#") or "url(#" in value:
                element.attrib[key] = re.sub(r"^#|(?<=url\()#", f"#{name}-", value)


def _declarations(style: str) -> str:
    """Of a style attribute, with the page's colours in place of the figure's."""
    kept = [part.strip() for part in style.split(";") if part.strip() and part.split(":")[0].strip() not in _DROPPED]
    return re.sub(r"#[0-9a-fA-F]{6}\b", _variable, "; ".join(kept))


def _variable(found: re.Match[str]) -> str:
    colour = found.group()
    return f"var(--{_VARIABLES[colour.upper()]})" if colour.upper() in _VARIABLES else colour


def _shortened(value: str) -> str:
    """Coordinates to a hundredth of a point: smaller, and the same where the last bits of arithmetic are not."""
    if value.startswith("data:"):
        return value
    return re.sub(r"-?\d+\.\d{3,}", lambda found: f"{float(found.group()):.2f}", " ".join(value.split()))
