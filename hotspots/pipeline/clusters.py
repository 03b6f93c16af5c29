"""Where incidents cluster: DBSCAN on the weighted places of a selection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots import crs
from hotspots.analysis.clusters import describe_clusters, share_clustered
from hotspots.analysis.dbscan import Clustering, cluster_places
from hotspots.analysis.kdistance import suggest_min_samples
from hotspots.analysis.trend import Change, change_ratio, pair_months
from hotspots.errors import InputError
from hotspots.pipeline.selection import choose

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from hotspots.pipeline.selection import Chosen
    from hotspots.pipeline.world import World
    from hotspots.query import Query

DEFAULT_EPS = 150.0
"""Metres: about two streets, and the radius that the methods page argues for."""


@dataclass(frozen=True, eq=False)
class ClusterAnswer:
    """Clusters of a selection.

    Attributes
    ----------
    chosen
        The resolved query.
    weights
        Chosen incidents at each place, shape (places,).
    clustering
        Label of each place, over the whole force.
    table
        One row a cluster, largest first: cluster, incidents, places, lon, lat, x, y, hectares, area_code, area_name,
        top_type, top_type_share, months_active, trend_ratio, trend_low, trend_high, geometry (EPSG:27700).
        When a unit is chosen, only clusters with incidents in it.
    by_ward
        Share of each ward's incidents that lie in clusters; NaN for a ward without incidents. Shape (wards,).
    noise_incidents
        Located incidents of the selection in no cluster; within the unit when one is chosen.
    provenance
        Automatic choices and their reasons.
    """

    chosen: Chosen
    weights: NDArray[np.int64]
    clustering: Clustering
    table: pd.DataFrame
    by_ward: NDArray[np.float64]
    noise_incidents: int
    provenance: dict[str, Any]


def find_clusters(world: World, query: Query) -> ClusterAnswer:
    """Cluster the incidents of a selection.

    Clusters are found over the whole force, so that an area's clusters are the same whether or not the area is chosen.

    Raises
    ------
    InputError
        If no incident with a location matches.
    UnknownNameError
        If an area, type or outcome is not known.
    """
    chosen = choose(world, query)
    places = world.cube.places
    weights = world.cube.weigh_places(chosen.selection)
    if not weights.any():
        raise InputError(
            f"No incident of “{chosen.label}” with a location is recorded in {chosen.period}; widen the period or "
            "the types."
        )
    eps = DEFAULT_EPS if query.eps is None else query.eps
    neighbours = world.neighbours_within(eps)
    min_samples = query.min_samples or suggest_min_samples(neighbours, weights)
    clustering = cluster_places(neighbours, weights, min_samples=min_samples)
    inside = np.ones(len(places), dtype=bool)
    if chosen.unit is not None:
        inside = np.isin(places.area, world.units[chosen.unit].wards)
    noise = int(weights[inside & (clustering.labels < 0)].sum())
    table = _describe(world, chosen, weights, clustering.labels)
    if chosen.unit is not None:
        table = table[table["cluster"].isin(np.unique(clustering.labels[inside & (weights > 0)]))]
    return ClusterAnswer(
        chosen=chosen,
        weights=weights,
        clustering=clustering,
        table=table.reset_index(drop=True),
        by_ward=share_clustered(clustering.labels, weights, places.area, len(world.boundaries)),
        noise_incidents=noise,
        provenance={
            "method": "DBSCAN on weighted places",
            "eps": eps,
            "eps_chosen": "default" if query.eps is None else "by the user",
            "min_samples": min_samples,
            "min_samples_chosen": "by the user" if query.min_samples else "from the data",
        },
    )


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
    changes = _compare_year_before(by_month, np.array(chosen.months, dtype=np.int32))
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


def _compare_year_before(by_month: NDArray[np.int64], months: NDArray[np.int32]) -> list[Change]:
    """Compare each cluster's last months with the same calendar months a year before, within the period."""
    later = pair_months(months, months)
    if not len(later):
        return [Change(np.nan, np.nan, np.nan)] * len(by_month)
    now = by_month[:, np.isin(months, later)].sum(axis=1)
    before = by_month[:, np.isin(months, later - 12)].sum(axis=1)
    return [change_ratio(int(a), len(later), int(b), len(later)) for a, b in zip(now, before, strict=True)]
