"""Pictures of one operation: its phases as scorecards, and what it did by month; and its phases for other pictures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.errors import AccessError, InputError
from hotspots.months import name_period
from hotspots.pipeline.brief_frame import (
    chosen_unit,
    list_breaks,
    lower_first,
    note_breaks,
    recall,
    source_line,
    write_address,
)
from hotspots.pipeline.impact_operation import RecordedOperation, month_of, read_operation
from hotspots.pipeline.operation_area import count_months, place_area
from hotspots.pipeline.operation_cards import list_published, to_scorecard, write_briefly
from hotspots.pipeline.operation_view import describe_operation
from hotspots.pipeline.selection import choose, list_caveats
from hotspots.record_dates import name_day
from hotspots.settings import read_settings
from hotspots.sources.kinds import read_kinds
from hotspots.store.ledger import list_operations, require_export
from hotspots.store.ledger.timelines import read_version
from hotspots.views.operation_pictures import ActivityPicture, PhasesPicture, Story
from hotspots.views.phases import PHASE_NAMES, PhaseBand, write_quantity
from hotspots.views.pictures import Fact
from hotspots.views.wording import write_count, write_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.pipeline.brief_frame import Wish
    from hotspots.pipeline.operation_view import OperationView
    from hotspots.pipeline.world import Unit
    from hotspots.store.ledger import Ledger

_LONGEST_MONTH = 31


def need_operation(wish: Wish) -> RecordedOperation:
    """Return the operation that a picture is of: the one that is named, else the one that covers the chosen area.

    Raises
    ------
    InputError
        If the ledger is not open, or no operation is named and none covers the area.
    UnknownNameError
        If there is no operation of that name.
    AccessError
        If whoever holds the ledger may not take out what the operation did; nothing remembered is looked up before.
    """
    found = find_operation_of(wish)
    if wish.ledger is None or found is None:
        area = chosen_unit(wish)
        where = "" if area is None else f" and none covers {area.name}"
        raise InputError(f"No operation is named{where}; name one with --operation.")
    require_export(wish.ledger, found.record)
    return found


def find_telling(wish: Wish) -> RecordedOperation | None:
    """Find the operation whose phases may stand on another picture; None as well for those who may not take it out."""
    found = find_operation_of(wish)
    if wish.ledger is None or found is None:
        return None
    try:
        require_export(wish.ledger, found.record)
    except AccessError:
        return None
    return found


def find_operation_of(wish: Wish) -> RecordedOperation | None:
    """Find the operation that a picture is of; None when the ledger is closed or no operation covers the area."""
    if wish.ledger is None:
        return None
    if wish.query.operation:
        return read_operation(wish.ledger, wish.query.operation)
    area = chosen_unit(wish)
    return None if area is None else _find_covering(wish, wish.ledger, area)


def _find_covering(wish: Wish, ledger: Ledger, area: Unit) -> RecordedOperation | None:
    """Find the operation whose area holds the unit; of several, that with dated phases, then that with least else."""
    placed = recall(
        wish.world,
        ("placed operations", read_ledger_version(wish)),
        lambda: [
            (entry.stored.record, bool(entry.windows), set(place_area(wish.world, entry.stored.value.area).wards))
            for entry in list_operations(ledger)
        ],
    )
    covering = [
        (not has_windows, len(wards), record) for record, has_windows, wards in placed if set(area.wards) <= wards
    ]
    return read_operation(ledger, min(covering)[2]) if covering else None


def read_ledger_version(wish: Wish) -> str:
    """Return what changes with every change of the ledger; the day as well, on which open phases end."""
    return f"{read_version(wish.ledger)} {as_of(wish)}" if wish.ledger is not None else "closed"


def as_of(wish: Wish) -> date:
    """Return the day for which a picture stands: the one it was made on, else the last that the data cover."""
    if wish.day is not None:
        return wish.day
    following = int(wish.world.cube.months[-1]) + 1
    return date.fromordinal(date(1970 + following // 12, following % 12 + 1, 1).toordinal() - 1)


def band_months(operation: RecordedOperation, *, last: float) -> tuple[PhaseBand, ...]:
    """Lay an operation's phases on an axis of months; an open one reaches the end of the axis."""
    bands = []
    for window in operation.windows:
        first, end = window.window
        begins = _share(first)
        ends = last if end is None else _share(end) + 1 / _LONGEST_MONTH
        if begins < last:
            bands.append(PhaseBand(window.phase, begins, ends, end is None, window.start is None))
    return tuple(bands)


def _share(day: date) -> float:
    return month_of(day) + (day.day - 1) / _LONGEST_MONTH


def mark_start(operation: RecordedOperation) -> tuple[tuple[int, str], ...]:
    """Mark when an operation began where none of its phases is dated."""
    if operation.windows or operation.value.started is None:
        return ()
    began = operation.value.started
    return ((month_of(began.first), f"{operation.value.name} began ({write_briefly(began)})"),)


def _look(wish: Wish) -> tuple[OperationView, RecordedOperation]:
    operation = need_operation(wish)
    ledger = wish.ledger
    if ledger is None:  # pragma: no cover - `need_operation` refuses it
        raise InputError("The operations ledger is not open.")
    day = as_of(wish)

    def look() -> OperationView:
        return describe_operation(replace(ledger, today=lambda: day), read_kinds(read_settings()), operation.record)

    return recall(wish.world, ("operation", read_ledger_version(wish), operation.record), look), operation


