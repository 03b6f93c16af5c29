"""What a picture for a briefing shows: plain data, made by the pipeline and drawn by :mod:`hotspots.views.png`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.errors import InputError
from hotspots.months import list_months, name_month
from hotspots.views.wording import write_count

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd
    from numpy.typing import NDArray

    from hotspots.schemas import Boundaries
    from hotspots.views.classes import Classes
    from hotspots.views.painted import Listing, Outline, Paint, Spot
    from hotspots.views.phases import PhaseBand

Bounds = tuple[float, float, float, float]
"""West, south, east and north in British National Grid metres (EPSG:27700)."""


@dataclass(frozen=True)
class Fact:
    """One key figure.

    Attributes
    ----------
    label, value
        What it is, and the figure as it is to be read: ``Incidents``, ``12,345``.
    detail
        A few words below, such as ``+4% on the year before``; may be empty.
    """

    label: str
    value: str
    detail: str = ""


@dataclass(frozen=True)
class RankedRow:
    """One area of a ranking.

    Attributes
    ----------
    rank
        1 for the first.
    name
        As people say it.
    value
        The ranked figure; NaN where not known.
    rank_low, rank_high
        Ends of the 90 % interval of the rank; None where there is none.
    code
        Code of the area, by which it is found; may be empty.
    is_named_area
        True for a named area that stands among wards.
    cells
        Further columns as written, in the order of the picture's `columns`.
    """

    rank: int
    name: str
    value: float
    rank_low: int | None = None
    rank_high: int | None = None
    code: str = ""
    cells: tuple[str, ...] = ()
    is_named_area: bool = False

    @property
    def label(self) -> str:
        """The name as a table shows it: a named area among wards says that it is one."""
        return f"{self.name} (named area)" if self.is_named_area else self.name

    @property
    def interval(self) -> str:
        """The interval as written: ``3 to 8``; empty where there is none."""
        if self.rank_low is None or self.rank_high is None:
            return ""
        return str(self.rank_low) if self.rank_low == self.rank_high else f"{self.rank_low} to {self.rank_high}"


@dataclass(frozen=True, eq=False)
class Places:
    """Snap points with incidents.

    Attributes
    ----------
    x, y
        British National Grid metres (EPSG:27700), shape (n,).
    weight
        Incidents at each, shape (n,).
    classes
        Classes of the weights, the same as on the page; chosen from the weights when None.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    weight: NDArray[np.float64]
    classes: Classes | None = None

    def __post_init__(self) -> None:
        """Check the lengths.

        Raises
        ------
        InputError
            If the columns differ in length.
        """
        if not len(self.x) == len(self.y) == len(self.weight):
            raise InputError("The places of a picture have columns of different lengths.")


