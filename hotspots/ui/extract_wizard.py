"""The wizard for a force's own extract: it guesses the mapping, shows rows on a map, and tries before loading."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from hotspots.access import Action, require
from hotspots.errors import HotspotsError
from hotspots.months import list_months
from hotspots.pipeline.extracts import load_extract, open_table, plan_mapping, try_extract, use_sources
from hotspots.pipeline.operation_entry import safe_name
from hotspots.store.incidents import IncidentStore
from hotspots.terms import CRIME_TYPES
from hotspots.ui import panels
from hotspots.ui.tables import fit_rows
from hotspots.views.sample_map import MOST_POINTS, chart_sample
from hotspots.views.wording import write_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotspots.pipeline.extracts import Trial
    from hotspots.schemas import Boundaries
    from hotspots.settings import Settings
    from hotspots.sources.extract_tables import ExtractTable
    from hotspots.sources.extracts import Mapping

_LABELS = {
    "date": "Date",
    "date_to": "Last possible date",
    "type": "Crime type",
    "id": "Crime number",
    "outcome": "Outcome",
}
_COORDINATES = {
    "bng": "Easting and northing (British National Grid)",
    "wgs84": "Longitude and latitude",
    "grid": "Grid references",
    "none": "None",
}
_AXES = {
    "bng": {"x": "Easting", "y": "Northing"},
    "wgs84": {"x": "Longitude", "y": "Latitude"},
    "grid": {"grid": "Grid reference"},
    "none": {},
}
_NONE = "—"
_ASKED = "extract-asked"
_MAP_HEIGHT = 300
_OWN = "its own name"


def draw_wizard(settings: Settings, boundaries: Boundaries) -> None:
    """Draw the wizard, and the sources that count.

    Raises
    ------
    AccessError
        If the person may not change what is loaded.
    """
    require(settings.person, Action.LOAD)
    panels.draw_section("Load the force's own crimes", "CSV, Excel (.xlsx) or GeoPackage; points are kept as they are")
    uploaded = st.file_uploader("File", type=["csv", "xlsx", "gpkg"], key="extract-file", label_visibility="collapsed",
                                max_upload_size=settings.page_upload_bytes // 1_000_000)  # fmt: skip
    if uploaded is None:
        st.html(
            '<div class="hs-caption"><p>Needed: a date and a crime type in each row; coordinates to count in an area. '
            "A query to a database goes by command: hotspots extract load.</p></div>"
        )
        _draw_sources(settings)
        return
    name = st.text_input("What to call it", value=Path(uploaded.name).stem, key="extract-name", max_chars=60)
    try:
        table = _read(uploaded.file_id, uploaded.name, uploaded.getvalue(), settings)
        mapping = _draw_mapping(table, plan_mapping(settings, table, name=name))
        if missing := mapping.list_missing():
            _draw_missing(table, mapping, missing)
            return
        trial = try_extract(settings, table, mapping)
    except HotspotsError as error:
        panels.draw_message("This cannot be read yet", str(error), wrong=True)
        return
    left, right = st.columns([11, 9], gap="medium")
    with left:
        mapping = _draw_types(trial)
    if mapping != trial.mapping:
        trial = try_extract(settings, table, mapping)
    with right:
        _draw_points(trial, boundaries)
    _draw_trial(trial)
    beside = False
    if trial.overlaps:
        beside = st.checkbox(
            "Count it beside the other sources, though they hold the same months", key="extract-beside"
        )
    st.button("Load", type="primary", key="extract-load", on_click=_ask)
    if st.session_state.pop(_ASKED, False):
        done = load_extract(settings, trial, with_others=beside)
        aside = f" Set aside: {', '.join(done.set_aside)}." if done.set_aside else ""
        st.toast(f"Loaded; the data are at version {done.data_version}.{aside}")
        st.rerun()


def _ask() -> None:
    """Note that the button was pressed: a click itself does not outlive the fresh start of a cold link."""
    st.session_state[_ASKED] = True


@st.cache_resource(show_spinner="Reading…", max_entries=4)
def _read(file_id: str, name: str, data: bytes, _settings: Settings) -> ExtractTable:  # noqa: ARG001 - the key
    # The readers tell formats by content and want a path; the file goes as soon as it is read.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, safe_name(name))
        path.write_bytes(data)
        return open_table(_settings, path, label=name)


def _draw_mapping(table: ExtractTable, guessed: Mapping) -> Mapping:
    choices = [_NONE, *table.header]

    def choose(part: str, label: str, value: str) -> str:
        place = choices.index(value) if value in choices else 0
        chosen = st.selectbox(label, choices, index=place, key=f"extract-{part}")
        return "" if chosen == _NONE else chosen

    changes: dict[str, str] = {}
    for column, (part, label) in zip(st.columns(len(_LABELS)), _LABELS.items(), strict=True):
        with column:
            changes[part] = choose(part, label, getattr(guessed, part))
    columns = st.columns(4)
    kinds = list(_COORDINATES)
    with columns[0]:
        coordinates = st.selectbox(
            "Coordinates",
            kinds,
            index=kinds.index(guessed.coordinates),
            format_func=lambda kind: _COORDINATES[kind],
            key="extract-kind",
        )
    if coordinates in {"bng", "wgs84"}:
        with columns[1]:
            changes["x"] = choose("x", _name_part("x", coordinates), guessed.x)
        with columns[2]:
            changes["y"] = choose("y", _name_part("y", coordinates), guessed.y)
    elif coordinates == "grid":
        with columns[1]:
            changes["grid"] = choose("grid", _name_part("grid", coordinates), guessed.grid)
    with columns[3]:
        order = st.selectbox(
            "01/02/2022 is", ["1 February", "January 2"], index=int(guessed.month_first), key="extract-order"
        )
    return replace(guessed, **changes, coordinates=coordinates, month_first=order == "January 2")  # type: ignore[arg-type]  # the changes are named fields


def _draw_missing(table: ExtractTable, mapping: Mapping, missing: Sequence[str]) -> None:
    """Say which of the choices above must be made, by the names that they have on the page."""
    names = [f"“{_name_part(part, mapping.coordinates)}”" for part in missing]
    wanted = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    panels.draw_message(
        "Choose the columns",
        f"What {table.label} calls {wanted} cannot be told from its headings. Choose the column of each above.",
    )


def _name_part(part: str, coordinates: str) -> str:
    """Name what a column may hold as the page does."""
    return (_LABELS | _AXES[coordinates])[part]


def _draw_types(trial: Trial) -> Mapping:
    """Let the user say which published type each of the force's own is."""
    panels.draw_section("Crime types", "each of the force's own words, and the type whose harm days it takes")
    known = [_OWN, *(item.name for item in CRIME_TYPES)]
    words = list(trial.rows.type_counts)
    frame = pd.DataFrame(
        {
            "theirs": words,
            "rows": list(trial.rows.type_counts.values()),
            "ours": [trial.mapping.types.get(word, _OWN) for word in words],
        }
    )
    column = st.column_config
    edited = st.data_editor(
        frame,
        hide_index=True,
        disabled=["theirs", "rows"],
        height=fit_rows(len(frame), 8),
        key="extract-types",
        column_config={
            "theirs": column.TextColumn("In the file", width=300),
            "rows": column.NumberColumn("Rows", width=80, format="localized"),
            "ours": column.SelectboxColumn("Counts as", options=known, required=True, width=240),
        },
    )
    chosen = {word: ours for word, ours in zip(edited["theirs"], edited["ours"], strict=True) if ours and ours != _OWN}
    kept = {word: ours for word, ours in trial.mapping.types.items() if word not in trial.rows.type_counts}
    return replace(trial.mapping, types=kept | chosen)


