"""Where incidents cluster: DBSCAN on the weighted places of a selection."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots import crs
from hotspots.analysis.clusters import describe_clusters
from hotspots.analysis.dbscan import DEFAULT_EPS, cluster_places
from hotspots.analysis.kdistance import suggest_min_samples
from hotspots.analysis.rates import estimate_dispersion
from hotspots.analysis.trend import Change, change_ratio, pair_months
from hotspots.errors import InputError, UnknownNameError
from hotspots.pipeline.selection import choose, name_unit

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import World
    from hotspots.query import Query


@dataclass(frozen=True, eq=False)
class ClusterAnswer:
    """Clusters of a selection.

    Attributes
    ----------
    world, chosen
        What was asked of what.
    weights
        Chosen incidents at each place, shape (places,).
    labels
        Cluster of each place, 1 for the largest; -1 for noise. With a chosen unit, only clusters with incidents in it
        are numbered. Shape (places,).
    noise_incidents
        Located incidents of the selection in no cluster; within the unit when one is chosen.
    provenance
        Automatic choices and their reasons.
    """

    world: World
    chosen: Chosen
    weights: NDArray[np.int64]
    labels: NDArray[np.int32]
    noise_incidents: int
    provenance: dict[str, Any]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a cluster, largest first.

        Columns cluster, incidents, incidents_here (those in the chosen unit; all when none is chosen), places, x, y,
        hectares, geometry (EPSG:27700), lon, lat, area_code, area_name, top_type, top_type_share, months_active,
        trend_ratio, trend_low, trend_high (NaN for a cluster that is left with fewer incidents than the threshold).
        """
        table = _describe(self.world, self.chosen, self.weights, self.labels)
        few = table["incidents"] < int(self.provenance["min_samples"])
        table.loc[few, ["trend_ratio", "trend_low", "trend_high"]] = np.nan  # what is left of it tells no trend
        inside = self.labels > 0
        if self.chosen.unit is not None:
            inside &= np.isin(self.world.cube.places.area, self.world.units[self.chosen.unit].wards)
        here = np.bincount(self.labels[inside], weights=self.weights[inside], minlength=len(table) + 1)[1:]
        table.insert(2, "incidents_here", here.astype(np.int64))
        return table if not self.provenance["method"].startswith("nearest") else _outline_ellipses(self, table)

    @property
    def shared_note(self) -> str:
        """Why a cluster holds fewer incidents than the threshold, as one sentence; empty where none does."""
        if not (self.table["incidents"] < int(self.provenance["min_samples"])).any():
            return ""
        return (
            "A point within reach of two clusters counts for one of them, so a cluster may hold fewer incidents than "
            "the threshold; no trend is given for it."
        )


METHODS = ("dbscan", "hdbscan", "nnh")


def find_clusters(world: World, query: Query, *, method: str = METHODS[0]) -> ClusterAnswer:
    """Cluster the incidents of a selection.

    Incidents are always clustered over the whole force, so that no cluster is cut at the edge of an area. When the
    query names a unit and no threshold, the threshold is chosen from the unit's own incidents: what stands out in a
    town would vanish beside a city centre.

    Parameters
    ----------
    method
        ``dbscan``; ``hdbscan``, which has no radius; or ``nnh``, nearest-neighbour hierarchical clusters of the first
        order, whose outlines are ellipses of one standard deviation and whose radius is chosen from the land.

    Raises
    ------
    InputError
        If no incident with a location matches, or HDBSCAN is given a radius.
    UnknownNameError
        If an area, type, outcome or method is not known.
    """
    if method not in METHODS:
        raise UnknownNameError("method of clustering", method, METHODS)
    chosen = choose(world, query)
    places = world.cube.places
    weights = world.cube.weigh_places(chosen.selection)
    inside = np.ones(len(places), dtype=bool)
    if chosen.unit is not None:
        inside = np.isin(places.area, world.units[chosen.unit].wards)
    here = np.where(inside, weights, 0)
    if not here.any():
        raise InputError(
            f"No incident of “{chosen.label}” with a location is recorded in {name_unit(world, chosen.unit)} in "
            f"{chosen.period}; widen the period or the types."
        )
    labels, provenance = _label(world, query, weights, here, method)
    if chosen.unit is not None or method == "nnh":
        labels = _number_within(labels, weights, inside & (weights > 0))
    if chosen.unit is not None:
        provenance["min_samples_chosen"] = provenance["min_samples_chosen"].replace(
            "from the data", f"from the data of {world.units[chosen.unit].name}"
        )
    return ClusterAnswer(
        world=world,
        chosen=chosen,
        weights=weights,
        labels=labels,
        noise_incidents=int(here[labels < 0].sum()),
        provenance=provenance,
    )


