"""The data page: coverage, alerts, files, versions and outcomes; fetching, and the wizard for own extracts."""

from __future__ import annotations

import datetime as dt
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from hotspots.access import Action, may
from hotspots.errors import HotspotsError
from hotspots.months import name_period, parse_month
from hotspots.pipeline.figures import KeyFigure
from hotspots.pipeline.lineage import (
    Difference,
    compare_versions,
    describe_versions,
    find_version,
    list_source_files,
    list_versions,
    roll_back,
)
from hotspots.pipeline.load_place import find_outside
from hotspots.pipeline.operation_log import name_moment
from hotspots.pipeline.quality import Alert, GridCell, build_grid, describe_alerts, find_alerts
from hotspots.pipeline.records import describe_outcomes
from hotspots.pipeline.world import open_store
from hotspots.store.boundaries import read_active
from hotspots.terms import name_force
from hotspots.ui import panels
from hotspots.ui.boundary_panel import draw_boundaries
from hotspots.ui.caches import fingerprint
from hotspots.ui.extract_wizard import draw_wizard
from hotspots.ui.fetch_panel import draw_fetch
from hotspots.ui.tables import fit_rows
from hotspots.views.coverage_grid import write_coverage_grid
from hotspots.views.wording import write_count, write_number

if TYPE_CHECKING:
    from hotspots.access import Person
    from hotspots.settings import Settings
    from hotspots.ui.shell import View

_LOADS = ("Fetch", "Own extract")
"""Parts that change what is loaded."""
_PARTS = ("What is loaded", "Fetch", "Boundaries", "Own extract", "Versions", "Outcomes")
_SHOWN_AREAS = 12
_ASKED = "data-back-to"


def draw_data(view: View) -> None:
    """Draw the data page."""
    world, settings = view.world, view.settings
    months = world.cube.months
    panels.draw_title(
        "Data",
        period=name_period(int(months[0]), int(months[-1])),
        world=world,
        detail=f"version {world.data_version} · {world.boundaries.dated_name}",
    )
    panels.draw_embedded_notice(world)
    _draw_parts(settings, view.person)


def draw_data_closed(settings: Settings, problem: str) -> None:
    """Draw the page when what is loaded cannot be joined: what is the matter, and the parts that put it right."""
    st.html('<div class="hs-head"><h1>Data</h1></div><hr class="hs-rule">')
    panels.draw_message("The other pages are closed until this is put right", problem, wrong=True)
    _draw_parts(settings, settings.person, start="Boundaries")


def _draw_parts(settings: Settings, person: Person | None, *, start: str = _PARTS[0]) -> None:
    parts = [part for part in _PARTS if part not in _LOADS or may(person, Action.LOAD)]
    part = st.segmented_control("Part", parts, default=start, key="data-part", label_visibility="collapsed")
    try:
        match part or start:
            case "Fetch":
                draw_fetch(settings)
            case "Boundaries":
                draw_boundaries(settings)
            case "Own extract":
                draw_wizard(settings, read_active(settings))
            case "Versions":
                _draw_versions(settings)
            case "Outcomes":
                _draw_outcomes(settings)
            case _:
                _draw_loaded(settings)
    except HotspotsError as error:  # one part that cannot be shown must not close the others
        panels.draw_message("This part cannot be shown", str(error), wrong=True)


@st.cache_resource(show_spinner=False, max_entries=4)
def _examine(seen: str, _settings: Settings) -> tuple[tuple[GridCell, ...], tuple[Alert, ...]]:  # noqa: ARG001 - the key
    alerts = find_alerts(_settings)
    return build_grid(_settings, alerts), alerts


