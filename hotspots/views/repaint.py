"""Charts and drawings on a dark ground: the colours of the light page, each replaced by its fellow.

Maps keep the colours of their classes in both looks. Thin lines, small bars and text cannot: dark blue on a dark ground
is not seen. Each such colour has one fellow of the same hue, so that Clear stays blue, Hold green and Build orange.
"""

from __future__ import annotations

import re
from typing import Any

from hotspots.views.theme import DARK, LIGHT

FELLOWS = {
    "#12436D": DARK.accent_dark,
    "#1F5FA0": "#5B9BD8",
    "#1C7D75": "#4DB8AC",
    "#B8470B": "#F08A4B",
    "#801650": "#E58BB5",
    "#8A6100": "#D9B44A",
    "#B35806": "#E58F3B",
    "#D4351C": "#F07A66",
    "#B3200F": "#FFA597",
    "#383F43": "#D5DADE",
    "#DFE2E4": "#2B353D",
    "#E4E6E8": "#2B353D",
    "#E3E6E8": "#37434C",
    "#D9DCDE": "#4A555D",
    "#C9CDD0": DARK.ward_edge,
    "#D5D8DA": "#313B43",
    "#FBEAE8": "#3A1C18",
    "#F3F2F1": DARK.no_data,
    LIGHT.ground: DARK.ground,
    LIGHT.ink: DARK.ink,
    LIGHT.grey_text: DARK.grey_text,
    LIGHT.slate: DARK.comparison,
    LIGHT.rule: DARK.rule,
    LIGHT.panel: DARK.panel,
    LIGHT.land: DARK.land,
    LIGHT.accent: DARK.accent,
}
"""Colours of the light page and what stands for each on a dark ground."""
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}\b")
_TAG = re.compile(r"<[^<>]*>")


def repaint(drawing: str, *, dark: bool) -> str:
    """Replace the colours in the styles and attributes of HTML or SVG that we wrote ourselves; its text stays."""
    return _TAG.sub(lambda tag: repaint_sheet(tag[0], dark=True), drawing) if dark else drawing


def repaint_sheet(sheet: str, *, dark: bool) -> str:
    """Replace the colours in a style sheet that we wrote ourselves."""
    return _COLOUR.sub(lambda found: FELLOWS.get(found[0].upper(), found[0]), sheet) if dark else sheet


def repaint_data(data: Any, *, dark: bool) -> Any:
    """Replace the colours in a chart's specification or in GeoJSON; only texts that are a colour and nothing else."""
    return _repaint(data) if dark else data


def _repaint(data: Any) -> Any:
    if isinstance(data, dict):
        return {name: _repaint(value) for name, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_repaint(value) for value in data]
    if isinstance(data, str) and data.startswith("#") and _COLOUR.fullmatch(data):
        return FELLOWS.get(data.upper(), data)
    return data
