"""A snapshot shows what the page shows: classes, colours, counts, extent and layers; and it leads back to the page."""

from __future__ import annotations

from urllib.parse import parse_qsl

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from hotspots import crs
from hotspots.errors import InputError
from hotspots.pipeline.brief import KINDS
from hotspots.pipeline.overview import choose_figures, overview
from hotspots.pipeline.selection import find_unit, name_unit
from hotspots.pipeline.shown import SHOWN
from hotspots.pipeline.snapshot import LAYERS, MapView, compose_snapshot, read_view, take_snapshot
from hotspots.pipeline.world import World
from hotspots.query import Query
from hotspots.views.browser_map import AreaFigures, build_ward_map, describe_clusters
from hotspots.views.metadata import read_address, read_extent, read_metadata
from hotspots.views.pictures import MapPicture
from hotspots.views.png import lay_out

BOUNDS = (55.17, -1.60, 55.19, -1.55)
DRAWABLE = [
    shows
    for shows, shown in SHOWN.items()
    if shown.page not in ("operation", "impact") and shows not in ("emerging", "trends")
]
"""What the town can show: emerging classes and small multiples need more months."""


@pytest.mark.parametrize("show", ["score", "rate", "harm"])
def test_map_and_picture_have_equal_classes_colours_and_counts(world: World, show: str) -> None:
    query = Query(show=show)
    answer = overview(world, query)
    figures = choose_figures(answer.score, query.show)
    payload = build_ward_map(
        world.boundaries,
        classes=figures.classes,
        wards=AreaFigures(figures.values, (), (None,) * len(world.boundaries)),
        clusters=describe_clusters(answer.clusters.table),
        named={"type": "FeatureCollection", "features": []},
        description="",
        height=100,
    )
    picture = compose_snapshot(world, query, "overview-map", view=MapView(None, LAYERS))
    assert isinstance(picture, MapPicture)
    assert picture.classes is not None
    assert picture.values is not None
    assert list(picture.classes.colours) == payload["colours"]
    assert list(picture.classes.labels) == payload["labels"]
    assert list(picture.classes.count(picture.values)) == [*payload["sizes"], payload["unknown"]]
    assert picture.classes.index(picture.values).tolist() == payload["classes"]
    assert picture.clusters is not None
    assert len(picture.clusters) == len(payload["clusters"]["features"])
    for dark in (False, True):
        texts = [text.get_text() for text in lay_out(picture, dark=dark).page.texts]
        for label, size in zip(payload["labels"], payload["sizes"], strict=True):
            assert f"{label} ({size})" in texts or {label, str(size)} <= set(texts)


@pytest.mark.parametrize("shows", DRAWABLE)
def test_a_snapshot_leads_back_to_its_view(world: World, shows: str) -> None:
    query = Query(area="W1", month_from=int(world.cube.months[1]), types=("burglary", "violence-and-sexual-offences"))
    drawn = take_snapshot(world, query, shows, size="square", dark=True)
    page, _, params = read_address(drawn.content).partition("?")
    assert page == SHOWN[shows].page
    assert Query.from_params(dict(parse_qsl(params))) == query
    assert drawn.name == f"w1-{shows}-square-dark.png"
    assert read_metadata(drawn.content)["Description"] == drawn.alt


def test_the_first_page_without_a_choice_has_an_address_too(world: World) -> None:
    assert read_address(take_snapshot(world, Query(), "overview-trend", size="square").content) == "?"


@pytest.mark.parametrize("shows", ["overview-map", "area-map"])
def test_extent_is_that_of_the_map(world: World, shows: str) -> None:
    view = read_view({"bounds": BOUNDS})
    drawn = take_snapshot(world, Query(area="W1"), shows, view=view)
    assert read_extent(drawn.content) == pytest.approx(view.extent, abs=0.1)
    assert isinstance(drawn.picture, MapPicture)
    assert drawn.picture.is_exact


def view_of(world: World, wards: slice, *, margin: float) -> MapView:
    """Return a view of some wards with metres around them, or within them when negative."""
    west, south, east, north = shapely.total_bounds(world.boundaries.geometry[wards])
    return MapView((west - margin, south - margin, east + margin, north + margin), LAYERS)


