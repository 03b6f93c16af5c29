"""Look for new and revised months, load them, and say what changed; made for a scheduler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hotspots.access import Action, require
from hotspots.errors import InputError
from hotspots.pipeline.fetch import fetch
from hotspots.pipeline.lineage import Difference, compare_versions
from hotspots.pipeline.publisher import read_loaded
from hotspots.sources.fetch.police_uk import ARCHIVE_MONTHS
from hotspots.sources.street import FORCES
from hotspots.store.incidents import IncidentStore

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hotspots.pipeline.fetch import FetchReport
    from hotspots.settings import Settings
    from hotspots.sources.fetch.client import Client


@dataclass(frozen=True, eq=False)
class RefreshReport:
    """What a refresh found.

    Attributes
    ----------
    fetched
        What came over the line.
    difference
        What changed in the data.
    """

    fetched: FetchReport
    difference: Difference

    def to_json(self) -> dict[str, Any]:
        """Write the report as plain values."""
        return {"fetched": self.fetched.to_json(), "difference": self.difference.to_json()}

    def to_text(self) -> str:
        """Write the report as people read it in a terminal."""
        return f"{self.fetched.to_text()}\n{self.difference.to_text()}"


def refresh(
    settings: Settings,
    *,
    forces: Sequence[str] = (),
    progress: Callable[[str, int, int], None] | None = None,
    client: Client | None = None,
) -> RefreshReport:
    """Bring the loaded forces up to date with data.police.uk.

    What was rolled back is not brought back: a month is asked for when it is new at the publisher, or differs there
    from what was fetched last. The version before stays readable, and ``roll_back`` returns to it.

    Parameters
    ----------
    settings
        Publisher and data home.
    forces
        Codes; by default every force of police.uk that is loaded.
    progress
        As for ``fetch``.
    client
        Who asks.

    Raises
    ------
    InputError
        If no force is loaded.
    FetchError, StoreError
        As for ``fetch``; the data are then as they were.
    """
    require(settings.person, Action.LOAD)
    store = IncidentStore(settings.incidents_home)
    before = store.open_read()
    loaded = before.coverage.by_force
    chosen = tuple(forces) or tuple(force for force in loaded if force in FORCES or _was_fetched(settings, force))
    if not chosen:
        raise InputError("No force of police.uk is loaded; begin with “hotspots fetch --force NAME”.")
    first = min((loaded[force][0] for force in chosen if force in loaded), default=None)
    fetched = fetch(
        settings,
        forces=chosen,
        month_from=first,
        months_back=ARCHIVE_MONTHS,
        only_news=True,
        progress=progress,
        client=client,
    )
    return RefreshReport(fetched, compare_versions(settings, before, store.open_read()))


def _was_fetched(settings: Settings, force: str) -> bool:
    return any(name[8:].startswith(f"{force}-") for name in read_loaded(settings))
