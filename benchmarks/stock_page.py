"""What ``bench_load`` compares with: the same wards, filters and counts on a page as streamlit-folium's users write it.

Counts and shapes are read once and kept, as anybody would do it; the map is built for each run, as it must be there.
Loading and counting are ours, so that only the page differs.
"""

from __future__ import annotations

import folium
import numpy as np
import pandas as pd
import streamlit as st
from streamlit_folium import st_folium

from hotspots.months import name_month
from hotspots.pipeline.world import open_world
from hotspots.settings import read_settings
from hotspots.store.boundaries import read_active
from hotspots.terms import LENSES, lens
from hotspots.views.browser_map import describe_shapes

COLOURS = ("#E3ECF7", "#AECAE8", "#6099D0", "#2073BC", "#12436D")


@st.cache_resource
def load_counts() -> tuple[pd.DataFrame, list[int], tuple[str, ...]]:
    world = open_world()
    counts = world.cube.by_area[: world.cube.n_areas].sum(axis=3)
    ward, month, kind = np.nonzero(counts)
    frame = pd.DataFrame(
        {
            "ward": np.array(world.boundaries.names)[ward],
            "type": pd.Categorical(np.array(world.cube.types)[kind]),
            "month": world.cube.months[month],
            "n": counts[ward, month, kind],
        }
    )
    return frame, [int(month) for month in world.cube.months], world.cube.types


@st.cache_resource
def load_shapes() -> dict[str, object]:
    shapes = describe_shapes(read_active(read_settings()))
    return {"type": shapes["type"], "features": shapes["features"]}


def main() -> None:
    st.set_page_config(layout="wide")
    frame, months, types = load_counts()
    crime = st.sidebar.selectbox(
        "Crime", [one.code for one in LENSES], format_func=lambda code: lens(code).label, key="lens"
    )
    first = st.sidebar.selectbox("From", months, format_func=lambda month: name_month(month, short=True), key="from")
    chosen = frame[frame["type"].isin(lens(crime).select(types)) & (frame["month"] >= first)]
    counts = chosen.groupby("ward")["n"].sum()
    edges = counts.quantile([0.2, 0.4, 0.6, 0.8]).to_numpy()
    left, right = st.columns(2)
    with left:
        drawn = folium.Map(location=[55.1, -1.9], zoom_start=9, tiles=None)
        folium.GeoJson(
            load_shapes(),
            style_function=lambda feature: {
                "fillColor": COLOURS[int(np.searchsorted(edges, counts.get(feature["properties"]["name"], 0)))],
                "color": "#6F777B",
                "weight": 0.6,
                "fillOpacity": 0.85,
            },
            tooltip=folium.GeoJsonTooltip(["name"]),
        ).add_to(drawn)
        st_folium(drawn, height=460, use_container_width=True, key="map")
    with right:
        st.dataframe(counts.sort_values(ascending=False))
    st.bar_chart(chosen.groupby("month")["n"].sum())


main()
