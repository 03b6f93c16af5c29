"""Alerts find what is planted, and stay silent about real months that are only a little odd."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import pytest

from hotspots.months import parse_month
from hotspots.pipeline.load import ingest
from hotspots.pipeline.quality import build_grid, describe_alerts, find_alerts
from hotspots.settings import Settings, read_settings
from tests.police_uk_files import write_month


def load_months(folder: Path, *, sizes: dict[str, int]) -> Settings:
    for month, size in sizes.items():
        write_month(folder, month, size)
    settings = read_settings()
    ingest([folder], settings=settings)
    return settings


def even(months: int = 10, size: int = 200) -> dict[str, int]:
    return {f"2022-{month:02d}": size for month in range(1, months + 1)}


def test_even_months_raise_no_alarm(tmp_path: Path) -> None:
    assert find_alerts(load_months(tmp_path, sizes=even())) == ()


@pytest.mark.parametrize(
    ("size", "kind"), [(0, "missing"), (10, "low"), (100, "low"), (400, "high"), (150, None), (300, None)]
)
def test_a_month_far_from_its_neighbours_is_named(tmp_path: Path, size: int, kind: str | None) -> None:
    sizes = even()
    sizes["2022-06"] = size
    if not size:
        del sizes["2022-06"]
    alerts = find_alerts(load_months(tmp_path, sizes=sizes))
    assert [(alert.month, alert.kind) for alert in alerts] == ([(parse_month("2022-06"), kind)] if kind else [])


def test_missing_coordinates_a_vanished_type_and_repeated_numbers_are_named(tmp_path: Path) -> None:
    for month in even():
        write_month(tmp_path, month, 200)
    path = tmp_path / "2022-05" / "2022-05-northumbria-street.csv"
    rows = list(csv.reader(io.StringIO(path.read_text())))
    for row in rows[1:21]:
        row[4] = row[5] = ""
    for row in rows[1:]:
        row[9] = "Burglary" if row[9] == "Anti-social behaviour" else row[9]
    path.write_text("\r\n".join(",".join(row) for row in rows))
    other = tmp_path / "2022-07" / "2022-07-northumbria-street.csv"
    copied = list(csv.reader(io.StringIO(other.read_text())))
    for row in copied[1:40]:
        row[0] = copied[61][0] if row[0] else ""
    other.write_text("\r\n".join(",".join(row) for row in copied))
    ingest([tmp_path], settings=read_settings())
    alerts = find_alerts(read_settings())
    assert {(alert.month, alert.kind) for alert in alerts} == {
        (parse_month("2022-05"), "unlocated"),
        (parse_month("2022-05"), "type"),
        (parse_month("2022-07"), "repeated"),
    }
    text = "\n".join(describe_alerts(alerts))
    assert "10.0% of incidents carry no location, against 0.0%" in text
    assert "0 of Anti-social behaviour, against 40 usually" in text


def test_the_grid_holds_every_month_with_what_is_said_about_it(tmp_path: Path) -> None:
    sizes = even(6)
    del sizes["2022-03"]
    cells = build_grid(load_months(tmp_path, sizes=sizes))
    assert [cell.month for cell in cells] == list(range(parse_month("2022-01"), parse_month("2022-07")))
    assert [cell.incidents for cell in cells] == [200, 200, None, 200, 200, 200]
    assert [alert.kind for cell in cells for alert in cell.alerts] == ["missing"]


@pytest.mark.real_data
def test_planted_faults_are_found_in_real_months_with_no_false_alarm(real_data: Path, tmp_path: Path) -> None:
    luck = random.Random(7)
    files = sorted((real_data / "crime" / "northumbria").glob("*/*-street.csv"))
    planted = {
        "2020-09": "missing", "2021-03": "low", "2021-08": "low", "2022-05": "low", "2022-10": "missing",
    }  # fmt: skip
    keep = {"2021-03": 0.01, "2021-08": 0.1, "2022-05": 0.4}
    for file in files:
        month = file.name[:7]
        if planted.get(month) == "missing":
            continue
        target = tmp_path / file.name
        if month in keep:
            heading, *rows = file.read_bytes().splitlines(keepends=True)
            target.write_bytes(heading + b"".join(luck.sample(rows, int(len(rows) * keep[month]))))
        else:
            target.symlink_to(file)
    ingest([tmp_path], settings=read_settings())
    found = {(alert.month, alert.kind) for alert in find_alerts(read_settings())}
    assert found == {(parse_month(month), kind) for month, kind in planted.items()} | {
        (parse_month("2022-01"), "missing")
    }
