"""The further kinds of picture stay legible with whatever stands on them, in every size, and say what they show."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
import shapely
from matplotlib.colors import to_hex

from hotspots.errors import InputError
from hotspots.schemas import Boundaries
from hotspots.terms import Phase
from hotspots.views import palette
from hotspots.views.impact_pictures import ForestPicture, ForestRow, ImpactPicture, write_effect
from hotspots.views.multiples_picture import MonthsPanel, MultiplesPicture
from hotspots.views.multiples_sheet import share_room
from hotspots.views.operation_pictures import ActivityPicture, PhasesPicture, Story
from hotspots.views.painted import Heading, Listing, Look, Outline, Paint, Spot
from hotspots.views.phases import PHASE_COLOURS, PhaseBand
from hotspots.views.pictures import Fact, MapPicture, Picture, TrendPicture
from hotspots.views.png import draw_picture, lay_out
from hotspots.views.scorecards import Goal, Line, Published, Scorecard
from hotspots.views.sheet import PAPERS, Box, drawing

FIRST, COUNT = 604, 34
MONTHS = np.arange(FIRST, FIRST + COUNT)
LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch and Saint-Rémy-en-Bouzemont-Saint-Genest-et-Isson"
ARABIC, HEBREW = "شارع الملك فهد", "רחוב הרצל"
NOTES = (
    "January 2022 is missing: unknown, not zero.",
    f"Œuvre à Besançon; {ARABIC} and {HEBREW} are names that are read from the right.",
    "Police.uk changed its map points in July 2022.",
)
FRAME: dict[str, Any] = {
    "subtitle": "Ashington · May 2020 to February 2023",
    "facts": (Fact("Incidents", "12,345", "−3% on the year before"), Fact("Rate", "102.4", "per 1,000 residents")),
    "notes": NOTES,
    "method": "How it was found, in one sentence",
    "source": "Source: police.uk. Contains public sector information licensed under the Open Government Licence v3.0",
    "data_version": "3f9a12c07be4",
    "made_on": date(2023, 3, 14),
}
BANDS = (
    PhaseBand(Phase.CLEAR, 609.5, 615.0),
    PhaseBand(Phase.HOLD, 613.0, 622.0),
    PhaseBand(Phase.BUILD, 620.0, 638.0, open_ended=True),
    PhaseBand(Phase.CLEAR, 636.0, 640.0, planned=True),
)
KINDS = ("cells", "surface", "trend", "impact", "forest", "phases", "activity", "multiples")
WARD = "E05009096"


def series(level: float = 320.0, *, gap: int | None = 20) -> np.ndarray:
    values = np.random.default_rng(int(level)).normal(level, level / 8, COUNT).round()
    if gap is not None:
        values[gap] = np.nan
    return values


def make_cells(wards: Boundaries, name: str, **changes: Any) -> MapPicture:
    west, south, east, north = shapely.bounds(wards.geometry[wards.index(WARD)])
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(west, east, 250), np.arange(south, north, 250)))
    shapes = shapely.box(x, y, x + 250, y + 250)
    index = np.random.default_rng(1).integers(-2, 3, len(shapes))
    outline = shapely.box(west, south, east, north)
    given = {
        "title": f"{name}: 12 hot cells",
        "boundaries": wards,
        "highlight": (WARD,),
        "highlight_name": name,
        "paint": Paint(
            title="Class of the cell",
            noun="cells",
            looks=(Look("New hot spot", "#7F3B08", "3", "N"), Look("Persistent", "#F0953A", "1,204", "P"),
                   Look(name, "#FDB863", "7", "D")),
            index=index,
            shapes=shapes,
            cell=250.0,
            rest="Does not stand out",
            rest_count="10,853",
        ),
        "outlines": (
            Outline(outline, name),
            Outline(shapely.buffer(outline, 500), "Distance from the area", "ring", "500 m"),
        ),
        "spots": (
            Spot(west + 400, south + 400, "1"), Spot(west + 420, south + 410, "2"),
            Spot(west + 900, south + 900, name="Town hall"),
        ),
        "listing": Listing(
            title=f"Hot spots in {name}",
            heads=(Heading("No."), Heading("Ward", "left"), Heading("Incidents"), Heading("× chance")),
            rows=(("1", name, "1,234", "9.1"), ("2", name, "12", "3.0")),
            numbered=True,
        ),
    }  # fmt: skip
    return MapPicture(**{**FRAME, **given, **changes})


def make_surface(wards: Boundaries, name: str, **changes: Any) -> MapPicture:
    west, south, east, north = shapely.bounds(wards.geometry[wards.index(WARD)])
    shape = (int((north - south) / 100) + 1, int((east - west) / 100) + 1)
    paint = Paint(
        title="Incidents per km² a year",
        looks=tuple(Look(f"{step:,} or more", colour) for step, colour in enumerate(palette.SEQUENTIAL)),
        index=np.random.default_rng(2).integers(-1, 5, shape),
        corner=(float(west), float(south)),
        cell=100.0,
    )
    return make_cells(wards, name, paint=paint, outlines=(), **changes)


def make_trend(_wards: Boundaries, name: str, **changes: Any) -> TrendPicture:
    given = {
        "title": f"{name} down 14%, interval −21% to −6%",
        "months": MONTHS,
        "values": series(),
        "series_name": name,
        "value_title": f"Incidents a month in {name}",
        "phases": BANDS,
        "events": ((608, f"{name} began"), (630, "new map points")),
    }
    return TrendPicture(**{**FRAME, **given, **changes})


def make_impact(_wards: Boundaries, name: str, **changes: Any) -> ImpactPicture:
    expected = series(300.0)
    after = np.where(MONTHS >= 609, expected, np.nan)
    given = {
        "title": f"{name}: violence fell 14%, interval −21% to −6%",
        "months": MONTHS,
        "observed": series(),
        "expected": expected,
        "low": after * 0.8,
        "high": after * 1.3,
        "start": 609,
        "aside": (608,),
        "value_title": f"Violence: incidents a month in {name}",
        "sentences": (f"Violence in {name} fell.", "It rests on 1,459 incidents.", "Earlier months would help."),
        "phases": BANDS,
        "events": ((630, "new map points"),),
    }
    return ImpactPicture(**{**FRAME, **given, **changes})


def make_forest(_wards: Boundaries, name: str, **changes: Any) -> ForestPicture:
    names = [name, "violence", "harm", *(f"outcome number {number}" for number in range(13))]
    rows = [ForestRow(each, 0.05, -0.2, 0.3, "cannot tell") for each in names]
    rows[1] = ForestRow("violence", -0.3, -0.5, -0.1, "fell, tentative")
    rows[2] = ForestRow("robbery", -0.9, -4.5, 3.5, "cannot tell")
    rows.append(ForestRow("drugs", 0.4, 0.1, 0.9, "rose", apart=True))
    given = {"title": f"{name}: of 16 outcomes 1 fell", "rows": tuple(rows)}
    return ForestPicture(**{**FRAME, **given, **changes})


def make_line(label: str, *, goal: bool = False) -> Line:
    target = Goal(Decimal(60), 0.4, 0.55, "behind", "behind; due by 31 December 2023") if goal else None
    return Line(label, "count", Decimal(24), at_least=True, records=7, total=Decimal(30), total_at_least=False,
                goal=target, spark=(1.0, 2.0))  # fmt: skip


def make_phases(_wards: Boundaries, name: str, **changes: Any) -> PhasesPicture:
    lines = (make_line(name, goal=True), make_line("Warrants executed"), make_line("Vehicles seized"))
    cards = tuple(
        Scorecard(phase, ("1 March 2021 to 30 September 2021",), now, lines, f"Nothing recorded: {name}.")
        for phase, now in ((Phase.CLEAR, False), (Phase.HOLD, True), (Phase.BUILD, False), (None, False))
    )
    published = tuple(
        Published(label, "over 500", "Mar 2021 to Apr 2021", "Gazette") for label in (name, "Raids", "Arrests")
    )
    given = {"title": f"{name}: in Hold, 127 activities on record", "cards": cards, "published": published}
    return PhasesPicture(**{**FRAME, **given, **changes})


def make_activity(_wards: Boundaries, name: str, **changes: Any) -> ActivityPicture:
    rng = np.random.default_rng(5)
    given = {
        "title": f"{name}: 127 activities on record",
        "months": MONTHS,
        "records": {phase: rng.integers(0, 9, COUNT).astype(float) for phase in (Phase.CLEAR, Phase.HOLD, None)},
        "phases": BANDS,
        "stories": tuple(Story(612.0 + 6 * n, "Mar 2021", f"Over 500 arrests in {name}") for n in range(4)),
        "incidents": series(),
        "incidents_title": f"All crime and ASB a month in {name}",
        "events": ((630, "new map points"),),
    }
    return ActivityPicture(**{**FRAME, **given, **changes})


def make_multiples(_wards: Boundaries, name: str, *, count: int = 40, **changes: Any) -> MultiplesPicture:
    verdicts = ("rising", "falling", "may be chance", "no clear change")
    panels = tuple(
        MonthsPanel(name if number == 0 else f"Ward {number}", series(40.0 + 5 * number), "+14% (+9% to +19%)",
                    verdicts[number % 4])
        for number in range(count)
    )  # fmt: skip
    given = {"title": f"{name} and {count - 1} more", "months": MONTHS, "panels": panels,
             "events": ((630, "new map points"),)}  # fmt: skip
    return MultiplesPicture(**{**FRAME, **given, **changes})


MAKERS: dict[str, Callable[..., Any]] = {
    "cells": make_cells,
    "surface": make_surface,
    "trend": make_trend,
    "impact": make_impact,
    "forest": make_forest,
    "phases": make_phases,
    "activity": make_activity,
    "multiples": make_multiples,
}


def assert_legible(picture: Picture, size: str, *, dark: bool = False) -> None:
    """No text leaves the sheet, is smaller than print allows, or stands on another."""
    with drawing():
        sheet = lay_out(picture, size=size, dark=dark)
        boxes = list(sheet.list_text_boxes())
        page = Box(0, 0, sheet.paper.width, sheet.paper.height)
        for text, box in boxes:
            assert page.holds(box), f"“{text}” leaves the sheet"
        for (one, first), (other, second) in itertools.combinations(boxes, 2):
            across = min(first.right, second.right) - max(first.left, second.left)
            down = min(first.bottom, second.bottom) - max(first.top, second.top)
            assert across <= 1.0 or down <= 1.6, f"“{one}” and “{other}” overlap"
        for artist in sheet.page.texts:
            assert artist.get_fontsize() >= 5.9, f"“{artist.get_text()}” is too small"
        top, bottom = (text for text, _box in boxes if text == picture.marking)
        assert top == bottom == "OFFICIAL"


@pytest.mark.parametrize("size", list(PAPERS))
@pytest.mark.parametrize("kind", KINDS)
def test_long_accented_and_right_to_left_names_stay_legible(kind: str, size: str, wards: Boundaries) -> None:
    name = f"{LONG} {ARABIC}" if size in {"slide", "a4"} else f"{HEBREW} {LONG}"
    assert_legible(MAKERS[kind](wards, name), size, dark=size == "square")


@pytest.mark.parametrize("kind", KINDS)
def test_usual_names_stay_legible(kind: str, wards: Boundaries) -> None:
    assert_legible(MAKERS[kind](wards, "Ashington"), "square")


EMPTY: dict[str, dict[str, Any]] = {
    "cells": {"listing": Listing("Hot spots", (Heading("No."), Heading("Ward", "left")), (), empty="None."),
              "spots": (), "facts": ()},
    "surface": {"listing": None, "spots": (), "facts": ()},
    "trend": {"values": np.full(COUNT, np.nan), "phases": (), "events": (), "facts": ()},
    "impact": {key: np.full(COUNT, np.nan) for key in ("observed", "expected", "low", "high")} | {"facts": ()},
    "forest": {"rows": (ForestRow("violence", *[float("nan")] * 3, "cannot tell"),), "facts": ()},
    "phases": {"cards": tuple(Scorecard(phase, (), False, (), "Nothing recorded.") for phase in Phase),
               "published": (), "facts": ()},
    "activity": {"records": {}, "incidents": None, "stories": (), "phases": (), "facts": ()},
    "multiples": {"panels": (MonthsPanel("Ashington", np.full(COUNT, np.nan)),), "facts": ()},
}  # fmt: skip


@pytest.mark.parametrize(("kind", "size"), [*zip(KINDS, itertools.cycle(PAPERS), strict=False)])
def test_empty_areas_are_drawn_and_say_so(kind: str, size: str, wards: Boundaries) -> None:
    assert_legible(MAKERS[kind](wards, "Ashington", **EMPTY[kind]), size)


ONE = np.where(np.arange(COUNT) == 5, 1.0, 0.0)


def test_without_a_record_there_is_no_axis_of_records(wards: Boundaries) -> None:
    recorded = {text.get_text() for text in lay_out(make_activity(wards, "Ashington")).page.texts}
    assert "0" in recorded
    empty = lay_out(make_activity(wards, "Ashington", records={}, incidents=None))
    written = {text.get_text() for text in empty.page.texts}
    assert "No activity is on record." in written
    assert "0" not in written


@pytest.mark.parametrize("kind", ["trend", "impact", "activity", "multiples"])
def test_one_incident_and_missing_months_stay_legible(kind: str, wards: Boundaries) -> None:
    values = ONE.copy()
    values[[6, 7, 8, 30]] = np.nan
    changes: dict[str, dict[str, Any]] = {
        "trend": {"values": values},
        "impact": {"observed": values, "expected": values, "low": values, "high": values},
        "activity": {"incidents": values, "records": {Phase.BUILD: ONE}},
        "multiples": {"panels": (MonthsPanel("One", values), MonthsPanel("None", values * 0))},
    }
    assert_legible(MAKERS[kind](wards, "Ashington", **changes[kind]), "slide")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_it_rests_on_and_tells_itself_in_words(kind: str, wards: Boundaries) -> None:
    picture = MAKERS[kind](wards, "Ashington")
    with drawing():
        words = " ".join(text for text, _box in lay_out(picture).list_text_boxes())
    for text in ("January 2022 is missing", "Open Government Licence", "3f9a12c07be4", "14 March 2023", "OFFICIAL"):
        assert text in words, kind
    assert picture.title in picture.alt


def test_a_square_names_licence_version_and_day_too(wards: Boundaries) -> None:
    for kind in KINDS:
        with drawing():
            sheet = lay_out(replace(MAKERS[kind](wards, "Ashington"), notes=NOTES * 2), size="square")
            words = " ".join(text for text, _box in sheet.list_text_boxes())
        for text in ("Open Government Licence v3.0.", "Data version 3f9a12c07be4.", "Made on 14 March 2023."):
            assert text in words, kind


@pytest.mark.parametrize("kind", ["surface", "impact"])
def test_equal_pictures_give_equal_bytes(kind: str, wards: Boundaries) -> None:
    first = draw_picture(MAKERS[kind](wards, "Ashington"), dpi=72)
    assert draw_picture(MAKERS[kind](wards, "Ashington"), dpi=72) == first


def test_painted_cells_have_their_colours_and_only_they(wards: Boundaries) -> None:
    picture = make_cells(wards, "Ashington")
    with drawing():
        sheet = lay_out(picture)
        texts = [text for text, _box in sheet.list_text_boxes()]
    assert {"3", "1,204", "10,853"} <= set(texts), "the legend counts the cells"
    assert texts.count("N") > 1, "letters stand in the cells, so that no class rests on colour alone"
    painted = {
        to_hex(collection.get_facecolor()[0]).upper()
        for axes in sheet.figure.axes
        if axes is not sheet.page
        for collection in axes.collections
        if len(collection.get_facecolor())
    }
    assert {look.colour for look in picture.paint.looks} <= painted
    assert palette.NEITHER in painted, "what was looked at and has no class"


def test_paint_is_checked_at_the_door() -> None:
    looks = (Look("Hot", "#B35806"),)
    with pytest.raises(InputError, match="either a shape"):
        Paint(title="", looks=looks, index=np.zeros(2, dtype=int))
    with pytest.raises(InputError, match="1 shapes for 2 classes"):
        Paint(title="", looks=looks, index=np.zeros(2, dtype=int), shapes=np.array([shapely.box(0, 0, 1, 1)]))
    with pytest.raises(InputError, match="without a look"):
        Paint(title="", looks=looks, index=np.ones((2, 2), dtype=int), corner=(0.0, 0.0), cell=100.0)


def test_phases_stand_above_a_trend_in_their_colours(wards: Boundaries) -> None:
    with drawing():
        plain = lay_out(make_trend(wards, "Ashington", phases=()))
        phased = lay_out(make_trend(wards, "Ashington"))
        texts = [text for text, _box in phased.list_text_boxes()]
    assert {"Clear", "Hold", "Build", "Clear (planned)"} <= set(texts)
    fills = [patch.get_facecolor() for patch in phased.page.patches]
    assert len(phased.page.patches) > len(plain.page.patches)
    for phase in Phase:
        rgb = tuple(int(PHASE_COLOURS[phase][at : at + 2], 16) / 255 for at in (1, 3, 5))
        assert any(np.allclose(fill[:3], rgb) and fill[3] == 1 for fill in fills), phase


def test_a_forest_keeps_police_work_apart_and_cuts_no_interval_in_silence(wards: Boundaries) -> None:
    picture = make_forest(wards, "all crime")
    with drawing():
        boxes = dict(lay_out(picture).list_text_boxes())
    assert boxes["Drugs"].top > boxes["Found by police work: more may mean more work"].top > boxes["Robbery"].top
    assert boxes[picture.rows[2].interval].left > 0, "the interval is written even where its line is cut"
    assert write_effect(-0.3) == "−26%"
    assert "found by police work" in picture.alt


def test_many_areas_share_one_scale_and_say_who_goes_beyond_it(wards: Boundaries) -> None:
    picture = make_multiples(wards, "Ashington", count=12)
    assert picture.highest == max(panel.highest for panel in picture.panels)
    high = MonthsPanel("City centre", series(2_000.0))
    apart = replace(picture, panels=(*picture.panels, high))
    assert apart.highest == picture.highest
    with drawing():
        texts = [text for text, _box in lay_out(apart).list_text_boxes()]
    assert f"off the scale, up to {high.highest:,.0f}" in texts
    with pytest.raises(InputError, match="1 to 40"):
        replace(picture, panels=picture.panels * 4)


@pytest.mark.parametrize("count", range(1, 41))
def test_the_charts_of_many_areas_fill_the_room(count: int) -> None:
    columns, rows = share_room(count, Box(0, 0, 912, 380))
    assert (columns - 1) * rows < count <= columns * rows


def test_published_figures_stand_apart_from_records(wards: Boundaries) -> None:
    with drawing():
        boxes = list(lay_out(make_phases(wards, "Arrests made")).list_text_boxes())
    title = next(box for text, box in boxes if text.startswith("Published, apart from the records"))
    assert all(box.top > title.top for text, box in boxes if text == "over 500")
    assert all(box.top < title.top for text, box in boxes if text in {"Clear", "Hold", "Build", "In no phase"})


def test_series_of_other_lengths_are_refused(wards: Boundaries) -> None:
    with pytest.raises(InputError, match="another number of months"):
        make_impact(wards, "A", observed=np.zeros(3))
    with pytest.raises(InputError, match="another number of months"):
        make_activity(wards, "A", records={None: np.zeros(3)})
    with pytest.raises(InputError, match="follow each other"):
        make_multiples(wards, "A", months=MONTHS * 2)
