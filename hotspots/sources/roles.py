"""The file of roles: who is who, by the claims of the sign-in provider or the accounts of this machine.

Form (TOML), each part may be left out::

    default = "none"                  # role of people who are signed in and not named below

    [sign_in]
    identity = "email"                # the claim that names a person
    roles = "realm_access.roles"      # the claim that holds what `[roles]` translates; points lead inwards
    areas = "groups"                  # the claim that holds what `[areas]` translates

    [roles]
    "hotspots-analyst" = "analyst"

    [areas]
    "nt-ashington" = ["ashington"]

    [[person]]
    name = "PS 1234"                  # what the log says
    sign_in = "jo.smith@force.example"
    account = "jsmith"
    role = "neighbourhood"
    areas = ["ashington", "E05009126"]
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hotspots.access import PROGRAM, Role
from hotspots.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NONE = "none"
"""The role of those who are not let in."""
MAX_NAME = 80
_KEYS = {"default", "sign_in", "roles", "areas", "person"}
_PERSON = {"name", "sign_in", "account", "role", "areas"}
_SIGN_IN = {"identity", "roles", "areas"}


@dataclass(frozen=True)
class RoleEntry:
    """A person of the file.

    Attributes
    ----------
    name
        What the log says.
    sign_in, account
        By what the person is recognised; empty when not at all in that way.
    role
        None for somebody who is not let in, whatever the provider says.
    areas
        Codes of named areas or wards.
    """

    name: str
    sign_in: str
    account: str
    role: Role | None
    areas: tuple[str, ...]


@dataclass(frozen=True)
class RoleTable:
    """What the file says.

    Attributes
    ----------
    people
        In the order of the file.
    default
        The role of people who are signed in and neither named nor mapped; None when they are not let in.
    identity, roles_claim, areas_claim
        Claims of the provider.
    roles, areas
        What values of those claims mean.
    """

    people: tuple[RoleEntry, ...] = ()
    default: Role | None = None
    identity: str = "email"
    roles_claim: str = ""
    areas_claim: str = ""
    roles: Mapping[str, Role] = field(default_factory=dict)
    areas: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def find(self, *, sign_in: str = "", account: str = "") -> RoleEntry | None:
        """Find a person by the claim that names them, or by their account; None when the file does not name them."""
        for entry in self.people:
            if sign_in and entry.sign_in and fold(entry.sign_in) == fold(sign_in):
                return entry
            if account and entry.account == account:
                return entry
        return None


def fold(text: str) -> str:
    """Return a name for comparison: only the letters a to z lose their case, so that no look-alike is taken for one."""
    text = text.strip()
    return text.lower() if text.isascii() else text


def read_roles(path: Path) -> RoleTable:
    """Read the file of roles; an unchanged one is read once.

    Raises
    ------
    InputError
        If it cannot be read or is not of the documented form; the message says where.
    """
    try:
        seen = path.stat()
    except OSError as error:
        raise InputError(f"The file of roles {path} cannot be read ({error.strerror}); nobody is let in.") from None
    return _read(path, seen.st_mtime_ns, seen.st_size)


@lru_cache(maxsize=8)
def _read(path: Path, _changed: int, _size: int) -> RoleTable:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"The file of roles {path} cannot be read ({error.strerror}); nobody is let in.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path.name} is not a TOML file in UTF-8 ({error}); nobody is let in.") from None
    name = path.name
    _refuse_strange(table, _KEYS, name)
    sign_in = _table(table, "sign_in", name)
    _refuse_strange(sign_in, _SIGN_IN, f"{name}, [sign_in]")
    for key, value in sign_in.items():
        if not isinstance(value, str) or not value.strip():
            raise InputError(f"{name}, [sign_in]: {key} is not the name of a claim; write it in quotation marks.")
    entries = table.get("person", [])
    if not isinstance(entries, list):
        raise InputError(f"{name} has a person that is not in a list; write each under a heading [[person]].")
    people = tuple(_person(f"{name}, person {place}", entry) for place, entry in enumerate(entries, start=1))
    _refuse_twice(name, people)
    return RoleTable(
        people=people,
        default=_role(f"{name}, default", table.get("default", NONE)),
        identity=sign_in.get("identity", "email"),
        roles_claim=sign_in.get("roles", ""),
        areas_claim=sign_in.get("areas", ""),
        roles={
            value: role
            for value, given in _table(table, "roles", name).items()
            if (role := _role(f"{name}, [roles], {value}", given)) is not None
        },
        areas={
            value: _areas(f"{name}, [areas], {value}", given) for value, given in _table(table, "areas", name).items()
        },
    )


def _table(table: Mapping[str, Any], key: str, name: str) -> dict[str, Any]:
    found = table.get(key, {})
    if not isinstance(found, dict):
        raise InputError(f"{name}: {key} is not a table; write it under a heading [{key}].")
    return found


def _refuse_strange(table: Mapping[str, Any], known: set[str], where: str) -> None:
    strange = set(table) - known
    if strange:
        raise InputError(f"{where} has the key “{min(strange)}”; the keys are {', '.join(sorted(known))}.")


def _person(where: str, entry: Any) -> RoleEntry:
    if not isinstance(entry, dict):
        raise InputError(f"{where} is not a table; write each person under a heading [[person]].")
    _refuse_strange(entry, _PERSON, where)
    texts = {key: entry.get(key, "") for key in ("name", "sign_in", "account")}
    for key, value in texts.items():
        if not isinstance(value, str) or len(value) > MAX_NAME * 4 or not value.isprintable():
            raise InputError(f"{where}: {key} is not plain text; write it in quotation marks.")
    if not (texts["sign_in"].strip() or texts["account"].strip()):
        raise InputError(f"{where} can be recognised by nothing; add sign_in, account or both.")
    name = " ".join((texts["name"] or texts["sign_in"] or texts["account"]).split())[:MAX_NAME]
    if name.casefold() == PROGRAM.name:
        raise InputError(f"{where} is called “{PROGRAM.name}”, which stands for what the program carries; rename it.")
    if "role" not in entry:
        raise InputError(f"{where} ({name}) has no role; choose one of {_known()}.")
    role = _role(f"{where} ({name})", entry["role"])
    areas = _areas(f"{where} ({name})", entry.get("areas", []))
    if role is Role.NEIGHBOURHOOD and not areas:
        raise InputError(f'{where} ({name}) is a neighbourhood team without areas; add areas = ["ashington"].')
    return RoleEntry(name, texts["sign_in"].strip(), texts["account"].strip(), role, areas)


def _role(where: str, given: Any) -> Role | None:
    if given == NONE:
        return None
    try:
        return Role(given)
    except ValueError:
        raise InputError(f"{where}: “{given}” is not a role; choose one of {_known()}.") from None


def _known() -> str:
    return ", ".join([*Role, NONE])


def _areas(where: str, given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(code, str) and code.strip() for code in given):
        raise InputError(f'{where}: areas is not a list of codes; write it as in areas = ["ashington", "E05009126"].')
    return tuple(code.strip() for code in given)


def _refuse_twice(name: str, people: tuple[RoleEntry, ...]) -> None:
    for what in ("sign_in", "account"):
        seen: set[str] = set()
        for entry in people:
            key = fold(getattr(entry, what))
            if key and key in seen:
                raise InputError(f"{name}: two people have the {what} “{key}”; each stands in the file once.")
            seen.add(key)
