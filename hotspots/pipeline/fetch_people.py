"""Fetch residents and deprivation for the areas in use: by their codes, or shared out from small areas by ground."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from hotspots import crs
from hotspots.access import Action, require
from hotspots.analysis.best_fit import SLIVER, carry_over, fit_areas
from hotspots.errors import InputError, StoreError
from hotspots.pipeline.publisher import lock_downloads, make_client
from hotspots.sources.fetch import people
from hotspots.sources.fetch.features import choose_service, find_columns, list_services, read_service
from hotspots.store.boundaries import read_active, read_report, save_boundaries
from hotspots.store.deprivation import AreaDeprivation, Deprivation, save_deprivation

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotspots.schemas import Boundaries
    from hotspots.settings import Settings
    from hotspots.sources.fetch.client import Client
    from hotspots.sources.fetch.people import Residents, SmallAreas

KNOWN = 0.95
"""Share of the areas in use whose codes the service must know for residents to be taken by code."""
MOST_DEPRIVED = 1.0
"""The decile that is called the most deprived tenth."""
_RESIDENTS = re.compile(r"(; r|^R)esidents of .*$")
"""What a vintage says of residents."""
_DEPRIVATION_LICENCE = (
    "Contains public sector information licensed under the Open Government Licence v3.0. Source: Ministry of Housing, "
    "Communities and Local Government, English Indices of Deprivation."
)


@dataclass(frozen=True)
class PeopleReport:
    """What was fetched for the areas in use.

    Attributes
    ----------
    what
        ``residents`` or ``deprivation``.
    areas, unknown
        Areas in use, and codes of those for which nothing is known.
    by
        ``code``, or ``ground`` when small areas were shared out.
    small_areas
        Areas that the service gave and that lie in those in use.
    approximated
        Share of the residents who come from small areas that lie in several areas.
    residents
        In all.
    source, vintage
        What it rests on.
    """

    what: str
    areas: int
    unknown: tuple[str, ...]
    by: str
    small_areas: int
    approximated: float
    residents: int
    source: str
    vintage: str

    def to_json(self) -> dict[str, Any]:
        """Write the report as plain values."""
        return asdict(self)

    def to_text(self) -> str:
        """Write the report as people read it in a terminal."""
        how = (
            "by their codes"
            if self.by == "code"
            else f"from {self.small_areas:,} small areas by ground ({self.approximated:.1%} of the residents "
            "approximated)"
        )
        known = self.areas - len(self.unknown)
        people = f": {self.residents:,} residents" if self.residents else ""
        summary = f"{self.what.capitalize()} of {known:,} of {self.areas:,} areas, {how}{people}."
        lines = [summary, f"{self.source}; {self.vintage}."]
        if self.unknown:
            more = f" and {len(self.unknown) - 10:,} more" if len(self.unknown) > 10 else ""  # noqa: PLR2004 - to read
            lines.append(f"Nothing is known of {', '.join(self.unknown[:10])}{more}.")
        return "\n".join(lines)


def fetch_population(
    settings: Settings,
    *,
    geography: str = "lsoa",
    year: int | None = None,
    kind: str | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    client: Client | None = None,
) -> PeopleReport:
    """Fetch the residents of the areas in use, and keep them with the boundaries as a new set.

    Where the service knows the codes of the areas, theirs are taken. Otherwise the residents of LSOAs are shared out by
    ground, with the outlines of the LSOAs from the ONS.

    Parameters
    ----------
    settings
        Publishers and data home.
    geography
        ``lsoa``, or ``ward`` for the service's own wards.
    year, kind
        As in :func:`hotspots.sources.fetch.people.read_residents`.
    progress
        Called with what is read, rows done and rows in all.
    client
        Who asks.

    Raises
    ------
    AccessError
        If the person may not load data.
    InputError
        If the service does not know the areas.
    FetchError
        If a publisher cannot be reached.
    StoreError
        If the data home cannot be written; the boundaries stay as they were.
    """
    require(settings.person, Action.LOAD)
    own = client or make_client(settings)
    try:
        with lock_downloads(settings):
            active = read_active(settings)
            found = people.read_residents(
                own, settings.nomis, geography=geography, year=year, kind=kind, progress=progress
            )
            by_code = np.array([found.by_code.get(code, np.nan) for code in active.codes])
            if np.isfinite(by_code).mean() >= KNOWN:
                population, by, small, approximated = by_code, "code", len(active), 0.0
            elif geography != "lsoa":
                raise InputError(
                    f"Nomis knows {int(np.isfinite(by_code).sum()):,} of the {len(active):,} areas in use by code, so "
                    f"they are not the {geography}s it counts by; ask for LSOAs, which are shared out by ground."
                )
            else:
                population, small, approximated = _share_out(own, settings, active, found, progress)
                by = "ground"
    finally:
        if client is None:
            own.close()
    if read_active(settings).version != active.version:
        raise StoreError("Other boundaries came into use while residents were fetched; fetch them again for those.")
    drawn = _RESIDENTS.sub("", active.vintage)
    vintage = f"{drawn}; residents of mid-{found.year}" if drawn else f"Residents of mid-{found.year}"
    kept = replace(
        active, population=population, vintage=vintage, source=f"{_strip(active.source)}; {found.source}"
    )  # fmt: skip
    save_boundaries(kept, read_report(settings) or {}, settings.boundaries_home)
    return PeopleReport(
        "residents", len(active), _list_unknown(active, population), by, small, approximated,
        int(np.nansum(population)), found.source, vintage,
    )  # fmt: skip


def _strip(source: str) -> str:
    """Leave out what earlier residents rested on."""
    return source.partition("; ONS mid-")[0].partition("; mid-")[0]


def _list_unknown(boundaries: Boundaries, values: Any) -> tuple[str, ...]:
    return tuple(code for code, value in zip(boundaries.codes, values, strict=True) if not np.isfinite(value))


def _find_bounds(boundaries: Boundaries) -> tuple[float, float, float, float]:
    box = shapely.total_bounds(boundaries.geometry)[None, :]
    west, south, east, north = crs.bounds_to_wgs84(box, source=crs.BNG)[0]
    return float(west), float(south), float(east), float(north)


def _share_out(
    client: Client,
    settings: Settings,
    active: Boundaries,
    found: Residents,
    progress: Callable[[str, int, int], None] | None,
) -> tuple[Any, int, float]:
    """Share the residents of LSOAs out by ground; return them by area, the LSOAs used, and the share approximated."""
    service = choose_service(list_services(client, settings.ons), "lsoa", found.census, "BGC")
    features = read_service(client, settings.ons, service, bounds=_find_bounds(active), progress=progress)
    if not features:
        raise InputError(f"{service} holds no LSOA here; residents by LSOA cover England and Wales only.")
    column, _ = find_columns(features[0], "lsoa")
    codes = tuple(str(one["properties"][column]) for one in features)
    geometry = crs.geometry_to_bng(np.array([people.read_shape(one) for one in features], dtype=object))
    residents = np.array([found.by_code.get(code, np.nan) for code in codes])
    fitted = fit_areas(codes, geometry, active.codes, active.geometry)
    population = carry_over(residents, fitted, len(active))
    inside = fitted["source"].unique()
    return population, len(inside), _find_approximated(fitted, residents)


def _find_approximated(fitted: Any, residents: Any) -> float:
    """Return the share of residents from small areas of which no single area holds (nearly) all."""
    weights = np.nan_to_num(residents[fitted["source"]]) * fitted["share"]
    split = fitted.groupby("source")["share"].transform("max") < 1 - 2 * SLIVER
    whole = float(weights.sum())
    return float(weights[split].sum() / whole) if whole else 0.0


def fetch_deprivation(
    settings: Settings,
    *,
    progress: Callable[[str, int, int], None] | None = None,
    client: Client | None = None,
) -> PeopleReport:
    """Fetch the deprivation of small areas, and keep its mean, weighted by residents, for the areas in use.

    Parameters
    ----------
    settings
        Publishers and data home.
    progress
        Called with what is read, areas done and areas in all.
    client
        Who asks.

    Raises
    ------
    AccessError
        If the person may not load data.
    FetchError
        If the publisher cannot be reached, or does not describe deprivation as it used to.
    StoreError
        If the data home cannot be written; what was kept before stays.
    """
    require(settings.person, Action.LOAD)
    own = client or make_client(settings)
    try:
        with lock_downloads(settings):
            active = read_active(settings)
            small = people.read_deprivation(own, settings.deprivation, bounds=_find_bounds(active), progress=progress)
    finally:
        if client is None:
            own.close()
    by_code, used, approximated, residents = weigh_deprivation(small, active)
    if not by_code:
        raise InputError(f"No small area of the service lies in the areas of “{active.name}”.")
    name = settings.deprivation.rpartition("/")[2].replace("_", " ")
    vintage = f"{name}; LSOAs shared out by ground, weighted by residents"
    source = "Ministry of Housing, Communities and Local Government, English Indices of Deprivation"
    save_deprivation(settings, Deprivation(by_code, source, _DEPRIVATION_LICENCE, vintage, active.ground))
    return PeopleReport(
        "deprivation", len(active), tuple(code for code in active.codes if code not in by_code), "ground", used,
        approximated, residents, source, vintage,
    )  # fmt: skip


def weigh_deprivation(small: SmallAreas, boundaries: Boundaries) -> tuple[dict[str, AreaDeprivation], int, float, int]:
    """Work out the deprivation of areas from that of small areas.

    Each small area counts with the residents in the part of it that lies in the area, where residents are spread evenly
    over the small area. Without any residents in the service, small areas count alike: they hold about 1,500 each.

    Returns
    -------
    dict
        Deprivation by area code, for the areas that a small area reaches.
    int
        Small areas that were used.
    float
        Share of the residents from small areas that lie in several areas.
    int
        Residents in all, 0 where the service gives none.
    """
    known = np.isfinite(small.residents).any()
    residents = np.nan_to_num(small.residents) if known else np.ones(len(small.codes))
    fitted = fit_areas(small.codes, small.geometry, boundaries.codes, boundaries.geometry)
    fitted = fitted.loc[np.isfinite(small.score[fitted["source"]])].reset_index(drop=True)
    source = fitted["source"].to_numpy()
    rows = fitted.assign(
        weight=residents[source] * fitted["share"],
        score=small.score[source],
        worst=np.where(np.isnan(small.decile[source]), np.nan, small.decile[source] == MOST_DEPRIVED),
        split=fitted.groupby("source")["share"].transform("max") < 1 - 2 * SLIVER,
    )
    found = {}
    for target, part in rows.groupby("target"):
        weight = part["weight"].to_numpy(dtype=float)
        if weight.sum() <= 0:
            continue
        found[boundaries.codes[int(str(target))]] = AreaDeprivation(
            score=float(np.average(part["score"], weights=weight)),
            most_deprived=float(np.average(part["worst"].astype(float), weights=weight)),
            small_areas=len(part),
            approximated=float(weight[part["split"]].sum() / weight.sum()),
        )
    total = float(rows["weight"].sum())
    approximated = float(rows.loc[rows["split"], "weight"].sum() / total) if total else 0.0
    return found, int(rows["source"].nunique()), approximated, round(total) if known else 0
