"""Timelines, curves and scorecards: what they hold, that they are described, and that text stays text."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from hotspots.terms import Phase
from hotspots.views.curves import ClockCurve, PhaseCurve, Point, Step, chart_clock, chart_curves
from hotspots.views.palette import WHITE, contrast
from hotspots.views.phases import PHASE_COLOURS, write_quantity
from hotspots.views.scorecards import (
    Goal,
    Line,
    Published,
    Scorecard,
    Story,
    Sum,
    draw_spark,
    write_legend,
    write_pair,
    write_published,
    write_scorecards,
    write_story,
)
from hotspots.views.timeline import Bar, Mark, Statement, TimelineRow, chart_timeline, shows_today

HOSTILE = "<img src=x onerror=alert(1)>\"'&{{7*7}}"
TODAY = date(2022, 6, 30)
ROW = TimelineRow(
    name=HOSTILE,
    bars=(
        Bar(Phase.CLEAR, date(2020, 10, 1), date(2021, 6, 30), False, False, "1 October 2020 to 30 June 2021"),
        Bar(Phase.HOLD, date(2021, 4, 1), TODAY, True, False, "1 April 2021 to now"),
    ),
    marks=(Mark(Phase.CLEAR, 610, 4), Mark(None, 611, 1)),
    statements=(Statement(date(2021, 10, 31), "September 2021 to October 2021", "12 months", "Over 500 arrests."),),
    trend=((609, 10.0), (610, float("nan")), (611, 20.0)),
)


@pytest.mark.parametrize(
    ("quantity", "unit", "at_least", "written"),
    [
        ("27", "count", False, "27"),
        ("1234", "count", False, "1,234"),
        ("500", "count", True, "over 500"),
        ("2000000", "GBP", True, "over £2 million"),
        ("2345678.9", "GBP", False, "£2,345,678.9"),
        ("110976", "GBP", False, "£110,976"),
        ("12.5", "hours", False, "12.5 hours"),
        ("61", "percent", False, "61%"),
        ("100", "count", False, "100"),
    ],
)
def test_quantities_are_exact_and_over_stays_over(quantity: str, unit: str, at_least: bool, written: str) -> None:
    assert write_quantity(Decimal(quantity), unit, at_least=at_least) == written


def test_phase_colours_can_be_read_on_white() -> None:
    assert all(contrast(colour, WHITE) >= 4.5 for colour in PHASE_COLOURS.values())


def test_timeline_keeps_overlapping_phases_apart_and_crosses_no_gap() -> None:
    chart = chart_timeline([ROW, ROW], today=TODAY)
    trend, bars = chart["layer"][1]["layer"][:2]
    columns = [(value["day"], value["until"]) for value in trend["data"]["values"]][:2]
    assert columns == [("2020-10-01", "2020-11-01"), ("2020-12-01", "2021-01-01")], "a missing month has no column"
    lanes = sorted((value["top"], value["floor"]) for value in bars["data"]["values"])
    assert all(one[1] <= other[0] for one, other in pairwise(lanes))
    names = [value["name"] for value in chart["layer"][0]["data"]["values"]]
    assert len(set(names)) == 2, "two operations of one name have a row each"
    assert (
        f"{HOSTILE}: Clear 1 October 2020 to 30 June 2021; Hold 1 April 2021 to now; 5 records" in chart["description"]
    )
    assert "http" not in json.dumps({name: value for name, value in chart.items() if name != "$schema"})


def test_timeline_holds_every_day_that_it_draws() -> None:
    chart = chart_timeline([ROW], today=TODAY, row_height=140, axis_names=False)
    inner = chart["layer"][1]["layer"]
    first, last = inner[0]["encoding"]["x"]["scale"]["domain"]
    days = [
        value[name]
        for layer in inner
        for value in layer["data"]["values"]
        for name in ("day", "first")
        if name in value
    ]
    assert first < min(days)
    assert max(days) <= last
    words = [layer for layer in inner if layer["mark"].get("type") == "text"]
    assert any(value.get("label") == "12 months" for layer in words for value in layer["data"]["values"])


def test_empty_timeline_is_a_chart_all_the_same() -> None:
    chart = chart_timeline([], today=TODAY)
    assert "0 operations" in chart["description"]


def test_legend_names_today_where_its_line_is_drawn() -> None:
    day = date(2026, 11, 22)
    bar = Bar(Phase.CLEAR, date(2020, 10, 1), day, open_ended=True, planned=False, words="1 October 2020 to now")
    running = TimelineRow("Tyne", (bar,), (), (), ())
    assert shows_today([running], day)
    ended = TimelineRow("Wear", (), (Mark(None, 605, 2),), (), ((604, 10.0), (605, 12.0)))
    assert not shows_today([ended], day)
    assert "today" in write_legend(today=True)
    assert "today" not in write_legend(today=False)


def test_curves_carry_on_to_the_day_and_mark_what_was_published() -> None:
    steps = (Step(date(2020, 10, 5), Decimal(3)), Step(date(2020, 11, 5), Decimal(7)))
    chart = chart_curves(
        [PhaseCurve(Phase.CLEAR, steps, at_least=False)],
        label="Arrests",
        unit="count",
        published=[Point(date(2022, 12, 31), "2022", Decimal(500), True, "Over 500 arrests.")],
        targets=[Point(date(2023, 3, 31), "31 March 2023", Decimal(40), False, "Clear target")],
        until=TODAY,
    )
    line, published = chart["layer"][0], chart["layer"][1]
    assert [value["value"] for value in line["data"]["values"]] == [3, 7, 7]
    assert published["data"]["values"][0]["shape"] == "triangle-up"
    assert published["data"]["values"][0]["written"] == "over 500"
    assert chart["description"].startswith(
        "Arrests, cumulative, 1 phase: Clear 7; published over 500 as at 2022; target 40"
    )
    assert chart["layer"][0]["encoding"]["y"]["scale"]["domain"][1] > 500


def test_clock_names_every_line_and_when_it_began() -> None:
    curves = [
        ClockCurve("Tyne", "1 October 2020", (0, 3), (Decimal(0), Decimal(5)), at_least=True),
        ClockCurve("Wear", "1 March 2021", (0,), (Decimal(2),), at_least=False),
    ]
    chart = chart_clock(curves, label="Arrests", unit="count")
    assert "Tyne over 5 in week 3; Wear 2 in week 0" in chart["description"]
    domain = chart["layer"][0]["encoding"]["color"]["scale"]["domain"]
    assert domain == ["Tyne (Clear began 1 October 2020)", "Wear (Clear began 1 March 2021)"]


def test_everything_from_data_is_escaped() -> None:
    line = Line(
        HOSTILE,
        HOSTILE,
        Decimal(3),
        False,
        1,
        Decimal(4),
        False,
        Goal(Decimal(9), 0.3, 0.5, "behind", HOSTILE),
        (1.0, 0.0),
    )
    pages = [
        write_scorecards(
            [Scorecard(Phase.CLEAR, (HOSTILE,), True, (line,), ""), Scorecard(None, (), False, (), HOSTILE)]
        ),
        write_pair([Sum(HOSTILE, HOSTILE)], [Sum(HOSTILE, HOSTILE)]),
        write_story(
            [Story(HOSTILE, HOSTILE, HOSTILE, HOSTILE, "https://x.example/?" + HOSTILE, HOSTILE, read_only=True)]
        ),
        write_published([Published(HOSTILE, HOSTILE, HOSTILE, HOSTILE)]),
    ]
    for page in pages:
        assert "<img" not in page
        assert "&lt;img" in page
    assert "javascript:" not in write_story([Story("", "", "", "", "javascript:alert(1)", "", read_only=False)])


def test_scorecard_says_this_phase_all_phases_records_and_pace() -> None:
    goal = Goal(Decimal(40), 0.075, 0.5, "behind", "behind: 20 at an even pace")
    line = Line("Arrests", "count", Decimal(3), True, 2, Decimal(10), True, goal, (0.0, 3.0))
    html = write_scorecards([Scorecard(Phase.HOLD, ("May 2021 to now",), True, (line,), "")])
    for words in ("over 3", "over 10 in all", "2 records", "of 40:", "behind: 20", "May 2021 to now", ">now<"):
        assert words in html
    assert "left:50%" in html


def test_spark_is_as_high_as_its_figures() -> None:
    assert draw_spark((0.0, 2.0, 4.0), "#000").count("<i ") == 3
    assert "height:50%" in draw_spark((0.0, 2.0, 4.0), "#000")
    assert "<i" not in draw_spark((), "#000")
    assert "No safeguarding is on record" in write_pair([], [])
