"""The impact of an operation of the ledger, and of a panel file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

from hotspots.errors import InputError
from hotspots.months import format_month, name_month
from hotspots.pipeline.impact import evaluate_panel
from hotspots.pipeline.impact_bands import measure_bands
from hotspots.pipeline.impact_panel import build_operation_panel, read_panel_file
from hotspots.pipeline.operation_area import place_area
from hotspots.store.ledger import find_operation, list_windows
from hotspots.terms import Phase

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from hotspots.analysis.panel import Panel
    from hotspots.pipeline.impact import Impact
    from hotspots.pipeline.impact_panel import Outcome
    from hotspots.pipeline.operation_area import PlacedArea
    from hotspots.pipeline.world import World
    from hotspots.record_dates import RecordDate
    from hotspots.schemas_operations import Operation, PhaseWindow
    from hotspots.sources.panels import PanelColumns
    from hotspots.store.ledger import Ledger


def month_of(day: date) -> int:
    """Return the month of a day, in months since January 1970."""
    return (day.year - 1970) * 12 + day.month - 1


def find_start(operation: Operation, windows: tuple[PhaseWindow, ...]) -> tuple[int, tuple[int, ...]]:
    """Find the first month in which an operation may have had an effect.

    Parameters
    ----------
    operation, windows
        As recorded. The first actual start of Clear counts, else of any phase, else the operation's own.

    Returns
    -------
    start : int
        The last month in which it may have begun.
    aside : tuple of int
        Earlier months in which it may have begun: on neither side.

    Raises
    ------
    InputError
        If no start is recorded, or it is not known to a year.
    """
    recorded = _recorded_start(operation, windows)
    if recorded is None:
        raise InputError(f"No start of {operation.name} is recorded; add --start YYYY-MM, or record its Clear phase.")
    first, last = month_of(recorded.first), month_of(recorded.last)
    if last - first > 12:  # noqa: PLR2004 - beyond a year there is no before and after
        raise InputError(f"The start of {operation.name} is only known as {recorded.name()}; add --start YYYY-MM.")
    return last, tuple(range(first, last))


def _recorded_start(operation: Operation, windows: tuple[PhaseWindow, ...]) -> RecordDate | None:
    begun = [window for window in windows if window.start is not None]
    clear = [window for window in begun if window.phase is Phase.CLEAR]
    starts = [window.start for window in clear or begun if window.start is not None]
    return min(starts, key=lambda one: one.first) if starts else operation.started


def list_phases(windows: tuple[PhaseWindow, ...]) -> dict[str, tuple[int, int | None]]:
    """List the months of each phase that has begun; several windows of one phase become one stretch each."""
    phases: dict[str, tuple[int, int | None]] = {}
    for window in windows:
        if window.start is None:
            continue
        name = window.phase.value
        while name in phases:
            name = f"{name} again"
        phases[name] = (month_of(window.start.last), month_of(window.end.first) if window.end else None)
    return phases


@dataclass(frozen=True)
class RecordedOperation:
    """What the ledger knows of an operation, as far as an evaluation rests on it; equal records, equal evaluations.

    Attributes
    ----------
    record
        Its code in the ledger.
    value
        The operation.
    windows
        Its phases.
    """

    record: str
    value: Operation
    windows: tuple[PhaseWindow, ...]

    @property
    def recorded_start(self) -> tuple[int, int] | None:
        """First and last month in which it may have begun; None when no start is recorded."""
        recorded = _recorded_start(self.value, self.windows)
        return None if recorded is None else (month_of(recorded.first), month_of(recorded.last))


@dataclass(frozen=True, eq=False)
class OperationPanel:
    """An operation laid over the loaded incidents.

    Attributes
    ----------
    operation, placed
        What is recorded, and where it works.
    panel, outcomes
        Counts by ward and month, from the start on with effect.
    exploration
        True when the start is not the recorded one.
    """

    operation: RecordedOperation
    placed: PlacedArea
    panel: Panel
    outcomes: tuple[Outcome, ...]
    exploration: bool


def read_operation(ledger: Ledger, name: str) -> RecordedOperation:
    """Read what is recorded of an operation.

    Parameters
    ----------
    ledger
        The operations.
    name
        Code, name or local brand.

    Raises
    ------
    UnknownNameError
        If there is no such operation.
    """
    found = find_operation(ledger, name)
    windows = tuple(stored.value for stored in list_windows(ledger, found.record))
    return RecordedOperation(found.record, found.value, windows)


def lay_panel(world: World, operation: RecordedOperation, *, start: int | None = None) -> OperationPanel:
    """Lay an operation over the loaded incidents.

    Parameters
    ----------
    world, operation
        Everything loaded, and what is recorded.
    start
        First month to be taken as the operation's, for a "what if"; the recorded one by default.

    Raises
    ------
    InputError
        If its start or area is not known, or the months do not allow a comparison.
    """
    begin, aside = (start, ()) if start is not None else find_start(operation.value, operation.windows)
    placed = place_area(world, operation.value.area)
    panel, outcomes = build_operation_panel(world, placed, start=begin, aside=aside)
    exploration = start is not None and operation.recorded_start != (start, start)
    return OperationPanel(operation, placed, panel, outcomes, exploration)


def assess_operation(
    world: World,
    ledger: Ledger,
    name: str,
    *,
    start: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Impact:
    """Evaluate an operation of the ledger on the loaded incidents.

    Parameters
    ----------
    world, ledger
        Everything loaded, and the operations.
    name
        Code, name or local brand.
    start
        First month to be taken as the operation's, for a "what if"; the recorded one by default.
    progress
        Called with a label, outcomes done and outcomes in all.

    Raises
    ------
    UnknownNameError
        If there is no such operation.
    InputError
        If its start or area is not known, or the months do not allow a comparison.
    """
    return assess_recorded(world, read_operation(ledger, name), start=start, progress=progress)


def assess_recorded(
    world: World,
    operation: RecordedOperation,
    *,
    start: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Impact:
    """Evaluate an operation that was read before, so that the ledger is free meanwhile; see `assess_operation`.

    Raises
    ------
    InputError
        If its start or area is not known, or the months do not allow a comparison.
    """
    laid = lay_panel(world, operation, start=start)
    value, known = operation.value, operation.recorded_start
    return evaluate_panel(
        laid.panel,
        laid.outcomes,
        title=value.name,
        phases=list_phases(operation.windows),
        exploration=laid.exploration,
        provenance={
            "operation": operation.record,
            "area": value.area.name,
            "start_recorded": None if known is None else [format_month(month) for month in known],
            "data_version": world.data_version,
            "version": world.version,
            "harm_source": world.harm.source,
        },
        caveats=_list_operation_caveats(
            value, operation.windows, other_areas=_list_overlaps(world, laid.placed.wards, value.name)
        ),
        measure_around=lambda placebos: measure_bands(world, laid.placed, laid.panel, placebos, laid.outcomes[0].types),
        progress=progress,
    )


def _list_overlaps(world: World, wards: tuple[int, ...], name: str) -> tuple[str, ...]:
    """Name the pilots' areas that serve as donors: they may have been worked as well."""
    chosen = set(wards)
    wanted = name.casefold()
    return tuple(
        unit.name
        for unit in world.units
        if unit.kind == "area" and not chosen & set(unit.wards) and unit.name.casefold() != wanted
    )


