"""A pack as PowerPoint: native titles, notes and marking, pictures at full resolution, charts that can be edited."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_MARKER_STYLE, XL_TICK_LABEL_POSITION
from pptx.enum.dml import MSO_LINE
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.util import Emu, Inches, Pt

from hotspots.views.chart_workbook import complete_workbook
from hotspots.views.pack import list_paragraphs
from hotspots.views.pack_charts import list_figures, split_figures
from hotspots.views.pack_zip import draw_pages, write_zip
from hotspots.views.theme import pick_theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotspots.views.pack import PackDocument, PackPage
    from hotspots.views.pack_charts import ChartFigures
    from hotspots.views.theme import Theme

WIDTH, HEIGHT = Inches(13.333), Inches(7.5)
_BAND, _MARGIN, _TITLE = Inches(0.28), Inches(0.45), Inches(0.62)
_FONT = "Arial"
_NO_DAY = datetime(1980, 1, 1)  # noqa: DTZ001 - a file property without a zone
_CREATED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")
_TITLE_ONLY = 5
"""Position of the layout with a title and nothing else in the template that the library carries."""
_CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_AREAS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Lines of several areas, apart for every kind of colour blindness (Okabe and Ito 2008); as many as can be followed."""
_FEW_LISTED, _MOST_LISTED = 8, 14
"""Entries of a list that stand in large type, and that stand each on a line of its own."""
_MOST_LABELS = 14
"""Months that are named along the axis of a native chart."""


def write_pack_pptx(document: PackDocument, *, progress: Callable[[str, int, int], None] | None = None) -> bytes:
    """Write a pack as a PowerPoint file of 16:9 slides.

    Each picture has a slide with a native title, the picture with its alternative text, and notes. A trend or ranking
    is followed by a slide with the same figures as a chart that can be edited, the months of many areas by one for each
    six of them. The marking stands on every slide.

    Parameters
    ----------
    document
        The pack.
    progress
        Called with heading, pictures done and pictures in all.

    Returns
    -------
    bytes
        A ``.pptx`` file; equal packs give equal bytes.
    """
    show: Any = Presentation()
    show.slide_width, show.slide_height = WIDTH, HEIGHT
    deck = _Deck(show, document, pick_theme(dark=document.dark))
    deck.add_first()
    for page, name, content in draw_pages(document, size="slide", progress=progress):
        deck.add_picture(page, name, content)
        figures = list_figures(page.picture)
        if figures is not None:
            deck.add_charts(page, figures)
    deck.add_last()
    _describe(show, document)
    file = io.BytesIO()
    show.save(file)
    return _without_clock(file.getvalue(), _day_of(document))


