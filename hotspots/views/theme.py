"""The two looks of a sheet, light and dark: every colour that is not a class.

What a colour *means* is the same in both: the ramp of the classes, hot and cold, the phases and the outlines of
clusters keep their colours on a dark ground, so that a slide, a page and a phone can be laid side by side. Where such a
colour is too near to the ground, :meth:`Theme.rim` gives the outline that parts them.
"""

from __future__ import annotations

from dataclasses import dataclass

from hotspots.views import palette

_GRAPHICS = 3.0
"""Least contrast of a shape with its ground (Web Content Accessibility Guidelines 2.2, criterion 1.4.11)."""


@dataclass(frozen=True, kw_only=True)
class Theme:
    """The colours of a sheet.

    Attributes
    ----------
    name
        ``light`` or ``dark``.
    ground, ink, grey_text
        The sheet, its text, and its secondary text.
    slate, rule, panel
        Lines that carry meaning, rules that carry none, and the ground of panels and shaded months.
    tint
        Ground of a row that stands out.
    band, band_text
        The protective marking.
    sea, land, ward, ward_edge, chosen_ward
        A map's ground, neighbouring authorities, wards without figures, the lines between them, and those of the
        chosen area.
    border, border_casing
        Borders of authorities over the colours of classes, and what runs beside them; an empty casing is none.
    outline, outline_casing
        Around the chosen area.
    mark, mark_line
        Around the chosen area on a map of the whole force: a wide line, and the thin one in its middle.
    casing, cluster
        Around clusters: white and vermilion in both looks.
    badge_text
        Numbers on `cluster` and on other strong fills.
    veil
        Behind scale bar and north arrow, half transparent (``#RRGGBBAA``).
    accent, accent_dark
        A single series, and its figures in writing or the one that stands out.
    comparison
        What a series is compared with.
    no_data, no_data_hatch
        What is not known.
    """

    name: str
    ground: str
    ink: str
    grey_text: str
    slate: str
    rule: str
    panel: str
    tint: str
    band: str
    band_text: str
    sea: str
    land: str
    ward: str
    ward_edge: str
    chosen_ward: str
    border: str
    border_casing: str
    outline: str
    outline_casing: str
    mark: str
    mark_line: str
    casing: str
    cluster: str
    badge_text: str
    veil: str
    accent: str
    accent_dark: str
    comparison: str
    no_data: str
    no_data_hatch: str

    @property
    def is_dark(self) -> bool:
        """Whether text is lighter than its ground."""
        return palette.luminance(self.ink) > palette.luminance(self.ground)

    def rim(self, fill: str) -> str:
        """Return the outline that a filled shape needs on this ground: its secondary text, or the fill where none."""
        return fill if palette.contrast(fill, self.ground) >= _GRAPHICS else self.grey_text

    def text_on(self, fill: str) -> str:
        """Choose the text for a fill, dark or light, whichever can be read better; the same in both looks."""
        return palette.text_on(fill)


LIGHT = Theme(
    name="light",
    ground=palette.WHITE,
    ink=palette.INK,
    grey_text=palette.GREY_TEXT,
    slate=palette.SLATE,
    rule=palette.RULE,
    panel=palette.PANEL,
    tint="#DCE8F5",
    band=palette.INK,
    band_text=palette.WHITE,
    sea=palette.SEA,
    land=palette.LAND,
    ward=palette.PANEL,
    ward_edge="#C9CDD0",
    chosen_ward=palette.WHITE,
    border=palette.INK,
    border_casing="",
    outline=palette.INK,
    outline_casing=palette.WHITE,
    mark=palette.MARK,
    mark_line=palette.INK,
    casing=palette.CASING,
    cluster=palette.CLUSTER,
    badge_text=palette.WHITE,
    veil="#FFFFFFD9",
    accent=palette.ACCENT,
    accent_dark=palette.ACCENT_DARK,
    comparison=palette.COMPARISON,
    no_data=palette.NO_DATA,
    no_data_hatch=palette.NO_DATA_HATCH,
)

DARK = Theme(
    name="dark",
    ground="#10161B",
    ink="#F3F5F6",
    grey_text="#B7C0C6",
    slate="#8D979D",
    rule="#4A555D",
    panel="#1B232A",
    tint="#17324B",
    band="#36444F",
    band_text=palette.WHITE,
    sea="#10161B",
    land="#1E272E",
    ward="#232D35",
    ward_edge="#46525B",
    chosen_ward="#10161B",
    border="#F3F5F6",
    border_casing="#10161B",
    outline="#F3F5F6",
    outline_casing="#10161B",
    mark=palette.MARK,
    mark_line=palette.INK,
    casing=palette.CASING,
    cluster=palette.CLUSTER,
    badge_text=palette.WHITE,
    veil="#10161BD9",
    accent="#5FA5DF",
    accent_dark="#A9D0F2",
    comparison="#A4AEB4",
    no_data="#2C363E",
    no_data_hatch="#8D979D",
)


def pick_theme(*, dark: bool) -> Theme:
    """Return the dark look or the light one."""
    return DARK if dark else LIGHT
