"""What a cluster is like: its size, centre and outline, and the share of an area's incidents that lie in clusters.

An outline is drawn around the places of a cluster: their concave hull (Duckham, Kulik, Worboys & Galton 2008,
"Efficient generation of simple polygons for characterizing the shape of a set of points in the plane", Pattern
Recognition 41(10), 3224-3236), grown by a margin, its narrow inlets closed. A place is a snap point that stands for
the addresses around it, hence the margin; it also gives a cluster of one place, or of places in a line, an area.
Outlines of neighbouring clusters may overlap by the margin; which place belongs to which is in the labels alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from hotspots.analysis.dbscan import check_places, check_weights
from hotspots.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

COLUMNS = ("cluster", "incidents", "places", "x", "y", "hectares", "geometry")
"""Columns of `describe_clusters`, in order."""
MARGIN = 50.0
"""Metres by which an outline clears its places, less a few for its rounding; a snap point's surroundings."""
CLOSING = 75.0
"""Metres; inlets of an outline narrower than twice this are filled."""
_HULL_RATIO = 0.3
_SIMPLIFY = 2.0
_SQUARE_METRES = 10_000.0


def describe_clusters(
    x: ArrayLike,
    y: ArrayLike,
    weights: ArrayLike,
    labels: ArrayLike,
    *,
    margin: float = MARGIN,
    closing: float = CLOSING,
) -> pd.DataFrame:
    """Measure and outline each cluster.

    Parameters
    ----------
    x, y
        Eastings and northings of the places in metres (EPSG:27700), shape (P,).
    weights
        Incidents at each place, shape (P,).
    labels
        Cluster of each place, from 1; lower is noise. Shape (P,).
    margin
        Metres by which the outline clears the places.
    closing
        Metres; inlets narrower than twice this are filled.

    Returns
    -------
    pandas.DataFrame
        One row a cluster, in the order of the labels: ``cluster`` (label), ``incidents``, ``places``, ``x`` and ``y``
        (centre weighted by incidents, metres, EPSG:27700), ``hectares`` (of the outline) and ``geometry`` (one
        polygon, EPSG:27700). Does not depend on the order of the places.

    Raises
    ------
    InputError
        If a coordinate or weight is not a number, the arrays differ in length, or margin or closing is not a distance.
    """
    import pandas as pd  # noqa: PLC0415 - loading an extract needs no table of clusters

    east, north = check_places(x, y)
    incidents = check_weights(weights, len(east))
    label = _check_codes(labels, len(east), "labels")
    if not 0 < margin < np.inf or not 0 <= closing < np.inf:
        raise InputError(
            f"A margin of {margin:g} m with a closing of {closing:g} m draws no outline; give a margin in metres above "
            "0 and a closing of 0 or more."
        )
    members = np.flatnonzero(label > 0)
    members = members[np.lexsort((north[members], east[members], label[members]))]
    found, dense, places = np.unique(label[members], return_inverse=True, return_counts=True)
    totals = np.bincount(dense, incidents[members], len(found))
    # A cluster that holds none of these incidents (they are another selection's) is centred on its places.
    pull = np.where(totals[dense] > 0, incidents[members], 1.0)
    mass = np.bincount(dense, pull, len(found))
    outline = _outline_clusters(east[members], north[members], dense, margin=margin, closing=closing)
    return pd.DataFrame(
        {
            "cluster": found.astype(np.int64),
            "incidents": totals.astype(np.int64) if np.issubdtype(incidents.dtype, np.integer) else totals,
            "places": places.astype(np.int64),
            "x": np.bincount(dense, pull * east[members], len(found)) / mass,
            "y": np.bincount(dense, pull * north[members], len(found)) / mass,
            "hectares": shapely.area(outline) / _SQUARE_METRES,
            "geometry": pd.Series(list(outline), dtype=object),
        },
        columns=list(COLUMNS),
    )


def share_clustered(labels: ArrayLike, weights: ArrayLike, area_index: ArrayLike, n_areas: int) -> NDArray[np.float64]:
    """Share of each area's located incidents that lie in clusters.

    Parameters
    ----------
    labels
        Cluster of each place, from 1; lower is noise. Shape (P,).
    weights
        Incidents at each place, shape (P,).
    area_index
        Area of each place, 0 to `n_areas` - 1; -1 outside all areas. Shape (P,).
    n_areas
        Number of areas.

    Returns
    -------
    ndarray
        Shares from 0 to 1, shape (n_areas,); NaN where an area has no incident.

    Raises
    ------
    InputError
        If the arrays differ in length, a weight is not a number of zero or more, or an area is out of range.
    """
    label = np.asarray(labels)
    incidents = check_weights(weights, len(label))
    label = _check_codes(label, len(incidents), "labels")
    area = _check_codes(area_index, len(incidents), "areas")
    if len(area) and (area.min() < -1 or area.max() >= n_areas):
        raise InputError(f"A place lies in area {area.max()} (lowest {area.min()}); the {n_areas} areas run from 0.")
    inside = area >= 0
    located = np.bincount(area[inside], incidents[inside], n_areas)
    inside &= label > 0
    clustered = np.bincount(area[inside], incidents[inside], n_areas)
    share = np.full(n_areas, np.nan)
    np.divide(clustered, located, out=share, where=located > 0)
    return share


def _outline_clusters(
    x: NDArray[np.float64], y: NDArray[np.float64], cluster: NDArray[np.intp], *, margin: float, closing: float
) -> NDArray[np.object_]:
    """Outline the places of each cluster, which come sorted by cluster (from 0, none empty)."""
    if not len(x):
        return np.array([], dtype=object)
    places: Any = shapely.multipoints(np.column_stack([x, y]), indices=cluster)
    hull = shapely.concave_hull(places, ratio=_HULL_RATIO)
    grown = shapely.buffer(hull, margin + closing, quad_segs=4)
    outline: NDArray[np.object_] = shapely.simplify(shapely.buffer(grown, -closing, quad_segs=4), _SIMPLIFY)
    return outline


def _check_codes(values: ArrayLike, size: int, what: str) -> NDArray[np.int64]:
    codes = np.asarray(values)
    if codes.shape != (size,) or not (size == 0 or codes.dtype.kind in "iu"):
        raise InputError(f"The {what} must be one whole number for each of {size} places.")
    return codes.astype(np.int64, copy=False)
