"""Who somebody is: from the claims of the sign-in provider, or from the account on this machine."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from hotspots.access import LAPTOP, Person, Role
from hotspots.errors import AccessError
from hotspots.settings import EMBEDDED_AREAS
from hotspots.sources.roles import MAX_NAME, RoleEntry, RoleTable, read_roles
from hotspots.store.areas import list_areas

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from hotspots.settings import Settings

SIGNED_IN, CLAIMED, ACCOUNT = "sign-in:", "claim:", "account:"
"""How a person was recognised (signed in and named in the file, or by claims alone); what follows is by what."""
_OUTLINES: dict[tuple[str, int, frozenset[str]], bytes] = {}
_MOST_OUTLINES = 64
_SKEW_SECONDS = 300
"""How far the provider's clock may be ahead."""


def identify_account(settings: Settings) -> Settings:
    """Put the settings in the hands of the account that runs this program.

    Raises
    ------
    AccessError
        If somebody has said who may do what, and the account is not among them.
    InputError
        If the file of roles cannot be used.
    """
    return replace(settings, person=find_account(settings))


def find_account(settings: Settings) -> Person:
    """Return the person whose account runs this program; on a laptop where nobody has said who may do what, its user.

    Raises
    ------
    AccessError, InputError
        As for :func:`identify_account`.
    """
    if not settings.is_guarded:
        return LAPTOP
    account = name_account()
    table = _read_table(settings)
    entry = table.find(account=account)
    if entry is None or entry.role is None:
        raise AccessError(f"The account “{account}” of this machine has no role here; ask an administrator for one.")
    return _to_person(settings, entry, ACCOUNT + account, None)


def name_account() -> str:
    """Return the account that runs this program, as the system knows it: no variable of the environment changes it."""
    try:
        import pwd  # noqa: PLC0415 - there is none on Windows
    except ImportError:
        return os.getlogin()
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def find_signed_in(settings: Settings, claims: Mapping[str, Any], *, now: float | None = None) -> Person:
    """Return the person whom the sign-in provider names.

    What the file says of a person goes before what the provider says; somebody whom the file gives the role “none” is
    not let in.

    Parameters
    ----------
    settings
        Name the file of roles and the length of a session.
    claims
        Of the identity token, already verified.
    now
        Seconds since 1970; the clock by default.

    Raises
    ------
    AccessError
        If the session has ended, the provider does not name the person, or the person has no role.
    InputError
        If the file of roles cannot be used.
    """
    now = time.time() if now is None else now
    until = _end_session(settings, claims, now)
    table = _read_table(settings)
    key = claims.get(table.identity)
    if not isinstance(key, str) or not key.strip() or not key.isprintable():
        raise AccessError(f"The sign-in provider does not say who you are (claim “{table.identity}”); ask its keeper.")
    if table.identity == "email" and str(claims.get("email_verified", True)).casefold() == "false":
        raise AccessError("The sign-in provider has not verified your email address; confirm it there, then sign in.")
    named = table.find(sign_in=key)
    entry = named or _from_claims(table, claims, key)
    if entry.role is None:
        raise AccessError("You are signed in, but have no role here; ask an administrator for one.")
    person = _to_person(settings, entry, (SIGNED_IN if named else CLAIMED) + key.strip(), until)
    return person if named else replace(person, claims=_keep_claims(table, claims))


def renew(settings: Settings, person: Person | None) -> Person | None:
    """Look a person up again, where the token is not at hand: a role that was withdrawn is withdrawn at once.

    For somebody known by claims alone, the claims that counted at sign-in are asked of the file as it is now.

    Raises
    ------
    AccessError, InputError
        As for :func:`find_signed_in`.
    """
    if person is None or not settings.is_guarded:
        return person
    if person.key.startswith(ACCOUNT):
        return find_account(settings)
    table = _read_table(settings)
    key = person.key.removeprefix(SIGNED_IN).removeprefix(CLAIMED)
    entry = table.find(sign_in=key)
    known = {path for path, _values in person.claims}
    # A claim that the file did not read at sign-in was not kept, and nothing can be said of its values.
    if entry is None and person.key.startswith(CLAIMED) and {table.roles_claim, table.areas_claim} - {""} <= known:
        entry = _from_claims(table, dict(person.claims), key)
    elif entry is None:
        raise AccessError("The file of roles does not name you any more; open the page again to see what you may do.")
    if entry.role is None:
        raise AccessError("You are signed in, but have no role here; ask an administrator for one.")
    return replace(_to_person(settings, entry, person.key, person.until), claims=person.claims)


