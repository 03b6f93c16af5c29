"""Results as tables on the page: short columns, intervals in words, and the map's own class colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from hotspots.views.wording import write_change, write_range

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hotspots.pipeline.overview import MapFigures

RANKING_COLUMNS = ("rank", "range", "area", "score", "harm", "rate", "incidents", "trend")
"""What a ranking shows at first. The rest stands behind it: the table's own menu shows it, and its file holds it."""
CLUSTER_COLUMNS = ("cluster", "here", "incidents", "ward", "type", "share", "trend")
"""What a cluster table shows at first."""
SIMILAR_COLUMNS = ("area", "rank", "range", "rate", "harm", "trend")
"""What a table of similar wards shows at first."""
_SWATCH = (
    "data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg' width='26' height='18'>"
    "<rect x='.5' y='.5' width='25' height='17' fill='{fill}' stroke='%23505A5F'/></svg>"
)
_SHORT_TYPES = {
    "Violence and sexual offences": "Violence",
    "Criminal damage and arson": "Damage, arson",
    "Anti-social behaviour": "ASB",
    "Theft from the person": "Theft (person)",
    "Possession of weapons": "Weapons",
}
"""Names of types that are too long for a narrow column."""
VISITED = "*"
"""Stands behind the name of an area whose rate per resident misleads."""
VISITED_NOTE = f"{VISITED} Few residents or many visitors, as in city centres: rates per resident overstate the risk."
"""What the mark means, below the table."""
TREND_HELP = (
    "Against the same months a year before, drawn towards the force’s trend, the more so the fewer the incidents. The "
    "Trends page shows the change as it was counted, with its interval."
)
"""What the trend in a ranking is, and why the page of trends shows another figure."""
TREND_NOTE = "Trend: drawn towards the force’s; as counted on Trends."
"""The same in few words, below the table."""
_ROW = 33
"""Pixels of a row, as Streamlit draws it."""


def fit_rows(rows: int, most: int) -> int:
    """Return the height in pixels of a table that shows all its rows, or `most` of them before it scrolls."""
    return _ROW * (min(rows, most) + 1) + 4


def is_visited(flags: Iterable[str]) -> bool:
    """Whether an area is flagged for visitors, or for residents too few to divide by."""
    return any(flag.startswith(("Shops and visitors", "Few residents")) for flag in flags)


