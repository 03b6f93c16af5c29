"""What a reader says about a file: how many rows it read and kept, and why it turned the others away."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hotspots.months import format_month, parse_month

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Rejection:
    """Rows of one file that were turned away for one reason.

    Attributes
    ----------
    reason
        In plain words, such as ``crime type is empty``.
    rows
        How many.
    first_row
        The first of them as a spreadsheet numbers it: the header is row 1.
    """

    reason: str
    rows: int
    first_row: int


@dataclass(frozen=True)
class FileReport:
    """What became of one file.

    Attributes
    ----------
    path
        The file as a person finds it; inside an archive, ``archive.zip: member.csv``.
    kind
        ``street``.
    rows_read, rows_kept, rows_without_location
        Blank lines do not count. Rows without a location are kept and are part of `rows_kept`.
    rejected
        Reasons with their rows, most frequent first.
    notes
        Sentences about what was put right or set aside.
    forces, months
        Force codes and months (since January 1970) that the kept rows hold, ascending.
    unknown_types
        Rows for each crime type that police.uk does not publish today; they are kept under their own name.
    repeated_crime_ids
        Rows whose Crime ID stands on another row of the same force as well; all of them are kept.
    first_repeated_row
        The first such row, or None.
    sha256
        Digest of the file's bytes, in hexadecimal.
    """

    path: str
    kind: str
    rows_read: int
    rows_kept: int
    rows_without_location: int
    rejected: tuple[Rejection, ...] = ()
    notes: tuple[str, ...] = ()
    forces: tuple[str, ...] = ()
    months: tuple[int, ...] = ()
    unknown_types: Mapping[str, int] = field(default_factory=dict)
    repeated_crime_ids: int = 0
    first_repeated_row: int | None = None
    sha256: str = ""

    def to_json(self) -> dict[str, Any]:
        """Write the report as plain values; months as ``YYYY-MM``."""
        return {
            "path": self.path,
            "kind": self.kind,
            "rows_read": self.rows_read,
            "rows_kept": self.rows_kept,
            "rows_without_location": self.rows_without_location,
            "rejected": [
                {"reason": item.reason, "rows": item.rows, "first_row": item.first_row} for item in self.rejected
            ],
            "notes": list(self.notes),
            "forces": list(self.forces),
            "months": [format_month(month) for month in self.months],
            "unknown_types": dict(self.unknown_types),
            "repeated_crime_ids": self.repeated_crime_ids,
            "first_repeated_row": self.first_repeated_row,
            "sha256": self.sha256,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> FileReport:
        """Read what `to_json` wrote.

        Raises
        ------
        KeyError
            If a value is missing.
        """
        return cls(
            path=values["path"],
            kind=values["kind"],
            rows_read=values["rows_read"],
            rows_kept=values["rows_kept"],
            rows_without_location=values["rows_without_location"],
            rejected=tuple(Rejection(**item) for item in values["rejected"]),
            notes=tuple(values["notes"]),
            forces=tuple(values["forces"]),
            months=tuple(parse_month(month) for month in values["months"]),
            unknown_types=dict(values["unknown_types"]),
            repeated_crime_ids=values["repeated_crime_ids"],
            first_repeated_row=values["first_repeated_row"],
            sha256=values["sha256"],
        )
