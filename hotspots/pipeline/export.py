"""Answers as tables for a terminal, GeoJSON for a GIS, and CSV cells that no spreadsheet executes."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from hotspots import crs
from hotspots.errors import StoreError
from hotspots.months import list_months
from hotspots.whole_files import replace_whole

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from hotspots.pipeline.clusters import ClusterAnswer
    from hotspots.pipeline.score import ScoreAnswer
    from hotspots.pipeline.world import World


def safe_cell(value: Any) -> Any:
    """Return a cell that a spreadsheet takes as text, never as a formula (OWASP, CSV injection)."""
    if isinstance(value, list | tuple):
        value = "; ".join(str(item) for item in value)
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return "" if value is None else value


def write_labels(world: World, answer: ClusterAnswer, path: Path) -> None:
    """Write one row a place with incidents: lon, lat, incidents, cluster (noise -1).

    Raises
    ------
    StoreError
        If the file cannot be written.
    """
    places = world.cube.places
    rows = answer.weights > 0
    if answer.chosen.unit is not None:
        rows &= np.isin(places.area, world.units[answer.chosen.unit].wards)
    chosen = np.flatnonzero(rows)
    try:
        with replace_whole(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["lon", "lat", "incidents", "cluster"])
            writer.writerows(
                zip(
                    places.lon[chosen].tolist(),
                    places.lat[chosen].tolist(),
                    answer.weights[chosen].tolist(),
                    answer.labels[chosen].tolist(),
                    strict=True,
                )
            )
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}); choose another place for --labels.") from None


def score_features(world: World, frame: pd.DataFrame, records: list[dict[str, Any]]) -> dict[str, Any]:
    """Make a GeoJSON document (RFC 7946, WGS 84) of ranked units."""
    of_code = {unit.code: unit for unit in world.units}
    shapes = [shapely.union_all(world.boundaries.geometry[list(of_code[code].wards)]) for code in frame["area_code"]]
    return write_features(np.array(shapes, dtype=object), records)


def cluster_features(answer: ClusterAnswer, records: list[dict[str, Any]]) -> dict[str, Any]:
    """Make a GeoJSON document (RFC 7946, WGS 84) of clusters."""
    return write_features(np.array(answer.table["geometry"].to_list(), dtype=object), records)


def write_features(shapes: Any, records: list[dict[str, Any]]) -> dict[str, Any]:
    """Make a GeoJSON document (RFC 7946, WGS 84) of shapes (EPSG:27700) and their properties."""
    degrees = shapely.set_precision(crs.geometry_to_wgs84(shapes), 1e-6) if len(shapes) else []
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": json.loads(shapely.to_geojson(shape)), "properties": record}
            for shape, record in zip(degrees, records, strict=True)
        ],
    }


def score_table(answer: ScoreAnswer, frame: pd.DataFrame) -> str:
    """Write a ranking as people read it in a terminal."""
    chosen = answer.chosen
    lines = [
        f"{chosen.label}, {chosen.period}{_without(chosen.missing)}",
        "",
        f"{'Rank':>4}  {'90%':>9}  {'Score':>5}  {'Incidents':>9}  {'per 1,000':>9}  {'Harm':>6}  {'Trend':>6}  Area",
    ]
    notes: dict[str, int] = {}
    for row in frame.to_dict("records"):
        name = row["area_name"] + (f" ({row['lad_name']})" if row["kind"] == "ward" and row["lad_name"] else "")
        mark = "* " if row["kind"] == "area" else ""
        flags = " " + "".join(_note(notes, flag) for flag in row["flags"]) if row["flags"] else ""
        lines.append(
            f"{row['rank']:>4}  {_range(row['rank_low'], row['rank_high']):>10}  {row['score']:>5.1f}  "
            f"{row['incidents']:>9,}  {_number(row['rate_per_1000'], 1):>9}  {_number(row['harm_per_1000'], 0):>6}  "
            f"{_percent(row['trend_ratio']):>6}  {mark}{name}{flags}"
        )
    if (frame["kind"] == "area").any():
        lines += ["", "* a named area: its rank is its place among the wards."]
    unknown = int(frame["population"].isna().sum())
    if unknown < len(frame):
        lines.append(
            "Rate and harm are per 1,000 residents a year; trend is against the same months a year before, drawn "
            "towards the force's."
        )
    if unknown:
        lines.append(
            f"{unknown} of {len(frame)} areas have no known residents: their score rests on square kilometres instead. "
            "Import the boundaries with --population."
        )
    lines += [f"[{number}] {text}" for text, number in notes.items()]
    if chosen.types_apart:
        lines.append(f"Apart, because police work finds them: {', '.join(chosen.types_apart)}.")
    return "\n".join(lines)


def cluster_table(answer: ClusterAnswer) -> str:
    """Write clusters as people read them in a terminal."""
    chosen = answer.chosen
    lines = [
        f"{chosen.label}, {chosen.period}{_without(chosen.missing)}",
        _describe_method(answer.provenance),
        "",
        " No.  Incidents  In area  Places  Hectares  Longitude  Latitude  Ward, main type",
    ]
    lines += [
        f"{row['cluster']:>4}  {row['incidents']:>9,}  {row['incidents_here']:>7,}  {row['places']:>6,}  "
        f"{row['hectares']:>8.1f}  {row['lon']:>9.4f}  {row['lat']:>8.4f}  {row['area_name']}, {row['top_type']} "
        f"({row['top_type_share']:.0%})"
        for row in answer.table.to_dict("records")
    ]
    lines += ["", f"{answer.noise_incidents:,} located incidents lie in no cluster."]
    if answer.shared_note:
        lines.append(answer.shared_note)
    return "\n".join(lines)


def _describe_method(provenance: dict[str, Any]) -> str:
    radius = "every radius" if provenance["eps"] is None else f"eps {provenance['eps']:g} m"
    name = provenance["method"].removesuffix(" on weighted places")
    return f"{name}, {radius}, min_samples {provenance['min_samples']} ({provenance['min_samples_chosen']})"


def _note(notes: dict[str, int], flag: str) -> str:
    """Give a note its number; notes that differ only in their figures share one."""
    text = re.sub(r"\d[\d.,]*", "…", flag)
    return f"[{notes.setdefault(text, len(notes) + 1)}]"


def _range(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low:>3} to {high:>3}"


def _number(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f}" if np.isfinite(value) else "–"


def _percent(ratio: float) -> str:
    return f"{ratio - 1:+.0%}".replace("-", "−") if np.isfinite(ratio) else "–"


def _without(missing: tuple[int, ...]) -> str:
    return f", without {list_months(missing)}" if missing else ""
