"""What was found in a boundary file, and what was done about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

LISTED = 20
"""How many overlaps, gaps and codes a report names, largest or first ones; it counts all of them."""


@dataclass(frozen=True)
class Repair:
    """An area whose outline was invalid and was repaired, and what was wrong with it."""

    code: str
    reason: str


@dataclass(frozen=True)
class LeftOut:
    """A feature that was not used: its place in the file (the first is 1) and why."""

    feature: int
    reason: str


@dataclass(frozen=True)
class Overlap:
    """Two areas that share ground."""

    code: str
    other: str
    square_metres: float


@dataclass(frozen=True)
class GapFound:
    """Ground that areas enclose and none holds; degrees (EPSG:4326) of a point in it."""

    lon: float
    lat: float
    square_metres: float


@dataclass(frozen=True)
class BoundaryReport:
    """What was found in a boundary file, and what was done about it.

    Attributes
    ----------
    file, kind
        Name of the file, and its format.
    crs, crs_origin
        The CRS that was used, and where it comes from: ``stated by the file``, ``implied by the format`` or ``given``.
    areas, vertices
        Areas that were read, and the vertices of their outlines.
    area_km2
        Land in all.
    repaired, left_out
        Outlines that were repaired; features that were not used.
    overlaps, overlap_count
        The largest overlaps of at least a square metre, and how many there are.
    gaps, gap_count
        The largest gaps of at least a square metre, and how many there are. An enclave of another territory is one.
    population_file
        The table of residents; None when none was given.
    without_population, population_without_area
        Codes of areas for which the table has no figure, and codes of the table for which there is no area.
    notes
        Other things worth knowing, one sentence each.
    version
        Version of the boundary set, part of every cache key.
    """

    file: str
    kind: str
    crs: str
    crs_origin: str
    areas: int
    vertices: int
    area_km2: float
    repaired: tuple[Repair, ...]
    left_out: tuple[LeftOut, ...]
    overlaps: tuple[Overlap, ...]
    overlap_count: int
    gaps: tuple[GapFound, ...]
    gap_count: int
    population_file: str | None
    without_population: tuple[str, ...]
    population_without_area: tuple[str, ...]
    notes: tuple[str, ...]
    version: str

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain lists and tables for ``json.dumps``."""
        return asdict(self)

    def to_text(self) -> str:
        """Return the report as a few lines for people."""
        size = f"{_count(self.areas, 'area')}, {self.area_km2:,.0f} square kilometres"
        lines = [f"{self.file} ({self.kind}, {self.crs}, {self.crs_origin}): {size}."]
        lines += [f"Repaired {item.code}: {item.reason}." for item in self.repaired[:LISTED]]
        if len(self.repaired) > LISTED:
            lines.append(f"Repaired {len(self.repaired) - LISTED} more.")
        lines += [f"Left out feature {item.feature}: {item.reason}." for item in self.left_out[:LISTED]]
        if len(self.left_out) > LISTED:
            lines.append(f"Left out {len(self.left_out) - LISTED} more.")
        if self.overlap_count:
            worst = self.overlaps[0]
            lines.append(
                f"{_count(self.overlap_count, 'overlap')} between areas, the largest between {worst.code} and "
                f"{worst.other} ({worst.square_metres:,.0f} square metres). "
                "An incident there counts for the area that comes first."
            )
        if self.gap_count:
            widest = self.gaps[0]
            lines.append(
                f"{_count(self.gap_count, 'gap')} between areas, the largest at longitude {widest.lon}, latitude "
                f"{widest.lat} ({widest.square_metres:,.0f} square metres). An incident there counts for no area."
            )
        if self.population_file is None:
            lines.append("No residents were given; rates are by square kilometre. Import again with --population.")
        elif self.without_population:
            lines.append(f"{self.population_file} has no residents for {list_codes(self.without_population)}.")
        if self.population_without_area:
            lines.append(
                f"{_count(len(self.population_without_area), 'row')} of {self.population_file} "
                "belong to no area of the file and were not used."
            )
        return "\n".join([*lines, *self.notes])


def list_codes(items: Sequence[str]) -> str:
    """Write codes or names as one phrase, the first twenty of many."""
    shown = ", ".join(items[:LISTED])
    return f"{shown} and {len(items) - LISTED} more" if len(items) > LISTED else shown


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
