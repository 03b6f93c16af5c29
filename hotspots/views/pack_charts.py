"""The figures behind a picture, for charts that can be edited and tables that can be read aloud."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

import numpy as np

from hotspots.months import name_month
from hotspots.views.multiples_picture import MultiplesPicture
from hotspots.views.pictures import RankingPicture, TrendPicture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspots.views.pictures import Picture

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
    return ChartFigures(
        kind="bars",
        title=picture.title,
        value_title=picture.value_title,
        heading="Area",
        categories=tuple(f"{row.rank}. {row.label}" for row in shown),
        series=((picture.value_title, _known(values, picture.value_decimals)),),
        decimals=picture.value_decimals,
        marked=tuple(position for position, row in enumerate(shown) if row.code and row.code in picture.highlight),
    )


def _known(values: np.ndarray[tuple[int], np.dtype[np.float64]], decimals: int) -> tuple[float | None, ...]:
    """Round as the picture does, so that an editable chart tells no more than what is printed."""
    return tuple(round(float(value), decimals) if np.isfinite(value) else None for value in values)