class _Deck:
    """Slides that look alike."""

    def __init__(self, show: Any, document: PackDocument, theme: Theme) -> None:
        self.show, self.document, self.theme = show, document, theme

    def add_first(self) -> None:
        """Add the slide with title, subject and contents; its notes are what the speaker says."""
        document, theme = self.document, self.theme
        slide = self._open(document.full_title, notes=document.speaking_note, title_size=32, top=Inches(0.95))
        lines = [(document.period, 20, theme.grey_text), (document.audience, 18, theme.grey_text)]
        lines += [("", 10, theme.ink), (document.summary, 20, theme.ink), ("", 10, theme.ink)]
        contents = [f"{number}.  {page.heading}" for number, page in enumerate(document.pages, start=1)]
        if len(contents) > _MOST_LISTED:
            lines.append(("  ".join(contents), 12, theme.ink))
        else:
            lines += [(text, 18 if len(contents) <= _FEW_LISTED else 13, theme.ink) for text in contents]
        self._write(slide, Inches(0.9), Inches(2.0), WIDTH - Inches(1.8), Inches(4.3), lines)
        foot = document.basis
        self._write(
            slide,
            Inches(0.9),
            Inches(6.45),
            WIDTH - Inches(1.8),
            Inches(0.7),
            [(foot, 10, theme.grey_text)],
            bottom=True,
        )

    def add_picture(self, page: PackPage, name: str, content: bytes) -> None:
        """Add a picture that fills the slide below its title."""
        slide = self._open(page.heading, notes=_write_notes(page))
        top = _BAND + _TITLE
        room = HEIGHT - _BAND - top - Inches(0.06)
        wide = round(room * 16 / 9)
        shape = slide.shapes.add_picture(
            io.BytesIO(content), Emu(round((WIDTH - wide) / 2)), Emu(top), Emu(wide), Emu(room)
        )
        shape.name = name
        _describe_shape(shape, page.picture.alt)

    def add_charts(self, page: PackPage, figures: ChartFigures) -> None:
        """Add the same figures as charts whose numbers can be edited, with no more lines each than can be followed."""
        parts = split_figures(figures, most=len(_AREAS))
        for number, part in enumerate(parts, start=1):
            which = f", {number} of {len(parts)}" if len(parts) > 1 else ""
            self._add_chart(page, part, f"{page.heading} (chart to edit{which})")

    def _add_chart(self, page: PackPage, figures: ChartFigures, heading: str) -> None:
        theme = self.theme
        listed = [": ".join(pair) for pair in zip(_name_ranged(figures), figures.ranges, strict=False) if pair[1]]
        named = (
            [f"{figures.ranges_title[:1].upper()}{figures.ranges_title[1:]}: {'; '.join(listed)}."] if listed else []
        )
        lines = ["The figures of the picture before, as a chart that can be edited.", *named, page.picture.alt]
        slide = self._open(heading, notes="\n".join(lines))
        self._write(
            slide, _MARGIN, _BAND + _TITLE, WIDTH - 2 * _MARGIN, Inches(0.62),
            [(figures.title, 16, theme.ink), (figures.detail, 12, theme.grey_text)],
        )  # fmt: skip
        make: Any = CategoryChartData  # the library has no types
        data = make(number_format=f"#,##0{'.' + '0' * figures.decimals if figures.decimals else ''}")
        data.categories = figures.months or figures.bar_labels
        for label, (_name, values) in zip(figures.series_labels, figures.series, strict=True):
            data.add_series(label, values)
        kind = XL_CHART_TYPE.LINE if figures.kind == "line" else XL_CHART_TYPE.BAR_CLUSTERED
        top = _BAND + _TITLE + Inches(0.68)
        frame = slide.shapes.add_chart(
            kind, _MARGIN, top, WIDTH - 2 * _MARGIN, HEIGHT - _BAND - top - Inches(0.5), data
        )
        frame.name = f"Chart: {heading}"
        _describe_shape(frame, page.picture.alt)
        _style_chart(frame.chart, figures, theme)
        book = frame.chart.part.chart_workbook.xlsx_part
        book._blob = complete_workbook(book.blob, figures)  # noqa: SLF001 - the library writes a chart's sheet and no more
        foot = self.document.basis
        self._write(
            slide, _MARGIN, HEIGHT - _BAND - Inches(0.48), WIDTH - 2 * _MARGIN, Inches(0.42),
            [(foot, 9, theme.grey_text)], bottom=True,
        )  # fmt: skip

    def add_last(self) -> None:
        """Add what was left out and why, and the way back to the view."""
        document, theme = self.document, self.theme
        size = 14 if len(document.told_left_out) <= _FEW_LISTED else 9
        lines = [(f"Left out: {heading}. {reason}", size, theme.ink) for heading, reason in document.told_left_out]
        lines += [(text, 14, theme.ink) for text in (document.way_back, document.basis) if text]
        slide = self._open("About this pack", notes="")
        self._write(slide, _MARGIN, _BAND + _TITLE + Inches(0.2), WIDTH - 2 * _MARGIN, Inches(5.6), lines, gap=8)

    def _open(self, title: str, *, notes: str, title_size: int = 24, top: int = _BAND) -> Any:
        slide = self.show.slides.add_slide(self.show.slide_layouts[_TITLE_ONLY])
        slide.background.fill.solid()
        slide.background.fill.fore_color.rgb = _rgb(self.theme.ground)
        shape = slide.shapes.title
        left = _MARGIN if top == _BAND else Inches(0.9)
        shape.left, shape.top, shape.width = left, top, WIDTH - 2 * left
        shape.height = _TITLE if top == _BAND else Inches(1.0)
        frame = shape.text_frame
        frame.word_wrap = True
        frame.margin_left = frame.margin_right = 0
        frame.vertical_anchor = MSO_ANCHOR.MIDDLE if top == _BAND else MSO_ANCHOR.BOTTOM
        size = title_size if len(title) <= 70 else round(title_size * 0.75)  # noqa: PLR2004 - one line of the slide
        _fill(frame.paragraphs[0], title, size, self.theme.ink, bold=True)
        if self.document.marking:
            for place, edge in (("top", 0), ("bottom", HEIGHT - _BAND)):
                self._mark(slide, place, edge)
        slide.notes_slide.notes_text_frame.text = notes or title
        return slide

    def _mark(self, slide: Any, place: str, top: int) -> None:
        band = slide.shapes.add_textbox(0, top, WIDTH, _BAND)
        band.name = f"Marking, {place}"
        frame = band.text_frame
        frame.word_wrap, frame.auto_size = True, MSO_AUTO_SIZE.NONE
        frame.margin_top = frame.margin_bottom = 0
        frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        _fill(frame.paragraphs[0], self.document.marking, 12, self.theme.ink, bold=True)
        frame.paragraphs[0].alignment = PP_ALIGN.CENTER

    def _write(  # noqa: PLR0917 - the four edges of a box
        self,
        slide: Any,
        left: int,
        top: int,
        width: int,
        height: int,
        lines: list[tuple[str, int, str]],
        *,
        gap: int = 2,
        bottom: bool = False,
    ) -> None:
        frame = slide.shapes.add_textbox(left, top, width, height).text_frame
        frame.word_wrap = True
        frame.margin_left = frame.margin_right = 0
        frame.vertical_anchor = MSO_ANCHOR.BOTTOM if bottom else MSO_ANCHOR.TOP
        for position, (text, size, colour) in enumerate(lines):
            paragraph = frame.paragraphs[0] if position == 0 else frame.add_paragraph()
            paragraph.space_after = Pt(gap)
            _fill(paragraph, text, size, colour)


