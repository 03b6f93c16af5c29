"""A refresh brings what is new or revised, reports it, keeps the version before, and honours a rollback."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hotspots.errors import InputError
from hotspots.months import parse_month
from hotspots.pipeline.lineage import roll_back
from hotspots.pipeline.publisher import make_client
from hotspots.pipeline.refresh import RefreshReport, refresh
from hotspots.settings import Settings, read_settings
from hotspots.store.incidents import IncidentStore
from tests.pipeline.test_fetch import bring, members_of, months_between, quick
from tests.police_uk_files import month_csv
from tests.sources.fetch_server import Publisher, serve_publisher, write_archive

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def publisher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    with serve_publisher() as publisher:
        monkeypatch.setenv("HOTSPOTS_POLICE_UK", publisher.url)
        members = members_of(months_between("2022-01", "2022-04"), ("northumbria",))
        publisher.offer_archive("2022-04", write_archive(tmp_path / "a.zip", members))
        bring(read_settings())
        yield publisher


def publish_may(publisher: Publisher, folder: Path) -> None:
    """Publish May 2022, and March with four rows more."""
    members = members_of(months_between("2022-01", "2022-05"), ("northumbria",))
    members["2022-03/2022-03-northumbria-street.csv"] = month_csv("2022-03", 44)
    publisher.offer_archive("2022-05", write_archive(folder / "b.zip", members))


def run(settings: Settings) -> RefreshReport:
    return refresh(settings, client=quick(settings))


def test_a_refresh_says_what_changed_and_going_back_undoes_it(publisher: Publisher, tmp_path: Path) -> None:
    settings = read_settings()
    version = IncidentStore(settings.incidents_home).data_version
    assert run(settings).difference.months == ()
    publish_may(publisher, tmp_path)
    report = run(settings)
    assert [(item.month, item.change, item.rows_before, item.rows_after) for item in report.difference.months] == [
        (parse_month("2022-03"), "revised", 40, 44),
        (parse_month("2022-05"), "new", 0, 40),
    ]
    for item in report.difference.months:
        assert item.rows_before + item.added - item.removed == item.rows_after
    assert "2 downloaded" in report.to_text() or "May 2022 of northumbria: new" in report.to_text()
    assert report.to_json()["difference"]["before"] == version
    assert roll_back(settings).after == version
    assert run(settings).difference.months == (), "what was rolled back stays so until the publisher changes it"
    bring(settings, month_to=parse_month("2022-05"))
    assert IncidentStore(settings.incidents_home).data_version == report.difference.after


def test_a_refresh_of_nothing_says_how_to_begin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOTSPOTS_HOME", str(tmp_path / "empty"))
    settings = read_settings()
    with pytest.raises(InputError, match="hotspots fetch"):
        refresh(settings, client=make_client(settings))
