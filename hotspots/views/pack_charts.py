"""The figures behind a picture, for charts that can be edited and tables that can be read aloud."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Literal

import numpy as np

from hotspots.months import name_month
from hotspots.views.multiples_picture import MultiplesPicture
from hotspots.views.pictures import RankingPicture, TrendPicture
from hotspots.views.ticks import choose_ticks
from hotspots.views.wording import write_count, write_range

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.views.pictures import Picture

ONE_SCALE = ", all on one scale"
"""How a picture of several areas says so, behind what it counts."""
MOST_BARS = 20
"""Bars of a ranking that can still be read on a slide."""


@dataclass(frozen=True)
class ChartFigures:
    """The figures of a chart.

    Attributes
    ----------
    kind
        ``line`` over months, or ``bars`` over areas.
    title, value_title
        What it shows, and what is counted.
    heading
        What the categories are: ``Month`` or ``Area``.
    categories
        Months or areas in order.
    series
        Name and figures of each series; None where not known.
    decimals
        Digits after the point.
    months
        First days of the months of a ``line``, as spreadsheets keep months; empty for ``bars``.
    marked
        Positions of the bars that stand out.
    is_several
        True when the series are areas of equal standing, rather than one and what it is compared with.
    ranges, ranges_title
        The interval of each bar, or of each of several areas, in words, and what it is of; empty for none.
    limits
        The same as lowest and highest figure of each bar; None where not known. Empty for none.
    part
        Which of all they are, in words; empty for all.
    top
        Where the scale ends, on charts that share one; None to leave that to the program.
    """

    kind: Literal["line", "bars"]
    title: str
    value_title: str
    heading: str
    categories: tuple[str, ...]
    series: tuple[tuple[str, tuple[float | None, ...]], ...]
    decimals: int = 0
    months: tuple[date, ...] = ()
    marked: tuple[int, ...] = ()
    is_several: bool = False
    ranges: tuple[str, ...] = ()
    ranges_title: str = ""
    limits: tuple[tuple[int | None, int | None], ...] = ()
    part: str = ""
    top: float | None = None

    @property
    def detail(self) -> str:
        """What is counted, which part of all is shown, and what the intervals are of, for the line below a title."""
        where = "in brackets" if self.kind == "bars" else "after each name"
        named = f"{where}, the {self.ranges_title}" if self.ranges else ""
        return " · ".join(text for text in (self.value_title, self.part, named) if text)

    @property
    def bar_labels(self) -> tuple[str, ...]:
        """The categories, each with its interval where there is one."""
        if self.kind == "line" or not self.ranges:
            return self.categories
        pairs = zip(self.categories, self.ranges, strict=True)
        return tuple(f"{name} ({interval})" if interval else name for name, interval in pairs)

    @property
    def series_labels(self) -> tuple[str, ...]:
        """Names of the series, each with its interval where there is one."""
        names = tuple(name for name, _values in self.series)
        if self.kind == "bars" or not self.ranges:
            return names
        return tuple(f"{name}: {said}" if said else name for name, said in zip(names, self.ranges, strict=True))


def split_figures(figures: ChartFigures, *, most: int) -> tuple[ChartFigures, ...]:
    """Part the months of many areas into charts of up to `most` lines; any other figures stay whole.

    The charts share the scale of the picture. One with an area that goes beyond it has its own, and says so.
    """
    count = len(figures.series)
    if not figures.is_several or count <= most:
        return (replace(figures, top=None),)
    parts = []
    for start in range(0, count, most):
        series = figures.series[start : start + most]
        known = [value for _name, values in series for value in values if value is not None]
        beyond = figures.top is not None and max(known, default=0.0) > figures.top
        parts.append(
            replace(
                figures,
                series=series,
                ranges=figures.ranges[start : start + most],
                value_title=figures.value_title.replace(ONE_SCALE, ", on a scale of their own")
                if beyond
                else figures.value_title,
                part=f"areas {write_range(start + 1, start + len(series))} of {count}",
                top=None if beyond else figures.top,
            )
        )
    return tuple(parts)


def list_figures(picture: Picture) -> ChartFigures | None:
    """Return the figures of a trend, a ranking or the months of several areas; None for any other picture."""
    if isinstance(picture, TrendPicture):
        return _of_trend(picture)
    if isinstance(picture, RankingPicture):
        return _of_ranking(picture)
    if isinstance(picture, MultiplesPicture):
        return _of_multiples(picture)
    return None


def _of_trend(picture: TrendPicture) -> ChartFigures:
    series = [(picture.series_name, _known(picture.values, picture.decimals))]
    if picture.comparison is not None:
        series.append((picture.comparison_name, _known(picture.comparison, max(picture.decimals, 1))))
    return ChartFigures(
        kind="line",
        title=picture.title,
        value_title=picture.value_title,
        heading="Month",
        categories=tuple(name_month(int(month), short=True) for month in picture.months),
        series=tuple(series),
        decimals=picture.decimals,
        months=_list_days(picture.months),
    )


def _of_multiples(picture: MultiplesPicture) -> ChartFigures:
    return ChartFigures(
        kind="line",
        title=picture.title,
        value_title=picture.value_title,
        heading="Month",
        categories=tuple(name_month(int(month), short=True) for month in picture.months),
        series=tuple((panel.name, _known(panel.values, 0)) for panel in picture.panels),
        months=_list_days(picture.months),
        is_several=True,
        ranges=tuple(panel.change for panel in picture.panels) if any(p.change for p in picture.panels) else (),
        ranges_title="change in a year with its 90% interval",
        top=choose_ticks(0, picture.highest, most=6)[-1],
    )


def _list_days(months: NDArray[np.int64]) -> tuple[date, ...]:
    return tuple(date(1970 + int(month) // 12, int(month) % 12 + 1, 1) for month in months)


def _of_ranking(picture: RankingPicture) -> ChartFigures:
    shown = [
        row
        for position, row in enumerate(picture.rows)
        if position < MOST_BARS or (row.code and row.code in picture.highlight)
    ]
    values = np.array([row.value for row in shown], dtype=np.float64)
    has_ranges = any(row.interval for row in shown)
    first = min(MOST_BARS, len(picture.rows))
    more = f", and {len(shown) - first} marked" if len(shown) > first else ""
    part = f"first {first} of a ranking of {write_count(picture.total, picture.noun)}{more}"
    return ChartFigures(
        kind="bars",
        title=picture.title,
        value_title=picture.value_title,
        heading="Area",
        categories=tuple(f"{row.rank}. {row.label}" for row in shown),
        series=((picture.value_title, _known(values, picture.value_decimals)),),
        decimals=picture.value_decimals,
        marked=tuple(position for position, row in enumerate(shown) if row.code and row.code in picture.highlight),
        ranges=tuple(row.interval for row in shown) if has_ranges else (),
        ranges_title="90% range of the rank",
        limits=tuple((row.rank_low, row.rank_high) for row in shown) if has_ranges else (),
        part=part if len(shown) < picture.total else "",
    )


def _known(values: np.ndarray[tuple[int], np.dtype[np.float64]], decimals: int) -> tuple[float | None, ...]:
    """Round as the picture does, so that an editable chart tells no more than what is printed."""
    return tuple(round(float(value), decimals) if np.isfinite(value) else None for value in values)
