"""Evaluations drawn: effects that cannot lose their interval, charts that tell their gaps, cells that say how sure."""

from __future__ import annotations

import json
import re
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import pytest
import shapely

from hotspots.months import SNAP_POINT_REFRESH, parse_month
from hotspots.terms import Phase
from hotspots.views.change_map import CHANGE_FILLS, CHANGE_LETTERS, layer_change, list_change_legend
from hotspots.views.facts import write_facts
from hotspots.views.forest import EffectRow, answer_of, find_end, write_effects
from hotspots.views.impact_chart import chart_counterfactual
from hotspots.views.impact_checks_chart import StepPoint, chart_gaps, chart_steps
from hotspots.views.phases import PhaseBand
from hotspots.views.verdict_block import VerdictFigure, write_verdict
from tests.plain_words import find_faulty_effects, read_blocks

HOSTILE = "<img src=x onerror=alert(1)>"
FIRST = parse_month("2021-01")
ROWS = [
    EffectRow("Violence", 0.8, 0.7, 0.9, "20% fewer than expected, between 30% fewer and 10% fewer.", "", "fell"),
    EffectRow("Robbery", 1.2, 0.1, 30.0, "Cannot tell: anything fits.", "found elsewhere"),
    EffectRow(HOSTILE, float("nan"), float("nan"), float("nan"), f"Cannot tell {HOSTILE}."),
]


@pytest.mark.parametrize("beside", [True, False])
def test_each_effect_is_drawn_with_its_interval_and_its_sentence(beside: bool) -> None:
    html = write_effects(ROWS, caption=HOSTILE, beside=beside)
    assert find_faulty_effects(html) == []
    assert HOSTILE not in html
    first, second, third = read_blocks(html).rows
    assert first["numbers"] == ["−20%", "−30% to −10%"]
    assert second["numbers"] == ["+20%", "−90% to +2,900%"]
    assert third["numbers"] == ["–", "–"]
    assert "95% interval" in html
    assert html.count("◂") == html.count("▸") == 1, "an interval that goes on beyond the axis says so"


def test_an_interval_lies_where_its_figures_are() -> None:
    html = write_effects(
        [EffectRow("One", 0.0, -50.0, 100.0, "Cannot tell.")], caption="x", amounts=True, unit="incidents", level=0.9
    )
    assert find_end([EffectRow("One", 0.0, -50.0, 100.0, "")], amounts=True) == 100
    assert 'style="left:25.0%;width:75.0%"' in html
    assert 'style="left:50.0%"' in html
    assert "−50 to +100" in html
    assert "90% interval" in html
    assert "Change, incidents" in html


@pytest.mark.parametrize(
    ("low", "high", "end"), [(0.95, 1.1, 1.25), (0.55, 1.2, 2.0), (0.01, 40, 5.0), (0.4, 2.2, 3.0)]
)
def test_the_axis_ends_at_a_round_figure(low: float, high: float, end: float) -> None:
    assert find_end([EffectRow("x", 1.0, low, high, "")]) == end


def test_answers_follow_the_interval() -> None:
    assert [answer_of(-2, -1), answer_of(1, 2), answer_of(-1, 1)] == ["fell", "rose", "cannot tell"]


def test_the_verdict_is_text_and_exploration_is_marked() -> None:
    figures = [VerdictFigure("Change", "+5%", f"95% interval: {HOSTILE}")]
    html = write_verdict("Cannot tell", HOSTILE, figures, [("Why", [HOSTILE]), ("Nothing", [])], answer="cannot tell")
    assert HOSTILE not in html
    assert "Exploration" not in html
    assert "Nothing" not in html, "a column without a sentence is left out"
    assert 'class="hs-verdict cannot-tell"' in html
    marked = write_verdict("It fell", "x", figures, [], answer="fell", exploration=True)
    assert "Exploration, not a finding" in marked
    assert HOSTILE not in write_facts([HOSTILE], [[HOSTILE, HOSTILE]], caption=HOSTILE)


def validate(spec: dict[str, Any]) -> None:
    alt.LayerChart.from_dict(json.loads(json.dumps(spec)))
    assert "http" not in json.dumps({name: value for name, value in spec.items() if name != "$schema"})
    assert "NaN" not in json.dumps(spec)


def course(**changes: Any) -> dict[str, Any]:
    months = np.arange(FIRST, FIRST + 24)
    observed = np.linspace(100, 80, 24)
    observed[12] = np.nan
    expected = np.where(np.isfinite(observed), 100.0, np.nan)
    low = np.where(months >= FIRST + 10, expected - 20, np.nan)
    given: dict[str, Any] = {"what": "incidents", "start": FIRST + 10, "aside": (FIRST + 9,)}
    return chart_counterfactual(months, observed, expected, low, low + 40, **(given | changes))