@dataclass(frozen=True, eq=False, kw_only=True)
class Picture:
    """What every picture carries.

    Attributes
    ----------
    title, subtitle
        What it shows, and for which period and types.
    facts
        Key figures, most important first; six are shown at most.
    notes
        Caveats in whole sentences: missing months, breaks in the data, small numbers.
    method
        How what is drawn was found, in one sentence of small print; may be empty.
    source
        Sources and licence.
    data_version
        The data version; empty to leave out.
    made_on
        The day it was made; None to leave out. It is never read from the clock, so that equal input gives equal bytes.
    marking
        Protective marking, drawn at top and bottom; empty for none.
    address
        Page and query that show the same view, such as ``area?area=ashington``; written into the file, not on the
        sheet. Empty for none.
    """

    title: str
    subtitle: str = ""
    facts: tuple[Fact, ...] = ()
    notes: tuple[str, ...] = ()
    method: str = ""
    source: str = ""
    data_version: str = ""
    made_on: date | None = None
    marking: str = "OFFICIAL"
    address: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether it shows that there is nothing yet; a pack leaves such a picture out and says so."""
        return False

    @property
    def alt(self) -> str:
        """The picture in words, for those who cannot see it."""
        return f"{self.title}."


@dataclass(frozen=True, eq=False, kw_only=True)
class MapPicture(Picture):
    """A map of a force or of one area, with what stands beside it.

    Attributes
    ----------
    boundaries
        The wards that are drawn, with neighbouring authorities as context.
    values, classes
        A figure for each ward, shape (n,), NaN where not known, and its classes. With `places` the wards stay
        neutral and the dots carry the colour.
    places
        Snap points, drawn as graduated dots; None for none.
    clusters
        Columns ``cluster`` (number), ``geometry`` (polygon, EPSG:27700) and ``incidents``; ``hectares`` and
        ``name`` (or ``area_name``) are shown where present, and so are ``incidents_here``, those inside the chosen
        area, where they differ. In the order of the numbers. None or empty for none.
    highlight
        Codes of the wards that make up the chosen area; outlined, and everything else steps back unless `whole`.
    highlight_name, highlight_code
        What the legend calls the outline, and the code of its row of the table, which is always shown.
    whole
        True to show the whole coverage, with the chosen area only marked in it.
    extent, is_exact
        What the map shows; the chosen area with a margin, or else the whole coverage, when None. The map shows somewhat
        more where its frame has another shape, unless it must be exact: then the frame takes the shape of the extent.
    layers
        Codes of the layers that were chosen on a map on the screen; None where nobody chose.
    zoom
        Where the second, larger-scale map of a force picture looks; chosen from the wards when None.
    ranked, ranked_title, value_title
        Rows of the table beside the map, its heading and the heading of the figure.
    value_decimals
        Digits after the point of the ranked figure.
    paint
        Painted ground, such as cells or a density; the wards below it stay neutral. None for none.
    outlines, spots
        Further lines, such as an operation's area, and numbered spots or places of note.
    listing
        The table beside the map, in place of ranking and clusters; None for those.
    """

    boundaries: Boundaries
    values: NDArray[np.float64] | None = None
    classes: Classes | None = None
    places: Places | None = None
    clusters: pd.DataFrame | None = None
    highlight: tuple[str, ...] = ()
    highlight_name: str = ""
    highlight_code: str = ""
    whole: bool = False
    extent: Bounds | None = None
    is_exact: bool = False
    layers: tuple[str, ...] | None = None
    zoom: Bounds | None = None
    ranked: tuple[RankedRow, ...] = ()
    ranked_title: str = "Highest ranked areas"
    value_title: str = "Score"
    value_decimals: int = 0
    paint: Paint | None = None
    outlines: tuple[Outline, ...] = ()
    spots: tuple[Spot, ...] = ()
    listing: Listing | None = None

    def __post_init__(self) -> None:
        """Check that the figures fit the wards.

        Raises
        ------
        InputError
            If values have another length than the boundaries, come without classes, or a highlighted code is unknown.
        """
        if self.values is not None and len(self.values) != len(self.boundaries):
            figures, areas = write_count(len(self.values), "figure"), write_count(len(self.boundaries), "area")
            raise InputError(f"The map has {figures} for {areas}.")
        if self.values is not None and self.classes is None:
            raise InputError("The figures of the map have no classes.")
        unknown = sorted(set(self.highlight) - set(self.boundaries.codes))
        if unknown:
            raise InputError(f"The boundaries hold no area with the code {unknown[0]}.")
        if self.extent is not None:
            west, south, east, north = self.extent
            if not (np.isfinite(self.extent).all() and west < east and south < north):
                raise InputError("The extent of the map is empty; give west, south, east and north in metres.")

    @property
    def alt(self) -> str:
        """The picture in words, for those who cannot see it."""
        parts = [f"Map. {self.title}.", f"{self.subtitle.removesuffix('.')}." if self.subtitle else ""]
        if self.values is not None and self.classes is not None and self.places is None:
            counted = self.classes.count(self.values)
            listed = [
                f"{label}: {write_count(count, 'area')}"
                for label, count in zip((*self.classes.labels, self.classes.no_data_label), counted, strict=True)
                if count
            ]
            parts.append(f"{self.classes.title}: {'; '.join(listed)}.")
        if self.paint is not None:
            said = [f"{look.label}: {look.count}" if look.count else look.label for look in self.paint.looks]
            parts.append(f"{self.paint.title}: {'; '.join(said)}.")
        if self.places is not None:
            parts.append(f"{write_count(len(self.places.x), 'place')} with incidents.")
        if self.clusters is not None and len(self.clusters):
            parts.append(f"{write_count(len(self.clusters), 'cluster')} outlined.")
        if self.whole and self.highlight:
            parts.append(f"{self.highlight_name or 'The chosen area'} is outlined.")
        parts += [f"{fact.label}: {fact.value}." for fact in self.facts]
        if self.ranked:
            parts.append(f"First: {', '.join(row.name for row in self.ranked[:3])}.")
        if self.listing is not None and self.listing.rows:
            rows = "; ".join(", ".join(cell for cell in row if cell) for row in self.listing.rows[:3])
            parts.append(f"{self.listing.title}: {rows}.")
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, eq=False, kw_only=True)
class RankingPicture(Picture):
    """A ranking with the interval of each rank.

    Attributes
    ----------
    rows
        Areas in the order of rank; as many as fit are drawn, with the highlighted ones always among them.
    total, noun
        How many were ranked, and what they are; named areas among them are not counted.
    value_title, value_decimals
        Heading of the ranked figure, and its digits after the point.
    columns
        Headings of the rows' further cells.
    highlight
        Codes of the areas that stand out.
    """

    rows: tuple[RankedRow, ...]
    total: int
    noun: str = "ward"
    value_title: str = "Score"
    value_decimals: int = 0
    columns: tuple[str, ...] = ()
    highlight: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the cells.

        Raises
        ------
        InputError
            If a row has another number of cells than there are columns.
        """
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                raise InputError(f"The row of {row.name} has {len(row.cells)} cells for {len(self.columns)} columns.")

    @property
    def alt(self) -> str:
        """The picture in words, for those who cannot see it."""
        listed = [
            f"{row.rank} {row.label}" + (f" (90% range {row.interval})" if row.interval else "")
            for position, row in enumerate(self.rows)
            if position < 10 or (row.code and row.code in self.highlight)  # noqa: PLR2004 - as many as one listens to
        ]
        return f"Ranking of {write_count(self.total, self.noun)}. {self.title}. {'; '.join(listed)}."


