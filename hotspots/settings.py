"""Every setting, read from the environment once; each is documented in ``docs/settings.md``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from hotspots.access import LAPTOP, Person
from hotspots.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

_PACKAGE = Path(__file__).resolve().parent
_BUNDLE = _PACKAGE / "_bundle"
ROOT = _BUNDLE if _BUNDLE.is_dir() else _PACKAGE.parent
"""Where app.py, pages, data and static lie: the checkout, or the bundle inside an installed wheel."""

VARIABLES: dict[str, str] = {
    "HOTSPOTS_HOME": "The data home: loaded incidents, boundaries and named areas. Default: the user data folder.",
    "HOTSPOTS_MARKING": "The protective marking on every page and picture. Default: OFFICIAL.",
    "HOTSPOTS_AREAS": "A TOML file with the force's own named areas. Default: areas.toml in the data home, else "
    "the three pilot areas.",
    "HOTSPOTS_MY_AREA": "The area, by code or name, to which “My area” at the top of every page leads, for those who "
    "are not in a neighbourhood team. Default: none.",
    "HOTSPOTS_HARM": "A CSV file with the force's own harm weights. Default: harm.csv in the data home, else the "
    "Cambridge Crime Harm Index.",
    "HOTSPOTS_DATABASE_URL": "The operations ledger's database, such as postgresql://user@host/hotspots. Default: a "
    "SQLite file in the data home.",
    "HOTSPOTS_KINDS": "A TOML file with kinds of activity that the force adds. Default: kinds.toml in the data home, "
    "else none.",
    "HOTSPOTS_SMALL_COUNT": "Counts below it are withheld in public packs. Default: 5.",
    "HOTSPOTS_TILES": "Address of an online base map, such as https://tiles.example.org/{z}/{x}/{y}.png. Default: "
    "none, because a tile request tells its server where an operation is.",
    "HOTSPOTS_POLICE_UK": "Address of the publisher of crimes that “hotspots fetch” asks. Default: "
    "https://data.police.uk.",
    "HOTSPOTS_ONS": "Address of the feature services that “hotspots fetch-boundaries” asks. Default: those of the ONS "
    "Open Geography Portal.",
    "HOTSPOTS_NOMIS": "Address of the service of residents that “hotspots fetch-population” asks. Default: that of "
    "Nomis (ONS), https://www.nomisweb.co.uk/api/v01.",
    "HOTSPOTS_DEPRIVATION": "Address of the feature service that “hotspots fetch-deprivation” asks. Default: the "
    "English Indices of Deprivation 2019 of the Ministry of Housing, Communities and Local Government.",
    "HOTSPOTS_FETCH_HOSTS": "Further hosts to which a publisher may redirect, comma-separated. Default: "
    "policeuk-data.s3.amazonaws.com, where data.police.uk keeps its archives.",
    "HOTSPOTS_LOG": "Form of the dashboard's log: text, or json for one object a line and nothing that a user typed. "
    "Default: text.",
    "HOTSPOTS_MAX_UPLOAD_MB": "Largest archive member and file that is read, in megabytes. Default: 500.",
    "HOTSPOTS_PAGE_UPLOAD_MB": "Largest file that a page takes from a browser, in megabytes. Default: 50.",
    "HOTSPOTS_SIGN_IN": "“required” opens the dashboard only to people who have signed in and have a role; “none” "
    "opens it to whoever sits at this machine. Default: none, unless sign-in is configured.",
    "HOTSPOTS_ROLES_FILE": "A TOML file that says who may do what. Default: roles.toml in the data home, else whoever "
    "sits at this machine is administrator.",
    "HOTSPOTS_OIDC_METADATA_URL": "Address of the sign-in provider's description, ending in "
    "/.well-known/openid-configuration. Default: none, and no sign-in.",
    "HOTSPOTS_OIDC_CLIENT_ID": "What the sign-in provider calls this dashboard. Default: none.",
    "HOTSPOTS_OIDC_CLIENT_SECRET": "The secret that the sign-in provider gave to this dashboard. Default: none.",
    "HOTSPOTS_OIDC_REDIRECT_URI": "The dashboard's own address, ending in /oauth2callback. Default: none.",
    "HOTSPOTS_COOKIE_SECRET": "At least 32 characters that sign the cookies of those who signed in. Default: none.",
    "HOTSPOTS_SESSION_HOURS": "Hours after which somebody must sign in again. Default: 10.",
}


POLICE_UK = "https://data.police.uk"
ARCHIVE_HOST = "policeuk-data.s3.amazonaws.com"
SMALL_COUNT, LEAST_SMALL_COUNT, MOST_SMALL_COUNT = 5, 2, 100
ONS = "https://services1.arcgis.com/ESMARspQHYMw9BZ9/arcgis/rest/services"

NOMIS = "https://www.nomisweb.co.uk/api/v01"
DEPRIVATION = (
    "https://services3.arcgis.com/ivmBBrHfQfDnDf8Q/arcgis/rest/services/Indices_of_Multiple_Deprivation_(IMD)_2019"
)


@dataclass(frozen=True)
class Settings:
    """What the environment says.

    Attributes
    ----------
    home
        The data home; made when something is first written.
    marking
        Protective marking for pages and pictures.
    areas_file, harm_file, kinds_file
        The force's own tables, or None for what is embedded.
    database_url
        Address of the operations ledger's database, or None for the SQLite file in the data home.
    tiles
        Address of an opted-in online base map, or None.
    max_file_bytes
        Largest file or archive member that is read.
    police_uk, ons, nomis, deprivation
        Addresses of the publishers, without a final stroke.
    fetch_hosts
        Further hosts to which they may redirect.
    log_form
        ``text`` or ``json``.
    page_upload_bytes
        Largest file that a page takes from a browser.
    sign_in
        True when the dashboard opens only to people who have signed in.
    roles_file
        Who may do what, or None when nobody has said so.
    session_hours
        Hours after which somebody must sign in again.
    small_count
        Counts below it are withheld in public packs.
    my_area
        Code or name of the area that this machine is about; empty for none.
    person
        Who acts; None while nobody is known, and then nothing is changed and nothing taken out.
    """

    home: Path
    marking: str
    areas_file: Path | None
    harm_file: Path | None
    tiles: str | None
    max_file_bytes: int
    database_url: str | None = None
    kinds_file: Path | None = None
    police_uk: str = POLICE_UK
    ons: str = ONS
    nomis: str = NOMIS
    deprivation: str = DEPRIVATION
    fetch_hosts: tuple[str, ...] = (ARCHIVE_HOST,)
    log_form: str = "text"
    page_upload_bytes: int = 50_000_000
    sign_in: bool = False
    roles_file: Path | None = None
    session_hours: float = 10.0
    person: Person | None = LAPTOP
    small_count: int = SMALL_COUNT
    my_area: str = ""

    @property
    def is_guarded(self) -> bool:
        """True when somebody has said who may do what; false on a laptop, where all is open to its user."""
        return self.sign_in or self.roles_file is not None

    @property
    def incidents_home(self) -> Path:
        """Where loaded incidents lie."""
        return self.home / "incidents"

    @property
    def boundaries_home(self) -> Path:
        """Where imported boundaries lie."""
        return self.home / "boundaries"

    @property
    def operations_home(self) -> Path:
        """Where the operations ledger and its backups lie."""
        return self.home / "operations"

    @property
    def outcomes_home(self) -> Path:
        """Where loaded outcomes lie."""
        return self.home / "outcomes"

    @property
    def searches_home(self) -> Path:
        """Where loaded stop and search records lie."""
        return self.home / "searches"

    @property
    def downloads_home(self) -> Path:
        """Where downloads that are not whole lie, and what is remembered about those that were loaded."""
        return self.home / "downloads"

    @property
    def outlines_home(self) -> Path:
        """Where the outlines of imported boundaries lie for browsers, when the program's own folder is read-only."""
        return self.home / "outlines"

    @property
    def extracts_home(self) -> Path:
        """Where the column mappings of the force's own extracts lie."""
        return self.home / "extracts"

    @property
    def templates_home(self) -> Path:
        """Where the force's own templates of briefing packs lie."""
        return self.home / "templates"


