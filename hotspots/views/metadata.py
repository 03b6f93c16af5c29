"""What a picture's file tells of itself: the address that shows the same view, words for those who cannot see, marking.

A PNG carries it as text chunks, an SVG as Dublin Core, a PDF as its document information. Nothing here reads the clock
or names the software, so equal pictures stay equal files.
"""

from __future__ import annotations

import html
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from hotspots.errors import InputError

if TYPE_CHECKING:
    from hotspots.views.pictures import Bounds, Picture

_ADDRESS, _EXTENT, _LAYERS = "Hotspots-Address", "Hotspots-Extent", "Hotspots-Layers"
_VERSION, _MARKING = "Hotspots-Data-Version", "Hotspots-Marking"


@dataclass(frozen=True, kw_only=True)
class Label:
    """What a file tells of itself.

    Attributes
    ----------
    title, description
        Its title, and the picture in words.
    address
        Page and query that show the same view: ``area?area=ashington&lens=violence``.
    extent
        What the map was asked to show, in British National Grid metres (EPSG:27700); None for no map or no wish.
    layers
        The layers that were chosen on a map.
    source, data_version, made_on, marking
        As printed on it; `made_on` as YYYY-MM-DD. Empty where there is none.
    """

    title: str = ""
    description: str = ""
    address: str = ""
    extent: Bounds | None = None
    layers: tuple[str, ...] = ()
    source: str = ""
    data_version: str = ""
    made_on: str = ""
    marking: str = ""

    def list_own(self) -> dict[str, str]:
        """List what no format has a field for, by our own names; what is empty is left out."""
        own = {
            _ADDRESS: self.address,
            _EXTENT: "" if self.extent is None else " ".join(f"{metres:.1f}" for metres in self.extent),
            _LAYERS: " ".join(self.layers),
            _VERSION: self.data_version,
            _MARKING: self.marking,
        }
        return {name: " ".join(value.split()) for name, value in own.items() if value}

    def to_png(self) -> PngInfo:
        """Return the text chunks of a PNG; all are UTF-8."""
        chunks = PngInfo()
        fields = {"Title": self.title, "Description": self.description, "Source": self.source}
        for name, value in {**fields, "Creation Time": self.made_on, **self.list_own()}.items():
            if value:
                chunks.add_itxt(name, value)
        return chunks

    def to_svg(self) -> dict[str, Any]:
        """Return the Dublin Core of an SVG; our own fields are its keywords."""
        return {
            "Title": _drawable(self.title) or None,
            "Description": _drawable(self.description) or None,
            "Source": _drawable(self.source) or None,
            "Keywords": [_drawable(f"{name}: {value}") for name, value in self.list_own().items()] or None,
            "Date": self.made_on or None,
            "Creator": None,
            "Format": None,
            "Type": None,
        }

    def to_pdf(self) -> dict[str, Any]:
        """Return the document information of a PDF; our own fields are its keywords, one a line."""
        own = "\n".join(f"{name}: {value}" for name, value in self.list_own().items())
        return {
            "Title": _drawable(self.title) or None,
            "Subject": _drawable(self.description) or None,
            "Keywords": _drawable(own) or None,
            "Creator": None,
            "Producer": None,
            "CreationDate": None,
        }


def label_picture(picture: Picture) -> Label:
    """Return what the file of a picture tells of itself."""
    return Label(
        title=picture.title,
        description=picture.alt,
        address=picture.address,
        extent=getattr(picture, "extent", None),
        layers=getattr(picture, "layers", None) or (),
        source=picture.source,
        data_version=picture.data_version,
        made_on="" if picture.made_on is None else picture.made_on.isoformat(),
        marking=picture.marking,
    )


def read_metadata(content: bytes) -> dict[str, str]:
    """Read what a PNG, SVG or PDF of ours tells of itself, by the names of :meth:`Label.list_own`.

    Raises
    ------
    InputError
        If the bytes are none of the three.
    """
    if content.startswith(b"%PDF-"):
        return _read_pdf(content)
    if b"<svg" in content[:2000]:
        return _read_svg(content)
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            picture.load()
            return {str(name): str(value) for name, value in getattr(picture, "text", {}).items()}
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise InputError("The file is not a PNG, SVG or PDF picture; choose one that was exported here.") from None


def read_address(content: bytes) -> str:
    """Read the address that shows the view of a picture, such as ``area?area=ashington``.

    Raises
    ------
    InputError
        If the bytes are no picture, or one without an address.
    """
    address = read_metadata(content).get(_ADDRESS, "")
    if not address:
        raise InputError("The picture holds no address; choose one that was exported here.")
    return address


def read_extent(content: bytes) -> Bounds | None:
    """Read what the map of a picture was asked to show, in British National Grid metres; None where nothing was."""
    text = read_metadata(content).get(_EXTENT, "")
    if not text:
        return None
    west, south, east, north = (float(part) for part in text.split())
    return west, south, east, north


def _drawable(text: str) -> str:
    """Drop the control characters that XML cannot hold and a reader would not show."""
    return "".join(character for character in text if character.isprintable() or character == "\n")


def _split(lines: list[str]) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in lines if ": " in line)


def _read_svg(content: bytes) -> dict[str, str]:
    text = content.decode("utf-8", errors="replace")
    block = re.search(r"<metadata>.*?</metadata>", text, re.DOTALL)
    if block is None:
        return {}
    found = {
        name.title(): html.unescape(value)
        for name, value in re.findall(r"<dc:(title|description|source)>(.*?)</dc:\1>", block.group(), re.DOTALL)
    }
    return found | _split(
        [html.unescape(item) for item in re.findall(r"<rdf:li>(.*?)</rdf:li>", block.group(), re.DOTALL)]
    )


def _read_pdf(content: bytes) -> dict[str, str]:
    found = {}
    for name in ("Title", "Subject", "Keywords"):
        match = re.search(rb"/" + name.encode() + rb" \(((?:[^\\()]|\\.)*)\)", content, re.DOTALL)
        if match:
            found[name] = _read_pdf_string(match.group(1))
    keywords = found.pop("Keywords", "")
    if "Subject" in found:
        found["Description"] = found.pop("Subject")
    return found | _split(keywords.split("\n"))


def _read_pdf_string(raw: bytes) -> str:
    """Undo the escapes of a PDF string (ISO 32000-1, 7.3.4.2)."""
    named = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
    plain = re.sub(
        rb"\\([0-7]{1,3}|.)",
        lambda found: bytes([int(found[1], 8) & 0xFF]) if found[1].isdigit() else named.get(found[1], found[1]),
        raw,
        flags=re.DOTALL,
    )
    return plain.decode("utf-16") if plain.startswith((b"\xfe\xff", b"\xff\xfe")) else plain.decode("latin-1")