@pytest.mark.parametrize(
    ("shows", "wards", "margin", "begins"),
    [
        ("area-map", slice(0, 1), 100.0, ""),
        ("area-map", slice(0, 1), -100.0, "Only part of {area} is in the frame"),
        ("area-map", slice(3, 4), -100.0, "{area} is outside the frame"),
        ("overview-map", slice(None), 1.0, ""),
        ("overview-map", slice(0, 1), 100.0, "Only part of {force} is in the frame"),
        ("clusters", slice(0, 1), 100.0, "Only part of {force} is in the frame"),
    ],
)
def test_a_part_does_not_pass_for_the_whole(world: World, shows: str, wards: slice, margin: float, begins: str) -> None:
    whole = compose_snapshot(world, Query(area="W1"), shows)
    seen = compose_snapshot(world, Query(area="W1"), shows, view=view_of(world, wards, margin=margin))
    assert isinstance(whole, MapPicture)
    assert isinstance(seen, MapPicture)
    name = begins.format(area=world.units[find_unit(world, "W1")].name, force=name_unit(world, None))
    what = f"title and figures are for the whole {'force' if '{force}' in begins else 'area'}"
    assert seen.subtitle == (f"{name}: the {what} · {whole.subtitle}" if begins else whole.subtitle)
    assert seen.title == whole.title
    texts = " ".join(text.get_text() for text in lay_out(seen, size="square").page.texts)
    assert not begins or f"{name}: the {what}" in texts


@given(
    south=st.floats(50, 58),
    west=st.floats(-6, 1.5),
    high=st.floats(0.002, 2),
    wide=st.floats(0.002, 3),
)
def test_extent_holds_the_whole_view_and_little_more(south: float, west: float, high: float, wide: float) -> None:
    extent = read_view({"bounds": [south, west, south + high, west + wide]}).extent
    assert extent is not None
    lon, lat = (
        axis.ravel() for axis in np.meshgrid(np.linspace(west, west + wide, 7), np.linspace(south, south + high, 7))
    )
    x, y = crs.to_bng(lon, lat)
    slack = 0.01 * max(extent[2] - extent[0], extent[3] - extent[1])
    assert (
        (x >= extent[0] - slack) & (x <= extent[2] + slack) & (y >= extent[1] - slack) & (y <= extent[3] + slack)
    ).all()
    assert x.min() - extent[0] < slack
    assert extent[3] - y.max() < slack


@pytest.mark.parametrize(
    "bounds",
    [[], [1, 2, 3], "abcd", "1234", 5, True, {"1": 2}, [10**400, 0, 1, 1],
     [55, -1, 54, 0], [55, 0, 56, -1], [float("nan"), 0, 1, 1], [-91, 0, 0, 1], [1, 2, 3, None],
     [55, -1.5, 55.0001, -1.4999], [10, -60, 70, 60]],
)  # fmt: skip
def test_views_that_cannot_be_drawn_are_refused(bounds: object) -> None:
    with pytest.raises(InputError, match=r"zoom and try again|move it a little"):
        read_view({"bounds": bounds})


@pytest.mark.parametrize("layers", [5, True, "clusters", {"clusters": True}, 0.5])
def test_layers_of_another_kind_than_a_list_are_refused(layers: object) -> None:
    with pytest.raises(InputError, match="move it a little"):
        read_view({"layers": layers})


def test_layers_that_were_switched_off_are_left_out(world: World) -> None:
    def compose(*layers: str) -> MapPicture:
        made = compose_snapshot(world, Query(eps=300.0, min_samples=2), "overview-map", view=MapView(None, layers))
        assert isinstance(made, MapPicture)
        return made

    assert compose(*LAYERS).clusters is not None
    assert compose("areas").clusters is None
    assert compose().layers == ()
    named = [unit.name for unit in world.units if unit.kind == "area"]
    assert [outline.tag for outline in compose("areas").outlines] == named
    assert not compose("clusters").outlines
    assert read_view({"layers": ["areas", "<script>", "clusters"]}).layers == LAYERS, "only layers that there are"


def test_chosen_area_is_marked_on_a_map_of_the_force(world: World) -> None:
    picture = compose_snapshot(world, Query(area="W3"), "clusters", view=read_view({"bounds": BOUNDS}))
    assert isinstance(picture, MapPicture)
    assert picture.highlight == ("W3",)
    assert picture.whole
    assert picture.values is None
    assert picture.clusters is not None
    assert "cluster" in picture.title
    assert picture.extent is not None
    assert shapely.box(*picture.extent).area > 0


def test_every_kind_that_is_offered_is_drawn() -> None:
    assert {shown.kind for shown in SHOWN.values()} <= {*KINDS, "change"}
    assert len({shown.label for shown in SHOWN.values()}) > len(SHOWN) / 2


def test_unknown_things_are_refused(world: World) -> None:
    with pytest.raises(InputError, match="“moon” is nothing of which a picture can be taken"):
        take_snapshot(world, Query(), "moon")