@dataclass(frozen=True, eq=False, kw_only=True)
class TrendPicture(Picture):
    """A monthly series, with gaps shown as gaps.

    Attributes
    ----------
    months
        Months since January 1970, consecutive, ascending; shape (n,).
    values
        The figure for each month; NaN where the month is missing, which is never zero. Shape (n,).
    series_name, value_title
        Name of the series, and what it counts.
    comparison, comparison_name
        A second series on the same scale, such as the force's rate; None for none.
    events
        Months that break the series, with a few words each: ``((630, "New snap points"),)``.
    decimals
        Digits after the point.
    phases
        Phases of an operation that covers the area, as bars above the chart; empty for none.
    gap_name
        What a month without a figure is called; in a public picture it may be withheld.
    """

    months: NDArray[np.int64]
    values: NDArray[np.float64]
    series_name: str
    value_title: str
    comparison: NDArray[np.float64] | None = None
    comparison_name: str = ""
    events: tuple[tuple[int, str], ...] = ()
    decimals: int = 0
    phases: tuple[PhaseBand, ...] = ()
    gap_name: str = "No data: unknown, not zero"

    def __post_init__(self) -> None:
        """Check lengths and order.

        Raises
        ------
        InputError
            If there is no month, lengths differ or months are not consecutive.
        """
        if len(self.months) == 0:
            raise InputError("The trend has no month; widen the period.")
        if len(self.values) != len(self.months) or (
            self.comparison is not None and len(self.comparison) != len(self.months)
        ):
            raise InputError("The trend has figures for another number of months than it names.")
        if (np.diff(self.months) != 1).any():
            raise InputError("The months of a trend must follow each other; give missing months as NaN.")

    @property
    def alt(self) -> str:
        """The picture in words, for those who cannot see it."""
        known = np.flatnonzero(np.isfinite(self.values))
        parts = [f"Monthly trend. {self.title}."]
        if known.size:
            high = known[np.argmax(self.values[known])]
            low = known[np.argmin(self.values[known])]
            parts.append(
                f"{self.value_title}: highest {self.values[high]:,.{self.decimals}f} in "
                f"{name_month(int(self.months[high]))}, lowest {self.values[low]:,.{self.decimals}f} in "
                f"{name_month(int(self.months[low]))}."
            )
        parts += [f"Phase {band.name} from {name_month(int(band.first))}." for band in self.phases]
        gaps = self.months[~np.isfinite(self.values)]
        if gaps.size:
            parts.append(f"{self.gap_name.partition(':')[0]}: {list_months(int(month) for month in gaps)}.")
        return " ".join(parts)