def _name_ranged(figures: ChartFigures) -> tuple[str, ...]:
    """Name what the intervals of a chart are of: its bars, or its lines."""
    return figures.categories if figures.kind == "bars" else tuple(name for name, _values in figures.series)


def _fill(paragraph: Any, text: str, size: int, colour: str, *, bold: bool = False) -> None:
    paragraph.alignment = PP_ALIGN.LEFT
    run = paragraph.add_run()
    run.text = text
    run.font.name, run.font.size, run.font.bold = _FONT, Pt(size), bold
    run.font.color.rgb = _rgb(colour)
    run._r.get_or_add_rPr().set("lang", "en-GB")  # noqa: SLF001 - the library has no other door to the language


def _rgb(colour: str) -> Any:
    make: Any = RGBColor  # the library has no types
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return make(red, green, blue)


def _describe_shape(shape: Any, text: str) -> None:
    """Give a picture or chart its alternative text, for which the library has no property."""
    (properties,) = shape._element.xpath("./p:nvPicPr/p:cNvPr | ./p:nvGraphicFramePr/p:cNvPr")  # noqa: SLF001 - the library offers no way to an alternative text
    properties.set("descr", text)


def _write_notes(page: PackPage) -> str:
    caveats = [f"Read with care: {note}" for note in page.picture.notes]
    return "\n".join([page.picture.title, *list_paragraphs(page.note), *caveats])


