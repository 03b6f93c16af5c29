"""The two large fonts of Streamlit's pages, cut down to what they are used for: half a megabyte less on a first visit.

Streamlit brings 4,000 icons and uses some hundred, and letters of every alphabet that Source Sans has. The small fonts
lie in ``assets/fonts/`` under the version of Streamlit that they were made from, and go out in place of the large ones;
under any other version the large ones do. After an upgrade of Streamlit they are made anew, with the development
libraries installed:

    python -m hotspots.ui.web_fonts
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit
from starlette.datastructures import Headers
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fontTools.ttLib import TTFont
    from starlette.types import ASGIApp, Receive, Scope, Send

FONTS = Path(__file__).resolve().parent / "assets" / "fonts"
PACKAGE = Path(streamlit.__file__).resolve().parent
MEDIA = PACKAGE / "static" / "static" / "media"
ICONS, TEXT = "MaterialSymbols-Rounded.*.woff2", "SourceSansVF-Upright.*.woff2"
LETTERS = (
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),  # Latin-1 and Latin Extended-A
    *range(0x218, 0x21C),
    *range(0x1E80, 0x1E86),
    *(0x1EF2, 0x1EF3, 0x2C6, 0x2C7, *range(0x2D8, 0x2DE)),
    *(0x391, 0x394, 0x3A3, 0x3A9, 0x3B1, 0x3B2, 0x3B3, 0x3B4, 0x3BB, 0x3BC, 0x3C0, 0x3C3, 0x3C7),
    *range(0x2002, 0x2060),  # spaces, dashes, quotation marks
    *(*range(0x2070, 0x208F), 0x20AC, 0x2116, 0x2122, 0x2126),
    *(*range(0x2150, 0x215F), *range(0x2190, 0x21A0), *range(0x2200, 0x2266)),  # fractions, arrows, signs of arithmetic
    *(0x25A0, 0x25A1, 0x25B2, 0x25B3, 0x25B6, 0x25B8, 0x25BA, 0x25BC, 0x25BD, 0x25BE, 0x25C0, 0x25C6, 0x25CB, 0x25CF),
    *(0x2610, 0x2611, 0x2713, 0x2714, 0x2717, 0xFEFF, 0xFFFD),
)
"""What English, Welsh and the names of places need; a letter beyond these is drawn in the computer's own font."""
_IN_MODULES = re.compile(r"material/([a-z0-9_]+)")
_IN_SCRIPTS = re.compile(r"""material/([a-z0-9_]+)|["'`]([a-z0-9]+_[a-z0-9_]+)["'`]""")


class SmallFonts:
    """Send the small font where there is one for the version of Streamlit that runs."""

    def __init__(self, app: ASGIApp, *, folder: Path | None = None) -> None:
        self._app = app
        folder = FONTS / streamlit.__version__ if folder is None else folder
        self._fonts = {path.name: path.read_bytes() for path in folder.glob("*.woff2") if (MEDIA / path.name).is_file()}
        self._tags = {name: f'"{hashlib.sha256(font).hexdigest()[:16]}"' for name, font in self._fonts.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for a font, and leave all else to the application."""
        folder, _, name = scope.get("path", "").rpartition("/")
        if scope["type"] != "http" or name not in self._fonts or not folder.endswith("/static/media"):
            await self._app(scope, receive, send)
            return
        # The address is Streamlit's and stays when another version makes another small font, so that a browser asks.
        headers = {"ETag": self._tags[name], "Cache-Control": "no-cache"}
        if self._tags[name] in Headers(scope=scope).get("if-none-match", ""):
            response = Response(status_code=304, headers=headers)
        else:
            response = Response(self._fonts[name], media_type="font/woff2", headers=headers)
        await response(scope, receive, send)


def list_icons(known: Iterable[str]) -> set[str]:
    """List the icons that Streamlit or a page of ours may draw.

    Scripts name an icon as ``material/name``; any other text of a script that happens to be an icon's name of two
    words is taken too, because a table draws its menu without the first half.

    Parameters
    ----------
    known
        Names that the font has.
    """
    pages = Path(__file__).resolve().parents[1]
    scripts = (PACKAGE / "static" / "static" / "js").glob("*.js")
    modules = (*PACKAGE.rglob("*.py"), *pages.rglob("*.py"))  # one of Streamlit's lists every icon in quotation marks
    named = {name for path in scripts for found in _IN_SCRIPTS.findall(_read(path)) for name in found}
    named |= {name for path in modules for name in _IN_MODULES.findall(_read(path))}
    return named & set(known)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def name_ligatures(font: TTFont) -> dict[str, str]:
    """Map the names that the icon font draws as an icon to its glyphs."""
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    return {
        "".join(letters.get(glyph, "?") for glyph in (first, *ligature.Component)): ligature.LigGlyph
        for first, ligatures in _ligatures(font)
        for ligature in ligatures
    }


def _ligatures(font: TTFont) -> list[tuple[str, list[Any]]]:
    tables = [
        getattr(table, "ExtSubTable", table) for look in font["GSUB"].table.LookupList.Lookup for table in look.SubTable
    ]
    return [pair for table in tables for pair in table.ligatures.items()]


def make_icons(source: Path) -> bytes:
    """Cut the icon font down to the icons that may be drawn."""
    font = _open(source)
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    wanted = list_icons(name_ligatures(font))
    for first, ligatures in _ligatures(font):
        ligatures[:] = [
            one for one in ligatures if "".join(letters.get(part, "?") for part in (first, *one.Component)) in wanted
        ]
    return _subset(font, [ord(letter) for letter in "abcdefghijklmnopqrstuvwxyz0123456789_ "])


def make_text(source: Path) -> bytes:
    """Cut the text font down to Latin letters and signs; its licence asks that it then bears another name."""
    font = _open(source)
    for record in font["name"].names:
        if record.nameID not in (0, 13, 14):
            record.string = record.toUnicode().replace("Source", "Hotspots").replace("source", "hotspots")
    return _subset(font, LETTERS)


def _open(source: Path) -> TTFont:
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - only when fonts are made

    return TTFont(source, recalcTimestamp=False)


def _subset(font: TTFont, codes: Iterable[int]) -> bytes:
    from io import BytesIO  # noqa: PLC0415 - as above

    from fontTools.subset import Options, Subsetter  # noqa: PLC0415 - as above

    features = [
        *Options().layout_features,
        "tnum",
        "lnum",
        "rlig",
    ]  # figures of one width; no old-style ones or small capitals
    wanted = Options(layout_features=features, name_IDs=["*"], notdef_outline=True, flavor="woff2")
    subsetter = Subsetter(wanted)
    subsetter.populate(unicodes=list(codes))
    subsetter.subset(font)
    font.flavor = "woff2"
    written = BytesIO()
    font.save(written)
    return written.getvalue()


def main() -> None:
    """Make the small fonts for the version of Streamlit that is installed."""
    folder = FONTS / streamlit.__version__
    folder.mkdir(parents=True, exist_ok=True)
    for pattern, make in ((ICONS, make_icons), (TEXT, make_text)):
        (source,) = MEDIA.glob(pattern)
        (folder / source.name).write_bytes(make(source))


if __name__ == "__main__":
    main()
