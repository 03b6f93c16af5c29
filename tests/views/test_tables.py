"""Tables beside a map: which rows they keep when there is little room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex

from hotspots.schemas import Boundaries
from hotspots.views import palette
from hotspots.views.map_panel import MARK_CASING
from hotspots.views.pictures import RankedRow
from hotspots.views.png import lay_out
from hotspots.views.sheet import Sheet
from hotspots.views.tables import share_rows

Maker = Callable[..., Any]
ASHINGTON = ("E05009096", "E05009126", "E05009108", "E05009121", "E05009105")


def texts_of(sheet: Sheet) -> list[str]:
    return [artist.get_text() for artist in sheet.page.texts]


@pytest.fixture
def similar(wards: Boundaries) -> tuple[RankedRow, ...]:
    return tuple(RankedRow(place + 3, wards.names[place], 50.0, 1, 9, wards.codes[place]) for place in range(5))


@given(st.integers(0, 12), st.integers(0, 12), st.integers(-5, 30), st.booleans())
def test_shared_rows_fit_and_no_table_is_a_stump(clusters: int, ranked: int, alone: int, first: bool) -> None:
    together = alone - 4
    for count, wanted in zip(
        share_rows(clusters, ranked, alone=alone, together=together, clusters_first=first),
        (clusters, ranked),
        strict=True,
    ):
        assert count == 0 or min(3, wanted) <= count <= wanted
    here, there = share_rows(clusters, ranked, alone=alone, together=together, clusters_first=first)
    assert here + there <= max(together if here and there else alone, 0)
    if first and clusters and clusters <= alone:
        assert here == clusters, "every numbered cluster is in the table before any similar ward"


def test_clusters_of_an_area_come_before_similar_wards(
    make_area: Maker, clusters: pd.DataFrame, similar: tuple[RankedRow, ...]
) -> None:
    picture = make_area(clusters=clusters.head(8), ranked=similar, ranked_title="Most similar wards")
    for size in ("slide", "a4", "a4-portrait"):
        texts = texts_of(lay_out(picture, size=size))
        assert "8 clusters" in texts, size
        if "Most similar wards" in texts:
            assert texts.index("8 clusters") < texts.index("Most similar wards")
    few = texts_of(lay_out(make_area(clusters=clusters.head(3), ranked=similar, ranked_title="Most similar wards")))
    assert {"3 clusters", "Most similar wards"} <= set(few), "with room for both, both are there"


def test_no_cluster_is_said_above_similar_wards(
    make_area: Maker, clusters: pd.DataFrame, similar: tuple[RankedRow, ...]
) -> None:
    texts = texts_of(lay_out(make_area(clusters=clusters.head(0), ranked=similar)))
    assert "No cluster" in texts
    assert similar[0].name in texts


def test_clusters_beyond_the_area_show_both_counts(make_area: Maker, clusters: pd.DataFrame) -> None:
    reaching = clusters.head(2).assign(incidents=[3494, 439], incidents_here=[447, 439])
    for size in ("slide", "a4"):
        picture = make_area(("E05011437",), "Benwell", clusters=reaching, facts=())
        texts = texts_of(lay_out(picture, size=size))
        assert {"2 clusters, with their incidents", "In Benwell", "In all", "447", "3,494"} <= set(texts), size
        assert "Incidents" not in texts
    long = texts_of(lay_out(make_area(name="Newbiggin Central and East", clusters=reaching)))
    assert {"Here", "In all"} <= set(long)
    inside = clusters.head(2).assign(incidents_here=clusters["incidents"].head(2))
    assert {"2 clusters", "Incidents"} <= set(texts_of(lay_out(make_area(clusters=inside, facts=()))))


def test_hectares_give_way_to_the_names_of_wards(make_area: Maker, clusters: pd.DataFrame) -> None:
    name = "Newbiggin Central and East with Seaton"
    reaching = clusters.head(2).assign(incidents=[13494, 439], incidents_here=[447, 439], area_name=name)
    texts = texts_of(lay_out(make_area(clusters=reaching), size="a4"))
    assert "Hectares" not in texts
    assert "Hectares" in texts_of(lay_out(make_area(clusters=reaching.assign(area_name="Hirst")), size="a4"))


def test_the_marked_area_keeps_its_row_beside_a_force_map(make_force: Maker, wards: Boundaries) -> None:
    code = "E05011437"
    rows = (*make_force().ranked, RankedRow(45, "Benwell", 60.0, 39, 58, code, is_named_area=True))
    marked = make_force(ranked=rows, highlight=(code,), highlight_name="Benwell", highlight_code=code, whole=True)
    for size in ("slide", "a4", "a4-portrait"):
        texts = texts_of(lay_out(marked, size=size))
        assert "Benwell (named area)" in texts, size
        assert "Benwell" in texts, "the legend names the outline"
        assert "Enlarged on the right" in texts, "the whole force is still shown"
    marks = [patch for patch in lay_out(marked).page.patches if patch.get_linewidth() == MARK_CASING]
    assert len(marks) == 1, "the legend shows the outline as it is drawn"
    assert "Benwell is outlined." in marked.alt
    assert "Benwell" not in texts_of(lay_out(make_force(ranked=rows, whole=True)))


@pytest.mark.parametrize(("codes", "maps"), [(("E05011437",), 2), (ASHINGTON, 1)])
def test_a_marked_area_is_outlined_on_every_map_that_shows_it(
    make_force: Maker, codes: tuple[str, ...], maps: int
) -> None:
    sheet = lay_out(make_force(highlight=codes, highlight_name="Here", whole=True))
    casings = [
        artist
        for axes in sheet.figure.axes
        for artist in axes.collections
        if to_hex(artist.get_edgecolor()[0]).upper() == palette.MARK
    ]
    assert len(casings) == maps
