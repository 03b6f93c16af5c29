"""Cells, surfaces and back-tests as tables for a terminal, GeoJSON and GeoParquet for a GIS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from hotspots.crs import BNG
from hotspots.pipeline.export import write_features
from hotspots.views.surface_map import class_surface
from hotspots.views.wording import write_number, write_percent

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from hotspots.pipeline.emerging import EmergingCells
    from hotspots.pipeline.ground import Ground
    from hotspots.pipeline.hot_cells import HotCells
    from hotspots.pipeline.method_check import MethodCheck
    from hotspots.pipeline.surface import SurfaceAnswer

DIGITS = {"lon": 6, "lat": 6, "x": 1, "y": 1, "p": 8, "p_adjusted": 8, "trend_p": 8}
"""Digits after the point in JSON and CSV; four elsewhere."""


def draw_cells(ground: Ground, rows: NDArray[np.intp]) -> NDArray[np.object_]:
    """Draw some cells, clipped to the coverage, in British National Grid metres."""
    return ground.cells.draw()[rows]


def describe_densities(answer: SurfaceAnswer) -> tuple[list[dict[str, Any]], NDArray[np.object_]]:
    """Turn a surface into areas of one class of density each, densest last, from the average upwards.

    Returns
    -------
    records
        Class, label, least density (per square kilometre a year) and square kilometres of each.
    shapes
        Their outlines in British National Grid metres.
    """
    density, grid = answer.by_year, answer.surface.grid
    average = float(np.nanmean(np.where(density > 0, density, np.nan)))
    unit = f"{answer.measure} per km² a year"
    classes = class_surface(density, average=average, title="Density", unit=unit)
    kept = np.isfinite(density) & (density >= average)
    index = np.full(density.shape, -1)
    index[kept] = classes.index(density[kept])
    least = (round(average), *classes.breaks)
    records, shapes = [], []
    for position, label in enumerate(classes.labels):
        row, column = np.nonzero(index == position)
        west, south = grid.west + column * grid.cell, grid.south + row * grid.cell
        shapes.append(shapely.union_all(shapely.box(west, south, west + grid.cell, south + grid.cell)))
        records.append(
            {
                "class": position + 1,
                "label": f"{label} {unit}",
                "density_from": float(least[position]),
                "km2": round(len(row) * grid.cell**2 / 1e6, 2),
            }
        )
    return records, np.array(shapes, dtype=object)


def list_squares(answer: SurfaceAnswer) -> list[dict[str, Any]]:
    """List the squares of a surface that are at or above the average: x, y (EPSG:27700) and density a year."""
    density, grid = answer.by_year, answer.surface.grid
    average = float(np.nanmean(np.where(density > 0, density, np.nan)))
    row, column = np.nonzero(np.isfinite(density) & (density >= average))
    return [
        {"x": float(x), "y": float(y), "density": round(float(value), 2)}
        for x, y, value in zip(grid.x[column], grid.y[row], density[row, column], strict=True)
    ]


def make_geojson(records: list[dict[str, Any]], shapes: NDArray[np.object_]) -> dict[str, Any]:
    """Make a GeoJSON document (RFC 7946, WGS 84) of records and their shapes (EPSG:27700)."""
    return write_features(shapes, records)


def write_geoparquet(records: list[dict[str, Any]], shapes: NDArray[np.object_], path: Path) -> None:
    """Write records and their shapes as GeoParquet in British National Grid (EPSG:27700), as QGIS opens it."""
    import geopandas as gpd  # noqa: PLC0415 - slow to import, and only this form needs it
    import pandas as pd  # noqa: PLC0415 - as above

    frame = pd.DataFrame(records)
    for column in frame.columns:
        if frame[column].dtype == object:
            frame[column] = frame[column].map(lambda value: "; ".join(value) if isinstance(value, list) else value)
    gpd.GeoDataFrame(frame, geometry=list(shapes), crs=BNG).to_parquet(path, index=False)


def hot_cells_table(answer: HotCells) -> str:
    """Write hot spots as people read them in a terminal."""
    provenance = answer.provenance
    size = f"{provenance['cell_shape']} cells of {provenance['cell_m']:g} m ({provenance['cell_chosen']})"
    lines = [
        f"{answer.chosen.label}, {answer.chosen.period}",
        f"Gi* on {len(answer.ground.cells):,} {size}",
        f"p {provenance['p']}; {provenance['correction']}; hot at {provenance['level']:.0%}",
        "",
        f" No.  {answer.measure.capitalize():>10}  Share  Density  Cells    km²  Longitude  Latitude  Ward",
    ]
    held = answer.measure.replace(" ", "_")
    lines += [
        f"{row['spot']:>4}  {write_number(row[held]):>10}  {row['share']:>5.1%}  {row['times']:>6.1f}x  "
        f"{row['cells']:>5,}  {row['km2']:>5.2f}  {row['lon']:>9.4f}  {row['lat']:>8.4f}  {row['area_name']}"
        for row in answer.spots.to_dict("records")
    ]
    hot, cold = int((answer.code > 0).sum()), int((answer.code < 0).sum())
    lines += ["", f"{hot:,} hot cells, {cold:,} cold ones.", *answer.caveats]
    return "\n".join(lines)


def emerging_table(answer: EmergingCells) -> str:
    """Write the emerging classes that occur as people read them in a terminal."""
    held = answer.measure.replace(" ", "_")
    provenance = answer.provenance
    size = f"{provenance['cell_shape']} cells of {provenance['cell_m']:g} m ({provenance['cell_chosen']})"
    lines = [
        f"{answer.chosen.label}, {answer.chosen.period}",
        size[0].upper() + size[1:],
        answer.result.describe(),
        "",
        f"Cells  {answer.measure.capitalize():>10}  Share  Class",
    ]
    lines += [
        f"{row['cells']:>5,}  {write_number(row[held]):>10}  {row['share']:>5.1%}  {row['class']}: {row['meaning']}"
        for row in answer.classes.to_dict("records")
        if row["cells"]
    ]
    return "\n".join([*lines, "", *answer.caveats])


def surface_table(answer: SurfaceAnswer) -> str:
    """Write the peaks of a surface as people read them in a terminal."""
    held = answer.measure.replace(" ", "_")
    lines = [
        f"{answer.chosen.label}, {answer.chosen.period}",
        answer.surface.describe() + f" Bandwidth: {answer.provenance['bandwidth_chosen']}.",
        "",
        f"Peak  per km² a year  {answer.measure.capitalize():>10}  Longitude  Latitude  Ward",
    ]
    lines += [
        f"{row['peak']:>4}  {write_number(row['density']):>14}  {write_number(row[held]):>10}  {row['lon']:>9.4f}  "
        f"{row['lat']:>8.4f}  {row['area_name']}"
        for row in answer.peaks.to_dict("records")
    ]
    return "\n".join([*lines, "", *answer.caveats])


def check_table(check: MethodCheck) -> str:
    """Write a back-test as people read it in a terminal: plain words first."""
    lines = [check.say(), "", "Found on 5% of the land (90%)   1%     10%    PAI   PEI  More in 100 (90%)     Method"]
    lines += [
        f"{write_percent(row.found, decimals=1):>6} ({row.found_low * 100:.1f} to {row.found_high * 100:.1f})".ljust(30)
        + f"  {row.found_1:>5.1%}  {row.found_10:>5.1%}  {row.pai:>5.2f}  {row.pei:>4.2f}  "
        + row.gain_written.ljust(22)
        + row.method
        for row in check.rows
    ]
    return "\n".join([*lines, "", *check.caveats])


def choose_rows(table: pd.DataFrame, column: str, *, every: bool) -> NDArray[np.intp]:
    """Choose the cells that are written: those with a class, or all that were tested."""
    return np.arange(len(table)) if every else np.flatnonzero(table[column].to_numpy())