def _draw_points(trial: Trial, boundaries: Boundaries) -> None:
    panels.draw_section("First rows on the map", f"the first {MOST_POINTS:,} with a location")
    lon = np.concatenate([item.lon for item in trial.rows.incidents])
    lat = np.concatenate([item.lat for item in trial.rows.incidents])
    panels.draw_chart(chart_sample(lon, lat, boundaries, height=_MAP_HEIGHT), key="extract-map")


def _draw_trial(trial: Trial) -> None:
    report = trial.rows.report
    panels.draw_section("Trial", "nothing is stored yet")
    panels.draw_strip(
        f"{write_count(report.rows_kept, 'row')} of {report.rows_read:,} can be used",
        f"{report.rows_without_location:,} without location; {list_months(report.months)}",
    )
    lines = trial.list_remarks("under “Counts as” above")
    st.html(f'<div class="hs-caption">{"".join(f"<p>{escape(line)}</p>" for line in lines)}</div>')
    head = pd.DataFrame([row[: len(trial.table.header)] for row in trial.table.rows[:5]], columns=trial.table.header)
    st.dataframe(head, hide_index=True, key="extract-head")


def _draw_sources(settings: Settings) -> None:
    manifest = IncidentStore(settings.incidents_home).open_read()
    sources = list(manifest.coverage.by_force)
    if len(sources) < 2:  # noqa: PLR2004 - nothing to choose
        return
    panels.draw_section("Sources that count", "two that hold the same crimes would count them twice")
    counted = [name for name in sources if name not in manifest.set_aside]
    chosen = st.multiselect("Counted", sources, default=counted, key="extract-sources", label_visibility="collapsed")
    if chosen and set(chosen) != set(counted):
        use_sources(settings, chosen)
        st.rerun()
