"""Hot spots, peaks and emerging classes as tables on the page; their numbers and letters are those on the map."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from hotspots.pipeline.trends import FALLING, RISING
from hotspots.views.cells_map import look_of_emerging
from hotspots.views.wording import write_change

if TYPE_CHECKING:
    from collections.abc import Mapping

SWATCH = (
    "data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg' width='26' height='18'>"
    "<rect x='.5' y='.5' width='25' height='17' fill='{fill}' stroke='%23505A5F'/>"
    "<text x='13' y='13' font-family='Arial' font-size='11' font-weight='700' text-anchor='middle' fill='{ink}'>"
    "{letter}</text></svg>"
)


def show_spots(spots: pd.DataFrame, *, measure: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Turn hot spots into a table for the page."""
    column = st.column_config
    held = measure.replace(" ", "_")
    frame = pd.DataFrame(
        {
            "spot": spots["spot"],
            "held": spots[held].round(),
            "share": spots["share"] * 100,
            "times": spots["times"],
            "ward": spots["area_name"],
            "authority": spots["lad_name"],
            "cells": spots["cells"],
            "km2": spots["km2"],
        }
    )
    if "survival" in spots:
        frame.insert(2, "survival", spots["survival"] * 100)
    config = {
        "spot": column.NumberColumn("No.", width=40),
        "held": column.NumberColumn(measure.capitalize(), width=68, format="localized"),
        "share": column.NumberColumn("Share", width=58, format="%.1f%%", help=f"Of all located {measure}."),
        "times": column.NumberColumn("Density", width=62, format="%.1f×", help="Times that of an average cell."),
        "survival": survival_column("its cells stay hot"),
        "ward": column.TextColumn("Ward", width=126, help="The one with most of it."),
        "authority": column.TextColumn("Authority", width=140),
        "cells": column.NumberColumn("Cells", width=54),
        "km2": column.NumberColumn("km²", width=54, format="%.1f"),
    }
    return frame, config


def survival_column(what: str) -> Any:
    """Describe a column of survival; `what` says what happens in the draws that count."""
    return st.column_config.NumberColumn(
        "Survives",
        width=70,
        format="%.0f%%",
        help=f"How often {what} when each incident lies anywhere in the catchment of its map point.",
    )


def show_peaks(peaks: pd.DataFrame, *, measure: str, bandwidth: float) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Turn the peaks of a surface into a table for the page."""
    column = st.column_config
    frame = pd.DataFrame(
        {
            "peak": peaks["peak"],
            "density": peaks["density"].round(),
            "within": peaks[measure.replace(" ", "_")],
            "ward": peaks["area_name"],
            "authority": peaks["lad_name"],
        }
    )
    config = {
        "peak": column.NumberColumn("No.", width=40),
        "density": column.NumberColumn("Density", width=70, format="localized", help=f"{measure} per km² a year."),
        "within": column.NumberColumn(
            measure.capitalize(), width=84, format="localized", help=f"Within {bandwidth:,.0f} m of the peak."
        ),
        "ward": column.TextColumn("Ward", width=144),
        "authority": column.TextColumn("Authority", width=138),
    }
    return frame, config


def mark_verdict(verdict: str) -> str:
    """Put the sign of a rise or a fall before a verdict; the other verdicts have none."""
    return {RISING: f"▲ {RISING}", FALLING: f"▼ {FALLING}"}.get(verdict, verdict)


def show_changes(places: pd.DataFrame, *, measure: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Turn the places that changed most into a table for the page."""
    column = st.column_config
    frame = pd.DataFrame(
        {
            "number": places["number"],
            "ward": places["area_name"],
            "verdict": [mark_verdict(verdict) for verdict in places["verdict"]],
            "change": [write_change(ratio) for ratio in places["ratio"]],
            "interval": [
                f"{write_change(low)} to {write_change(high)}" if isfinite(high) else "–"
                for low, high in zip(places["low"], places["high"], strict=True)
            ],
            "now": places["now"].round(),
            "before": places["before"].round(),
            "authority": places["lad_name"],
        }
    )
    config = {
        "number": column.NumberColumn("No.", width=40),
        "verdict": column.TextColumn("Verdict", width=112),
        "change": column.TextColumn("Change", width=70),
        "interval": column.TextColumn("90% interval", width=108),
        "now": column.NumberColumn("Now", width=56, format="localized", help=f"{measure} within the bandwidth."),
        "before": column.NumberColumn("Before", width=60, format="localized", help="In the same months a year before."),
        "ward": column.TextColumn("Ward", width=150),
        "authority": column.TextColumn("Authority", width=140),
    }
    return frame, config


def show_emerging(classes: pd.DataFrame, *, measure: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Turn the emerging classes that occur into a table for the page."""
    column = st.column_config
    found = classes[classes["cells"] > 0]
    frame = pd.DataFrame(
        {
            "mark": [_swatch(code) for code in found["code"]],
            "class": found["class"],
            "cells": found["cells"],
            "share": found["share"] * 100,
            "meaning": found["meaning"],
        }
    )
    config = {
        "mark": column.ImageColumn("", width=34, help="As on the map"),
        "class": column.TextColumn("Class", width=150),
        "cells": column.NumberColumn("Cells", width=54, format="localized"),
        "share": column.NumberColumn("Share", width=58, format="%.1f%%", help=f"Of all located {measure}."),
        "meaning": column.TextColumn("Meaning", width=430),
    }
    return frame, config


def show_emerging_cells(table: pd.DataFrame, *, measure: str, most: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    """List the cells with a class, those now hot first and of these the ones with the most in them."""
    column = st.column_config
    held = measure.replace(" ", "_")
    found = table[table["class_code"] != 0].sort_values(["hot_now", held], ascending=False).head(most)
    frame = pd.DataFrame(
        {
            "mark": [_swatch(code) for code in found["class_code"]],
            "class": found["class"],
            "ward": found["area_name"],
            "held": found[held],
            "months": found["months_hot"],
            "trend": [_say_trend(row) for row in found.to_dict("records")],
        }
    )
    config = {
        "mark": column.ImageColumn("", width=34, help="As on the map"),
        "class": column.TextColumn("Class", width=150),
        "ward": column.TextColumn("Ward", width=165),
        "held": column.NumberColumn(measure.capitalize(), width=78, format="localized"),
        "months": column.NumberColumn("Months hot", width=84),
        "trend": column.TextColumn("Trend", width=110, help="Of its Gi* score, by Mann-Kendall, at 5%."),
    }
    return frame, config


def _say_trend(row: Mapping[Any, Any]) -> str:
    if not row["trend_p"] <= 0.05:  # noqa: PLR2004 - the level that the classes use
        return "no clear trend"
    return "rising" if row["trend_z"] > 0 else "falling"


def _swatch(code: int) -> str:
    if code == 0:
        return SWATCH.format(fill="%23D9DCDE", letter="", ink="black")
    look = look_of_emerging(int(code), "")
    ink = "white" if abs(int(code)) <= 3 else "black"  # noqa: PLR2004 - the dark fills
    return SWATCH.format(fill=look.fill.replace("#", "%23"), letter=look.letter, ink=ink)
