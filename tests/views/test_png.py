"""Pictures for a briefing: size, sameness, legibility, and nothing from a name that does anything."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.colors import to_hex
from PIL import Image

from hotspots.errors import InputError
from hotspots.schemas import Boundaries
from hotspots.views import palette
from hotspots.views.classes import classify
from hotspots.views.map_panel import MapPanel, _scale
from hotspots.views.pictures import Fact, MapPicture, Picture, RankedRow
from hotspots.views.png import draw_picture, lay_out
from hotspots.views.sheet import Box, Sheet, open_sheet

Maker = Callable[..., Any]
FIRST_MONTH = (2020 - 1970) * 12 + 4

KINDS = ("force", "area", "ward", "ranking", "trend")
LONG = "Newbiggin Central and East with Seaton & Lynemouth Sands"
HOSTILE = "$\\frac{1}{0}$ <script>alert(1)</script> a_b^c % {x} 日本 \u202e"


def texts_of(sheet: Sheet) -> list[str]:
    return [artist.get_text() for artist in sheet.page.texts]


def joined(sheet: Sheet) -> str:
    return " ".join(texts_of(sheet))


def pixels_of(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def has_colour(pixels: np.ndarray, colour: str, *, least: int = 20) -> bool:
    wanted = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    return bool((pixels == wanted).all(axis=2).sum() >= least)


@pytest.mark.parametrize(
    ("size", "dots"),
    [("slide", (1920, 1080)), ("a4", (2339, 1654)), ("a4-portrait", (1654, 2339)), ("square", (1080, 1080))],
)
def test_size_and_resolution(make_area: Maker, size: str, dots: tuple[int, int]) -> None:
    png = draw_picture(make_area(), size=size)
    with Image.open(io.BytesIO(png)) as image:
        assert image.size == dots
        assert image.format == "PNG"
        assert image.info["dpi"][0] == pytest.approx(200 if size.startswith("a4") else 144, abs=0.1)
        told = {"Title", "Description", "Source", "Creation Time", "Hotspots-Data-Version", "Hotspots-Marking"}
        assert set(image.info) == {"dpi", *told}, "neither clock nor software name beside the pixels"
        assert image.info["Creation Time"] == "2023-03-14", "the day that was given, not today's"


def test_a4_at_150_dots(make_trend: Maker) -> None:
    with Image.open(io.BytesIO(draw_picture(make_trend(), size="a4", dpi=150))) as image:
        assert image.size == (1754, 1240)


@pytest.mark.parametrize("kind", KINDS)
def test_equal_pictures_give_equal_bytes(make_any: dict[str, Maker], kind: str) -> None:
    dpi = None if kind == "force" else 72
    first = draw_picture(make_any[kind](), dpi=dpi)
    with mpl.rc_context(
        {"font.size": 30, "lines.linewidth": 9, "text.usetex": False, "hatch.linewidth": 5, "path.snap": False}
    ):
        assert draw_picture(make_any[kind](), dpi=dpi) == first, "a user's matplotlibrc changes nothing"


def test_threads_do_not_disturb_each_other(make_any: dict[str, Maker]) -> None:
    pictures = [make_any["trend"](), make_any["ward"]()] * 2
    draw = partial(draw_picture, dpi=72)
    alone = [draw(picture) for picture in pictures[:2]] * 2
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(draw, pictures)) == alone


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        *((kind, "slide") for kind in KINDS),
        *((kind, "square") for kind in KINDS),
        ("force", "a4-portrait"),
        ("ward", "a4"),
    ],
)
def test_texts_lie_on_the_sheet_and_apart(make_any: dict[str, Maker], kind: str, size: str) -> None:
    assert_legible(make_any[kind](), size)


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        *((kind, "slide") for kind in KINDS),
        *((kind, "square") for kind in KINDS),
        ("force", "a4"),
        ("area", "a4-portrait"),
    ],
)
def test_long_texts_stay_legible(make_any: dict[str, Maker], wards: Boundaries, kind: str, size: str) -> None:
    rows = tuple(RankedRow(place, f"{LONG} {place}", 1234.5, 1, 177, wards.codes[place]) for place in range(1, 41))
    changes: dict[str, object] = {
        "title": f"{LONG}: all crime and anti-social behaviour, robbery, burglary and everything that follows from it",
        "subtitle": f"Between May 2020 and February 2023 without January 2022 {LONG}" * 2,
        "notes": tuple(f"Caveat number {number} is as long as a caveat can well be." for number in range(8)),
        "facts": tuple(Fact(LONG, "1,234,567,890", f"no clear change on January 2023 {LONG}") for _ in range(6)),
        "source": "Source: " + LONG * 4,
        "marking": "OFFICIAL-SENSITIVE: " + "POLICE USE ONLY " * 3,
    }
    if kind == "force":
        changes["ranked"] = rows
    elif kind == "ranking":
        changes.update(rows=rows, columns=(), value_title="A score with a long name")
    elif kind == "trend":
        changes.update(series_name=LONG, comparison_name=LONG, value_title=LONG, events=((630, LONG), (631, LONG)))
    else:
        changes["highlight_name"] = LONG
    assert_legible(make_any[kind](**changes), size)


def assert_legible(picture: Picture, size: str) -> None:
    sheet = lay_out(picture, size=size)
    page = Box(0, 0, sheet.paper.width, sheet.paper.height)
    boxes = list(sheet.list_text_boxes())
    assert len(boxes) > 15
    for text, box in boxes:
        assert page.holds(box), f"“{text}” leaves the sheet"
    for (one, first), (other, second) in itertools.combinations(boxes, 2):
        across = min(first.right, second.right) - max(first.left, second.left)
        down = min(first.bottom, second.bottom) - max(first.top, second.top)
        assert across <= 1.0 or down <= 1.6, f"“{one}” and “{other}” overlap"
    for axes in sheet.figure.axes:
        for artist in axes.texts:
            dots = artist.get_fontsize() * sheet.dpi / 72
            assert artist.get_fontsize() >= 6.5
            if size == "slide" and len(picture.notes) <= 4:
                assert dots >= 14.9, f"“{artist.get_text()}” is too small for a room"


def test_slide_title_can_be_read_from_the_back(make_any: dict[str, Maker]) -> None:
    sheet = lay_out(make_any["force"]())
    title = next(artist for artist in sheet.page.texts if artist.get_text().startswith("Where harm"))
    assert title.get_fontsize() * sheet.dpi / 72 >= 28


def test_every_picture_says_what_it_rests_on(make_any: dict[str, Maker]) -> None:
    for kind in KINDS:
        text = joined(lay_out(make_any[kind]()))
        for words in ("January 2022 is missing", "Open Government Licence", "3f9a12c07be4", "14 March 2023"):
            assert words in text, kind
        assert "Incidents are published at snap points." in text, "a caveat ends like a sentence"
        assert text.count("OFFICIAL") == 2


def test_marking_stands_at_top_and_bottom(make_trend: Maker) -> None:
    sheet = lay_out(make_trend(marking="OFFICIAL-SENSITIVE"))
    tops = [box.top for text, box in sheet.list_text_boxes() if text == "OFFICIAL-SENSITIVE"]
    assert tops[0] < 20
    assert tops[1] > sheet.paper.height - 20
    pixels = pixels_of(draw_picture(make_trend(marking="OFFICIAL-SENSITIVE"), dpi=72))
    assert (pixels[2] == [11, 12, 12]).all()
    assert (pixels[-2] == [11, 12, 12]).all()
    unmarked = pixels_of(draw_picture(make_trend(marking=""), dpi=72))
    assert (unmarked[2] == 255).all()


def test_map_shows_its_own_classes_with_counts(make_force: Maker, rates: np.ndarray) -> None:
    picture = make_force()
    listed = texts_of(lay_out(picture))
    for label in picture.classes.labels:
        assert label in listed
    assert "No data" in listed
    for count in picture.classes.count(rates):
        assert str(count) in listed
    pixels = pixels_of(draw_picture(picture))
    for colour in (*picture.classes.colours, palette.CLUSTER, palette.LAND):
        assert has_colour(pixels, colour), colour
    assert "No data" not in texts_of(lay_out(make_force(values=np.nan_to_num(rates))))


def test_numbers_on_the_map_are_those_of_the_table(make_force: Maker, clusters: pd.DataFrame) -> None:
    sheet = lay_out(make_force(ranked=()))
    listed = texts_of(sheet)
    heading = next(text for text in listed if text.startswith("Clusters: largest"))
    count = int(heading.split()[2])
    assert heading == f"Clusters: largest {count} of {len(clusters)}"
    badges = [artist for artist in sheet.page.texts if artist.get_color() == palette.WHITE]
    numbers = [artist.get_text() for artist in badges if artist.get_text().isdigit()]
    assert sorted(numbers) == sorted([str(number) for number in range(1, count + 1)] * 2), (
        "once on a map, once in the table"
    )


def test_scale_bar_is_true(make_area: Maker) -> None:
    panel = MapPanel(open_sheet("slide"), Box(0, 0, 400, 300), (0.0, 0.0, 8000.0, 3000.0))
    metres, length, text = _scale(panel)
    assert (metres, text) == (1000.0, "1 km")
    assert length == pytest.approx(1000 * 400 / 8000)
    left, _ = panel.to_points(0, 0)
    right, _ = panel.to_points(1000, 0)
    assert right - left == pytest.approx(length)
    assert "N" in texts_of(lay_out(make_area()))


def test_area_map_shows_places_clusters_and_neighbours(make_area: Maker) -> None:
    sheet = lay_out(make_area())
    text = joined(sheet)
    for words in (
        "Incidents at each place",
        "Cluster of incidents (2 in all)",
        "Ashington",
        "Bothal",
        "Pegswood",
        "2 clusters",
    ):
        assert words in text
    pixels = pixels_of(draw_picture(make_area()))
    for colour in (palette.CLUSTER, palette.ACCENT_DARK, palette.INK):
        assert has_colour(pixels, colour)


def test_area_without_clusters_says_so(make_area: Maker, clusters: pd.DataFrame) -> None:
    assert "No cluster" in texts_of(lay_out(make_area(clusters=clusters.iloc[:0])))
    assert "No cluster" not in texts_of(lay_out(make_area(clusters=None)))


def test_names_are_inert(make_area: Maker, make_trend: Maker, make_ranking: Maker) -> None:
    hostile = {"title": HOSTILE, "subtitle": HOSTILE, "notes": (HOSTILE,), "source": HOSTILE}
    for picture in (
        make_area(highlight_name=HOSTILE, **hostile),
        make_trend(series_name=HOSTILE, events=((630, HOSTILE),), **hostile),
        make_ranking(rows=(RankedRow(1, HOSTILE, 1.0),), columns=(), **hostile),
    ):
        sheet = lay_out(picture)
        drawn = texts_of(sheet)
        assert any("$\\frac{1}{0}$ <script>alert(1)</script> a_b^c % {x} □□" in text for text in drawn)
        assert all(not artist.get_parse_math() for artist in sheet.page.texts)
        assert draw_picture(picture, dpi=72).startswith(b"\x89PNG")


def test_ranking_keeps_the_chosen_area_in_sight(make_ranking: Maker, wards: Boundaries) -> None:
    sheet = lay_out(make_ranking(highlight=(wards.codes[150],)))
    texts = texts_of(sheet)
    assert wards.names[150] in texts
    assert "151" in texts
    shown = sum(text in wards.names for text in texts)
    assert f"{len(wards) - shown} further wards not shown." in texts
    empty = joined(lay_out(make_ranking(rows=(), total=0)))
    assert "No ward could be ranked." in empty


def test_ranking_draws_the_interval(make_ranking: Maker) -> None:
    rows = (RankedRow(1, "Byker", 9.0, 1, 4), RankedRow(2, "Hendon", 8.0, 1, 11))
    sheet = lay_out(make_ranking(rows=rows, total=2, columns=()))
    assert {"1 to 4", "1 to 11"} <= set(texts_of(sheet))
    spans = [line for line in sheet.page.lines if line.get_linewidth() == 2.4]
    lengths = [line.get_xdata()[1] - line.get_xdata()[0] for line in spans]
    assert lengths[1] == pytest.approx(lengths[0] * 10 / 3)
    assert "Rank, with its 90% range" in texts_of(sheet)
    plain = texts_of(lay_out(make_ranking(rows=(RankedRow(1, "Byker", 9.0),), total=1, columns=())))
    assert "90% range" not in plain


def test_trend_breaks_at_missing_months(make_trend: Maker) -> None:
    sheet = lay_out(make_trend())
    line = next(line for line in sheet.page.lines if line.get_linewidth() == 2.6)
    heights = np.asarray(line.get_ydata(), dtype=float)
    assert np.flatnonzero(np.isnan(heights)).tolist() == [20]
    hatched = [patch for patch in sheet.page.patches if patch.get_hatch() == "///"]
    assert len(hatched) == 1
    assert "No data: unknown, not zero" in texts_of(sheet)
    assert "0" in texts_of(sheet), "the axis begins at zero"
    whole = make_trend(values=np.full(34, 5.0), comparison=None)
    assert "No data: unknown, not zero" not in texts_of(lay_out(whole))


def test_trend_scale_is_true(make_trend: Maker) -> None:
    values = np.array([0.0, 100.0, 50.0])
    sheet = lay_out(
        make_trend(months=np.arange(FIRST_MONTH, FIRST_MONTH + 3), values=values, comparison=None, events=())
    )
    line = next(line for line in sheet.page.lines if line.get_linewidth() == 2.6)
    zero, full, half = np.asarray(line.get_ydata(), dtype=float)
    assert full < half < zero
    assert half == pytest.approx((zero + full) / 2)


def test_trend_without_any_month_of_data_says_so(make_trend: Maker) -> None:
    picture = make_trend(values=np.full(34, np.nan), comparison=None)
    assert "No month of this period has data." in texts_of(lay_out(picture))
    assert draw_picture(picture, dpi=72).startswith(b"\x89PNG")


def test_odd_maps_are_drawn(make_force: Maker, make_area: Maker, wards: Boundaries) -> None:
    unknown = np.full(len(wards), np.nan)
    assert draw_picture(make_force(values=unknown, classes=classify(unknown, title="T")), dpi=72).startswith(b"\x89PNG")
    bare = make_force(values=None, classes=None, clusters=None, ranked=(), facts=(), notes=(), source="", subtitle="")
    assert draw_picture(bare, dpi=72).startswith(b"\x89PNG")
    assert draw_picture(make_area(places=None, clusters=None), dpi=72).startswith(b"\x89PNG")
    far_away = make_force(extent=(0.0, 0.0, 1000.0, 1000.0))
    assert draw_picture(far_away, dpi=72).startswith(b"\x89PNG")


def test_one_small_area_alone() -> None:
    square = Boundaries(
        codes=("A",), names=("Square",), lad_codes=("",), lad_names=("",), population=np.array([np.nan]),
        area_km2=np.array([1.0]), geometry=np.array([shapely.box(400_000, 500_000, 401_000, 501_000)], dtype=object),
        name="one", source="", licence="", vintage="",
    )  # fmt: skip
    values = np.array([7.0])
    picture = MapPicture(title="One", boundaries=square, values=values, classes=classify(values, title="T"))
    assert has_colour(pixels_of(draw_picture(picture)), picture.classes.colours[0])


def test_unknown_sizes_are_refused(make_trend: Maker, make_ranking: Maker) -> None:
    with pytest.raises(InputError, match="“a3” is not a size of picture; choose slide, a4, a4-portrait, square"):
        draw_picture(make_trend(), size="a3")
    with pytest.raises(InputError, match="5000 dots an inch"):
        draw_picture(make_ranking(), dpi=5000)
    with pytest.raises(TypeError, match="not a picture"):
        draw_picture(Picture(title="plain"))


def test_page_colours_are_the_palette(make_force: Maker) -> None:
    sheet = lay_out(make_force())
    known = {palette.WHITE, palette.INK, palette.GREY_TEXT}
    assert {to_hex(artist.get_color()).upper() for artist in sheet.page.texts} <= known


VIEW = (423_000.0, 585_000.0, 432_000.0, 590_000.0)


@pytest.mark.parametrize("size", ["slide", "a4-portrait", "square"])
def test_exact_view_shows_its_extent_and_no_more(make_force: Maker, monkeypatch: pytest.MonkeyPatch, size: str) -> None:
    opened: list[MapPanel] = []
    original = MapPanel.__post_init__

    def note(panel: MapPanel) -> None:
        original(panel)
        opened.append(panel)

    monkeypatch.setattr(MapPanel, "__post_init__", note)
    sheet = lay_out(make_force(extent=VIEW, is_exact=True, whole=True), size=size)
    (panel,) = opened
    assert panel.extent == pytest.approx(VIEW, abs=0.5)
    page = Box(0, 0, sheet.paper.width, sheet.paper.height)
    assert page.holds(panel.box)
    assert panel.box.width * panel.box.height > 0.1 * page.width * page.height


def test_exact_view_numbers_and_lists_what_it_shows(make_force: Maker, clusters: pd.DataFrame) -> None:
    seen = shapely.box(*VIEW)
    numbers = [str(row.cluster) for row in clusters.itertuples() if row.geometry.intersects(seen)]
    assert 0 < len(numbers) < len(clusters)
    texts = texts_of(lay_out(make_force(extent=VIEW, is_exact=True, whole=True, ranked=())))
    assert (
        f"{len(numbers)} clusters in view, with their incidents" in texts or f"{len(numbers)} clusters in view" in texts
    )
    for number in numbers:
        assert texts.count(number) >= 2, "on the map and in its table"
    nothing = (380_000.0, 640_000.0, 381_000.0, 641_000.0)
    assert "No group of places in view is dense enough" in joined(lay_out(make_force(extent=nothing, is_exact=True)))


@pytest.mark.parametrize("kind", ["force", "area"])
def test_both_looks_count_and_colour_alike(make_any: dict[str, Maker], kind: str) -> None:
    """Classes keep their colours and counts on a dark ground; only what carries no class changes."""
    light, dark = (lay_out(make_any[kind](), dark=is_dark) for is_dark in (False, True))
    assert texts_of(light) == texts_of(dark)
    fills = [
        [sorted({to_hex(colour) for colour in patches.get_facecolor()}) for patches in axes.collections]
        for sheet in (light, dark)
        for axes in sheet.figure.axes
    ]
    ramp = {colour.lower() for colour in palette.SEQUENTIAL}
    half = len(fills) // 2
    shown = [[found for found in axes if ramp & set(found)] for axes in fills]
    assert shown[:half] == shown[half:]
    assert any(shown)
    swatches = [
        [to_hex(patch.get_facecolor()) for patch in sheet.page.patches if to_hex(patch.get_facecolor()) in ramp]
        for sheet in (light, dark)
    ]
    assert swatches[0] == swatches[1]
    assert len(set(swatches[0])) >= 4