def _end_session(settings: Settings, claims: Mapping[str, Any], now: float) -> float:
    began = claims.get("iat")
    if isinstance(began, bool) or not isinstance(began, int | float) or began > now + _SKEW_SECONDS:
        raise AccessError("The sign-in provider does not say when you signed in (claim “iat”); ask its keeper.")
    until = float(began) + 3600 * settings.session_hours
    if now >= until:
        raise AccessError(f"Your session has ended after {settings.session_hours:g} hours; sign in again.")
    return until


def _read_table(settings: Settings) -> RoleTable:
    if settings.roles_file is None:
        raise AccessError("Nobody has a role here yet: there is no file of roles; ask an administrator for one.")
    return read_roles(settings.roles_file)


def _from_claims(table: RoleTable, claims: Mapping[str, Any], key: str) -> RoleEntry:
    given = [table.roles[value] for value in _values(claims, table.roles_claim) if value in table.roles]
    order = list(Role)
    role = max(given, key=order.index) if given else table.default
    areas = [code for value in _values(claims, table.areas_claim) for code in table.areas.get(value, ())]
    return RoleEntry(" ".join(key.split())[:MAX_NAME], key, "", role, tuple(areas))


def _keep_claims(table: RoleTable, claims: Mapping[str, Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Keep of a token the claims that the file reads."""
    paths = dict.fromkeys(path for path in (table.roles_claim, table.areas_claim) if path)
    return tuple((path, tuple(_values(claims, path))) for path in paths)


def _values(claims: Mapping[str, Any], path: str) -> list[str]:
    """Return the texts of a claim; points in its name lead inwards, as in realm_access.roles."""
    if not path:
        return []
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
    if isinstance(found, str):
        return [found]
    return [value for value in found if isinstance(value, str)] if isinstance(found, list | tuple) else []


def _to_person(settings: Settings, entry: RoleEntry, key: str, until: float | None) -> Person:
    role = entry.role or Role.VIEWER
    areas = frozenset(expand_areas(settings, entry.areas)) if role is Role.NEIGHBOURHOOD else frozenset()
    outline = partial(outline_wards, replace(settings, person=None), areas) if areas else None
    return Person(entry.name, role, areas, key, until, outline)


def outline_wards(settings: Settings, codes: frozenset[str]) -> bytes:
    """Return the outline of wards, of those that are loaded; kept while the boundaries stay the same.

    Returns
    -------
    bytes
        WKB (EPSG:4326); empty when none of them is loaded.
    """
    # Drawn areas are few, and most commands ask for none.
    import numpy as np  # noqa: PLC0415 - only where an area has an outline
    import shapely  # noqa: PLC0415 - only where an area has an outline

    from hotspots.crs import geometry_to_wgs84  # noqa: PLC0415 - only where an area has an outline
    from hotspots.store.boundaries import KEPT, read_active  # noqa: PLC0415 - only where an area has an outline

    kept = settings.boundaries_home / KEPT
    key = (str(kept), kept.stat().st_mtime_ns if kept.is_file() else 0, codes)
    if key not in _OUTLINES:
        boundaries = read_active(settings)
        own = boundaries.geometry[np.isin(np.asarray(boundaries.codes), sorted(codes))]
        if len(_OUTLINES) >= _MOST_OUTLINES:
            _OUTLINES.clear()
        whole = np.array([shapely.union_all(own)], dtype=object)
        _OUTLINES[key] = bytes(shapely.to_wkb(geometry_to_wgs84(whole)[0])) if len(own) else b""
    return _OUTLINES[key]


def expand_areas(settings: Settings, codes: Iterable[str]) -> set[str]:
    """Add the wards of each named area, and each named area whose wards are all there."""
    path = settings.areas_file or EMBEDDED_AREAS
    named = _list_areas(path, path.stat().st_mtime_ns)
    given = set(codes)
    wards = given | {ward for code, own in named.items() if code in given for ward in own}
    return wards | {code for code, own in named.items() if wards.issuperset(own)}


@lru_cache(maxsize=8)
def _list_areas(path: Path, _changed: int) -> dict[str, tuple[str, ...]]:
    return {area.code: area.ward_codes for area in list_areas(path)}