def test_the_course_crosses_no_gap_and_tells_what_it_shows() -> None:
    phases = [PhaseBand(Phase.CLEAR, FIRST + 10, FIRST + 14), PhaseBand(Phase.HOLD, FIRST + 12, FIRST + 24)]
    spec = course(phases=phases, events=((SNAP_POINT_REFRESH, "new map points"), (FIRST + 90, "beyond")))
    validate(spec)
    text = json.dumps(spec)
    assert "Phases: Clear November 2021 to February 2022; Hold January 2022 to December 2022." in spec["description"]
    assert "No data: January 2022." in spec["description"]
    assert "From November 2021 on" in spec["description"]
    assert "new map points" in text
    assert "beyond" not in text
    lines = next(layer for layer in spec["layer"] if len(layer.get("data", {}).get("values", [])) > 40)
    runs = {point["run"] for point in lines["data"]["values"] if point["series"] == "Observed"}
    assert len(runs) == 2, "no line joins the months on either side of a missing one"
    bands = [layer for layer in spec["layer"] if "Phase" in json.dumps(layer)]
    tops = [layer["layer"][0]["encoding"]["y"]["value"] for layer in bands]
    assert tops == [0, 17], "phases that overlap do not hide each other"


def test_the_interval_stands_after_the_start_only() -> None:
    spec = course()
    band = next(layer for layer in spec["layer"] if layer.get("mark", {}).get("type") == "area")
    assert min(point["month"] for point in band["data"]["values"]) == "2021-11-15"
    assert all(point["high"] - point["value"] == pytest.approx(40) for point in band["data"]["values"])
    validate(course(phases=(), events=()))


def test_steps_and_gaps_are_drawn_within_their_axes() -> None:
    steps = [
        StepPoint(FIRST, FIRST + 2, False, 1.0, 0.5, 2.0),
        StepPoint(FIRST + 3, FIRST + 5, True, 0.5, 0.01, 90.0),
        StepPoint(FIRST + 6, FIRST + 8, True, float("nan"), float("nan"), float("nan")),
    ]
    spec = chart_steps(steps, start=FIRST + 3)
    validate(spec)
    assert "with 95% intervals: January 2021 to March 2021 0% (−50% to +100%)" in spec["description"]
    others = np.exp(np.random.default_rng(1).normal(0, 0.2, (30, 12)))
    own = np.concatenate([np.ones(6), np.full(5, 9.0), [np.nan]])
    gaps = chart_gaps(np.arange(FIRST, FIRST + 12), own, others, start=FIRST + 6)
    validate(gaps)
    assert "within the middle nine tenths of them in 0 of 5 months" in gaps["description"]
    drawn = [
        point["value"]
        for layer in gaps["layer"]
        for point in layer.get("data", {}).get("values", [])
        if "value" in point
    ]
    assert max(drawn) <= 4


def test_cells_carry_their_interval_and_a_mark_beside_the_colour() -> None:
    cells = pd.DataFrame(
        {
            "code": [2, -2, 0, 9], "ward": ["A", "B", HOSTILE, ""], "rate_before": [1.0, 9.0, 3.0, 0.0],
            "rate_after": [4.0, 2.0, 3.0, 0.1], "ratio": [4.0, 0.2, 1.0, 1.0], "low": [2.0, 0.1, 0.5, 0.1],
            "high": [8.0, 0.5, 2.0, 9.0],
        }
    )  # fmt: skip
    shapes = np.array([shapely.box(x, 0, x + 1, 1) for x in range(4)], dtype=object)
    classes = {2: "Rose", 1: "More", 0: "Alike", -1: "Fewer", -2: "Fell", 9: "Too few"}
    layer = layer_change(cells, shapes, classes)
    assert [layer.looks[look].label for look in layer.classes] == ["Rose", "Fell", "Alike", "Too few"]
    assert layer.figures[0] == ("1.0", "4.0", "+300%", "+100% to +700%")
    assert layer.figure_labels[-1] == "95% interval"
    assert set(CHANGE_LETTERS) == {2, -2}
    legend = list_change_legend(cells, classes)
    assert [(row.label, row.count, row.letter) for row in legend] == [
        ("Rose", "1", "▲"), ("Alike", "1", ""), ("Fell", "1", "▼"), ("Too few", "1", ""),
    ]  # fmt: skip
    assert all(re.fullmatch("#[0-9A-F]{6}", colour) for colour in CHANGE_FILLS.values())
