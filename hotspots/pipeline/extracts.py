"""Bring a force's own extract in: guess or reuse its column mapping, try it out, load it, and say what it overlaps."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.access import Action, require
from hotspots.errors import InputError, StoreError, UnknownNameError
from hotspots.months import format_month, list_months
from hotspots.sources.extract_guess import guess_mapping, guess_types
from hotspots.sources.extract_tables import ExtractTable, read_table
from hotspots.sources.extracts import ExtractRows, Mapping, read_extract
from hotspots.sources.street import FORCES
from hotspots.store.harm import read_harm
from hotspots.store.incidents import IncidentStore
from hotspots.store.manifest import write_file
from hotspots.terms import slug

if TYPE_CHECKING:
    from collections.abc import Mapping as AnyMapping
    from collections.abc import Sequence
    from pathlib import Path

    from hotspots.settings import Settings
    from hotspots.store.manifest import Manifest

PARTS = ("date", "date_to", "type", "x", "y", "grid", "id", "outcome")
"""What a column may be."""
_SHOWN = 24


@dataclass(frozen=True)
class Overlap:
    """Months that another source holds too.

    Attributes
    ----------
    source
        Its code.
    months
        The months in common.
    rows, other_rows
        Incidents of those months in the extract and in the other source.
    same_ids
        Crime numbers that stand in both.
    """

    source: str
    months: tuple[int, ...]
    rows: int
    other_rows: int
    same_ids: int


@dataclass(frozen=True, eq=False)
class Trial:
    """What loading a table by a mapping would do; nothing is stored yet.

    Attributes
    ----------
    table, mapping
        What would be read, and how.
    rows
        What came of it.
    unweighed
        Types without harm days: they count as incidents and weigh nothing. Rows by name.
    overlaps
        With what is loaded.
    """

    table: ExtractTable
    mapping: Mapping
    rows: ExtractRows
    unweighed: AnyMapping[str, int]
    overlaps: tuple[Overlap, ...]

    def to_json(self) -> dict[str, Any]:
        """Write the trial as plain values."""
        return {
            "mapping": self.mapping.to_json(),
            "report": self.rows.report.to_json(),
            "types": {
                word: {"rows": rows, "as": self.mapping.types.get(word, word)}
                for word, rows in self.rows.type_counts.items()
            },
            "unweighed": dict(self.unweighed),
            "overlaps": [
                {**vars(item), "months": [format_month(month) for month in item.months]} for item in self.overlaps
            ],
        }

    def to_text(self) -> str:
        """Write the trial as people read it in a terminal."""
        mapping, report = self.mapping, self.rows.report
        place = {
            "bng": f"{mapping.x} and {mapping.y} (British National Grid)",
            "wgs84": f"{mapping.x} and {mapping.y} (degrees)",
            "grid": f"{mapping.grid} (grid references)",
            "none": "none found",
        }[mapping.coordinates]
        order = "month first" if mapping.month_first else "day first"
        lines = [
            f"Source         {mapping.name} (code {mapping.code})",
            f"Date           {mapping.date}{f' to {mapping.date_to}' if mapping.date_to else ''} ({order})",
            f"Crime type     {mapping.type}",
            f"Coordinates    {place}",
            f"Crime number   {mapping.id or 'none'}",
            f"Outcome        {mapping.outcome or 'none'}",
            f"Rows           {report.rows_read:,} read, {report.rows_kept:,} kept",
            f"No location    {report.rows_without_location:,} rows",
            f"Months         {list_months(report.months)}",
            "Types",
        ]
        counts = list(self.rows.type_counts.items())
        lines += [f"  {rows:>8,}  {word} → {self.mapping.types.get(word, word)}" for word, rows in counts[:_SHOWN]]
        if len(counts) > _SHOWN:
            lines.append(f"  … and {len(counts) - _SHOWN:,} more")
        return "\n".join([*lines, *self.list_remarks("with --type 'THEIRS=Burglary'")])

    def list_remarks(self, way: str) -> list[str]:
        """List what to know before it is loaded, a sentence each; `way` is how a reader says what a type counts as."""
        report = self.rows.report
        lines = [
            f"{item.rows:,} rows turned away: {item.reason} (first in row {item.first_row:,})."
            for item in report.rejected
        ]
        lines += list(report.notes)
        if report.repeated_crime_ids:
            lines.append(f"{report.repeated_crime_ids:,} rows repeat a crime number; all are kept.")
        if self.unweighed:
            names = ", ".join(f"“{name}” ({rows:,})" for name, rows in list(self.unweighed.items())[:_SHOWN])
            lines.append(
                f"No harm is known for {names}: they count as incidents and weigh nothing. Say what each is "
                f"{way}, or add it to the harm table."
            )
        lines += [
            f"Overlaps with {item.source} in {list_months(item.months)}: {item.rows:,} incidents here, "
            f"{item.other_rows:,} there, {item.same_ids:,} crime numbers in both."
            for item in self.overlaps
        ]
        return lines


@dataclass(frozen=True)
class Loaded:
    """What a load of an extract did.

    Attributes
    ----------
    data_version
        Of the store after it.
    set_aside
        Sources that no longer count, because they hold the same months.
    """

    data_version: str
    set_aside: tuple[str, ...]


def plan_mapping(
    settings: Settings,
    table: ExtractTable,
    *,
    name: str,
    columns: AnyMapping[str, str] | None = None,
    types: AnyMapping[str, str] | None = None,
    coordinates: str | None = None,
    month_first: bool | None = None,
) -> Mapping:
    """Take the saved mapping of that name, or guess one; what the user says goes first.

    Raises
    ------
    InputError
        If a part of a mapping has another name.
    """
    for part in columns or {}:
        if part not in PARTS:
            raise UnknownNameError("part of a mapping", part, PARTS)
    saved = read_mapping(settings, name)
    mapping = saved or guess_mapping(table, name=name)
    if columns:
        mapping = Mapping.from_json({**mapping.to_json(), **columns}, label=name)
        if coordinates is None and {"x", "y"} & columns.keys():
            coordinates = "wgs84" if mapping.coordinates == "wgs84" else "bng"
        if coordinates is None and "grid" in columns:
            coordinates = "grid"
    if coordinates is not None:
        mapping = replace(mapping, coordinates=coordinates)
    if month_first is not None:
        mapping = replace(mapping, month_first=month_first)
    known = dict(mapping.types)
    if mapping.type and mapping.type in table.header:
        words = (" ".join(cell.split()) for cell in table.column(mapping.type))
        known = guess_types(words) | known
    folded = {" ".join(word.split()).casefold(): word for word in known} | {
        " ".join(cell.split()).casefold(): " ".join(cell.split())
        for cell in (table.column(mapping.type) if mapping.type in table.header else ())
    }
    known |= {folded.get(" ".join(word.split()).casefold(), word): ours for word, ours in (types or {}).items()}
    return replace(mapping, types=known)


def try_extract(settings: Settings, table: ExtractTable, mapping: Mapping) -> Trial:
    """Read a table by a mapping without storing anything.

    Raises
    ------
    InputError
        If the mapping does not fit, or the name is that of a force of police.uk.
    """
    if mapping.code in FORCES:
        raise InputError(
            f"“{mapping.name}” is the name under which police.uk's own data of that force are kept; give the extract "
            "another, such as “Niche crimes”."
        )
    rows = read_extract(table, mapping)
    days = read_harm(settings).days
    counted: dict[str, int] = {}
    for word, size in rows.type_counts.items():
        ours = mapping.types.get(word, word)
        if ours not in days:
            counted[ours] = counted.get(ours, 0) + size
    store = IncidentStore(settings.incidents_home)
    return Trial(table, mapping, rows, counted, _find_overlaps(store, store.open_read(), rows, mapping.code))


def _find_overlaps(store: IncidentStore, manifest: Manifest, rows: ExtractRows, code: str) -> tuple[Overlap, ...]:
    own = {item.month: item for item in rows.incidents}
    found = []
    for force, months in manifest.coverage.by_force.items():
        common = tuple(sorted(set(months) & set(own)))
        if force == code or not common:
            continue
        items = [item for item in manifest.months if item.force == force and item.month in own]
        keys = np.concatenate([own[month].crime_key for month in common])
        same = np.intersect1d(keys[keys != 0], store.read_crime_keys(items))
        found.append(
            Overlap(
                source=force,
                months=common,
                rows=sum(own[month].total for month in common),
                other_rows=sum(item.incidents for item in items),
                same_ids=len(same),
            )
        )
    return tuple(found)


def load_extract(settings: Settings, trial: Trial, *, with_others: bool = False) -> Loaded:
    """Store what was tried, and save its mapping for the next time.

    Parameters
    ----------
    settings
        Where the data home lies.
    trial
        Of `try_extract`.
    with_others
        Count the extract beside the sources that hold the same months. By default those are set aside, because crimes
        would be counted twice; they stay stored, and ``use_sources`` counts them again.

    Raises
    ------
    StoreError
        If it cannot be written; everything is then as it was.
    """
    require(settings.person, Action.LOAD)
    mapping = trial.mapping
    source = f"{trial.table.sha256}:extract:{mapping.code}"
    with IncidentStore(settings.incidents_home).begin() as load:
        for incidents in trial.rows.incidents:
            load.put(load.write(incidents, source=source))
        aside = set(load.manifest.set_aside) - {mapping.code}
        if not with_others:
            aside |= {item.source for item in trial.overlaps}
        entry = {"report": trial.rows.report.to_json(), "tables": len(trial.rows.incidents)}
        manifest = load.commit({source: entry}, set_aside=sorted(aside))
    _save_mapping(settings, mapping)
    return Loaded(manifest.data_version, manifest.set_aside)


def use_sources(settings: Settings, names: Sequence[str]) -> Manifest:
    """Count these sources and no others.

    Raises
    ------
    UnknownNameError
        If one is not loaded.
    """
    require(settings.person, Action.LOAD)
    with IncidentStore(settings.incidents_home).begin() as load:
        known = sorted({item.force for item in load.manifest.months})
        wanted = [slug(name) for name in names]
        for name in wanted:
            if name not in known:
                raise UnknownNameError("loaded source", name, known)
        return load.set_aside([name for name in known if name not in wanted])


def read_mapping(settings: Settings, name: str) -> Mapping | None:
    """Read the saved mapping of a source; None where there is none.

    Raises
    ------
    InputError
        If it is damaged.
    """
    path = _mapping_file(settings, name)
    try:
        values = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}); remove it, and the mapping is guessed again.") from None
    return Mapping.from_json(values, label=str(path))


def list_mappings(settings: Settings) -> list[Mapping]:
    """Read every saved mapping, by name."""
    codes = sorted(path.stem for path in settings.extracts_home.glob("*.json"))
    return [mapping for code in codes if (mapping := read_mapping(settings, code)) is not None]


def _save_mapping(settings: Settings, mapping: Mapping) -> None:
    path = _mapping_file(settings, mapping.name)
    try:
        write_file(path, json.dumps(mapping.to_json(), ensure_ascii=False, indent=1, sort_keys=True).encode())
    except OSError as error:
        raise StoreError(
            f"The mapping could not be saved at {path} ({error.strerror}); the data are loaded."
        ) from error


def _mapping_file(settings: Settings, name: str) -> Path:
    code = slug(name)
    if not code:
        raise InputError("The extract needs a name of letters or figures, such as “Crimes 2024”.")
    return settings.extracts_home / f"{code}.json"


def open_table(settings: Settings, source: str | Path, *, query: str | None = None, label: str = "") -> ExtractTable:
    """Read a table from a file or a database; messages call a file by its label, if it has one.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    return read_table(source, query=query, label=label, max_file_bytes=settings.max_file_bytes)
