"""Tables are checked at the door."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely

from hotspots.errors import InputError
from hotspots.schemas import Boundaries, Coverage, Incidents


def _incidents(**changes: Any) -> Incidents:
    base: dict[str, Any] = {
        "force": "northumbria",
        "month": 624,
        "lon": np.array([-1.6, np.nan]),
        "lat": np.array([55.0, np.nan]),
        "crime_type": np.array([0, 1], dtype=np.int32),
        "outcome": np.array([0, 0], dtype=np.int32),
        "n": np.array([2, 3], dtype=np.int32),
        "crime_key": np.zeros(2, dtype=np.uint64),
        "types": ("Drugs", "Robbery"),
        "outcomes": ("",),
    }
    return Incidents(**{**base, **changes})


def test_incidents_count_what_is_located() -> None:
    assert _incidents().total == 5
    assert _incidents().located == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lat": np.array([55.0])}, "different lengths"),
        ({"crime_type": np.array([0, 2], dtype=np.int32)}, "without a name"),
        ({"outcome": np.array([0, -1], dtype=np.int32)}, "without a name"),
        ({"n": np.array([0, 1], dtype=np.int32)}, "counts no incident"),
        ({"lat": np.array([55.0, 55.0])}, "longitude without a latitude"),
        ({"ward_code": np.array([0], dtype=np.int32)}, "different lengths"),
    ],
)
def test_incidents_that_do_not_fit_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        _incidents(**changes)


def _boundaries(codes: tuple[str, ...]) -> Boundaries:
    size = len(codes)
    return Boundaries(
        codes=codes,
        names=tuple(f"Ward {code}" for code in codes),
        lad_codes=("L",) * size,
        lad_names=("Lad",) * size,
        population=np.full(size, 1000.0),
        area_km2=np.full(size, 1.0),
        geometry=np.array([shapely.box(i, 0, i + 1, 1) for i in range(size)], dtype=object),
        name="Test",
        source="",
        licence="",
        vintage="",
    )


def test_a_boundary_set_needs_areas_with_codes_of_their_own() -> None:
    with pytest.raises(InputError, match="no area"):
        _boundaries(())
    with pytest.raises(InputError, match="the code A more than once"):
        _boundaries(("A", "B", "A"))


def test_the_version_changes_with_every_part() -> None:
    base = _boundaries(("A", "B"))
    assert base.version == _boundaries(("A", "B")).version
    others = [
        replace(base, names=("Ward A", "Ward C")),
        replace(base, population=np.array([1000.0, 1001.0])),
        replace(base, geometry=np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1.001)], dtype=object)),
    ]
    assert len({base.version, *(other.version for other in others)}) == 4


def test_a_missing_month_lies_between_the_first_and_the_last() -> None:
    coverage = Coverage({"northumbria": (1, 2, 4), "durham": (2, 3, 4)})
    assert coverage.missing("northumbria") == (3,)
    assert coverage.months == (2, 4)
    assert Coverage({}).months == ()


def test_the_date_of_boundaries_is_said_once() -> None:
    def named(name: str, vintage: str) -> str:
        return Boundaries(
            codes=("A",), names=("A",), lad_codes=("",), lad_names=("",), population=np.ones(1), area_km2=np.ones(1),
            geometry=np.array([None]), name=name, source="", licence="", vintage=vintage,
        ).dated_name  # fmt: skip

    assert named("Town wards", "Wards of May 2023; residents of mid-2022") == "Town wards (Wards of May 2023)"
    assert named("Town wards, May 2023", "Wards of May 2023; residents of mid-2022") == "Town wards, May 2023"
    assert named("Town wards", "") == "Town wards"
