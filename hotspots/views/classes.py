"""Classes of a map: one object gives the browser map, the table and the picture the same breaks, colours and labels."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Literal

import numpy as np

from hotspots.errors import InputError
from hotspots.views.palette import MAX_CLASSES, NO_DATA, pick_colours
from hotspots.views.wording import write_number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

Method = Literal["quantile", "jenks"]
NO_DATA_LABEL = "No data"
MAX_DECIMALS = 4
_SLACK = 0.05
"""Share of the values by which a quantile may move to reach a rounder number."""
_MAX_JENKS = 2000
_NEAR_HALF = 1e-6


@dataclass(frozen=True)
class Classes:
    """Classes of one figure, low to high.

    A value belongs to the class in which its *written* form falls: it is rounded to `decimals` first, so a table never
    shows 60.0 in the class that is labelled 40.0 to 59.9.

    Attributes
    ----------
    title
        What the figure is, such as ``Incidents for each 1,000 residents``.
    unit
        ``%`` is written behind each number; any other unit belongs in the title and is kept for hover text.
    decimals
        Digits after the point in labels, tables and hover text.
    breaks
        First value of each class but the lowest, ascending; shape (k - 1,).
    colours, labels
        One a class.
    no_data_colour, no_data_label
        For values that are not known.
    """

    title: str
    unit: str
    decimals: int
    breaks: tuple[float, ...]
    colours: tuple[str, ...]
    labels: tuple[str, ...]
    no_data_colour: str = NO_DATA
    no_data_label: str = NO_DATA_LABEL

    def __post_init__(self) -> None:
        """Check that every class has a colour and a label.

        Raises
        ------
        InputError
            If lengths differ or breaks do not ascend.
        """
        if not len(self.colours) == len(self.labels) == len(self.breaks) + 1:
            raise InputError(f"The classes of “{self.title}” need one colour and one label for each class.")
        if any(low >= high for low, high in zip(self.breaks, self.breaks[1:], strict=False)):
            raise InputError(f"The class breaks of “{self.title}” do not ascend.")

    def __len__(self) -> int:
        """Count the classes, no data aside."""
        return len(self.colours)

    def index(self, values: ArrayLike) -> NDArray[np.int64]:
        """Return the class of each value, 0 for the lowest and -1 where it is not known."""
        known = np.asarray(values, dtype=np.float64)
        is_known = np.isfinite(known)
        written = _round(np.where(is_known, known, 0.0), self.decimals)
        found = np.searchsorted(np.asarray(self.breaks), written, side="right")
        return np.where(is_known, found, -1).astype(np.int64)

    def colour(self, values: ArrayLike) -> tuple[str, ...]:
        """Return the colour of each value."""
        palette = (*self.colours, self.no_data_colour)
        return tuple(palette[position] for position in self.index(values).ravel().tolist())

    def label(self, values: ArrayLike) -> tuple[str, ...]:
        """Return the label of the class of each value."""
        names = (*self.labels, self.no_data_label)
        return tuple(names[position] for position in self.index(values).ravel().tolist())

    def count(self, values: ArrayLike) -> tuple[int, ...]:
        """Count the values in each class, and last those that are not known."""
        found = self.index(values).ravel()
        tallies = np.bincount(np.where(found < 0, len(self), found), minlength=len(self) + 1)
        return tuple(int(tally) for tally in tallies)

    def write(self, value: float) -> str:
        """Write one value as the labels do."""
        text = write_number(value, decimals=self.decimals)
        return f"{text}%" if self.unit == "%" and np.isfinite(value) else text


def classify(
    values: ArrayLike,
    *,
    title: str,
    unit: str = "",
    k: int = MAX_CLASSES,
    method: Method = "quantile",
    decimals: int | None = None,
    least: float = 0.0,
) -> Classes:
    """Choose classes for a map, with breaks at round numbers.

    Quantiles put about as many areas in each class; a break may move by a twentieth of the values to reach a rounder
    number. Jenks puts breaks in the widest gaps (Jenks and Caspall 1971, Annals of the Association of American
    Geographers 61(2) 217-244, by Fisher's exact dynamic programme). Equal values always share a class; where ties or
    few distinct values leave no room for `k` classes there are fewer, so that no class is empty.

    Parameters
    ----------
    values
        The figures to be shown; NaN and infinity are not known. Any shape; the order does not matter.
    title, unit
        See :class:`Classes`.
    k
        Most classes wanted, 1 to 5.
    method
        ``quantile`` or ``jenks``.
    decimals
        Digits after the point; chosen from the spread of the values when None.
    least
        Smallest value that there can be, with which the lowest label begins: 1 for places with incidents.

    Returns
    -------
    Classes

    Raises
    ------
    InputError
        If `k` is out of range or the method is unknown.
    """
    pick_colours(k)
    if method not in ("quantile", "jenks"):
        raise InputError(f"“{method}” is not a way to choose classes; use quantile or jenks.")
    known = np.asarray(values, dtype=np.float64).ravel()
    known = np.sort(known[np.isfinite(known)])
    digits = _choose_decimals(known) if decimals is None else min(max(decimals, 0), MAX_DECIMALS)
    known = _round(known, digits)
    windows = _quantile_windows(known, k) if method == "quantile" else _jenks_windows(known, k, digits)
    found = sorted({_roundest_between(low, high, wanted, digits) for low, high, wanted in windows})
    breaks = _drop_empty(found, known)
    return Classes(
        title=title,
        unit=unit,
        decimals=digits,
        breaks=breaks,
        colours=pick_colours(len(breaks) + 1),
        labels=_label(breaks, known, digits, suffix="%" if unit == "%" else "", least=least),
    )


def _round(values: NDArray[np.float64], decimals: int) -> NDArray[np.float64]:
    """Round finite values as :func:`write_number` does, so that class and text agree."""
    nearly = np.round(values, decimals).ravel()
    scaled = values.ravel() * 10.0**decimals
    for position in np.flatnonzero(np.abs(scaled - np.floor(scaled) - 0.5) < _NEAR_HALF):
        # numpy multiplies before it rounds, which moves a few values that lie at a half
        nearly[position] = float(f"{values.ravel()[position]:.{decimals}f}")
    return nearly.reshape(values.shape) + 0.0


def _choose_decimals(known: NDArray[np.float64]) -> int:
    """Choose as few digits as still give the middle half of the values some twenty steps."""
    if not known.size or np.array_equal(known, np.rint(known)):
        return 0
    low, high = np.quantile(known, [0.1, 0.9])
    spread = float(high - low) or float(known[-1] - known[0]) or abs(float(known[0]))
    return min(max(ceil(log10(20) - log10(spread)), 0), MAX_DECIMALS) if spread > 0 else 0


def _quantile_windows(known: NDArray[np.float64], k: int) -> Iterable[tuple[float, float, float]]:
    """Give for each inner quantile the span in which the break may lie, and where it lies best."""
    if not known.size:
        return
    slack = min(_SLACK, 1 / (3 * k))
    for step in range(1, k):
        low, best, high = np.quantile(known, [step / k - slack, step / k, step / k + slack])
        yield float(low), float(high), float(best)


def _jenks_windows(known: NDArray[np.float64], k: int, decimals: int) -> Iterable[tuple[float, float, float]]:
    """Give the gap between each pair of natural classes: any break in it parts the values alike."""
    distinct, tally = np.unique(known, return_counts=True)
    if distinct.size > _MAX_JENKS:  # beyond this the exact programme is slow and quantiles of values do as well
        chosen = np.linspace(0, distinct.size - 1, _MAX_JENKS).astype(int)
        tally = np.add.reduceat(tally, chosen)
        distinct = distinct[chosen]
    for position in _natural_breaks(distinct, tally.astype(np.float64), min(k, distinct.size)):
        low, high = float(distinct[position - 1]), float(distinct[position])
        yield min(low + 10.0**-decimals, high), high, (low + high) / 2


def _natural_breaks(values: NDArray[np.float64], weights: NDArray[np.float64], k: int) -> list[int]:
    """Return where classes 2 to k begin so that the squared deviation within classes is least (Fisher 1958)."""
    n = values.size
    if n == 0:
        return []
    centred = values - np.average(values, weights=weights)
    mass = np.concatenate([[0.0], np.cumsum(weights)])
    first = np.concatenate([[0.0], np.cumsum(weights * centred)])
    second = np.concatenate([[0.0], np.cumsum(weights * centred**2)])

    def deviation(start: NDArray[np.int64], end: int) -> NDArray[np.float64]:
        total: NDArray[np.float64] = (
            second[end] - second[start] - (first[end] - first[start]) ** 2 / (mass[end] - mass[start])
        )
        return total

    ends = np.arange(1, n + 1)
    cost = np.array([deviation(np.array([0]), int(end))[0] for end in ends])
    came_from: list[NDArray[np.int64]] = []
    for used in range(1, k):
        best = np.full(n, np.inf)
        origin = np.zeros(n, dtype=np.int64)
        for end in range(used + 1, n + 1):
            starts = np.arange(used, end)
            total = cost[starts - 1] + deviation(starts, end)
            at = int(np.argmin(total))
            best[end - 1], origin[end - 1] = total[at], starts[at]
        came_from.append(origin)
        cost = best
    breaks: list[int] = []
    end = n
    for origin in reversed(came_from):
        end = int(origin[end - 1])
        breaks.append(end)
    return breaks[::-1]


def _drop_empty(found: list[float], known: NDArray[np.float64]) -> tuple[float, ...]:
    """Keep the breaks that have values on both sides, between them and the break before and the one after."""
    kept: list[float] = []
    below = 0
    for at in found:
        count = int(np.searchsorted(known, at, side="left"))
        if below < count < known.size:
            kept.append(at)
            below = count
    return tuple(kept)


def _roundest_between(low: float, high: float, wanted: float, decimals: int) -> float:
    """Return the roundest number from `low` to `high`: a multiple of 1, 5 or 2 times the largest power of ten."""
    finest = 10.0**-decimals
    if high - low < finest:
        return float(f"{ceil(round(low / finest, 6)) * finest:.{decimals}f}")
    exponent = floor(log10(max(abs(low), abs(high), finest))) + 1
    while exponent >= -decimals:
        for leading in (1.0, 0.5, 0.2):
            step = leading * 10.0**exponent
            if step < finest:
                continue
            nearest = round(wanted / step) * step
            candidates = (nearest, floor(wanted / step) * step, ceil(wanted / step) * step)
            inside = [at for at in candidates if low <= at <= high]
            if inside:
                return float(f"{min(inside, key=lambda at: abs(at - wanted)):.{decimals}f}")
        exponent -= 1
    return float(f"{wanted:.{decimals}f}")


def _label(
    breaks: tuple[float, ...], known: NDArray[np.float64], decimals: int, *, suffix: str, least: float
) -> tuple[str, ...]:
    """Write each class as people read it: ``0 to 39``, ``40 to 79``, ``80 or more``."""

    def write(value: float) -> str:
        return write_number(value, decimals=decimals) + suffix

    step = 10.0**-decimals
    if not known.size:
        return ("No values",)
    if not breaks:
        low, high = write(float(known[0])), write(float(known[-1]))
        return (low if low == high else f"{low} to {high}",)
    lowest = least if known[0] >= least else None
    labels = []
    for position, end in enumerate((*breaks, None)):
        start = breaks[position - 1] if position else lowest
        if end is None:
            labels.append(f"{write(start)} or more" if start is not None else "")
        elif start is None:
            labels.append(f"Under {write(end)}")
        else:
            last = end - step
            labels.append(write(start) if last - start < step / 2 else f"{write(start)} to {write(last)}")
    return tuple(labels)
