"""The months that are loaded, force by force and year by year, as a table that says what is missing or odd."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Protocol

from hotspots.months import name_month
from hotspots.terms import name_force
from hotspots.views.palette import CLUSTER, INK, NEITHER, NO_DATA, RULE, SLATE

if TYPE_CHECKING:
    from collections.abc import Sequence

_MONTHS = "JFMAMJJASOND"
_THOUSAND = 1_000
_ODD = "#FBEAE8"
# The styles stand in the cells: Streamlit hides a piece of HTML that brings a style sheet.
_TABLE = "border-collapse:collapse;font-size:.87rem;font-variant-numeric:tabular-nums"
_HEADING = "font-weight:600;text-align:left;padding:2px 10px 2px 0;white-space:nowrap;border:0"
_LETTER = f"font-weight:400;text-align:center;padding:2px 0;border:0;color:{SLATE}"
_PLAIN = f"border:1px solid {RULE};width:58px;height:26px;padding:0 5px;text-align:right"
_STRIPES = f"{NO_DATA},{NO_DATA} 4px,{NEITHER} 4px,{NEITHER} 6px"
_HATCHED = f"text-align:center;background:repeating-linear-gradient(135deg,{_STRIPES})"
_MARKED = f"background:{_ODD};border:2px solid {CLUSTER};font-weight:700"
_NOTHING = '<td style="border:0"></td>'


class Cell(Protocol):
    """One month of one force, as `pipeline.quality` describes it."""

    @property
    def force(self) -> str:
        """Force code."""

    @property
    def month(self) -> int:
        """Months since January 1970."""

    @property
    def incidents(self) -> int | None:
        """Incidents; None when the month is missing."""

    @property
    def alerts(self) -> tuple[AlertText, ...]:
        """What is said about it."""


class AlertText(Protocol):
    """Something odd about a month."""

    @property
    def text(self) -> str:
        """One sentence."""


def write_coverage_grid(cells: Sequence[Cell], *, set_aside: Sequence[str] = ()) -> str:
    """Write the grid as an HTML table: a row a force and year, a column a month of the year.

    Parameters
    ----------
    cells
        Months by force, those missing between others included.
    set_aside
        Forces and extracts that are stored but not counted.
    """
    rows: dict[tuple[str, int], dict[int, Cell]] = {}
    for cell in cells:
        rows.setdefault((cell.force, 1970 + cell.month // 12), {})[cell.month % 12] = cell
    body = "".join(
        f'<tr style="color:{SLATE if force in set_aside else INK}"><th scope="row" style="{_HEADING}">'
        f"{escape(name_force(force))}"
        f"{' (set aside)' if force in set_aside else ''} {year}</th>"
        f"{''.join(_write_cell(months.get(place), letter) for place, letter in enumerate(_MONTHS))}</tr>"
        for (force, year), months in rows.items()
    )
    head = "".join(f'<th scope="col" style="{_LETTER}">{letter}</th>' for letter in _MONTHS)
    return (
        f'<table class="hs-coverage" style="{_TABLE}" aria-label="Incidents by force, year and month; a missing month '
        f'is unknown, not zero"><thead><tr>{_NOTHING}{head}</tr></thead><tbody>{body}</tbody></table>'
    )


def _write_cell(cell: Cell | None, letter: str) -> str:
    if cell is None:
        return _NOTHING
    if cell.incidents is None:
        title = f"{name_month(cell.month)} is not loaded: unknown, not zero"
        return f'<td style="{_PLAIN};{_HATCHED}" data-month="{letter}" title="{escape(title)}">missing</td>'
    said = " ".join(alert.text for alert in cell.alerts)
    title = f"{name_month(cell.month)}: {cell.incidents:,} incidents{'. ' + said if said else ''}"
    style, sign = (f"{_PLAIN};{_MARKED}", "!") if said else (_PLAIN, "")
    return f'<td style="{style}" data-month="{letter}" title="{escape(title)}">{_shorten(cell.incidents)}{sign}</td>'


def _shorten(count: int) -> str:
    return f"{count / _THOUSAND:.1f}k" if count >= 10 * _THOUSAND else f"{count:,}"
