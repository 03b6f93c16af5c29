"""What the pictures of one operation show: its phases as scorecards, and its activity on a timeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspots.errors import InputError
from hotspots.months import name_month
from hotspots.views.phases import PHASE_NAMES, write_quantity
from hotspots.views.pictures import Picture
from hotspots.views.wording import write_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.terms import Phase
    from hotspots.views.phases import PhaseBand
    from hotspots.views.scorecards import Published, Scorecard


@dataclass(frozen=True, eq=False, kw_only=True)
class PhasesPicture(Picture):
    """The scorecards of an operation's phases, with what was published kept apart from what is recorded.

    Attributes
    ----------
    cards
        Clear, hold, build, and none where there are records in no phase.
    published
        The latest published figure about each kind; in no card and no sum.
    """

    cards: tuple[Scorecard, ...]
    published: tuple[Published, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is recorded or published, so that a pack does better without it."""
        return not self.published and not any(card.lines for card in self.cards)

    @property
    def alt(self) -> str:
        """The picture in words, for those who cannot see it."""
        parts = [f"Scorecards of phases. {self.title}."]
        for card in self.cards:
            figures = "; ".join(
                f"{line.label} {write_quantity(line.quantity, line.unit, at_least=line.at_least)}"
                for line in card.lines
            )
            parts.append(f"{PHASE_NAMES[card.phase]}: {figures or 'nothing recorded'}.")
        if self.published:
            figures = "; ".join(f"{one.label} {one.written} as at {one.when}" for one in self.published)
            parts.append(f"Published: {figures}.")
        return " ".join(parts)


@dataclass(frozen=True)
class Story:
    """A published statement on the timeline: the month in which it stands (with a share of it), its date and words."""

    at: float
    when: str
    text: str


@dataclass(frozen=True, eq=False, kw_only=True)
class ActivityPicture(Picture):
    """What an operation did by month, its phases above, what was published, and the crime of its area below.

    Attributes
    ----------
    months
        Months since January 1970, consecutive, ascending; shape (n,).
    records
        For each phase (None for records in none), records of each month; shape (n,).
    phases
        Its phases as bars.
    stories
        Published statements, earliest first.
    incidents, incidents_title
        Crime of the area by month, NaN where missing or not known, and what it counts. Shape (n,).
    events
        Breaks in the data.
    """

    months: NDArray[np.int64]
    records: dict[Phase | None, NDArray[np.float64]]
    phases: tuple[PhaseBand, ...] = ()
    stories: tuple[Story, ...] = ()
    incidents: NDArray[np.float64] | None = None
    incidents_title: str = "Incidents a month in its area"
    events: tuple[tuple[int, str], ...] = ()

    def __post_init__(self) -> None:
        """Check lengths and order.

        Raises
        ------
        InputError
            If there is no month, lengths differ or months are not consecutive.
        """
        if len(self.months) == 0 or (np.diff(self.months) != 1).any():
            raise InputError("The months of a timeline must follow each other.")
        series = [*self.records.values(), *([] if self.incidents is None else [self.incidents])]
        if any(len(values) != len(self.months) for values in series):
            raise InputError("The timeline has figures for another number of months than it names.")

    @property
    def is_empty(self) -> bool:
        """Whether nothing is recorded or published, so that a pack does better without it."""
        return not self.stories and not self.total.any()

    @property
    def total(self) -> NDArray[np.float64]:
        """Records of all phases by month. Shape (n,)."""
        return np.asarray(np.sum([*self.records.values(), np.zeros(len(self.months))], axis=0), dtype=np.float64)

    @property
    def alt(self) -> str:
        """The picture in words, for those who cannot see it."""
        parts = [f"Timeline of activity. {self.title}."]
        total = self.total
        if total.any():
            most = int(np.argmax(total))
            parts.append(
                f"{write_count(int(total.sum()), 'record')}, most in {name_month(int(self.months[most]))} "
                f"({int(total[most]):,})."
            )
        parts += [f"Phase {band.name} from {name_month(int(band.first))}." for band in self.phases]
        parts += [f"Published, {story.when}: {story.text}" for story in self.stories]
        return " ".join(parts)