def show_ranking(ranking: pd.DataFrame, *, figures: MapFigures) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Turn a ranking into a table for the page.

    Parameters
    ----------
    ranking
        Score rows in order of rank.
    figures
        What colours the map, and how.

    Returns
    -------
    frame, config
        The table, and Streamlit's settings of its columns.
    """
    values = ranking[figures.metric.column].to_numpy(dtype=float)
    frame = pd.DataFrame(
        {
            "rank": ranking["rank"],
            "range": [
                write_range(low, high) for low, high in zip(ranking["rank_low"], ranking["rank_high"], strict=True)
            ],
            "area": [
                (f"{name} (area)" if kind == "area" else name) + (f" {VISITED}" if is_visited(flags) else "")
                for name, kind, flags in zip(ranking["area_name"], ranking["kind"], ranking["flags"], strict=True)
            ],
            # Digits that mean nothing are most of what a table weighs on its way to the browser.
            "score": ranking["score"].round(1),
            "harm": ranking["harm_per_1000"].round(),
            "rate": ranking["rate_per_1000"].round(1),
            "incidents": ranking["incidents"],
            "clustered": (ranking["clustered_share"] * 100).round(1),
            "trend": [write_change(ratio) for ratio in ranking["trend_ratio"]],
            # What repeats itself travels once, with a number in each row.
            "authority": pd.Categorical(ranking["lad_name"]),
            "note": ["; ".join(flags) for flags in ranking["flags"]],
            "class": pd.Categorical(
                [_SWATCH.format(fill=colour.replace("#", "%23")) for colour in figures.classes.colour(values)]
            ),
        }
    )
    column = st.column_config
    config = {
        "rank": column.NumberColumn("Rank", width=46),
        "range": column.TextColumn("90% range", width=74, help="The rank lies in this range with 90% probability."),
        "area": column.TextColumn("Area", width=114),
        "score": column.NumberColumn("Score", width=48, format="%.0f", help="Composite score, 0 to 100."),
        "harm": column.NumberColumn("Harm", width=56, format="localized", help="Harm days per 1,000 residents a year."),
        "rate": column.NumberColumn("Rate", width=46, format="%.0f", help="Incidents per 1,000 residents a year."),
        "incidents": column.NumberColumn("Incidents", width=72, format="localized"),
        "clustered": column.NumberColumn(
            "Clustered", width=74, format="%.0f%%", help="Share of incidents in clusters."
        ),
        "trend": column.TextColumn("Trend", width=54, help=TREND_HELP),
        "authority": column.TextColumn("Authority", width=130),
        "note": column.TextColumn("Note", width=220),
        "class": column.ImageColumn("Colour", width=60, help=f"Class on the map: {figures.classes.title}"),
    }
    return frame, config


def show_clusters(clusters: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Turn a cluster table into a table for the page; its numbers are those on the map."""
    column = st.column_config
    here = "incidents_here" in clusters
    frame = pd.DataFrame(
        {
            "cluster": clusters["cluster"],
            **({"here": clusters["incidents_here"]} if here else {}),
            "incidents": clusters["incidents"],
            "ward": clusters["area_name"],
            "type": [_SHORT_TYPES.get(name, name) for name in clusters["top_type"]],
            "share": (clusters["top_type_share"] * 100).round(1),
            "trend": [
                write_change(ratio) if not low <= 1 <= high else "not clear"
                for ratio, low, high in zip(
                    clusters["trend_ratio"], clusters["trend_low"], clusters["trend_high"], strict=True
                )
            ],
            "hectares": clusters["hectares"].astype(float).round(2),
            "places": clusters["places"],
            "months": clusters["months_active"],
        }
    )
    config = {
        "cluster": column.NumberColumn("No.", width=38),
        "here": column.NumberColumn("Here", width=52, format="localized", help="Incidents inside this area."),
        "incidents": column.NumberColumn("Incidents", width=72, format="localized"),
        "ward": column.TextColumn("Ward", width=116),
        "type": column.TextColumn("Most of it", width=104),
        "share": column.NumberColumn("Share", width=50, format="%.0f%%", help="Share of its incidents of that type."),
        "trend": column.TextColumn(
            "Trend",
            width=66,
            help="Against the same months a year before; not clear when the 90% range holds no change.",
        ),
        "hectares": column.NumberColumn("Hectares", width=70, format="%.1f"),
        "places": column.NumberColumn("Places", width=60),
        "months": column.NumberColumn("Months", width=62, help="Months of the period with incidents in it."),
    }
    return frame, config


def show_similar(own: pd.Series, similar: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Set an area beside the wards most like it; the area itself stands first."""
    rows = pd.concat([own.to_frame().T, similar], ignore_index=True)
    column = st.column_config
    frame = pd.DataFrame(
        {
            "area": [
                f"{name} ({lad})" if kind == "ward" and lad else name
                for name, lad, kind in zip(rows["area_name"], rows["lad_name"], rows["kind"], strict=True)
            ],
            "rank": rows["rank"].astype(int),
            "range": [write_range(low, high) for low, high in zip(rows["rank_low"], rows["rank_high"], strict=True)],
            "rate": rows["rate_per_1000"].astype(float),
            "harm": rows["harm_per_1000"].astype(float).round(),
            "clustered": rows["clustered_share"].astype(float) * 100,
            "trend": [write_change(float(ratio)) for ratio in rows["trend_ratio"]],
        }
    )
    config = {
        "area": column.TextColumn("Area", width=210),
        "rank": column.NumberColumn("Rank", width=46),
        "range": column.TextColumn("90% range", width=74),
        "rate": column.NumberColumn("Rate", width=46, format="%.0f", help="Incidents per 1,000 residents a year."),
        "harm": column.NumberColumn("Harm", width=56, format="localized", help="Harm days per 1,000 residents a year."),
        "clustered": column.NumberColumn("Clustered", width=74, format="%.0f%%"),
        "trend": column.TextColumn("Trend", width=54, help=TREND_HELP),
    }
    return frame, config
