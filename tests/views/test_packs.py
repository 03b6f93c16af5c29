"""Packs are whole in every format, the same bytes each time, and hold nothing that a note smuggles in."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from PIL import Image
from pptx import Presentation

from hotspots.errors import InputError
from hotspots.views.metadata import read_address
from hotspots.views.multiples_picture import MonthsPanel, MultiplesPicture
from hotspots.views.pack import LONGEST_NOTE, PackDocument, PackPage, clean_note
from hotspots.views.pack_charts import MOST_BARS, list_figures
from hotspots.views.pack_html import write_pack_html
from hotspots.views.pack_pdf import write_pack_pdf
from hotspots.views.pack_pptx import write_pack_pptx
from hotspots.views.pack_zip import write_index, write_pack_zip
from hotspots.views.pictures import Picture, RankedRow, RankingPicture, TrendPicture

NASTY = '<script>alert("1")</script> & Élise, שלום <img src=x onerror=alert(2)> =1+1'
ADDRESS = "briefing?area=southwick&template=daily-tasking"
WRITERS = {"zip": write_pack_zip, "pptx": write_pack_pptx, "pdf": write_pack_pdf, "html": write_pack_html}


@pytest.fixture(scope="module")
def trend() -> TrendPicture:
    """Return a trend with a missing month."""
    return TrendPicture(
        title=f"Southwick: {NASTY}",
        notes=("January 2022 is missing.",),
        months=np.arange(622, 630),
        values=np.array([10.0, 12, np.nan, 14, 15, 16, 17, 1800]),
        series_name="Southwick",
        value_title="Incidents a month",
        address="area?area=southwick",
        comparison=np.linspace(9, 12, 8),
        comparison_name="At the force's rate",
    )


@pytest.fixture(scope="module")
def ranking() -> RankingPicture:
    """Return a ranking whose last row stands out."""
    rows = tuple(
        RankedRow(place, f"Ward {place}", 100.4 - place, place, place + 2, f"W{place}") for place in range(1, 41)
    )
    return RankingPicture(title="Which wards come first", rows=rows, total=40, highlight=("W40",))


@pytest.fixture(scope="module")
def document(trend: TrendPicture, ranking: RankingPicture) -> PackDocument:
    """Return a pack of two pictures."""
    return PackDocument(
        name="daily-tasking-southwick",
        title="Daily tasking",
        subject=f"Southwick {NASTY}",
        period="May 2021 to December 2021",
        audience="Tasking meeting",
        summary=NASTY,
        pages=(
            PackPage("trend", "trend", "Is it growing?", NASTY, trend),
            PackPage("ranking", "ranking", "Against others", "", ranking),
        ),
        speaking_note=f"First.\n{NASTY}",
        left_out=(("What was done", NASTY),),
        marking="OFFICIAL-SENSITIVE",
        made_on=date(2023, 3, 14),
        address=ADDRESS,
        source="Source: police.uk",
        data_version="abc123",
    )


@pytest.fixture(scope="module")
def written(document: PackDocument) -> dict[str, bytes]:
    """Write the pack once in every format."""
    return {format_: write(document) for format_, write in WRITERS.items()}


@pytest.mark.parametrize("format_", WRITERS)
def test_equal_packs_are_equal_bytes(document: PackDocument, written: dict[str, bytes], format_: str) -> None:
    assert WRITERS[format_](document) == written[format_]


def test_a_zip_holds_every_picture_and_its_words(written: dict[str, bytes], trend: TrendPicture) -> None:
    with zipfile.ZipFile(io.BytesIO(written["zip"])) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["index.txt", "01-is-it-growing.png", "02-against-others.png", "speaking-note.txt"]
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.comment.decode() == ADDRESS
        index = archive.read("index.txt").decode()
        assert trend.alt in index
        assert ADDRESS in index
        assert index.startswith("OFFICIAL-SENSITIVE\n")
        assert index.endswith("OFFICIAL-SENSITIVE\n")
        assert Image.open(io.BytesIO(archive.read("01-is-it-growing.png"))).size == (1920, 1080)


def open_slides(content: bytes) -> list[Any]:
    """Open a deck as PowerPoint would."""
    return list(Presentation(io.BytesIO(content)).slides)


def test_slides_have_native_titles_marking_notes_and_pictures_at_full_resolution(
    document: PackDocument, written: dict[str, bytes], trend: TrendPicture
) -> None:
    slides = open_slides(written["pptx"])
    titles = [slide.shapes.title.text for slide in slides]
    assert titles[1:] == [
        "Is it growing?", "Is it growing? (chart to edit)", "Against others", "Against others (chart to edit)",
        "About this pack",
    ]  # fmt: skip
    assert titles[0] == f"Daily tasking: Southwick {NASTY}"
    first = " ".join(shape.text_frame.text for shape in slides[0].shapes if shape.has_text_frame)
    assert "1.  Is it growing?" in first
    assert document.period in first
    assert "Left out: What was done." in " ".join(
        shape.text_frame.text for shape in slides[-1].shapes if shape.has_text_frame
    )
    for slide in slides:
        marks = [shape for shape in slide.shapes if shape.name.startswith("Marking")]
        assert [mark.text_frame.text for mark in marks] == ["OFFICIAL-SENSITIVE"] * 2
        assert {mark.top for mark in marks} == {0, max(mark.top for mark in marks)}
    assert slides[0].notes_slide.notes_text_frame.text == document.speaking_note
    notes = slides[1].notes_slide.notes_text_frame.text
    assert NASTY in notes
    assert "Read with care: January 2022 is missing." in notes
    (picture,) = [shape for shape in slides[1].shapes if shape.shape_type == 13]
    assert picture.image.size == (1920, 1080)
    assert picture._element.nvPicPr.cNvPr.get("descr") == trend.alt
    assert picture.left >= 0
    assert picture.left + picture.width <= Presentation(io.BytesIO(written["pptx"])).slide_width
    assert read_address(picture.image.blob) == trend.address == "area?area=southwick"


def test_charts_are_native_editable_and_leave_missing_months_open(written: dict[str, bytes]) -> None:
    content = written["pptx"]
    (line,) = [shape.chart for shape in open_slides(content)[2].shapes if shape.has_chart]
    values = line.plots[0].series[0].values
    assert values[2] is None
    assert values[-1] == 1800
    assert [series.name for series in line.plots[0].series] == ["Southwick", "At the force's rate"]
    assert line._chartSpace.xpath("c:chart/c:dispBlanksAs/@val") == ["gap"]
    (bars,) = [shape.chart for shape in open_slides(content)[4].shapes if shape.has_chart]
    assert list(bars.plots[0].categories)[-1] == "40. Ward 40 (40 to 42)", "with the interval of its rank"
    assert len(bars.plots[0].categories) == MOST_BARS + 1
    assert bars.plots[0].series[0].values[0] == 99
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        books = [name for name in archive.namelist() if name.endswith(".xlsx")]
        assert len(books) == 2
        sheet = load_workbook(io.BytesIO(archive.read(books[0]))).active
        assert sheet is not None
        assert [cell.value for cell in sheet[1]][1:] == ["Southwick", "At the force's rate"]
        sheet = load_workbook(io.BytesIO(archive.read(books[1]))).active
        assert sheet is not None
        assert [cell.value for cell in sheet[1]][2:] == [
            f"90% range of the rank, {end}" for end in ("lowest", "highest")
        ]
        assert [cell.value for cell in sheet[2]] == ["1. Ward 1 (1 to 3)", 99, 1, 3]
    texts = " ".join(shape.text_frame.text for shape in open_slides(content)[4].shapes if shape.has_text_frame)
    assert "Score · first 20 of a ranking of 40 wards, and 1 marked · in brackets, the 90% range of the rank" in texts
    notes = open_slides(content)[4].notes_slide.notes_text_frame.text
    assert "90% range of the rank: 1. Ward 1: 1 to 3; 2. Ward 2: 2 to 4;" in notes


def test_every_area_of_a_picture_is_on_a_chart_with_its_interval(document: PackDocument) -> None:
    names = ["=1+1", *(f"Ward {number}" for number in range(2, 9))]
    panels = tuple(
        MonthsPanel(name, np.array([7.0 if place > 1 else 90, np.nan, 8, 9]), f"+{place}% (0% to +9%)")
        for place, name in enumerate(names, start=1)
    )
    picture = MultiplesPicture(title="Side by side", months=np.arange(622, 626), panels=panels)
    side = replace(document, pages=(PackPage("multiples", "multiples", "Side by side", "", picture),))
    content = write_pack_pptx(side)
    slides = open_slides(content)[2:-1]
    assert [slide.shapes.title.text for slide in slides] == [
        "Side by side (chart to edit, 1 of 2)", "Side by side (chart to edit, 2 of 2)",
    ]  # fmt: skip
    charts = [next(shape.chart for shape in slide.shapes if shape.has_chart) for slide in slides]
    drawn = [series.name for chart in charts for series in chart.plots[0].series]
    assert drawn == [f"{panel.name}: {panel.change}" for panel in panels]
    assert [chart.value_axis.maximum_scale for chart in charts] == [None, 10], "one area is far beyond the others"
    own, common = (" ".join(one.text_frame.text for one in slide.shapes if one.has_text_frame) for slide in slides)
    assert "Incidents a month, on a scale of their own · areas 1 to 6 of 8" in own
    assert "Incidents a month, all on one scale · areas 7 to 8 of 8 · after each name, the change in a year" in common
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        book = next(archive.read(name) for name in sorted(archive.namelist()) if name.endswith(".xlsx"))
        cell = load_workbook(io.BytesIO(book)).active["B1"]  # type: ignore[index]  # it has a sheet
    assert (cell.value, cell.data_type) == ("=1+1: +1% (0% to +9%)", "s"), "text stays text"
    page = write_pack_html(side).decode()
    assert "<td>+1% (0% to +9%)</td>" in page


def test_no_pack_prints_an_address_that_breaks_in_mid_word(document: PackDocument) -> None:
    assert "?" not in document.way_back
    assert "under Briefing" in document.way_back
    assert f"in the dashboard, at: {document.address}\n" in write_index(document)
    public = replace(document, public=True)
    assert public.way_back == ""
    assert document.address not in write_index(public)


def test_a_deck_tells_its_address_and_day_and_nothing_of_the_clock(written: dict[str, bytes]) -> None:
    content = written["pptx"]
    properties = Presentation(io.BytesIO(content)).core_properties
    assert properties.keywords == f"Hotspots-Address: {ADDRESS}"
    assert properties.created is not None
    assert properties.created.date() == properties.modified.date() == date(2023, 3, 14)
    assert "OFFICIAL-SENSITIVE" in properties.comments
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist() if name.endswith((".xml", ".rels")))
    assert str(date.today().year).encode() + b"-" not in whole.replace(b"2023-03-14", b"")  # noqa: DTZ011 - the clock


def count_pages(pdf: bytes) -> int:
    """Count the pages of a PDF."""
    return len(re.findall(rb"/Type /Page\b", pdf))


def test_a_pdf_has_a_first_page_a_page_a_picture_and_the_notes(written: dict[str, bytes]) -> None:
    content = written["pdf"]
    assert content.startswith(b"%PDF-")
    assert count_pages(content) == 4
    assert read_address(content) == ADDRESS
    assert b"CreationDate" not in content
    assert b"Type3" not in content


def test_long_notes_go_on_over_as_many_pages_as_they_need(document: PackDocument) -> None:
    long = clean_note("A sentence of the speaking note that goes on. " * 60 + "\n" + "x" * 3_000)
    bare = replace(document, speaking_note="", pages=())
    assert count_pages(write_pack_pdf(bare)) == 1
    assert count_pages(write_pack_pdf(replace(bare, speaking_note=long))) == 3


class Found(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_web_page_holds_its_pictures_asks_for_nothing_and_runs_nothing(
    written: dict[str, bytes], trend: TrendPicture
) -> None:
    page = written["html"].decode()
    found = Found(page)
    tags = [tag for tag, _attributes in found.tags]
    assert not {"script", "link", "iframe", "object", "form"} & set(tags)
    for tag, attributes in found.tags:
        assert not any(name.startswith("on") for name in attributes)
        assert not (attributes.get("href") or "#").startswith(("http", "/", "javascript"))
        if tag == "img":
            assert (attributes["src"] or "").startswith("data:image/png;base64,")
            assert attributes["alt"]
    assert next(attributes["alt"] for tag, attributes in found.tags if tag == "img") == trend.alt
    policy = next(attributes["content"] for _tag, attributes in found.tags if "http-equiv" in attributes)
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert NASTY in found.text
    address = next(
        attributes["content"] for _tag, attributes in found.tags if attributes.get("name") == "hotspots-address"
    )
    assert address == ADDRESS
    assert "1,800" in found.text
    assert found.text.count("OFFICIAL-SENSITIVE") == 2


def test_the_public_is_not_told_what_was_left_out_nor_where_to_look(
    document: PackDocument, written: dict[str, bytes]
) -> None:
    public = replace(document, public=True)
    for format_, telling in (("html", b"What was done"), ("zip", b"")):
        plain = WRITERS[format_](public)
        if format_ == "zip":
            with zipfile.ZipFile(io.BytesIO(plain)) as archive:
                index = archive.read("index.txt").decode()
            assert "Left out" not in index
            assert "open the dashboard" not in index
        else:
            assert telling in written[format_]
            assert telling not in plain
            assert b"open the dashboard" not in plain
    text = " ".join(
        shape.text_frame.text
        for slide in open_slides(WRITERS["pptx"](public))
        for shape in slide.shapes
        if shape.has_text_frame
    )
    assert "Left out" not in text
    assert "open the dashboard" not in text


def test_dark_packs_are_dark(document: PackDocument, written: dict[str, bytes]) -> None:
    dark = write_pack_html(replace(document, dark=True, pages=document.pages[:1])).decode()
    assert "color-scheme: dark" in dark
    assert "color-scheme: light" in written["html"].decode()


def test_only_charts_have_figures(trend: TrendPicture) -> None:
    assert list_figures(Picture(title="A map")) is None
    figures = list_figures(trend)
    assert figures is not None
    assert figures.categories[0] == "Nov 2021"
    assert figures.months[0] == date(2021, 11, 1)


@given(st.text(max_size=300))
def test_a_note_is_cleaned_once_and_for_all(text: str) -> None:
    cleaned = clean_note(text)
    assert clean_note(cleaned) == cleaned
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", cleaned)


def test_what_a_note_means_is_kept_and_what_tricks_is_not() -> None:
    assert clean_note("Élise\r\nשלום  עולם\x00\x1b[31m") == "Élise\nשלום עולם[31m"
    assert clean_note("safe\u202egnp.exe") == "safegnp.exe"
    with pytest.raises(InputError, match="6,001 characters"):
        clean_note("x" * (LONGEST_NOTE + 1))
