"""A load says at once when its incidents lie elsewhere, and what it did in plain words."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hotspots.pipeline.load import ingest
from hotspots.pipeline.load_place import find_elsewhere
from hotspots.pipeline.load_text import describe_load
from hotspots.settings import Settings, read_settings

from .conftest import VIOLENCE, centre, write_month


def test_incidents_inside_the_embedded_wards_raise_nothing(tmp_path: Path) -> None:
    write_month(tmp_path / "raw", "2020-01", [(VIOLENCE, *centre("W1"), "")] * 3)
    report = ingest([tmp_path / "raw"], settings=read_settings())
    assert find_elsewhere(read_settings(), report) == ()


def test_incidents_of_another_place_are_told_with_what_to_do(tmp_path: Path) -> None:
    write_month(tmp_path / "raw", "2020-01", [(VIOLENCE, 0.1, 51.5, "")] * 3 + [("Burglary", "", "", "")])
    report = ingest([tmp_path / "raw"], settings=read_settings())
    (sentence,) = find_elsewhere(read_settings(), report)
    assert sentence.startswith("Most incidents of madeup lie outside")
    assert "boundaries import" in sentence


def test_the_boundaries_in_use_decide(town: Settings, tmp_path: Path) -> None:
    lon, lat = centre("W1")
    write_month(tmp_path / "near", "2022-01", [(VIOLENCE, lon, lat, "")] * 3)
    write_month(tmp_path / "far", "2022-01", [(VIOLENCE, lon + 0.3, lat, "")] * 3)
    assert find_elsewhere(town, ingest([tmp_path / "near"], settings=town, force="near")) == ()
    assert len(find_elsewhere(town, ingest([tmp_path / "far"], settings=town, force="far"))) == 1


def test_a_load_is_told_in_words(town: Settings, tmp_path: Path) -> None:
    raw = tmp_path / "words"
    lon, lat = centre("W1")
    write_month(raw, "2022-01", [("Cyber crime", lon, lat, ""), ("Burglary", "", "", ""), ("Burglary", 0, 0, "")] * 2)
    report = ingest([raw], settings=town)
    text = describe_load(report)
    assert "1 street file: 6 rows read, 4 kept, of which 2 without location" in text
    assert "madeup: January 2022 new." in text
    assert "2 rows turned away" in text
    assert "row 4)" in text
    assert "Unknown crime type “Cyber crime”: 2 rows, kept." in text
    again = describe_load(ingest([raw], settings=town))
    assert "January 2022 already loaded, unchanged." in again
    write_month(raw, "2022-01", [("Burglary", lon, lat, "")] * 3)
    revised = describe_load(ingest([raw], settings=town))
    assert "January 2022 revised, and replaced." in revised
    assert "without location" not in revised
    assert np.isfinite(lon)
