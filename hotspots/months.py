"""Calendar months as plain integers: months since January 1970, the ordinal of ``pandas.Period`` with freq M."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hotspots.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_PATTERN = re.compile(r"(\d{4})-(\d{2})")

SNAP_POINT_REFRESH = (2022 - 1970) * 12 + 6
"""July 2022: the first month published on the new list of snap points."""
LSOA_CHANGE = (2023 - 1970) * 12 + 5
"""June 2023: the first month published with LSOA codes of 2021."""


def parse_month(text: str) -> int:
    """Read ``YYYY-MM``.

    Parameters
    ----------
    text
        Year and month, such as ``2022-01``.

    Returns
    -------
    int
        Months since January 1970.

    Raises
    ------
    InputError
        If the text is not a month between 1970 and 2199.
    """
    match = _PATTERN.fullmatch(text.strip())
    if match is None or not 1 <= int(match[2]) <= 12 or not 1970 <= int(match[1]) < 2200:  # noqa: PLR2004 - months of a year, and years that data can be of
        raise InputError(f"“{text}” is not a month; write year and month as in 2022-01.")
    return (int(match[1]) - 1970) * 12 + int(match[2]) - 1


def format_month(month: int) -> str:
    """Write a month as ``YYYY-MM``."""
    return f"{1970 + month // 12:04d}-{month % 12 + 1:02d}"


def name_month(month: int, *, short: bool = False) -> str:
    """Write a month as people say it: ``January 2022``, or ``Jan 2022``."""
    name = _NAMES[month % 12]
    return f"{name[:3] if short else name} {1970 + month // 12}"


def name_period(first: int, last: int, *, short: bool = False) -> str:
    """Write a period as people say it: ``May 2020 to February 2023``."""
    if first == last:
        return name_month(first, short=short)
    return f"{name_month(first, short=short)} to {name_month(last, short=short)}"


def list_months(months: Iterable[int]) -> str:
    """Write months as one phrase, joining runs: ``January 2022 and March to May 2022``."""
    runs: list[tuple[int, int]] = []
    for month in sorted(set(months)):
        if runs and month == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], month)
        else:
            runs.append((month, month))
    parts = [name_period(first, last) for first, last in runs]
    if len(parts) < 2:  # noqa: PLR2004 - nothing to join
        return "".join(parts)
    return ", ".join(parts[:-1]) + " and " + parts[-1]
