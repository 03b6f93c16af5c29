"""What the browser gets says what the pipeline found: corners, pixels, legends, gaps and escaped names."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hotspots.analysis.cells import make_cells
from hotspots.crs import to_bng, to_wgs84
from hotspots.views.cells_map import frame_cells, layer_cells, list_legend, look_of_cell, look_of_emerging, paint_tested
from hotspots.views.layer_map import LegendRow, build_layer_map, describe_cell_layer
from hotspots.views.method_check_chart import chart_methods
from hotspots.views.palette import COLD, HOT, contrast
from hotspots.views.surface_image import frame_grid, paint_classes
from hotspots.views.surface_map import class_surface, list_surface_legend
from hotspots.views.trends_multiples import Multiple, draw_multiples, write_verdict

LAND = np.array([shapely.box(420_000, 560_000, 424_000, 563_000)], dtype=object)
FRAME = frame_grid(west=420_000, south=560_000, cell=100, shape=(300, 400))
NONE = {"type": "FeatureCollection", "features": []}


def decode(ring: list[int]) -> np.ndarray:
    return np.cumsum(np.array(ring).reshape(-1, 2), axis=0) / 1e5


def test_rings_give_back_the_corners_of_the_cells() -> None:
    cells = make_cells(LAND, size=500)
    codes = np.zeros(len(cells), dtype=np.int8)
    codes[[0, 5, 9]] = [2, -1, 1]
    looks = {code: look_of_cell(code, str(code)) for code in (2, 1, -1, -2)}
    layer = layer_cells(
        cells, codes, np.ones(len(cells)), looks=looks, places=[f"place {k}" for k in range(len(cells))],
        figure_labels=("Incidents",), figures=(np.arange(len(cells), dtype=float) * 1000,), decimals=(0,),
    )  # fmt: skip
    data = describe_cell_layer(layer)
    assert len(data["rings"]) == 3
    assert [data["looks"][k]["label"] for k in data["classes"]] == ["2", "-1", "1"]
    assert [data["places"][k] for k in data["place"]] == ["place 0", "place 5", "place 9"]
    assert data["figures"] == [["0"], ["5,000"], ["9,000"]]
    for ring, cell in zip(data["rings"], (0, 5, 9), strict=True):
        corners = decode(ring)
        x, y = to_bng(corners[:, 1], corners[:, 0])
        assert len(corners) == 4
        assert np.abs(np.hypot(x - cells.x[cell], y - cells.y[cell]) - 500 / np.sqrt(2)).max() < 1.5


def test_too_many_cells_keep_the_strongest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotspots.views.cells_map.MOST_DRAWN", 4)
    cells = make_cells(LAND, size=500)
    strength = np.linspace(1, 9, len(cells))
    layer = layer_cells(
        cells, np.ones(len(cells), dtype=np.int8), strength, looks={1: look_of_cell(1, "Hot")},
        places=[""] * len(cells), figure_labels=("z",), figures=(strength,), decimals=(2,),
    )  # fmt: skip
    assert layer.figures[-1] == ("9.00",)
    assert len(layer.shapes) == 4


@given(st.floats(0.02, 0.98), st.floats(0.02, 0.98))
def test_each_pixel_shows_the_cell_in_which_it_lies(across: float, up: float) -> None:
    frame = FRAME
    height, width = frame.cell.shape
    row, column = int(up * height), int(across * width)
    mercator = [np.arcsinh(np.tan(np.radians(lat))) for lat in (frame.north, frame.south)]
    y = mercator[0] + (row + 0.5) / height * (mercator[1] - mercator[0])
    lon = frame.west + (column + 0.5) / width * (frame.east - frame.west)
    east, north = to_bng(np.array([lon]), np.array([np.degrees(np.arctan(np.sinh(y)))]))
    at = frame.cell[row, column]
    if at >= 0:
        assert abs(420_000 + (at % 400 + 0.5) * 100 - east[0]) < 51
        assert abs(560_000 + (at // 400 + 0.5) * 100 - north[0]) < 51


def test_painted_pixels_have_the_class_colour_or_none() -> None:
    frame = frame_grid(west=420_000, south=560_000, cell=100, shape=(30, 40))
    classes = np.full((30, 40), -1)
    classes[:15] = 0
    classes[15:, 20:] = 1
    image = paint_classes(frame, classes, ("#FF0000", "#00FF00"))
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(image.url.split(",")[1]))).convert("RGBA"))
    assert pixels.shape[:2] == frame.cell.shape
    expected = np.append(classes.ravel(), -1)[frame.cell]
    assert (pixels[expected == 0] == (255, 0, 0, 255)).all()
    assert (pixels[expected == 1] == (0, 255, 0, 255)).all()
    assert (pixels[expected == -1][:, 3] == 0).all()
    (south, west), (north, east) = image.bounds
    lon, lat = to_wgs84(np.array([420_000.0, 424_000.0]), np.array([560_000.0, 563_000.0]))
    assert south <= lat.min() < lat.max() <= north
    assert west <= lon.min() < lon.max() <= east


def test_tested_ground_is_painted_for_squares_only() -> None:
    squares, hexagons = make_cells(LAND, size=500), make_cells(LAND, size=500, shape="hex")
    assert paint_tested(frame_cells(squares), squares) is not None
    assert paint_tested(frame_cells(hexagons), hexagons) is None


def test_legend_counts_what_occurs_and_never_colour_alone() -> None:
    codes = np.array([2, 2, 0, 0, 0, -1], dtype=np.int8)
    looks = {code: look_of_cell(code, f"class {code}") for code in (2, 1, -1, -2)}
    rows = list_legend(looks, codes, tested="tested")
    assert [(row.label, row.count) for row in rows] == [("class 2", "2"), ("class -1", "1"), ("tested", "3")]
    letters = [look_of_emerging(code, "").letter for code in (*range(1, 9), *range(-8, 0))]
    assert len(set(letters)) == 16
    assert contrast(HOT[1], "#FAFAFA") >= 3
    assert contrast(COLD[1], "#FAFAFA") >= 3


def test_a_map_is_told_in_full() -> None:
    data = build_layer_map(
        title="T", description="D", legend=[LegendRow("fill", "a", "#12436D", "3", "N")], height=400,
        named={"type": "FeatureCollection", "features": [{"id": "x"}]}, chosen="", numbers=[(54.1234567, -1.5, "1")],
        focus=[(54.0, -1.0)],
    )  # fmt: skip
    assert [row["label"] for row in data["legend"]] == ["a", "Named area"]
    assert data["ink_on"] == {"#12436D": "#FFFFFF"}
    assert data["numbers"] == [[54.12346, -1.5, "1"]]
    assert data["outlines"] == NONE


def test_surface_classes_part_incidents_and_not_land() -> None:
    density = np.concatenate([np.full(5000, 1.0), np.linspace(10, 1000, 500)]).reshape(55, 100)
    classes = class_surface(density, average=10, title="Density", unit="u")
    held = [density[(classes.index(density) == k) & (density >= 10)].sum() for k in range(len(classes))]
    assert len(classes) == 5
    assert max(held) < 3 * min(held)
    assert list_surface_legend(classes)[0].label.endswith("or more")
    assert len(class_surface(np.zeros((2, 2)), average=1, title="Density", unit="u")) == 1


def multiple(name: str = "Hirst", **changes: object) -> Multiple:
    values = np.array([5.0, np.nan, 7.0, 8.0])
    given = {
        "name": name, "detail": "Northumberland", "values": values, "year_before": np.full(4, np.nan),
        "ratio": 1.14, "low": 1.09, "high": 1.19, "verdict": "rising",
    } | changes  # fmt: skip
    return Multiple(**given)


def test_small_multiples_leave_gaps_open_and_names_harmless() -> None:
    html = draw_multiples([multiple('<img src=x onerror="1">')], np.arange(624, 628))
    assert "<img src=x" not in html
    assert "&lt;img src=x" in html
    assert "▲ Rising" in html
    drawing = base64.b64decode(html.split("base64,")[1].split('"')[0]).decode()
    line = drawing.split('<path d="')[-1].split('"')[0]
    assert line.count("M") == 2
    assert line.count("L") == 1
    assert drawing.count("<rect") == 1
    assert "2022" in drawing


def test_verdicts_are_written_with_their_interval() -> None:
    assert write_verdict(multiple()) == "+14% (+9% to +19%)"
    assert write_verdict(multiple(ratio=float("nan"))) == "no comparison"
    assert "no limit" in write_verdict(multiple(high=float("inf")))


def test_methods_are_charted_in_their_order_with_words_for_all() -> None:
    class Row:
        def __init__(self, method: str, verdict: str, found: float) -> None:
            self.method, self.verdict, self.found = method, verdict, found
            self.found_low, self.found_high = found - 0.01, found + 0.01

    spec = chart_methods([Row("A", "better", 0.4), Row("B", "the baseline", 0.38), Row("C", "worse", 0.3)])
    values = spec["layer"][1]["data"]["values"]
    assert [value["method"] for value in values] == ["A", "B", "C"]
    assert spec["layer"][0]["data"]["values"][0]["method"] == "B"
    assert "C 30.0% (29.0% to 31.0%), worse" in spec["description"]
    assert len({value["shape"] for value in values}) == 3