def _style_chart(chart: Any, figures: ChartFigures, theme: Theme) -> None:
    chart.font.name, chart.font.size = _FONT, Pt(12 if figures.kind == "line" else 11)
    chart.font.color.rgb = _rgb(theme.ink)
    chart.has_title = False
    chart.has_legend = len(figures.series) > 1
    if chart.has_legend:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
    values, categories = chart.value_axis, chart.category_axis
    values.minimum_scale = 0
    if figures.top is not None:
        values.maximum_scale = figures.top
    values.tick_labels.number_format, values.tick_labels.number_format_is_linked = "#,##0", False
    values.has_major_gridlines = True
    values.major_gridlines.format.line.color.rgb = _rgb(theme.rule)
    values.format.line.fill.background()
    categories.format.line.color.rgb = _rgb(theme.slate)
    categories.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    for position, series in enumerate(chart.plots[0].series):
        if figures.kind == "line":
            _style_line(series, position, figures, theme)
            continue
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = _rgb(theme.accent)
        for marked in figures.marked:
            fill = series.points[marked].format.fill
            fill.solid()
            fill.fore_color.rgb = _rgb(theme.accent_dark)
    if figures.kind == "bars":
        categories.reverse_order = True
        chart.plots[0].gap_width = 40
        chart.plots[0].has_data_labels = True
        chart.plots[0].data_labels.font.size = Pt(11)
        chart.plots[0].data_labels.font.color.rgb = _rgb(theme.ink)
        values.visible = False
        values.has_major_gridlines = False
    else:
        _leave_gaps(chart)
        _name_months(chart, len(figures.categories))


def _style_line(series: Any, position: int, figures: ChartFigures, theme: Theme) -> None:
    """Draw one series: the areas of several in colours of their own, what a series is compared with dashed."""
    colour = _AREAS[position] if figures.is_several else (theme.accent, theme.comparison)[min(position, 1)]
    series.smooth = False
    series.marker.style = XL_MARKER_STYLE.NONE
    line = series.format.line
    line.color.rgb, line.width = _rgb(colour), Pt(2.75 if position == 0 and not figures.is_several else 2)
    if position and not figures.is_several:
        line.dash_style = MSO_LINE.DASH


def _leave_gaps(chart: Any) -> None:
    """Leave missing months open, for which the library has no property."""
    (plot,) = chart._chartSpace.xpath("c:chart")  # noqa: SLF001 - as said
    for old in plot.xpath("c:dispBlanksAs"):
        plot.remove(old)
    (visible,) = plot.xpath("c:plotVisOnly")
    visible.addnext(plot.makeelement(f"{{{_CHART}}}dispBlanksAs", {"val": "gap"}))


def _name_months(chart: Any, months: int) -> None:
    """Set the axis to months, and name as many as fit."""
    axis = chart.category_axis
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = "mmm yy", False
    every = next(step for step in (1, 2, 3, 6, 12, 24, 60, 120) if months <= step * _MOST_LABELS or step == 120)  # noqa: PLR2004 - ten years
    element = axis._element  # noqa: SLF001 - the library has no door to the units of the axis
    for name in ("baseTimeUnit", "majorUnit", "majorTimeUnit"):
        for old in element.xpath(f"c:{name}"):
            element.remove(old)
    for name, value in (("baseTimeUnit", "months"), ("majorUnit", str(every)), ("majorTimeUnit", "months")):
        element.append(element.makeelement(f"{{{_CHART}}}{name}", {"val": value}))


def _describe(show: Any, document: PackDocument) -> None:
    properties, day = show.core_properties, _day_of(document)
    properties.title, properties.subject = document.full_title, document.summary
    properties.author, properties.last_modified_by = "Hotspots", "Hotspots"
    properties.keywords = f"Hotspots-Address: {document.address}" if document.address else ""
    properties.comments = " ".join(part for part in (document.marking, document.made, document.way_back) if part)
    properties.category, properties.content_status = "Briefing pack", document.marking
    properties.language, properties.revision = "en-GB", 1
    properties.created = properties.modified = day


def _day_of(document: PackDocument) -> datetime:
    day = document.made_on
    return _NO_DAY if day is None else datetime(day.year, day.month, day.day)  # noqa: DTZ001 - see above


def _without_clock(content: bytes, day: datetime) -> bytes:
    """Write an Office file again without the time at which it was made, and the workbooks of its charts likewise."""
    members = {}
    stamp = day.strftime("%Y-%m-%dT00:00:00Z").encode()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            member = archive.read(name)
            if name.endswith(".xlsx"):
                member = _without_clock(member, day)
            elif name == "docProps/core.xml":
                member = _CREATED.sub(rb"\g<1>" + stamp + rb"\g<3>", member)
            members[name] = member
    return write_zip(members)
