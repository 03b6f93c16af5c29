"""Words of caution beside a rank."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
import shapely

from hotspots.analysis.area_counts import flag_areas
from hotspots.analysis.score import score_areas
from hotspots.terms import LENSES, VISITOR_TYPES
from tests.analysis.scored_worlds import make_counts

if TYPE_CHECKING:
    from pathlib import Path


def test_ordinary_areas_carry_no_flag() -> None:
    assert flag_areas(make_counts(np.full((6, 3, 1), 30), visitor=np.full(6, 40))) == [()] * 6


def test_each_caution_is_one_sentence() -> None:
    monthly = np.full((6, 1, 1), 30)
    monthly[3], monthly[4] = 1, 9
    counts = make_counts(
        monthly,
        population=np.array([8_000.0, np.nan, 700.0, 8_000.0, 8_000.0, 8_000.0]),
        visitor=np.array([40, 40, 4, 40, 40, 200]),
    )
    flags = flag_areas(counts)
    assert flags[0] == ()
    assert flags[1] == ("Residents unknown: placed by incidents per square kilometre.",)
    assert flags[2] == ("Few residents (700): rates per resident say little.",)
    assert flags[3] == ("Small numbers: 1 incident in the selection.",)
    assert flags[4] == ("Small numbers: 9 incidents in the selection.",)
    assert flags[5][0].startswith("Shops and visitors: 5 times the median ward's")


def test_a_handful_of_visits_makes_no_shopping_street() -> None:
    visitor = np.array([1, 1, 1, 1, 9])
    assert flag_areas(make_counts(np.full((5, 1, 1), 30), visitor=visitor)) == [()] * 5


def test_no_visitor_crime_anywhere_is_no_error() -> None:
    assert flag_areas(make_counts(np.full((5, 1, 1), 30))) == [()] * 5


@pytest.fixture(scope="module")
def northumbria(real_data: Path) -> tuple[list[str], np.ndarray, np.ndarray, list[str], np.ndarray]:
    """Ward names, residents, counts by ward, month and type, types, and months since January 1970."""
    features = json.loads((real_data / "boundaries" / "wards_2020_bgc_northeast.geojson").read_text())["features"]
    wards = [feature for feature in features if feature["properties"]["force"] == "Northumbria"]
    tree = shapely.STRtree(shapely.from_geojson([json.dumps(ward["geometry"]) for ward in wards]))
    with next((real_data / "population").glob("ward*.csv")).open(encoding="utf-8-sig") as lines:
        residents = {row["ward_code"]: float(row["all_ages"]) for row in csv.DictReader(lines)}
    wanted = pyarrow.csv.ConvertOptions(
        include_columns=["Month", "Longitude", "Latitude", "Crime type"], column_types={"Month": pa.string()}
    )
    files = sorted((real_data / "crime" / "northumbria").glob("*/*-street.csv"))
    rows = pa.concat_tables(pyarrow.csv.read_csv(file, convert_options=wanted) for file in files).drop_null()
    points, place = np.unique(
        np.column_stack([rows["Longitude"].to_numpy(), rows["Latitude"].to_numpy()]), axis=0, return_inverse=True
    )
    inside = np.full(len(points), -1)
    hit, ward = tree.query(shapely.points(points), predicate="intersects")
    inside[hit] = ward
    months, month = np.unique(rows["Month"].to_numpy(), return_inverse=True)
    types = rows["Crime type"].combine_chunks().dictionary_encode()
    ward_of_row = inside[place.ravel()]
    counts = np.zeros((len(wards), len(months), len(types.dictionary)), dtype=np.int64)
    kept = ward_of_row >= 0
    np.add.at(counts, (ward_of_row[kept], month[kept], np.asarray(types.indices)[kept]), 1)
    ordinals = np.array([(int(text[:4]) - 1970) * 12 + int(text[5:]) - 1 for text in months], dtype=np.int32)
    names = [str(ward["properties"]["ward_name"]) for ward in wards]
    population = np.array([residents[ward["properties"]["ward_code"]] for ward in wards])
    return names, population, counts, types.dictionary.to_pylist(), ordinals


@pytest.mark.real_data
def test_town_centres_are_flagged_and_estates_are_not(
    northumbria: tuple[list[str], np.ndarray, np.ndarray, list[str], np.ndarray],
) -> None:
    names, population, monthly, types, months = northumbria
    lens = [types.index(name) for name in LENSES[0].select(types)]
    counts = make_counts(
        monthly[:, :, lens],
        months=months,
        population=population,
        visitor=monthly[:, :, [types.index(name) for name in VISITOR_TYPES]].sum(axis=(1, 2)),
        history=monthly[:, :, lens].sum(axis=2),
        history_months=months,
    )
    frame = score_areas(counts).frame
    flagged = {name for name, flags in zip(names, frame["flags"], strict=True) if flags}
    # Newcastle, Sunderland and Blyth town centres, the Metrocentre, South Shields sea front, Shields Road
    assert flagged == {"Monument", "Millfield", "Croft", "Whickham North", "Beacon and Bents", "Byker"}
    assert names[int(frame["rank"].argmin())] == "Monument"
    last = {names[row] for row in frame.nlargest(20, "rank").index}
    assert {"Stocksfield and Broomhaugh", "Ponteland South with Heddon", "Humshaugh"} <= last