EMBEDDED_INCIDENTS = ROOT / "data" / "incidents"
EMBEDDED_BOUNDARIES = ROOT / "data" / "boundaries"
EMBEDDED_AREAS = ROOT / "data" / "areas.toml"
EMBEDDED_HARM = ROOT / "data" / "harm.csv"
EMBEDDED_OPERATIONS = ROOT / "data" / "operations"
EMBEDDED_TEMPLATES = ROOT / "data" / "templates"
STATIC = ROOT / "static"
LEAFLET = "app/static/vendor/leaflet-1.9.4/"
"""Where Streamlit serves our copy of Leaflet, below the address of the dashboard."""


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Parameters
    ----------
    environment
        Variables and values; the process's own by default.

    Raises
    ------
    InputError
        If a value cannot be used; the message names the variable.
    """
    env = os.environ if environment is None else environment

    def path(variable: str, name_in_home: str) -> Path | None:
        if env.get(variable):
            chosen = Path(env[variable]).expanduser()
            if not chosen.is_file():
                raise InputError(f"{variable} names {chosen}, which is not a file; correct or unset it.")
            return chosen
        in_home = home / name_in_home
        return in_home if in_home.is_file() else None

    def address(variable: str, default: str) -> str:
        chosen = (env.get(variable) or default).strip().rstrip("/")
        if not chosen.startswith(("https://", "http://")):
            raise InputError(f"{variable} is “{chosen}”; give an address such as {default}.")
        return chosen

    def megabytes(variable: str, default: str) -> int:
        given = env.get(variable) or default
        if not given.isdecimal() or int(given) == 0:
            raise InputError(f"{variable} is “{given}”; give a whole number of megabytes, such as {default}.")
        return int(given) * 1_000_000

    default_home = platformdirs.user_data_dir("hotspots", appauthor=False)
    home = Path(env.get("HOTSPOTS_HOME") or default_home).expanduser().absolute()
    sign_in, roles_file = _read_sign_in(env), path("HOTSPOTS_ROLES_FILE", "roles.toml")
    log_form = (env.get("HOTSPOTS_LOG") or "text").strip().lower()
    if log_form not in {"text", "json"}:
        raise InputError(f"HOTSPOTS_LOG is “{log_form}”; give text or json.")
    return Settings(
        home=home,
        marking=(env.get("HOTSPOTS_MARKING") or "OFFICIAL").strip()[:60],
        areas_file=path("HOTSPOTS_AREAS", "areas.toml"),
        harm_file=path("HOTSPOTS_HARM", "harm.csv"),
        tiles=env.get("HOTSPOTS_TILES") or None,
        max_file_bytes=megabytes("HOTSPOTS_MAX_UPLOAD_MB", "500"),
        database_url=env.get("HOTSPOTS_DATABASE_URL") or None,
        kinds_file=path("HOTSPOTS_KINDS", "kinds.toml"),
        police_uk=address("HOTSPOTS_POLICE_UK", POLICE_UK),
        ons=address("HOTSPOTS_ONS", ONS),
        nomis=address("HOTSPOTS_NOMIS", NOMIS),
        deprivation=address("HOTSPOTS_DEPRIVATION", DEPRIVATION),
        log_form=log_form,
        fetch_hosts=tuple(
            host.strip() for host in (env.get("HOTSPOTS_FETCH_HOSTS") or ARCHIVE_HOST).split(",") if host.strip()
        ),
        page_upload_bytes=megabytes("HOTSPOTS_PAGE_UPLOAD_MB", "50"),
        sign_in=sign_in,
        roles_file=roles_file,
        session_hours=_read_hours(env),
        person=None if sign_in or roles_file else LAPTOP,
        small_count=_read_small_count(env),
        my_area=(env.get("HOTSPOTS_MY_AREA") or "").strip()[:200],
    )


def _read_small_count(env: Mapping[str, str]) -> int:
    given = (env.get("HOTSPOTS_SMALL_COUNT") or str(SMALL_COUNT)).strip()
    if not given.isdecimal() or not LEAST_SMALL_COUNT <= int(given) <= MOST_SMALL_COUNT:
        raise InputError(
            f"HOTSPOTS_SMALL_COUNT is “{given}”; give a whole number from {LEAST_SMALL_COUNT} to {MOST_SMALL_COUNT}."
        )
    return int(given)


def _read_sign_in(env: Mapping[str, str]) -> bool:
    given = (env.get("HOTSPOTS_SIGN_IN") or "").strip().casefold()
    if given not in {"", "none", "required"}:
        raise InputError(f"HOTSPOTS_SIGN_IN is “{given}”; write required or none.")
    provider = bool(env.get("HOTSPOTS_OIDC_METADATA_URL"))
    if provider and given == "none":
        raise InputError(
            "HOTSPOTS_SIGN_IN is none, but HOTSPOTS_OIDC_METADATA_URL names a provider; unset one of them."
        )
    return provider or given == "required"


def _read_hours(env: Mapping[str, str]) -> float:
    given = env.get("HOTSPOTS_SESSION_HOURS") or "10"
    try:
        hours = float(given)
    except ValueError:
        hours = 0.0
    if not 0 < hours <= 24 * 30:
        raise InputError(f"HOTSPOTS_SESSION_HOURS is “{given}”; give a number of hours, such as 10.")
    return hours