def make_phases(wish: Wish) -> PhasesPicture:
    """Make the scorecards of an operation, with published figures apart."""
    answer, operation = _look(wish)
    value = operation.value
    standing = " and ".join(PHASE_NAMES[phase] for phase in answer.now)
    if answer.records:
        said = f"{write_count(answer.records, 'activity', 'activities')} on record"
    else:
        said = "no activity on record yet"
    now = f"in {standing}" if standing else "between phases" if answer.windows else "no phase entered yet"
    return PhasesPicture(
        title=f"{value.name}: {now}, {said}",
        subtitle=f"{value.area.name} · as at {name_day(as_of(wish))} · records by phase, each counted once"
        + (f" · {write_count(answer.weeks, 'week')} since Clear began" if answer.weeks is not None else ""),
        facts=_phase_facts(answer),
        **_frame(wish, operation, notes=_phase_notes(answer)),
        cards=tuple(to_scorecard(one) for one in answer.scorecards),
        published=list_published(answer.published),
    )


def _phase_facts(answer: OperationView) -> tuple[Fact, ...]:
    """List activities, targets, and what protects people."""
    paces = [card.pace for one in answer.scorecards for card in one.cards if card.pace is not None]
    facts = [Fact("Activities", write_number(answer.records), "on record")] if answer.records else []
    if paces:
        well = sum(pace.well for pace in paces)
        facts.append(Fact("Targets", f"{well:,} of {len(paces):,}", "reached or on pace"))
    facts += [
        Fact(
            one.label,
            write_quantity(one.quantity, one.unit, at_least=one.at_least),
            f"safeguarding, {write_count(one.records, 'record')}",
        )
        for one in answer.safeguarding[:2]
    ]
    return tuple(facts)


def _phase_notes(answer: OperationView) -> tuple[str, ...]:
    notes = []
    if answer.published:
        notes.append(
            "Published figures are statements by others, as at their date; they may include what is on record here and "
            "are never added to it."
        )
    if any(one.at_least for one in answer.sums) or any(metric.at_least for metric in answer.published):
        notes.append("“Over” is a lower bound, as it was recorded or published.")
    if not answer.windows:
        notes.append("No phase has been entered, so that nothing can be counted by phase.")
    return tuple(notes)


def make_activity(wish: Wish) -> ActivityPicture:
    """Make what an operation did by month, before the crime of its area."""
    answer, operation = _look(wish)
    chosen = choose(wish.world, wish.query)
    trend = count_months(wish.world, chosen, place_area(wish.world, operation.value.area))
    dated = [one.month for one in answer.months]
    # An open phase goes on as long as anything else is known, not to the day on which the picture is made.
    dated += [month_of(day) for bar in answer.bars for day in (bar.first, *([] if bar.open_ended else [bar.last]))]
    dated += [month_of(one.value.as_at.last) for one in answer.milestones]
    dated += [] if trend is None else trend.months.tolist()
    if not dated:
        raise InputError(
            f"Nothing of {operation.value.name} is dated: enter its phases or activities before drawing a timeline."
        )
    months = np.arange(min(dated), max(dated) + 1, dtype=np.int64)
    records: dict[Any, NDArray[np.float64]] = {}
    for one in answer.months:
        records.setdefault(one.phase, np.zeros(len(months)))[one.month - months[0]] += one.records
    incidents = None
    if trend is not None:
        incidents = np.full(len(months), np.nan)
        incidents[trend.months - months[0]] = trend.incidents
    return ActivityPicture(
        title=_say_activity(answer, operation),
        subtitle=f"{operation.value.area.name} · {name_period(int(months[0]), int(months[-1]))} · records of activity "
        f"by month, and {lower_first(chosen.label)} in the area",
        **_frame(
            wish,
            operation,
            notes=(
                *(
                    ["Statements (◆) are as published; they are not counted among the records."]
                    if answer.milestones
                    else []
                ),
                *list_caveats(wish.world, chosen),
                *note_breaks(wish.world, chosen.months[0], chosen.months[-1]),
            ),
        ),
        months=months,
        records=records,
        phases=band_months(operation, last=float(months[-1] + 1)),
        stories=tuple(
            Story(_share(one.value.as_at.last), write_briefly(one.value.as_at), one.value.statement)
            for one in answer.milestones
        ),
        incidents=incidents,
        incidents_title=f"{chosen.label} a month in {operation.value.area.name}",
        events=(*mark_start(operation), *list_breaks(wish.world, chosen.months[0], chosen.months[-1])),
    )


def _say_activity(answer: OperationView, operation: RecordedOperation) -> str:
    name = operation.value.name
    if not answer.records:
        stated = write_count(len(answer.milestones), "published statement")
        return f"{name}: no activity on record" + (f", {stated}" if answer.milestones else "")
    phases = {
        phase: sum(one.records for one in answer.months if one.phase is phase)
        for phase in {one.phase for one in answer.months}
    }
    most = max(phases, key=lambda phase: (phases[phase], str(phase)))
    share = f", {write_number(phases[most])} of them {'in no phase' if most is None else f'in {PHASE_NAMES[most]}'}"
    return f"{name}: {write_count(answer.records, 'activity', 'activities')} on record" + (
        share if len(phases) > 1 else ""
    )


def _frame(wish: Wish, operation: RecordedOperation, *, notes: tuple[str, ...]) -> dict[str, Any]:
    return {
        "notes": notes,
        "source": f"Source: the operations ledger of this installation. {source_line(wish.world)}",
        "data_version": wish.world.data_version,
        "made_on": wish.day,
        "marking": wish.marking,
        "address": write_address("operation", wish.query, operation=operation.record),
    }
