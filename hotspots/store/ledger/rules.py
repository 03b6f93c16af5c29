"""What a record must keep to inside its operation: its dates, and the phase in which it counts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hotspots.errors import InputError
from hotspots.record_dates import name_day
from hotspots.terms import Phase

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from hotspots.record_dates import RecordDate
    from hotspots.schemas_ledger import Activity
    from hotspots.schemas_operations import Milestone, Operation, PhaseWindow


class RuleError(InputError):
    """A record breaks a rule of its operation; `column` is the field to correct."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True)
class Frame:
    """What an operation sets for its records.

    Attributes
    ----------
    operation
        The operation.
    windows
        Its phase windows.
    """

    operation: Operation
    windows: tuple[PhaseWindow, ...]
    _phases: dict[RecordDate, tuple[Phase, ...]] = field(default_factory=dict, compare=False, repr=False)

    def phases_at(self, when: RecordDate) -> tuple[Phase, ...]:
        """List the phases whose windows a date touches, found once for each date."""
        if when not in self._phases:
            self._phases[when] = find_phases(self.windows, when)
        return self._phases[when]


def find_phases(windows: Sequence[PhaseWindow], when: RecordDate) -> tuple[Phase, ...]:
    """List the phases whose windows a date touches, in the order clear, hold, build."""
    touched = {window.phase for window in windows if when.overlaps(*window.window)}
    return tuple(phase for phase in Phase if phase in touched)


def place_activity(activity: Activity, frame: Frame, *, today: date) -> Activity:
    """Check an activity against its operation and say in which phase it counts.

    Raises
    ------
    RuleError
        If it lies in the future or before the operation, in two phases with none chosen, or outside the chosen one.
    """
    check_dates(activity.date, frame.operation, today=today)
    phases = frame.phases_at(activity.date)
    if activity.phase_chosen and activity.phase is not None:
        _check_chosen(activity.phase, phases, activity.date, frame)
        return activity
    if len(phases) > 1:
        names = " and ".join(phases)
        raise RuleError(
            "phase",
            f"{activity.date.name()} lies in {names} of {frame.operation.name}; say in which of them it counts.",
        )
    phase = phases[0] if phases else None
    return activity if activity.phase is phase and not activity.phase_chosen else activity.in_phase(phase)


def check_dates(when: RecordDate, operation: Operation, *, today: date) -> None:
    """Refuse a date in the future or before the operation began.

    Raises
    ------
    RuleError
        The message names the date.
    """
    if when.first > today:
        raise RuleError("date", f"{when.name()} is in the future (today is {name_day(today)}); correct the date.")
    if operation.started is not None and when.last < operation.started.first:
        raise RuleError(
            "date",
            f"{when.name()} is before {operation.name} began ({operation.started.name()}); correct the date, or the "
            "start of the operation.",
        )


def _check_chosen(chosen: Phase, phases: tuple[Phase, ...], when: RecordDate, frame: Frame) -> None:
    own = [window for window in frame.windows if window.phase is chosen]
    if own and chosen not in phases:
        spans = "; ".join(
            f"{start.name()} to {end.name() if end else 'now'}" for start, end in (window.bounds for window in own)
        )
        raise RuleError(
            "phase",
            f"{when.name()} is outside the {chosen} phase of {frame.operation.name} ({spans}); correct the date or the "
            "phase.",
        )


def check_milestone(milestone: Milestone, *, today: date) -> None:
    """Refuse a statement about the future.

    Raises
    ------
    RuleError
        The message names the date.
    """
    if milestone.as_at.first > today:
        raise RuleError(
            "as_at", f"{milestone.as_at.name()} is in the future (today is {name_day(today)}); correct the date."
        )


def follow(activity: Activity, windows: Sequence[PhaseWindow]) -> Activity:
    """Say in which phase an activity counts after the windows have moved, when no person chose its phase.

    It stays in its phase while a window of that still touches its date; otherwise it goes to the only phase that does,
    or to none when there is no such phase or more than one.
    """
    phases = find_phases(windows, activity.date)
    if activity.phase_chosen or activity.phase in phases:
        return activity
    return replace(activity, phase=phases[0] if len(phases) == 1 else None)
