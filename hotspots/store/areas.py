"""Named areas: the unions of wards that a force works as one, read from a TOML file."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from hotspots.errors import InputError, UnknownNameError
from hotspots.schemas import NamedArea
from hotspots.settings import EMBEDDED_AREAS
from hotspots.terms import slug

if TYPE_CHECKING:
    from pathlib import Path

    from hotspots.schemas import Boundaries
    from hotspots.settings import Settings

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_KEYS = {"code", "name", "wards", "note"}


def read_areas(settings: Settings, boundaries: Boundaries) -> tuple[NamedArea, ...]:
    """Read the named areas that stand beside the wards.

    Parameters
    ----------
    settings
        `areas_file` names the force's own file; the three embedded pilot areas are read when it is None.
    boundaries
        The set whose codes the areas may use.

    Returns
    -------
    tuple of NamedArea
        In the order of the file. Embedded areas that the boundary set does not hold are left out, because a force's
        own boundaries need not cover Northumbria; in the force's own file an unknown ward is an error.

    Raises
    ------
    InputError
        If the file is not of the documented form, or names a ward that the boundaries do not hold.
    """
    path = settings.areas_file or EMBEDDED_AREAS
    areas = list_areas(path)
    known = set(boundaries.codes)
    if settings.areas_file is None:
        return tuple(area for area in areas if known.issuperset(area.ward_codes))
    for area in areas:
        for code in area.ward_codes:
            if code not in known:
                raise UnknownNameError(
                    f"ward for the area {area.name} of {path.name} in {boundaries.name}", code, known
                )
        if area.code in known:
            raise InputError(
                f"{path.name}: the area {area.name} has the code of a ward ({area.code}); give it another."
            )
    return areas


def list_areas(path: Path) -> tuple[NamedArea, ...]:
    """Read the named areas of a file, whether or not their wards are loaded.

    Raises
    ------
    InputError
        If it is not of the documented form.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); check that it is there and may be opened."
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path.name} is not a TOML file in UTF-8 ({error}); see the embedded areas.toml.") from error
    entries = table.pop("area", [])
    if table or not isinstance(entries, list):
        what = f"“{next(iter(table))}”" if table else "an area that is not a list"
        raise InputError(f"{path.name} holds {what}; write each area under a heading [[area]].")
    areas = tuple(_parse_area(path.name, position, entry) for position, entry in enumerate(entries, start=1))
    for what, values in (("code", [area.code for area in areas]), ("name", [area.name.casefold() for area in areas])):
        for value in values:
            if values.count(value) > 1:
                raise InputError(f"{path.name}: two areas have the {what} “{value}”; give each its own.")
    return areas


def _parse_area(file: str, position: int, entry: Any) -> NamedArea:
    where = f"{file}, area {position}"
    if not isinstance(entry, dict):
        raise InputError(f"{where} is not a table; write each area under a heading [[area]].")
    strange = set(entry) - _KEYS
    if strange:
        raise InputError(f"{where} has the key “{min(strange)}”; the keys are code, name, wards and note.")
    name, wards, note = entry.get("name"), entry.get("wards"), entry.get("note", "")
    if not isinstance(name, str) or not name.strip():
        raise InputError(f'{where} has no name; add a line such as name = "Ashington".')
    if not isinstance(wards, list) or not wards or not all(isinstance(ward, str) and ward.strip() for ward in wards):
        raise InputError(f'{where} ({name}) has no list of ward codes; add a line such as wards = ["E05009096"].')
    codes = tuple(ward.strip() for ward in wards)
    if len(set(codes)) != len(codes):
        twice = next(code for code in codes if codes.count(code) > 1)
        raise InputError(f"{where} ({name}) names the ward {twice} twice; name each ward once.")
    code = entry.get("code", slug(name))
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise InputError(
            f"{where} ({name}) has the code “{code}”; write lower-case letters, digits and hyphens, "
            f"such as “{slug(name)}”."
        )
    if not isinstance(note, str):
        raise InputError(f"{where} ({name}) has a note that is not text; write it in quotation marks.")
    return NamedArea(code=code, name=name.strip(), ward_codes=codes, note=note.strip())
