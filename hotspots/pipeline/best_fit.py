"""Read what was counted on the wards of one year on those of another, and say how much of it is approximated."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.analysis.best_fit import KINDS, carry_over, fit_areas, name_kinds
from hotspots.errors import InputError, UnknownNameError
from hotspots.pipeline.records import find_areas
from hotspots.pipeline.world import open_store
from hotspots.schemas import NamedArea
from hotspots.sources.boundaries import read_boundaries
from hotspots.sources.feature_files import read_features
from hotspots.store.areas import read_areas
from hotspots.store.boundary_sets import find_set, read_set

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from hotspots.schemas import Boundaries
    from hotspots.settings import Settings

PERIODS = ("month", "year", "quarter", "period", "date", "week")
"""Headings of columns that tell rows of one area apart and are no counts."""
LARGER_PART = 0.5
"""Share of a new ward that must lie in the old wards of a named area for it to belong to the area."""
_CODE, _NAME = r"(WD|LSOA|MSOA|LAD|PFA)\d\dCD", r"(WD|LSOA|MSOA|LAD|PFA)\d\dNM"
_ROUNDING = 1e-3
_SHOWN = 12


@dataclass(frozen=True, eq=False)
class Held:
    """How the shares stand the test of the incidents that are loaded, whose points are known.

    Attributes
    ----------
    incidents
        Located incidents in the old areas.
    approximated
        Those of them in areas that are shared out by area.
    misplaced
        Those that would be counted in another area than the one their point lies in.
    """

    incidents: int
    approximated: int
    misplaced: float


@dataclass(frozen=True, eq=False)
class BestFit:
    """What became of each area of one set in another.

    Attributes
    ----------
    before, after
        The two sets.
    shares
        Of `analysis.best_fit.fit_areas`.
    kinds
        What became of each area of `before`.
    held
        The test with the loaded incidents; None when none lies in the old areas.
    """

    before: Boundaries
    after: Boundaries
    shares: pd.DataFrame
    kinds: tuple[str, ...]
    held: Held | None

    @property
    def counted(self) -> dict[str, int]:
        """How many areas became what, in the order of `KINDS`."""
        found = Counter(self.kinds)
        return {kind: found[kind] for kind in KINDS}

    @property
    def area_approximated(self) -> float:
        """Share of the old ground that is shared out by area, or lost."""
        ground = self.before.area_km2
        return float(ground[_find_approximated(self.kinds)].sum() / ground.sum())

    def list_shares(self) -> list[dict[str, Any]]:
        """List one entry for each old and new area that share ground, and one for each old area that has none."""
        old, new = self.before, self.after
        listed = [
            {
                "from_code": old.codes[row["source"]],
                "from_name": old.names[row["source"]],
                "to_code": new.codes[row["target"]],
                "to_name": new.names[row["target"]],
                "share": round(row["share"], 6),
                "share_of_new": round(row["covers"], 6),
                "by": row["by"],
                "kind": self.kinds[row["source"]],
            }
            for row in self.shares.to_dict("records")
        ]
        listed += [
            {
                "from_code": old.codes[position], "from_name": old.names[position], "to_code": "", "to_name": "",
                "share": 0.0, "share_of_new": 0.0, "by": "", "kind": kind,
            }
            for position, kind in enumerate(self.kinds)
            if kind == "gone"
        ]  # fmt: skip
        return listed

    def to_json(self) -> dict[str, Any]:
        """Write the fit as plain values."""
        return {
            "from": _describe(self.before),
            "to": _describe(self.after),
            "areas": self.counted,
            "area_approximated": round(self.area_approximated, 6),
            "incidents": None
            if self.held is None
            else {
                "in_old_areas": self.held.incidents,
                "approximated": self.held.approximated,
                "misplaced": round(self.held.misplaced, 1),
            },
            "shares": self.list_shares(),
        }

    def to_text(self) -> str:
        """Write the fit as people read it in a terminal."""
        ground = (
            f"  {1 - self.area_approximated:.1%} of the ground passes over whole, by code or by outline; "
            f"{self.area_approximated:.1%} is shared out by area."
        )
        lines = [
            f"From {self.before.name} ({len(self.before):,} areas) to {self.after.name} ({len(self.after):,} areas):",
            f"  {', '.join(f'{number:,} {kind}' for kind, number in self.counted.items() if number)}.",
            ground,
        ]
        if self.held is not None and self.held.incidents:
            held = self.held
            lines.append(
                f"  Of {held.incidents:,} incidents, {held.approximated / held.incidents:.1%} lie in areas that are "
                f"shared out; held against their points, {held.misplaced / held.incidents:.2%} of all would be counted "
                "in another area."
            )
        told = [line for line in map(self._tell, range(len(self.kinds))) if line]
        lines += told[:_SHOWN]
        if len(told) > _SHOWN:
            lines.append(f"  … and {len(told) - _SHOWN:,} more; --format csv lists all.")
        return "\n".join(lines)

    def _tell(self, position: int) -> str:
        kind = self.kinds[position]
        if kind == "equal":
            return ""
        name = f"{self.before.names[position]} ({self.before.codes[position]})"
        rows = self.shares.loc[self.shares["source"] == position]
        parts = [
            f"{self.after.names[row['target']]} ({self.after.codes[row['target']]})"
            + (f" {row['share']:.0%}" if row["by"] == "area" else "")
            for row in rows.to_dict("records")
        ]
        return f"  {kind}: {name} → {', '.join(parts) or 'nowhere'}"


def fit_boundaries(settings: Settings, before: str, after: str) -> BestFit:
    """Fit one set of boundaries to another, by code and then by area.

    Parameters
    ----------
    settings
        Where the data home lies.
    before, after
        The old and the new set: ``current``, ``embedded``, the number or version of a set that is kept, or a boundary
        file with columns such as ``WD20CD`` and ``WD20NM``.

    Raises
    ------
    InputError
        If there is no such set, a file cannot be used, or the two share no ground.
    StoreError
        If a kept set cannot be read.
    """
    old, new = _open(settings, before), _open(settings, after)
    shares = fit_areas(old.codes, old.geometry, new.codes, new.geometry)
    if not len(shares):
        raise InputError(
            f"“{old.name}” and “{new.name}” share no ground, so nothing can be read from one to the other."
        )
    kinds = name_kinds(shares, len(old), old.names, new.names)
    return BestFit(old, new, shares, kinds, _hold_against_points(settings, old, new, shares, kinds))


def _open(settings: Settings, name: str) -> Boundaries:
    path = Path(name)
    if not path.is_file():
        return read_set(settings, find_set(settings, name))
    columns = list(read_features(path, max_file_bytes=settings.max_file_bytes).columns)
    code, title = (
        next((column for column in columns if re.fullmatch(pattern, column, re.IGNORECASE)), "")
        for pattern in (rf"{_CODE}|(ward_|area_)?code", rf"{_NAME}|(ward_|area_)?name")
    )
    if not code:
        raise InputError(
            f"{path.name} has no column of codes such as WD20CD (its columns: {', '.join(columns[:8])}); bring it in "
            "with “hotspots boundaries import”, and name the set by its number."
        )
    return read_boundaries(path, code=code, name=title or code, max_file_bytes=settings.max_file_bytes)[0]


def _find_approximated(kinds: Sequence[str]) -> NDArray[np.bool_]:
    # What is merged lies wholly in its new area: nothing of it is approximated.
    return np.array([kind in {"split", "changed", "gone"} for kind in kinds])


def _hold_against_points(
    settings: Settings, old: Boundaries, new: Boundaries, shares: pd.DataFrame, kinds: Sequence[str]
) -> Held | None:
    """Compare, for all loaded incidents, the area by share of ground with the area that the point lies in."""
    store, _ = open_store(settings)
    rows = store.read()
    source, target = (find_areas(rows.lon, rows.lat, areas) for areas in (old, new))
    inside = source >= 0
    if not inside.any():
        return None
    weights = rows.n[inside].astype(np.float64)
    by_source = np.bincount(source[inside], weights=weights, minlength=len(old))
    # Outside all new areas counts as an area of its own, behind the others.
    real = np.zeros((len(old), len(new) + 1))
    np.add.at(real, (source[inside], np.where(target[inside] >= 0, target[inside], len(new))), weights)
    shared = np.zeros_like(real)
    shared[shares["source"].to_numpy(), shares["target"].to_numpy()] = shares["share"].to_numpy()
    shared[:, -1] = np.maximum(1 - shared.sum(axis=1), 0)
    misplaced = np.abs(real - by_source[:, None] * shared).sum() / 2
    approximated = by_source[_find_approximated(kinds)].sum()
    return Held(int(by_source.sum()), int(approximated), float(misplaced))


def _describe(item: Boundaries) -> dict[str, Any]:
    return {"name": item.name, "areas": len(item), "vintage": item.vintage, "source": item.source}


def carry_series(fit: BestFit, path: Path) -> list[dict[str, Any]]:
    """Read a CSV table of counts by old area on the new areas.

    Parameters
    ----------
    fit
        The fit of the two sets.
    path
        A table with a column of old codes; columns headed as one of `PERIODS` tell the rows of an area apart, columns
        of numbers are carried over, others are left out.

    Returns
    -------
    list of dict
        ``code``, ``name``, the periods, and each count, NaN where a part of a new area has no row; ordered by period
        and then as the new set.

    Raises
    ------
    InputError
        If the table cannot be read, holds a code that the old set lacks, or two rows for one area and period.
    """
    header, rows = _read_rows(path)
    known = {code: position for position, code in enumerate(fit.before.codes)}
    code_cell = max(range(len(header)), key=lambda cell: sum(row[cell] in known for _, row in rows))
    periods = [cell for cell, name in enumerate(header) if name.casefold() in PERIODS and cell != code_cell]
    counts = [
        cell
        for cell in range(len(header))
        if cell != code_cell and cell not in periods and all(_is_number(row[cell]) for _, row in rows)
    ]
    if not counts:
        raise InputError(f"{path.name} has no column of numbers to carry over (its columns: {', '.join(header[:8])}).")
    tables: dict[tuple[str, ...], NDArray[np.float64]] = {}
    for line, row in rows:
        code = row[code_cell]
        if not code:
            continue  # what lies outside all areas, as “hotspots searches” writes it
        if code not in known:
            raise UnknownNameError(f"code in {path.name}, row {line}, of {fit.before.name}", code, fit.before.codes)
        key = tuple(row[cell] for cell in periods)
        table = tables.setdefault(key, np.full((len(known), len(counts)), np.nan))
        if np.isfinite(table[known[code]]).any():
            raise InputError(f"{path.name}, row {line} gives {code} a second time; keep one row for each area.")
        table[known[code]] = [float(row[cell].replace(",", "") or "nan") for cell in counts]
    return [
        {
            "code": fit.after.codes[position],
            "name": fit.after.names[position],
            **dict(zip((header[cell] for cell in periods), key, strict=True)),
            **{header[cell]: round(float(value), 6) for cell, value in zip(counts, values, strict=True)},
        }
        for key, table in sorted(tables.items())
        for position, values in enumerate(carry_over(table, fit.shares, len(fit.after)))
    ]


def _read_rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}); give a CSV table in UTF-8.") from None
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(row)]
    except csv.Error as error:
        raise InputError(f"{path.name}, row {reader.line_num} is not CSV ({error}); save the table as CSV.") from None
    if len(rows) < 2:  # noqa: PLR2004 - a header and one row
        raise InputError(f"{path.name} holds no rows; give a CSV table of counts by area code.")
    header = rows[0][1]
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise InputError(f"{path.name}, row {line} has {len(row)} cells where the header has {len(header)}.")
    return header, rows[1:]


def _is_number(text: str) -> bool:
    try:
        return text == "" or np.isfinite(float(text.replace(",", "")))
    except ValueError:
        return False


def carry_areas(fit: BestFit, settings: Settings) -> tuple[tuple[NamedArea, ...], tuple[str, ...]]:
    """Name the wards of the new set that make up each named area of the old one.

    A new ward belongs to an area when more than half of it lies in the area's old wards.

    Returns
    -------
    tuple of NamedArea
        The areas on the new wards; those with none are left out.
    tuple of str
        A sentence for each area that is not exactly what it was.

    Raises
    ------
    InputError
        If the file of named areas cannot be used with the old set.
    """
    carried, said = [], []
    for area in read_areas(settings, fit.before):
        wards = {fit.before.index(code) for code in area.ward_codes}
        inside = fit.shares.loc[fit.shares["source"].isin(wards)]
        covered = inside.groupby("target")["covers"].sum()
        chosen = [int(target) for target in covered.index[covered > LARGER_PART + _ROUNDING]]
        if not chosen:
            said.append(f"{area.name}: no new ward lies in it; it is left out.")
            continue
        kept = float((inside["share"] * fit.before.area_km2[inside["source"]])[inside["target"].isin(chosen)].sum())
        before = float(fit.before.area_km2[list(wards)].sum())
        after = float(fit.after.area_km2[chosen].sum())
        if min(kept / before, kept / after) < 1 - 0.02:
            said.append(
                f"{area.name}: the new wards keep {kept / before:.0%} of its ground, and {1 - kept / after:.0%} of "
                "theirs was not in it."
            )
        carried.append(NamedArea(area.code, area.name, tuple(fit.after.codes[ward] for ward in chosen), area.note))
    return tuple(carried), tuple(said)


def write_areas(areas: Sequence[NamedArea]) -> str:
    """Write named areas as the file that ``HOTSPOTS_AREAS`` names."""

    def quote(text: str) -> str:
        plain = text.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in plain) + '"'

    return "\n".join(
        f"[[area]]\ncode = {quote(area.code)}\nname = {quote(area.name)}\n"
        f"wards = [{', '.join(map(quote, area.ward_codes))}]\n" + (f"note = {quote(area.note)}\n" if area.note else "")
        for area in areas
    )
