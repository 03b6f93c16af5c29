"""What a snapshot can be taken of: known to every page, without what draws the picture."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shown:
    """Something on a page of which a snapshot can be taken.

    Attributes
    ----------
    kind
        The kind of picture that shows it, of `brief.PICTURE_KINDS`.
    whole_force
        Whether it shows the force, with the chosen area only marked.
    page
        Code of the page, for the address in the picture.
    label
        What it is, as people say it: ``the map``.
    """

    kind: str
    whole_force: bool
    page: str
    label: str


SHOWN: dict[str, Shown] = {
    "overview-map": Shown("map", whole_force=True, page="", label="the map"),
    "overview-ranking": Shown("ranking", whole_force=True, page="", label="the ranking"),
    "overview-trend": Shown("trend", whole_force=True, page="", label="the months"),
    "area-map": Shown("map", whole_force=False, page="area", label="the map"),
    "area-trend": Shown("trend", whole_force=False, page="area", label="the months"),
    "surface": Shown("surface", whole_force=False, page="hot_cells", label="the density"),
    "change": Shown("change", whole_force=True, page="hot_cells", label="the change of density"),
    "cells": Shown("hotspots", whole_force=True, page="hot_cells", label="the hot cells"),
    "clusters": Shown("map", whole_force=True, page="hot_cells", label="the clusters"),
    "emerging": Shown("emerging", whole_force=True, page="hot_cells", label="the emerging cells"),
    "trends": Shown("multiples", whole_force=True, page="trends", label="the trends"),
    "phases": Shown("phases", whole_force=False, page="operation", label="the scorecard of phases"),
    "activity": Shown("activity", whole_force=False, page="operation", label="the timeline"),
    "impact": Shown("impact", whole_force=False, page="impact", label="the impact"),
    "forest": Shown("forest", whole_force=False, page="impact", label="the impact by outcome"),
    "displacement": Shown("displacement", whole_force=False, page="impact", label="the map of change"),
}
