"""Charts of the page: valid, self-contained, honest about gaps, and told in words."""

from __future__ import annotations

import json
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import pytest

from hotspots.views import palette
from hotspots.views.chart_parts import SCHEMA, stack_legend
from hotspots.views.charts import chart_mix, chart_trend

FIRST = (2020 - 1970) * 12 + 4
HOSTILE = "O'Brien \"$x$\" <b>datum['a']</b>"


def walk(node: Any) -> list[tuple[str, Any]]:
    """List every key with its value."""
    if isinstance(node, dict):
        return [pair for key, value in node.items() for pair in [(key, value), *walk(value)]]
    if isinstance(node, list):
        return [pair for value in node for pair in walk(value)]
    return []


def trend(**changes: Any) -> dict[str, Any]:
    values = np.array([5.0, 7, np.nan, 9, np.nan, np.nan, 4, 6])
    given = {"months": np.arange(FIRST, FIRST + 8), "values": values, "series_name": "Ashington"}
    return chart_trend(**{**given, "value_title": "Incidents", **changes})


@pytest.fixture
def mix() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "crime_type": ["Burglary", "Violence and sexual offences", HOSTILE],
            "incidents": [20, 1200, 3],
            "share": [0.0164, 0.981, 0.0025],
            "force_share": [0.04, 0.95, np.nan],
            "rate_ratio": [0.5, 1.74, np.nan],
            "low": [0.3, 1.62, np.nan],
            "high": [0.8, 1.9, np.nan],
        }
    )


@pytest.fixture
def specs(mix: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        trend(),
        trend(comparison=np.arange(8.0), comparison_name=HOSTILE, events=((FIRST + 2, HOSTILE),), series_name="it's"),
        trend(months=[], values=[]),
        trend(values=np.full(8, np.nan)),
        chart_mix(mix, area_name=HOSTILE),
        chart_mix(mix.iloc[:0], area_name="Nowhere"),
        trend(ringed=FIRST + 7),
        trend(ringed=FIRST + 2),
    ]


def test_one_month_is_ringed_where_it_is_known() -> None:
    def list_rings(**changes: Any) -> list[Any]:
        marks = [pair for pair in walk(trend(**changes)) if pair[0] == "layer" and "mark" in pair[1][0]]
        return [layer["data"]["values"] for _, layers in marks for layer in layers if layer["mark"].get("size") == 170]

    assert list_rings() == []
    assert list_rings(ringed=FIRST + 2) == [[]], "a missing month has no figure to ring"
    ((ring,),) = list_rings(ringed=FIRST + 7, comparison=np.arange(8.0), comparison_name="Force")
    assert (ring["series"], ring["value"]) == ("Ashington", 6)


def test_specifications_follow_the_grammar(specs: list[dict[str, Any]]) -> None:
    for spec in specs:
        alt.LayerChart.from_dict({key: value for key, value in spec.items() if key != "$schema"}, validate=True)
        json.dumps(spec, allow_nan=False)


def test_nothing_is_loaded_and_no_name_becomes_an_expression(specs: list[dict[str, Any]]) -> None:
    for spec in specs:
        keys = {key for key, _ in walk(spec)}
        assert not keys & {"url", "transform", "expr", "labelExpr", "signal", "href", "usermeta", "datasets"}
        text = json.dumps({key: value for key, value in spec.items() if key != "$schema"})
        assert "://" not in text
        assert spec["$schema"] == SCHEMA


def test_every_chart_is_told_in_words(specs: list[dict[str, Any]]) -> None:
    assert all(len(spec["description"]) > 20 for spec in specs)
    told = specs[0]["description"]
    assert "highest 9 in August 2020" in told
    assert "lowest 4 in November 2020" in told
    assert "No data: July 2020 and September to October 2020." in told.replace("September 2020 to", "September to")
    assert "no month has data" in specs[3]["description"]
    assert "Violence and sexual offences 98.1% (95.0%)" in specs[4]["description"]


def test_no_line_crosses_a_gap() -> None:
    spec = trend()
    records = next(layer for layer in spec["layer"] if "layer" in layer and "series" in layer["data"]["values"][0])[
        "data"
    ]["values"]
    runs = [record["run"] for record in records]
    assert [record["label"] for record in records] == [
        "May 2020", "June 2020", "August 2020", "November 2020", "December 2020",
    ]  # fmt: skip
    assert runs[0] == runs[1]
    assert len(set(runs)) == 3
    line = next(value for key, value in walk(spec) if key == "encoding" and "detail" in value)
    assert line["detail"]["field"] == "run"


def test_gaps_are_shaded_and_named() -> None:
    shade = trend()["layer"][0]["data"]["values"]
    assert [(gap["month"], gap["until"]) for gap in shade] == [
        ("2020-07-01", "2020-08-01"),
        ("2020-09-01", "2020-11-01"),
    ]
    assert {gap["text"] for gap in shade} == {"No data"}
    whole = trend(values=np.ones(8))
    assert "No data" not in json.dumps(whole)


def test_trend_begins_at_zero_in_utc() -> None:
    pairs = walk(trend())
    assert all(value["zero"] for key, value in pairs if key == "scale" and isinstance(value, dict) and "zero" in value)
    assert all(value["scale"]["type"] == "utc" for key, value in pairs if key == "x")


def test_one_layer_alone_says_what_the_months_span() -> None:
    spec = trend(events=((FIRST + 3, "Snap"),))
    domains = [value["scale"]["domain"] for key, value in walk(spec) if key == "x" and "domain" in value["scale"]]
    assert domains == [["2020-05-01", "2021-01-01"]]


def test_long_names_stand_below_each_other_in_a_legend(mix: pd.DataFrame) -> None:
    def columns(spec: dict[str, Any]) -> set[Any]:
        return {value.get("columns") for key, value in walk(spec) if key == "legend" and "orient" in value}

    assert columns(chart_mix(mix, area_name="Byker")) == {1}, "over the bars of a phone there is no room for two"
    assert stack_legend("Byker", "The rest of the force") == {}
    assert stack_legend("Kingston Park South & Newbiggin Hall", "The rest of the force") == {"columns": 1}


def test_events_outside_the_period_are_left_out() -> None:
    assert "Snap" not in json.dumps(trend(events=((FIRST - 1, "Snap"), (FIRST + 99, "Snap"))))
    assert "Snap" in json.dumps(trend(events=((FIRST + 3, "Snap"),)))


def test_mix_is_ordered_and_sets_the_force_beside(mix: pd.DataFrame) -> None:
    before = mix.copy()
    spec = chart_mix(mix, area_name="Ashington")
    pd.testing.assert_frame_equal(mix, before)
    bars, marks = spec["layer"]
    assert [record["type"] for record in bars["data"]["values"]][:2] == ["Violence and sexual offences", "Burglary"]
    assert bars["data"]["values"][0]["incidents"] == "1,200"
    assert bars["data"]["values"][0]["ratio"] == "1.7 times (90% range 1.6 to 1.9)"
    assert bars["data"]["values"][2]["ratio"] == "–"
    assert marks["data"]["values"][2]["force_share"] is None
    assert bars["encoding"]["color"]["scale"]["range"] == [palette.ACCENT, palette.INK]
    assert len(chart_mix(mix, area_name="Ashington", most=1)["layer"][0]["data"]["values"]) == 1
