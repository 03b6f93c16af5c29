"""Boundaries on the data page: what is in use, fetching and importing others, going back, and what became of areas."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from hotspots.access import Action, may
from hotspots.errors import HotspotsError, InputError, StoreError
from hotspots.pipeline.best_fit import fit_boundaries
from hotspots.pipeline.boundary_sets import list_sets, roll_back_boundaries
from hotspots.pipeline.coverage import import_boundaries
from hotspots.pipeline.fetch_boundaries import fetch_boundaries
from hotspots.pipeline.fetch_people import fetch_deprivation, fetch_population
from hotspots.pipeline.load_place import find_outside
from hotspots.pipeline.operation_entry import safe_name
from hotspots.pipeline.operation_log import name_moment
from hotspots.pipeline.publisher import make_client
from hotspots.pipeline.world import open_store
from hotspots.sources.feature_files import read_features
from hotspots.sources.street import FORCES
from hotspots.store.boundaries import read_active
from hotspots.store.deprivation import read_deprivation
from hotspots.ui import panels
from hotspots.ui.fetch_panel import FetchJob, draw_job, find_job, start_job
from hotspots.ui.tables import fit_rows
from hotspots.views.wording import write_count, write_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotspots.pipeline.best_fit import BestFit
    from hotspots.pipeline.boundary_sets import BoundarySet
    from hotspots.settings import Settings

_KINDS = {"Wards": "ward", "LSOAs": "lsoa", "Local authorities": "lad"}
_FILES = ["geojson", "json", "gpkg", "zip", "parquet"]
_CODE, _NAME = r"(?:[a-z]+\d\dcd|(?:\w+_)?code)", r"(?:[a-z]+\d\dnm|(?:\w+_)?name)"
_ASKED_BACK, _ASKED_IMPORT, _WRONG = "boundaries-back-to", "boundaries-import-asked", "boundaries-wrong"
_SHOWN_FIT = 14
_NONE = "—"


def draw_boundaries(settings: Settings) -> None:
    """Draw the part of the data page about boundaries."""
    sets = list_sets(settings)
    _draw_in_use(settings, sets[0])
    if may(settings.person, Action.LOAD):
        _draw_fetch(settings)
        _draw_import(settings)
    _draw_sets(settings, sets)


def _draw_in_use(settings: Settings, current: BoundarySet) -> None:
    active = read_active(settings)
    panels.draw_section("Boundaries in use", "everything is counted by these areas")
    known = int(np.isfinite(active.population).sum())
    residents = (
        f"{write_number(float(np.nansum(active.population)))} residents in {known:,} of {len(active):,}"
        if known
        else "residents not known"
    )
    try:
        found = read_deprivation(settings, active)
        deprivation = found.vintage if found else "deprivation not fetched"
    except StoreError:  # the button below fetches what is damaged, or belongs to other outlines
        deprivation = "deprivation to be fetched again"
    parts = [
        write_count(len(active), "area"), current.vintage or "date not stated", residents, deprivation, current.source,
    ]  # fmt: skip
    panels.draw_strip(current.name, " · ".join(parts))


def _draw_fetch(settings: Settings) -> None:
    job = find_job(str(settings.home))
    running = job.state == "running"
    panels.draw_section("Fetch", "boundaries and residents from the ONS, deprivation from its ministry, when you ask")
    store, _ = open_store(settings)
    # The force whose areas are wanted: one that lies outside those in use, or else the one that is loaded.
    likely = [*find_outside(settings), *store.coverage().by_force, "northumbria"]
    forces = sorted(FORCES)
    first = next(force for force in likely if force in FORCES)
    columns = st.columns([4, 3, 2, 2], vertical_alignment="bottom")
    columns[0].selectbox("Force", forces, index=forces.index(first), key="boundaries-force")
    columns[1].selectbox("Areas", list(_KINDS), key="boundaries-kind")
    columns[2].text_input("Year", placeholder="the latest", key="boundaries-year", max_chars=4)
    columns[3].button(
        "Fetch areas", type="primary", key="boundaries-fetch", disabled=running, on_click=_start_areas, args=(settings,)
    )
    with st.container(horizontal=True):
        st.button(
            "Fetch residents of the areas in use", key="boundaries-people", disabled=running, on_click=start_job,
            args=(settings, _fetch_people, "areas"),
        )  # fmt: skip
        st.button(
            "Fetch their deprivation", key="boundaries-deprivation", disabled=running, on_click=start_job,
            args=(settings, _fetch_deprivation, "areas"),
        )  # fmt: skip
    if wrong := st.session_state.pop(_WRONG, ""):
        panels.draw_message("This cannot be fetched", wrong, wrong=True)
    draw_job(settings)


def _start_areas(settings: Settings) -> None:
    state = st.session_state
    year = str(state["boundaries-year"]).strip()
    if year and not re.fullmatch(r"20\d\d", year):
        state[_WRONG] = f"“{year}” is not a year; give one such as 2023, or leave it empty for the latest."
        return
    force, geography = str(state["boundaries-force"]), _KINDS[str(state["boundaries-kind"])]

    def work(mine: Settings, job: FetchJob) -> str:
        client = make_client(mine, stop=lambda: job.stopping)
        try:
            report = fetch_boundaries(
                mine, force=force, geography=geography, year=int(year) if year else None, progress=job.advance,
                client=client,
            )  # fmt: skip
        finally:
            client.close()
        return report.to_text()

    start_job(settings, work, "areas")


def _fetch_people(settings: Settings, job: FetchJob) -> str:
    client = make_client(settings, stop=lambda: job.stopping)
    try:
        return fetch_population(settings, progress=job.advance, client=client).to_text()
    finally:
        client.close()


def _fetch_deprivation(settings: Settings, job: FetchJob) -> str:
    client = make_client(settings, stop=lambda: job.stopping)
    try:
        return fetch_deprivation(settings, progress=job.advance, client=client).to_text()
    finally:
        client.close()


def _draw_import(settings: Settings) -> None:
    panels.draw_section("Import a file", "GeoJSON, GeoPackage, zipped Shapefile or GeoParquet")
    uploaded = st.file_uploader("Boundaries", type=_FILES, key="boundaries-file", label_visibility="collapsed",
                                max_upload_size=settings.page_upload_bytes // 1_000_000)  # fmt: skip
    if uploaded is None:
        return
    try:
        columns = _read_columns(uploaded.file_id, uploaded.name, uploaded.getvalue(), settings)
    except HotspotsError as error:
        panels.draw_message("This file cannot be read", str(error), wrong=True)
        return
    left, middle, right, last = st.columns([3, 3, 4, 2], vertical_alignment="bottom")
    code = left.selectbox("Column of codes", columns, index=_guess(columns, _CODE), key="boundaries-code")
    name = middle.selectbox("Column of names", columns, index=_guess(columns, _NAME), key="boundaries-name")
    vintage = right.text_input("Of which date", placeholder="such as Wards of May 2024", key="boundaries-vintage")
    last.button("Import", type="primary", key="boundaries-import", on_click=_ask_import)
    if not st.session_state.pop(_ASKED_IMPORT, False):
        return
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, safe_name(uploaded.name))
            path.write_bytes(uploaded.getvalue())
            report = import_boundaries(
                path, settings=settings, code=str(code), name=str(name), vintage=vintage.strip()[:80]
            )
    except HotspotsError as error:
        panels.draw_message("This file cannot be used", str(error), wrong=True)
        return
    st.toast(f"{write_count(report.areas, 'area')} of {report.file} are in use.")
    st.rerun()


def _ask_import() -> None:
    """Note that the button was pressed: a click itself does not outlive the fresh start of a cold link."""
    st.session_state[_ASKED_IMPORT] = True


@st.cache_resource(show_spinner="Reading…", max_entries=2)
def _read_columns(file_id: str, name: str, data: bytes, _settings: Settings) -> list[str]:  # noqa: ARG001 - the key
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, safe_name(name))
        path.write_bytes(data)
        columns = list(read_features(path, max_file_bytes=_settings.page_upload_bytes).columns)
    if not columns:
        raise InputError(f"{name} has no columns; export it with the codes and names of the areas.")
    return columns


def _guess(columns: Sequence[str], pattern: str) -> int:
    return next((place for place, name in enumerate(columns) if re.fullmatch(pattern, name, re.IGNORECASE)), 0)


def _draw_sets(settings: Settings, sets: Sequence[BoundarySet]) -> None:
    panels.draw_section("Sets that are kept", "going back keeps the present one readable")
    frame = pd.DataFrame(
        {
            "number": [item.number for item in sets],
            "name": [item.name for item in sets],
            "vintage": [item.vintage for item in sets],
            "areas": [item.areas for item in sets],
            "made": [
                name_moment(dt.datetime.fromtimestamp(item.made_at, dt.UTC).isoformat()) if item.made_at else "embedded"
                for item in sets
            ],
            "state": ["in force" if item.in_force else "kept" for item in sets],
        }
    )
    column = st.column_config
    st.dataframe(
        frame,
        hide_index=True,
        height=fit_rows(len(frame), 8),
        key="boundaries-sets",
        column_config={
            "number": column.NumberColumn("No.", width=50),
            "name": column.TextColumn("Boundaries", width=300),
            "vintage": column.TextColumn("Of which date", width=260),
            "areas": column.NumberColumn("Areas", width=70, format="localized"),
            "made": column.TextColumn("In force from", width=190),
            "state": column.TextColumn("State", width=80),
        },
    )
    if len(sets) < 2:  # noqa: PLR2004 - one to compare with
        return
    labels = {f"{item.number} · {item.name}": item for item in sets[1:]}
    left, right = st.columns([5, 2], vertical_alignment="bottom")
    chosen = labels[left.selectbox("Compare the boundaries in use with", list(labels), key="boundaries-compare")]
    if may(settings.person, Action.LOAD):
        right.button(
            "Go back to these", key="boundaries-back", on_click=_ask_back, args=(str(chosen.number),),
            help="The boundaries in use stay readable.",
        )  # fmt: skip
    if asked := st.session_state.pop(_ASKED_BACK, ""):
        _, after = roll_back_boundaries(settings, asked)
        st.toast(f"{after.name} is in use again.")
        st.rerun()
    _draw_fit(_fit(f"{chosen.number}:{chosen.version}", sets[0].version, str(chosen.number), settings))


def _ask_back(number: str) -> None:
    st.session_state[_ASKED_BACK] = number


@st.cache_resource(show_spinner="Comparing the boundaries…", max_entries=4)
def _fit(before: str, after: str, number: str, _settings: Settings) -> BestFit | str:  # noqa: ARG001 - the key
    try:
        return fit_boundaries(_settings, number, "current")
    except InputError as error:
        return str(error)


def _draw_fit(fit: BestFit | str) -> None:
    if isinstance(fit, str):
        panels.draw_message("These cannot be compared", fit)
        return
    counted = ", ".join(f"{number:,} {kind}" for kind, number in fit.counted.items() if number)
    held = ""
    if fit.held is not None and fit.held.incidents:
        held = (
            f"; {fit.held.approximated / fit.held.incidents:.1%} of {fit.held.incidents:,} incidents lie there, and "
            f"{fit.held.misplaced / fit.held.incidents:.2%} of all would be counted elsewhere than by their points"
        )
    panels.draw_strip(
        f"{fit.before.name} → {fit.after.name}: {counted}",
        f"{fit.area_approximated:.1%} of the ground is shared out by area{held}",
    )
    rows = [row for row in fit.list_shares() if row["kind"] != "equal"]
    if not rows:
        return
    frame = pd.DataFrame(rows)
    column = st.column_config
    st.dataframe(
        pd.DataFrame(
            {
                "kind": frame["kind"],
                "before": [f"{row['from_name']} ({row['from_code']})" for row in rows],
                "after": [f"{row['to_name']} ({row['to_code']})" if row["to_code"] else _NONE for row in rows],
                "share": 100 * frame["share"],
            }
        ),
        hide_index=True,
        height=fit_rows(len(frame), _SHOWN_FIT),
        key="boundaries-fit",
        column_config={
            "kind": column.TextColumn("What became of it", width=130),
            "before": column.TextColumn("Before", width=280),
            "after": column.TextColumn("Now", width=280),
            "share": column.NumberColumn("Share of it", width=90, format="%.0f%%"),
        },
    )
