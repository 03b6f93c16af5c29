"""Read what police.uk publishes: find its files, tell their kinds by header, read street files.

Street files become incidents. Outcomes and stop-and-search files are recognised, so that they are never misread as
crimes; they are joined in later work.
"""

from __future__ import annotations

from hotspots.sources.files import STREET_COLUMNS, Kind, SourceFile, find_files
from hotspots.sources.street import StreetRows, name_force, parse_street, read_street

__all__ = [
    "STREET_COLUMNS",
    "Kind",
    "SourceFile",
    "StreetRows",
    "find_files",
    "name_force",
    "parse_street",
    "read_street",
]
