"""Polygons cut to a coverage, at a cost that does not grow with the coverage's detail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from hotspots.errors import InputError

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from hotspots.analysis.lattice import Lattice

_MOST_VERTICES = 256  # of a part of the coverage before it is halved
_POLYGON = 2  # dimensions


def dissolve_coverage(geometry: NDArray[np.object_]) -> Any:
    """Dissolve the polygons of a coverage into one geometry, prepared for point tests.

    Parameters
    ----------
    geometry
        Polygons, shape (a,) or one; they may overlap.

    Raises
    ------
    InputError
        If they have no area.
    """
    coverage = shapely.union_all(np.atleast_1d(np.asarray(geometry, dtype=object)))
    if shapely.is_empty(coverage) or not shapely.area(coverage) > 0:
        raise InputError("The coverage has no area to divide into cells; give at least one polygon.")
    shapely.prepare(coverage)
    return coverage


def mark_edge(lattice: Lattice, coverage: Any, column: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mark every cell that the coverage's edge may cross: cells of points along it, and their neighbours.

    Parameters
    ----------
    lattice, coverage
        Cells, and the dissolved coverage.
    column, row
        All cells of the bounding box and one more on each side, row by row. Shape (k,).

    Returns
    -------
    ndarray of bool, shape (k,)
    """
    # Points an eighth of a cell apart: whatever lies between two of them is in the cell of one or beside it.
    along = shapely.get_coordinates(shapely.segmentize(shapely.boundary(coverage), lattice.size / 8))
    edge_column, edge_row = lattice.locate(along[:, 0], along[:, 1])
    first_column, first_row = column[0], row[0]
    marked = np.zeros((row[-1] - first_row + 1, column[-1] - first_column + 1), dtype=bool)
    marked[edge_row - first_row, edge_column - first_column] = True
    r, c = np.nonzero(marked)
    near_column, near_row = lattice.step(c + first_column, r + first_row)
    marked[
        np.clip(near_row - first_row, 0, marked.shape[0] - 1),
        np.clip(near_column - first_column, 0, marked.shape[1] - 1),
    ] = True
    return marked.ravel()


def clip_polygons(polygons: NDArray[np.object_], coverage: Any) -> NDArray[np.object_]:
    """Clip polygons to the coverage, which is first split into small parts so that each cut is cheap.

    Parameters
    ----------
    polygons
        Shape (k,).
    coverage
        One polygon or multipolygon.

    Returns
    -------
    ndarray of polygons and multipolygons, shape (k,)
        Empty where nothing is inside.
    """
    parts = np.array(_split(coverage), dtype=object)
    polygon, part = shapely.STRtree(parts).query(polygons, predicate="intersects")
    pieces = shapely.intersection(polygons[polygon], parts[part])
    order = np.argsort(polygon, kind="stable")
    polygon, pieces = polygon[order], pieces[order]
    clipped = np.full(len(polygons), shapely.Polygon(), dtype=object)
    starts = np.flatnonzero(np.diff(polygon, prepend=-1))
    ends = np.append(starts[1:], len(polygon))
    for start, end in zip(starts, ends, strict=True):
        joined = pieces[start] if end == start + 1 else shapely.union_all(pieces[start:end])
        clipped[polygon[start]] = joined if joined.geom_type.endswith("Polygon") else _keep_polygons(joined)
    return clipped


def _keep_polygons(geometry: Any) -> Any:
    """Drop the points and lines in which two shapes merely touch."""
    parts = shapely.get_parts(geometry)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == _POLYGON])


def _split(geometry: Any) -> list[Any]:
    """Halve a geometry across its longer side until no part has many vertices."""
    if shapely.get_num_coordinates(geometry) <= _MOST_VERTICES:
        return [geometry]
    west, south, east, north = geometry.bounds
    if east - west > north - south:
        middle = (west + east) / 2
        halves = [shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)]
    else:
        middle = (south + north) / 2
        halves = [shapely.box(west, south, east, middle), shapely.box(west, middle, east, north)]
    parts = [_keep_polygons(part) for part in shapely.intersection(geometry, halves)]
    if min(map(shapely.get_num_coordinates, parts)) == 0:
        return [geometry]
    return [small for part in parts for small in _split(part)]
