"""A force's own kinds of activity, read from a TOML file and set beside the built-in ones."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hotspots.activity_kinds import KINDS, Kind, KindTable, Total
from hotspots.errors import InputError
from hotspots.terms import Phase, slug

if TYPE_CHECKING:
    from enum import StrEnum

    from hotspots.settings import Settings

_KEYS = {"code", "label", "group", "unit", "whole", "total", "safeguarding", "aliases"}
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MAX = 60


def read_kinds(settings: Settings) -> KindTable:
    """Read the kinds in force.

    Parameters
    ----------
    settings
        `kinds_file` names the force's own file; the built-in kinds stand alone when it is None.

    Returns
    -------
    KindTable
        Built-in kinds, then the force's own in the order of their file. A built-in kind keeps its unit and phase, so
        that figures of forces stay comparable; a force may give it further names with the same code.

    Raises
    ------
    InputError
        If the file is not of the documented form.
    """
    if settings.kinds_file is None:
        return KindTable()
    path = settings.kinds_file
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check that it may be opened.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path.name} is not a TOML file in UTF-8 ({error}); correct it.") from None
    entries = table.pop("kind", [])
    if table or not isinstance(entries, list):
        what = f"“{next(iter(table))}”" if table else "a kind that is not a list"
        raise InputError(f"{path.name} holds {what}; write each kind under a heading [[kind]].")
    kinds = {kind.code: kind for kind in KINDS}
    own: set[str] = set()
    for position, entry in enumerate(entries, start=1):
        where = f"{path.name}, kind {position}"
        kind = _parse_kind(entry, where)
        if kind.code in own:
            raise InputError(f"{where}: the code “{kind.code}” stands twice; give each kind its own.")
        own.add(kind.code)
        kinds[kind.code] = _join(kinds.get(kind.code), kind, where)
    return KindTable(tuple(kinds.values()))


def _join(built_in: Kind | None, kind: Kind, where: str) -> Kind:
    if built_in is None:
        return kind
    if (built_in.group, built_in.unit, built_in.whole, built_in.total) != (
        kind.group, kind.unit, kind.whole, kind.total,
    ):  # fmt: skip
        raise InputError(
            f"{where}: “{kind.code}” is built in, under {built_in.group} in {built_in.unit}; give your own kind "
            "another code, or keep its group, unit and total."
        )
    return replace(built_in, label=kind.label, aliases=(*built_in.aliases, built_in.label, *kind.aliases))


def _parse_kind(entry: Any, where: str) -> Kind:
    if not isinstance(entry, dict):
        raise InputError(f"{where} is not a table; write each kind under a heading [[kind]].")
    strange = set(entry) - _KEYS
    if strange:
        raise InputError(f"{where} has the key “{min(strange)}”; the keys are {', '.join(sorted(_KEYS))}.")
    label = entry.get("label")
    if not isinstance(label, str) or not label.strip() or len(label) > _MAX:
        raise InputError(
            f'{where} has no label of up to {_MAX} characters; add a line such as label = "Drone flights".'
        )
    code = entry.get("code", slug(label))
    if not isinstance(code, str) or not _CODE.fullmatch(code) or len(code) > _MAX:
        raise InputError(f"{where} ({label}) has the code “{code}”; write lower-case letters, digits and hyphens.")
    unit = entry.get("unit", "count")
    if not isinstance(unit, str) or not unit.strip() or len(unit) > 40:  # noqa: PLR2004 - as wide as the column
        raise InputError(f'{where} ({label}) has no usable unit; add a line such as unit = "hours".')
    for name in ("whole", "safeguarding"):
        if not isinstance(entry.get(name, False), bool):
            raise InputError(f"{where} ({label}): {name} is “{entry[name]}”; write true or false.")
    aliases = entry.get("aliases", [])
    if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
        raise InputError(f"{where} ({label}): aliases is not a list of names in quotation marks.")
    return Kind(
        code=code,
        label=label.strip(),
        group=_choice(entry.get("group"), Phase, f"{where} ({label}): group"),
        unit=unit.strip(),
        whole=entry.get("whole", unit.strip() == "count"),
        total=_choice(entry.get("total", "sum"), Total, f"{where} ({label}): total"),
        safeguarding=entry.get("safeguarding", False),
        aliases=tuple(aliases),
    )


def _choice(value: Any, kind: type[StrEnum], where: str) -> Any:
    try:
        return kind(value)
    except ValueError:
        raise InputError(f"{where} is “{value}”; write one of {', '.join(kind)}.") from None