def _list_operation_caveats(
    operation: Operation, windows: tuple[PhaseWindow, ...], *, other_areas: tuple[str, ...]
) -> tuple[str, ...]:
    chosen_at_its_worst = (
        "If the area was chosen because its last months were its worst, it would have fallen back by itself, and no "
        "method here can tell that from an effect."
    )
    caveats = [chosen_at_its_worst]
    if not any(window.start is not None for window in windows):
        caveats.append(
            f"The dates of {operation.name}'s phases are not recorded: everything since the start is taken as one; "
            "record them to see each phase."
        )
    if other_areas:
        several = " and ".join(other_areas)
        caveats.append(
            f"{several} {'is' if len(other_areas) == 1 else 'are'} among the comparison areas though other operations "
            "may have worked there, which would make an effect look smaller."
        )
    return tuple(caveats)


def assess_file(
    path: Path,
    *,
    start: int,
    progress: Callable[[str, int, int], None] | None = None,
    **columns: Unpack[PanelColumns],
) -> Impact:
    """Evaluate a panel file; see `hotspots.sources.panels.read_panel` for its columns.

    Raises
    ------
    InputError
        If the file cannot be read or evaluated.
    """
    panel, specs = read_panel_file(path, start=start, **columns)
    unmarked = (
        "The file does not say which units are next door: if crime moved to them, the effect looks larger than it is; "
        "mark them with --next-door."
    )
    return evaluate_panel(
        panel,
        specs,
        title=path.name,
        provenance={"file": path.name, "start": name_month(start)},
        caveats=() if columns.get("next_door") else (unmarked,),
        progress=progress,
    )