def _draw_loaded(settings: Settings) -> None:
    cells, alerts = _examine(fingerprint(settings), settings)
    present = [cell for cell in cells if cell.incidents is not None]
    incidents = sum(cell.incidents or 0 for cell in present)
    located = sum(cell.located or 0 for cell in present)
    missing = len(cells) - len(present)
    odd = len({(alert.force, alert.month) for alert in alerts if alert.kind != "missing"})
    panels.draw_key_figures(
        [
            KeyFigure("Incidents", write_number(incidents), f"in {write_count(len(present), 'month')} of data"),
            KeyFigure("With a location", f"{located / incidents:.1%}" if incidents else "–", "of incidents"),
            KeyFigure("Missing months", write_number(missing), "unknown, not zero"),
            KeyFigure("Months that look odd", write_number(odd), "held against those around them"),
        ]
    )
    for force in find_outside(settings):
        panels.draw_strip(
            f"{name_force(force)} is loaded but lies outside the boundaries in use",
            f"It is counted nowhere until its areas are fetched or imported under “Boundaries” (force: {force}).",
        )
    panels.draw_section("Coverage", "incidents by force and month; hatched months are missing")
    store, _ = open_store(settings)
    panels.draw_html(write_coverage_grid(cells, set_aside=store.open_read().set_aside))
    lines = describe_alerts(alerts)
    panels.draw_section("Missing or odd", "each month is held against the months around it")
    if lines:
        st.html(f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>")
    else:
        st.html('<p class="hs-caption">Nothing looks wrong.</p>')
    files = list_source_files(settings)
    if files:
        _draw_files(files)


def _draw_files(files: list[dict[str, Any]]) -> None:
    panels.draw_section("Files", f"{write_count(len(files), 'file')} behind the version in force")
    frame = pd.DataFrame(
        {
            "file": [item["file"] for item in files],
            "source": [name_force(item["force"]) for item in files],
            "months": [name_period(parse_month(item["months"][0]), parse_month(item["months"][-1])) for item in files],
            "rows": [item["rows_read"] for item in files],
            "kept": [item["rows_kept"] for item in files],
            "located": [
                100 * (1 - item["rows_without_location"] / item["rows_kept"]) if item["rows_kept"] else None
                for item in files
            ],
            "fetched": [item["fetched_at"][:16].replace("T", " ") for item in files],
            "sha256": [item["sha256"] for item in files],
        }
    )
    column = st.column_config
    st.dataframe(
        frame,
        hide_index=True,
        height=fit_rows(len(frame), 10),
        key="data-files",
        column_config={
            "file": column.TextColumn("File", width=290),
            "source": column.TextColumn("Source", width=130),
            "months": column.TextColumn("Months", width=190),
            "rows": column.NumberColumn("Rows", width=80, format="localized"),
            "kept": column.NumberColumn("Kept", width=80, format="localized"),
            "located": column.NumberColumn("Located", width=80, format="%.1f%%"),
            "fetched": column.TextColumn("Fetched (UTC)", width=130),
            "sha256": column.TextColumn("SHA-256", width=200),
        },
    )


def _draw_versions(settings: Settings) -> None:
    listed = describe_versions(settings)
    panels.draw_section("Versions", "a picture carries the data version that it used")
    if not listed:
        panels.draw_message("No version yet", "Nothing has been loaded: the data that come with Hotspots are shown.")
        return
    frame = pd.DataFrame(
        {
            "number": [item["number"] for item in listed],
            "version": [item["data_version"] for item in listed],
            "made": [name_moment(item["made_at"]) for item in listed],
            "months": [item["months"] for item in listed],
            "incidents": [item["incidents"] for item in listed],
            "aside": [", ".join(item["set_aside"]) for item in listed],
            "state": ["in force", *["kept"] * (len(listed) - 1)],
        }
    )
    column = st.column_config
    st.dataframe(
        frame,
        hide_index=True,
        height=fit_rows(len(frame), 12),
        key="data-versions",
        column_config={
            "number": column.NumberColumn("No.", width=50),
            "version": column.TextColumn("Data version", width=130),
            "made": column.TextColumn("Made", width=210),
            "months": column.NumberColumn("Months", width=70),
            "incidents": column.NumberColumn("Incidents", width=100, format="localized"),
            "aside": column.TextColumn("Set aside", width=160),
            "state": column.TextColumn("State", width=80),
        },
    )
    left, right = st.columns(2, gap="medium")
    with left:
        wanted = st.text_input("Version on a picture", key="data-find", placeholder="such as 3c5c05c250bb")
        if wanted:
            _draw_found(settings, wanted)
    with right:
        _draw_difference(settings, listed)


def _draw_found(settings: Settings, wanted: str) -> None:
    try:
        version = find_version(settings, wanted.strip())
    except HotspotsError as error:
        panels.draw_message("Not kept", str(error))
        return
    manifest = version.manifest
    months = manifest.coverage.by_force
    made = name_moment(dt.datetime.fromtimestamp(version.made_at, dt.UTC).isoformat())
    panels.draw_strip(
        f"Version {manifest.sequence}, made {made}",
        "; ".join(f"{name_force(force)} {name_period(held[0], held[-1])}" for force, held in months.items()),
    )


def _draw_difference(settings: Settings, listed: list[dict[str, Any]]) -> None:
    if len(listed) < 2:  # noqa: PLR2004 - one to compare with
        return
    labels = {f"{item['number']} ({item['data_version']})": item for item in listed[1:]}
    chosen = st.selectbox("Compare the version in force with", list(labels), key="data-compare")
    earlier = find_version(settings, str(labels[chosen]["number"])).manifest
    current = list_versions(settings)[0].manifest
    difference = compare_versions(settings, earlier, current)
    _draw_changes(difference)
    if not may(settings.person, Action.LOAD):
        return
    st.button(
        f"Go back to version {chosen}",
        key="data-back",
        help="The version in force stays readable.",
        on_click=_ask_back,
        args=(str(labels[chosen]["number"]),),
    )
    if asked := st.session_state.pop(_ASKED, ""):
        done = roll_back(settings, asked)
        st.toast(f"The data are at version {done.after} again.")
        st.rerun()


def _ask_back(number: str) -> None:
    st.session_state[_ASKED] = number


def _draw_changes(difference: Difference) -> None:
    months = len(difference.months)
    panels.draw_strip(
        f"Differences in {write_count(months, 'month')}" if months else "Nothing differs",
        f"{sum(item.added for item in difference.months):,} rows added, "
        f"{sum(item.removed for item in difference.months):,} removed, "
        f"{sum(item.revised for item in difference.months):,} revised since version {difference.before}",
    )
    if len(difference.areas):
        areas = difference.areas.assign(change=difference.areas["after"] - difference.areas["before"])
        order = areas["change"].abs().sort_values(ascending=False, kind="stable").index
        column = st.column_config
        st.dataframe(
            areas.loc[order[:_SHOWN_AREAS], ["name", "before", "after", "change"]],
            hide_index=True,
            key="data-areas",
            column_config={
                "name": column.TextColumn("Area", width=200),
                "before": column.NumberColumn("Before", width=80, format="localized"),
                "after": column.NumberColumn("After", width=80, format="localized"),
                "change": column.NumberColumn("Change", width=80, format="localized"),
            },
        )


def _draw_outcomes(settings: Settings) -> None:
    by = st.radio("By", ["type", "area"], format_func={"type": "Crime type", "area": "Ward"}.get, horizontal=True,
                  key="data-outcomes-by")  # fmt: skip
    try:
        table = _rate(fingerprint(settings), _seen_outcomes(settings), by, settings)
    except HotspotsError as error:
        panels.draw_message("No outcomes to show", str(error))
        return
    panels.draw_section("Positive outcomes", "share of crimes with a Crime ID, last published outcome, 95% interval")
    column = st.column_config
    st.dataframe(
        pd.DataFrame(
            {
                "name": table["name"],
                "crimes": table["crimes"],
                "with": 100 * table["with_outcome"] / table["crimes"],
                "rate": 100 * table["rate"],
                "interval": [f"{low:.1%} to {high:.1%}" for low, high in zip(table["low"], table["high"], strict=True)],
                "taken": table["months_taken"],
            }
        ),
        hide_index=True,
        height=fit_rows(len(table), 16),
        key="data-outcomes",
        column_config={
            "name": column.TextColumn("Crime type" if by == "type" else "Ward", width=240),
            "crimes": column.NumberColumn("Crimes", width=90, format="localized"),
            "with": column.NumberColumn("Outcome known", width=110, format="%.0f%%"),
            "rate": column.NumberColumn("Positive", width=80, format="%.1f%%"),
            "interval": column.TextColumn("95% interval", width=130),
            "taken": column.NumberColumn(
                "Months taken", width=110, format="%.0f", help="Median, to the first outcome."
            ),
        },
    )
    st.html(
        '<div class="hs-caption"><p>Recent crimes have had less time for an outcome, and police.uk publishes months, '
        "not days.</p></div>"
    )


@st.cache_resource(show_spinner="Joining outcomes…", max_entries=4)
def _rate(crimes: str, outcomes: str, by: str, _settings: Settings) -> pd.DataFrame:  # noqa: ARG001 - they are the key
    return describe_outcomes(_settings, by=by)


def _seen_outcomes(settings: Settings) -> str:
    path = settings.outcomes_home / "CURRENT"
    return path.read_text(encoding="utf-8") if path.is_file() else ""
