"""Month files: what is written is read back, and equal rows are equal bytes whatever their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.schemas import Incidents
from hotspots.store.monthfile import encode_month, read_crime_keys, read_month

if TYPE_CHECKING:
    from pathlib import Path

TYPES = ("Robbery", "Anti-social behaviour", "Drugs", "Émeute")
OUTCOMES = ("", "Under investigation")

cell = st.one_of(
    st.none(), st.tuples(st.floats(-9, 2.2, allow_subnormal=False), st.floats(49.5, 61)), st.just((-0.0, 54.0))
)
incident = st.tuples(cell, st.integers(0, 3), st.integers(0, 1), st.integers(1, 9), st.integers(0, 2**64 - 1))


def make(rows: list[Any], *, wards: bool = False, grid_m: float | None = None) -> Incidents:
    points = [row[0] or (np.nan, np.nan) for row in rows]
    return Incidents(
        force="northumbria",
        month=600,
        lon=np.array([point[0] for point in points], dtype=np.float64),
        lat=np.array([point[1] for point in points], dtype=np.float64),
        crime_type=np.array([row[1] for row in rows], dtype=np.int32),
        outcome=np.array([row[2] for row in rows], dtype=np.int32),
        n=np.array([row[3] for row in rows], dtype=np.int32),
        crime_key=np.array([row[4] for row in rows], dtype=np.uint64),
        types=TYPES,
        outcomes=OUTCOMES,
        ward_code=np.array([row[1] % 2 for row in rows], dtype=np.int32) if wards else None,
        wards=("", "E05000001") if wards else (),
        grid_m=grid_m,
    )


def named(lon: Any, lat: Any, types: Any, outcomes: Any, n: Any) -> list[tuple[Any, ...]]:
    rows = zip(lon.tolist(), lat.tolist(), types, outcomes, n.tolist(), strict=True)
    return sorted((str(lon), str(lat), *rest) for lon, lat, *rest in rows)


@settings(max_examples=60, deadline=None)
@given(st.lists(incident, max_size=30), st.booleans())
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, rows: list[Any], wards: bool) -> None:
    incidents = make(rows, wards=wards)
    path = tmp_path_factory.mktemp("month") / "m.parquet"
    path.write_bytes(encode_month(incidents)[0])
    back = read_month(path)
    assert named(
        back.lon, back.lat, [back.types[c] for c in back.crime_type], [back.outcomes[c] for c in back.outcome], back.n
    ) == named(
        incidents.lon + 0.0,
        incidents.lat + 0.0,
        [TYPES[c] for c in incidents.crime_type],
        [OUTCOMES[c] for c in incidents.outcome],
        incidents.n,
    )
    assert sorted(read_crime_keys(path).tolist()) == sorted(incidents.crime_key.tolist())
    assert list(back.types) == sorted({TYPES[c] for c in incidents.crime_type})
    if wards:
        assert back.ward_code is not None
        assert sorted(back.wards[c] for c in back.ward_code) == sorted(
            incidents.wards[c] for c in incidents.ward_code.tolist()
        )
    else:
        assert back.ward_code is None


@settings(max_examples=60, deadline=None)
@given(st.lists(incident, max_size=12), st.randoms(use_true_random=False))
def test_order_of_rows_and_names_changes_nothing(rows: list[Any], random: Any) -> None:
    shuffled = rows[:]
    random.shuffle(shuffled)
    data, content = encode_month(make(rows))
    assert encode_month(make(shuffled)) == (data, content)
    turned = make([(point, 3 - kind, outcome, n, key) for point, kind, outcome, n, key in rows])
    turned = Incidents(**{**vars(turned), "types": TYPES[::-1]})
    assert encode_month(turned)[1] == content


def test_any_change_of_a_row_changes_the_content() -> None:
    base = [((-1.6, 54.9), 0, 1, 1, 5), (None, 1, 0, 2, 0)]
    variants = [
        base,
        base[:1],
        [*base, base[0]],
        [((-1.600001, 54.9), 0, 1, 1, 5), base[1]],
        [((-1.6, 54.900001), 0, 1, 1, 5), base[1]],
        [((-1.6, 54.9), 2, 1, 1, 5), base[1]],
        [((-1.6, 54.9), 0, 0, 1, 5), base[1]],
        [((-1.6, 54.9), 0, 1, 2, 5), base[1]],
        [((-1.6, 54.9), 0, 1, 1, 6), base[1]],
        [base[0], ((-1.6, 54.9), 1, 0, 2, 0)],
    ]
    contents = {encode_month(make(rows))[1] for rows in variants}
    contents.add(encode_month(make(base, wards=True))[1])
    contents.add(encode_month(make(base, grid_m=100.0))[1])
    assert len(contents) == len(variants) + 2


def test_file_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    path.write_bytes(encode_month(make([((-1.6, 54.9), 0, 1, 1, 5)], grid_m=100.0))[0])
    schema = pq.read_schema(path)
    assert schema.metadata == {b"force": b"northumbria", b"month": b"2020-01", b"grid_m": b"100.0"}
    assert schema.names == ["lon", "lat", "crime_type", "outcome", "n", "crime_key"]


def test_cell_centres_are_near_enough_in_single_precision(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    incidents = make([((-8.999999, 60.999999), 0, 0, 1, 0), ((2.199999, 49.500001), 0, 0, 1, 0)], grid_m=100.0)
    path.write_bytes(encode_month(incidents)[0])
    back = read_month(path)
    assert back.lon.dtype == np.float64
    metres = np.hypot((back.lon - incidents.lon) * 73_000, (back.lat - incidents.lat) * 111_320)
    assert metres.max() < 0.5