def _label(
    world: World, query: Query, weights: NDArray[np.int64], here: NDArray[np.int64], method: str
) -> tuple[NDArray[np.int32], dict[str, Any]]:
    """Label every place, and say what was chosen and how."""
    places = world.cube.places
    eps = DEFAULT_EPS if query.eps is None else query.eps
    by_user = "by the user" if query.eps is not None else "default"
    least: dict[str, Any] = {"min_samples": query.min_samples, "min_samples_chosen": "by the user"}
    if method == "nnh":
        from hotspots.analysis.nearest_hierarchical import MIN_INCIDENTS, cluster_hierarchy  # noqa: PLC0415 - rare

        found = cluster_hierarchy(
            places.x, places.y, np.where(places.area >= 0, weights, 0),
            area_km2=None if query.eps is not None else float(world.boundaries.area_km2.sum()),
            threshold=query.eps, min_incidents=query.min_samples or MIN_INCIDENTS,
        )  # fmt: skip
        if query.min_samples is None:
            least = {"min_samples": MIN_INCIDENTS, "min_samples_chosen": "default"}
        return found.labels, {
            "method": "nearest-neighbour hierarchical clusters, first order",
            "eps": round(found.thresholds[0], 1),
            "eps_chosen": "by the user" if query.eps is not None else "from the land",
            **least,
        }
    neighbours = world.neighbours_within(eps)
    if query.min_samples is None:
        least = {"min_samples": suggest_min_samples(neighbours, here), "min_samples_chosen": "from the data"}
    if method == "hdbscan":
        from hotspots.analysis.hdbscan import hdbscan  # noqa: PLC0415 - rare

        if query.eps is not None:
            raise InputError("HDBSCAN looks at every radius at once and takes no --eps; leave it out.")
        labels = hdbscan(places.x, places.y, weights, min_cluster_size=least["min_samples"]).labels
        return labels, {"method": "HDBSCAN on weighted places", "eps": None, "eps_chosen": "every radius", **least}
    labels = cluster_places(neighbours, weights, min_samples=least["min_samples"]).labels
    return labels, {"method": "DBSCAN on weighted places", "eps": eps, "eps_chosen": by_user, **least}


def _number_within(
    labels: NDArray[np.int32], weights: NDArray[np.int64], inside: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Keep the clusters with incidents inside, numbered anew by those, most first."""
    size = int(labels.max(initial=0)) + 1
    here = inside & (labels > 0)
    incidents = np.bincount(labels[here], weights=weights[here], minlength=size)
    kept = np.flatnonzero(incidents)
    number = np.full(size, -1, dtype=np.int32)
    number[kept[np.argsort(-incidents[kept], kind="stable")]] = np.arange(1, len(kept) + 1)
    return np.where(labels > 0, number[labels], -1).astype(np.int32)


def _describe(world: World, chosen: Chosen, weights: NDArray[np.int64], labels: NDArray[np.int32]) -> pd.DataFrame:
    places = world.cube.places
    table = describe_clusters(places.x, places.y, weights, labels)
    count = len(table)
    lon, lat = crs.to_wgs84(table["x"].to_numpy(), table["y"].to_numpy())
    by_month, by_type = world.cube.cross_labels(labels - 1, count, chosen.selection)
    in_cluster = (labels > 0) & (places.area >= 0)
    ward_count = len(world.boundaries)
    by_ward = np.bincount(
        (labels[in_cluster].astype(np.int64) - 1) * ward_count + places.area[in_cluster],
        weights=weights[in_cluster],
        minlength=count * ward_count,
    ).reshape(count, ward_count)
    home = by_ward.argmax(axis=1) if count else np.array([], dtype=np.intp)
    known = by_ward.sum(axis=1) > 0
    top = by_type.argmax(axis=1) if count else np.array([], dtype=np.intp)
    changes = _compare_year_before(
        by_month, np.array(chosen.months, dtype=np.int32), dispersion=_find_dispersion(world, chosen)
    )
    return table.assign(
        lon=np.round(lon, 6),
        lat=np.round(lat, 6),
        area_code=[world.boundaries.codes[ward] if ok else "" for ward, ok in zip(home, known, strict=True)],
        area_name=[world.boundaries.names[ward] if ok else "outside" for ward, ok in zip(home, known, strict=True)],
        top_type=[world.cube.types[kind] for kind in top],
        top_type_share=by_type.max(axis=1) / by_type.sum(axis=1) if count else np.array([], dtype=np.float64),
        months_active=(by_month > 0).sum(axis=1),
        trend_ratio=[change.ratio for change in changes],
        trend_low=[change.low for change in changes],
        trend_high=[change.high for change in changes],
    )


def _outline_ellipses(answer: ClusterAnswer, table: pd.DataFrame) -> pd.DataFrame:
    """Outline clusters by ellipses of one standard deviation, as users of CrimeStat know them."""
    import pandas as pd  # noqa: PLC0415 - loading an extract needs no table

    from hotspots.analysis.nearest_hierarchical import draw_ellipse, measure_ellipse  # noqa: PLC0415 - rare

    places = answer.world.cube.places
    shapes: list[Any] = []
    for cluster, x, y in zip(table["cluster"], table["x"], table["y"], strict=True):
        members = np.flatnonzero(answer.labels == cluster)
        weights = answer.weights[members].astype(np.float64)
        shapes.append(draw_ellipse(x, y, *measure_ellipse(places.x[members], places.y[members], weights)))
    return table.assign(
        geometry=pd.Series(shapes, dtype=object), hectares=[float(shape.area) / 10_000 for shape in shapes]
    )


def _find_dispersion(world: World, chosen: Chosen) -> float:
    """Tell from the wards how incidents come in series, as for every other change on a year before."""
    history = world.cube.by_area[: len(world.boundaries)]
    counts = np.einsum("amto,to->am", history, chosen.selection.kinds.astype(np.int64))
    found = estimate_dispersion(counts)
    return max(float(found), 1.0) if np.isfinite(found) else 1.0


def _compare_year_before(by_month: NDArray[np.int64], months: NDArray[np.int32], *, dispersion: float) -> list[Change]:
    """Compare each cluster's last months with the same calendar months a year before, within the period."""
    later = pair_months(months, months)
    if not len(later):
        return [Change(np.nan, np.nan, np.nan)] * len(by_month)
    now = by_month[:, np.isin(months, later)].sum(axis=1)
    before = by_month[:, np.isin(months, later - 12)].sum(axis=1)
    return [
        change_ratio(int(a), len(later), int(b), len(later), dispersion=dispersion)
        for a, b in zip(now, before, strict=True)
    ]
