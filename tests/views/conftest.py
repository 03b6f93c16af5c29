"""Pictures to draw: the embedded wards with made-up figures, as a force, an area, a ranking and a trend."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from hotspots.schemas import Boundaries
from hotspots.store.boundaries import read_embedded
from hotspots.views.classes import classify
from hotspots.views.pictures import (
    Fact,
    MapPicture,
    Picture,
    Places,
    RankedRow,
    RankingPicture,
    TrendPicture,
)

ASHINGTON = ("E05009096", "E05009126", "E05009108", "E05009121", "E05009105")
FIRST_MONTH = (2020 - 1970) * 12 + 4
Maker = Callable[..., Any]

FRAME: dict[str, Any] = {
    "facts": (
        Fact("Incidents", "181,650", "−3% on the year before"),
        Fact("February 2023", "13,012", "no clear change on January 2023 (−4% to +1%)"),
        Fact("Rate", "102.4", "per 1,000 residents a year"),
        Fact("Incidents in clusters", "38%"),
    ),
    "notes": ("January 2022 is missing: unknown, not zero.", "Incidents are published at snap points"),
    "source": "Source: police.uk. Contains public sector information licensed under the Open Government Licence v3.0",
    "data_version": "3f9a12c07be4",
    "made_on": date(2023, 3, 14),
    "marking": "OFFICIAL",
}


@pytest.fixture(scope="session")
def wards() -> Boundaries:
    return read_embedded()


@pytest.fixture(scope="session")
def rates(wards: Boundaries) -> np.ndarray:
    values = np.exp(np.random.default_rng(1).normal(4.4, 0.5, len(wards)))
    values[[3, 40]] = np.nan
    return values


@pytest.fixture(scope="session")
def clusters(wards: Boundaries) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    homes = [wards.index(code) for code in ASHINGTON[:2]] + rng.choice(len(wards), 14, replace=False).tolist()
    centres = [shapely.point_on_surface(wards.geometry[home]) for home in homes]
    return pd.DataFrame(
        {
            "cluster": range(1, len(homes) + 1),
            "incidents": sorted(rng.integers(100, 9000, len(homes)).tolist(), reverse=True),
            "hectares": rng.uniform(2, 80, len(homes)),
            "area_name": [wards.names[home] for home in homes],
            "geometry": [shapely.buffer(centre, 180) for centre in centres],
        }
    )


@pytest.fixture(scope="session")
def make_force(wards: Boundaries, rates: np.ndarray, clusters: pd.DataFrame) -> Maker:
    order = np.argsort(-np.nan_to_num(rates))
    ranked = tuple(
        RankedRow(place + 1, wards.names[ward], float(rates[ward]), max(1, place - 1), place + 4, wards.codes[ward])
        for place, ward in enumerate(order[:20])
    )

    def make(**changes: Any) -> MapPicture:
        given = {
            "title": "Where harm concentrates in Northumbria",
            "subtitle": "March 2022 to February 2023",
            "boundaries": wards,
            "values": rates,
            "classes": classify(rates, title="Incidents for each 1,000 residents"),
            "clusters": clusters,
            "ranked": ranked,
            "value_title": "Rate",
        }
        return MapPicture(**{**FRAME, **given, **changes})

    return make


@pytest.fixture(scope="session")
def make_area(wards: Boundaries, clusters: pd.DataFrame) -> Maker:
    def make(codes: tuple[str, ...] = ASHINGTON, name: str = "Ashington", **changes: Any) -> MapPicture:
        rng = np.random.default_rng(3)
        home = shapely.union_all(wards.geometry[[wards.index(code) for code in codes]])
        west, south, east, north = shapely.bounds(home)
        points = rng.uniform((west, south), (east, north), (500, 2))
        points = points[shapely.contains_xy(home, points[:, 0], points[:, 1])]
        given = {
            "title": f"{name}: all crime and ASB",
            "subtitle": "March 2022 to February 2023",
            "boundaries": wards,
            "places": Places(points[:, 0], points[:, 1], rng.geometric(0.08, len(points)).astype(float)),
            "clusters": clusters.iloc[:2],
            "highlight": codes,
            "highlight_name": name,
        }
        return MapPicture(**{**FRAME, **given, **changes})

    return make


@pytest.fixture(scope="session")
def make_ranking(wards: Boundaries) -> Maker:
    def make(**changes: Any) -> RankingPicture:
        rows = tuple(
            RankedRow(
                place + 1, name, 100 - place / 2, max(1, place - 2), min(177, place + 5), code, (f"{9000 - place:,}",)
            )
            for place, (name, code) in enumerate(zip(wards.names, wards.codes, strict=True))
        )
        given = {"title": "Which wards come first", "rows": rows, "total": 177, "columns": ("Incidents",)}
        return RankingPicture(**{**FRAME, **given, **changes})

    return make


@pytest.fixture(scope="session")
def make_trend() -> Maker:
    def make(**changes: Any) -> TrendPicture:
        values = np.random.default_rng(4).normal(320, 40, 34).round()
        values[20] = np.nan
        given = {
            "title": "Ashington: monthly incidents",
            "subtitle": "May 2020 to February 2023",
            "months": np.arange(FIRST_MONTH, FIRST_MONTH + 34),
            "values": values,
            "series_name": "Ashington",
            "value_title": "Incidents a month",
            "comparison": values * 0.8,
            "comparison_name": "At the force's rate",
            "events": ((630, "New snap points"),),
        }
        return TrendPicture(**{**FRAME, **given, **changes})

    return make


@pytest.fixture(scope="session")
def make_any(
    make_force: Maker, make_area: Maker, make_ranking: Maker, make_trend: Maker
) -> dict[str, Callable[..., Picture]]:
    """Give one maker for each kind of picture."""
    single = partial(make_area, ("E05011437",), "Benwell")
    return {"force": make_force, "area": make_area, "ward": single, "ranking": make_ranking, "trend": make_trend}
