"""The months that are loaded, force by force and year by year, as a table that says what is missing or odd."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Protocol

from hotspots.months import name_month
from hotspots.views.palette import INK, NO_DATA, RULE, SLATE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MONTHS = "JFMAMJJASOND"
_THOUSAND = 1_000
_ODD = "#FBEAE8"
_STYLE = f"""<style>
.hs-coverage {{ border-collapse: collapse; font-size: .87rem; font-variant-numeric: tabular-nums; }}
.hs-coverage th {{ font-weight: 600; text-align: left; padding: 2px 10px 2px 0; white-space: nowrap; }}
.hs-coverage thead th {{ text-align: center; padding: 2px 0; font-weight: 400; color: {SLATE}; }}
.hs-coverage td {{ border: 1px solid {RULE}; width: 58px; height: 26px; padding: 0 5px; text-align: right; }}
.hs-coverage td {{ color: {INK}; }}
.hs-coverage td.none {{ border-color: transparent; }}
.hs-coverage td.missing {{ text-align: center;
  background: repeating-linear-gradient(135deg, {NO_DATA}, {NO_DATA} 4px, #d5d8da 4px, #d5d8da 6px); }}
.hs-coverage td.odd {{ background: {_ODD}; border: 2px solid #d4351c; font-weight: 700; }}
.hs-coverage .aside td, .hs-coverage .aside th {{ color: {SLATE}; }}
</style>"""


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
        f'<tr{_mark(force in set_aside)}><th scope="row">{escape(force)}{_mark_aside(force in set_aside)} {year}</th>'
        f"{_write_year(months)}</tr>"
        for (force, year), months in rows.items()
    )
    head = "".join(f'<th scope="col">{letter}</th>' for letter in _MONTHS)
    return (
        f'<table class="hs-coverage"><caption style="position:absolute;left:-9999px">Incidents by force, year '
        f"and month; a missing month is unknown, not zero</caption><thead><tr><td class='none'></td>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>{_STYLE}"
    )


def _mark(aside: bool) -> str:
    return ' class="aside"' if aside else ""


def _mark_aside(aside: bool) -> str:
    return " (set aside)" if aside else ""


def _write_year(months: Mapping[int, Cell]) -> str:
    return "".join(_write_cell(months.get(place)) for place in range(12))


def _write_cell(cell: Cell | None) -> str:
    if cell is None:
        return '<td class="none"></td>'
    if cell.incidents is None:
        title = f"{name_month(cell.month)} is not loaded: unknown, not zero"
        return f'<td class="missing" title="{escape(title)}">missing</td>'
    said = " ".join(alert.text for alert in cell.alerts)
    title = f"{name_month(cell.month)}: {cell.incidents:,} incidents{'. ' + said if said else ''}"
    kind, sign = (' class="odd"', "!") if said else ("", "")
    return f'<td{kind} title="{escape(title)}">{_shorten(cell.incidents)}{sign}</td>'


def _shorten(count: int) -> str:
    return f"{count / _THOUSAND:.1f}k" if count >= 10 * _THOUSAND else f"{count:,}"
