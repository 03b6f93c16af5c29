"""Best fit between two sets of areas, such as the wards of two years: which part of each became what.

An area whose code stands in both sets and whose ground is the same passes over whole. The others are shared out by
area: each new area gets the part of an old one that it covers. This is areal weighting (Goodchild and Lam 1980,
Geo-Processing 1, 297-312), which holds where what is counted is spread evenly over an area; so the share that rests on
it is always reported. Where the sources are silent we decided:

- A code stands for one outline (the ONS gives a new code when a boundary moves), so a code in both sets is believed
  when the two outlines share at least `SAME_CODE` of either.
- Outlines are generalised differently from year to year. Parts smaller than `SLIVER` of the old area are such seams and
  not moved boundaries: they are left out, and the rest is scaled to the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SAME_CODE = 0.9
"""Share of both outlines that areas of one code must have in common to pass over whole."""
SAME_SHAPE = 0.97
"""Share of both outlines in common from which two areas of different codes are the same area."""
SLIVER = 0.01
"""Parts below this share of the old area are seams between outlines that were drawn at different times."""
KINDS = ("equal", "renamed", "recoded", "merged", "split", "changed", "gone")
"""What may become of an area."""


def fit_areas(
    from_codes: Sequence[str],
    from_geometry: NDArray[np.object_],
    to_codes: Sequence[str],
    to_geometry: NDArray[np.object_],
) -> pd.DataFrame:
    """Find which part of each old area lies in which new one.

    Parameters
    ----------
    from_codes, from_geometry
        Codes and polygons of the old areas, in metres of one CRS. Shape (n,).
    to_codes, to_geometry
        Those of the new areas. Shape (m,).

    Returns
    -------
    DataFrame
        A row for each old and new area that share ground: ``source`` and ``target`` (positions), ``share`` (of the old
        area; the shares of an area that lies in the new set add up to 1), ``covers`` (share of the new area that the
        old one makes up) and ``by`` (``code``, ``shape`` or ``area``), ordered by source and falling share.
    """
    pairs = _overlap(from_geometry, to_geometry)
    own, other = np.array(from_codes, dtype=object), np.array(to_codes, dtype=object)
    pairs["same_code"] = own[pairs["source"]] == other[pairs["target"]]
    mutual = pairs[["of_source", "of_target"]].min(axis=1)
    whole = (pairs["same_code"] & (mutual >= SAME_CODE)) | (mutual >= SAME_SHAPE)
    pairs["by"] = np.where(whole, np.where(pairs["same_code"], "code", "shape"), "area")
    settled = pairs.loc[whole].sort_values("of_source", ascending=False).drop_duplicates("source")
    rest = pairs.loc[~pairs["source"].isin(settled["source"]) & (pairs["of_source"] >= SLIVER)]
    fitted = pd.concat([settled.assign(share=1.0), rest.assign(share=rest["of_source"])], ignore_index=True)
    # What lies outside all new areas by more than a seam stays outside: only seams are scaled away.
    total = fitted.groupby("source")["share"].transform("sum")
    fitted["share"] = np.where(total >= 1 - 2 * SLIVER, fitted["share"] / total, fitted["share"])
    fitted = fitted.sort_values(["source", "share"], ascending=[True, False], kind="stable", ignore_index=True)
    return pd.DataFrame(
        {
            "source": fitted["source"],
            "target": fitted["target"],
            "share": fitted["share"],
            "covers": fitted["of_target"],
            "by": fitted["by"],
        }
    )


def _overlap(from_geometry: NDArray[np.object_], to_geometry: NDArray[np.object_]) -> pd.DataFrame:
    source, target = shapely.STRtree(to_geometry).query(from_geometry, predicate="intersects")
    common = shapely.area(shapely.intersection(from_geometry[source], to_geometry[target]))
    pairs = pd.DataFrame(
        {
            "source": source,
            "target": target,
            "of_source": common / shapely.area(from_geometry)[source],
            "of_target": common / shapely.area(to_geometry)[target],
        }
    )
    real: pd.DataFrame = pairs.loc[common > 0].reset_index(drop=True)
    return real


def name_kinds(fitted: pd.DataFrame, size: int, from_names: Sequence[str], to_names: Sequence[str]) -> tuple[str, ...]:
    """Name what became of each old area.

    Parameters
    ----------
    fitted
        Of `fit_areas`.
    size
        Number of old areas.
    from_names, to_names
        Names of the old and the new areas.

    Returns
    -------
    tuple of str
        One of `KINDS` for each old area: ``equal``, ``renamed`` (the same code and ground), ``recoded`` (the same
        ground under another code), ``merged`` (wholly part of a new area, like all else that is), ``split`` (into new
        areas that hold nothing else), ``changed`` (a boundary moved) or ``gone`` (no ground in common).
    """
    kinds = ["gone"] * size
    parts = fitted.loc[fitted["covers"] >= SLIVER]
    makers = parts.groupby("target")["source"].nunique().to_dict()
    partly = set(parts.loc[parts["share"] < 1 - SLIVER, "target"].tolist())
    for position in fitted["source"].unique().tolist():
        rows = fitted.loc[fitted["source"] == position]
        targets = [int(target) for target in rows["target"]]
        by = str(rows["by"].iloc[0])
        if by == "code":
            kinds[position] = "equal" if from_names[position] == to_names[targets[0]] else "renamed"
        elif by == "shape":
            kinds[position] = "recoded"
        elif len(targets) == 1 and targets[0] not in partly and makers.get(targets[0], 1) > 1:
            kinds[position] = "merged"
        elif len(targets) > 1 and all(makers.get(target, 1) == 1 for target in targets):
            kinds[position] = "split"
        else:
            kinds[position] = "changed"
    return tuple(kinds)


def carry_over(values: NDArray[np.float64], fitted: pd.DataFrame, size: int) -> NDArray[np.float64]:
    """Carry counts of old areas over to the new ones by their shares.

    Parameters
    ----------
    values
        Counts by old area. Shape (n,) or (n, k).
    fitted
        Of `fit_areas`.
    size
        Number of new areas, m.

    Returns
    -------
    ndarray
        Counts by new area, NaN where a part comes from an old area whose count is unknown. Shape (m,) or (m, k).
    """
    columns = np.atleast_2d(values.T).T
    carried = np.zeros((size, columns.shape[1]))
    source, target = fitted["source"].to_numpy(), fitted["target"].to_numpy()
    np.add.at(carried, target, columns[source] * fitted["share"].to_numpy()[:, None])
    met = np.zeros(size, dtype=bool)
    met[target] = True
    carried[~met] = np.nan
    return carried if values.ndim > 1 else carried[:, 0]
