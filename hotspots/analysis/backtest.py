"""Rolling back-test: fit on the months to t, judge on the months after, again and again, and say how sure that is.

A method is any function from a `Window` to one number an area; it sees the months of the window's past and nothing
else. All methods are judged on the same windows and land, and against a baseline window by window, since what is hard
in one window is hard for all. Windows overlap, so that the interval of a mean comes from the moving-block bootstrap
(Künsch 1989, *Annals of Statistics* 17(3) 1217-1241) over windows in their order. It speaks of these months in this
force; a new year may differ by more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hotspots.analysis.prediction import SHARES, judge_prediction
from hotspots.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Method = Callable[["Window"], NDArray[np.float64]]

MEASURES = ("hit_rate", "pai", "pei", "rri")
DRAWS = 2_000
SEED = 1829
LEVEL = 0.9
MONTHS_A_YEAR = 12


class Window(NamedTuple):
    """One cut between past and future, as positions in the covered months.

    Attributes
    ----------
    past
        Positions of the months to fit on, ascending, none after the cut. Shape (h,).
    future
        Positions of the months to judge on, ascending. Shape (k,).
    """

    past: NDArray[np.intp]
    future: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Backtest:
    """Measures of every method in every window.

    Attributes
    ----------
    methods
        Their names.
    months
        Covered months (months since January 1970). Shape (m,).
    windows
        The cuts, earliest first; w of them.
    shares
        Shares of the land. Shape (s,).
    scores
        The measures in the order of `MEASURES`; NaN where a window held nothing to judge. Shape
        (methods, w, s, measures).
    """

    methods: tuple[str, ...]
    months: NDArray[np.int32]
    windows: tuple[Window, ...]
    shares: NDArray[np.float64]
    scores: NDArray[np.float64]

    def take(self, method: str, measure: str, share: float) -> NDArray[np.float64]:
        """Return one measure of one method over the windows, shape (w,)."""
        where = int(np.abs(self.shares - share).argmin())
        return np.asarray(self.scores[self.methods.index(method), :, where, MEASURES.index(measure)])


def list_windows(months: NDArray[np.int32], *, past: int, horizon: int, step: int = 1) -> tuple[Window, ...]:
    """List the cuts that the covered months allow.

    A month that is missing is left out of the past, which then reaches further back, and no window is judged on it.

    Parameters
    ----------
    months
        Covered months (months since January 1970), ascending.
    past
        Covered months to fit on.
    horizon
        Months to judge on: t+1 to t+horizon, all of them covered.
    step
        Months from one cut to the next.

    Returns
    -------
    tuple of Window
        Earliest first.

    Raises
    ------
    InputError
        If no window fits.
    """
    if past < 1 or horizon < 1 or step < 1:
        raise InputError("A back-test needs at least one month of past, one to judge on and a step of one.")
    covered = np.asarray(months)
    if len(covered) == 0 or (np.diff(covered) <= 0).any():
        raise InputError("A back-test needs covered months in ascending order, each once.")
    windows = []
    for cut in range(int(covered[0]), int(covered[-1]) + 1):
        fitted = np.flatnonzero(covered <= cut)
        judged = np.flatnonzero((covered > cut) & (covered <= cut + horizon))
        if len(fitted) >= past and len(judged) == horizon:
            windows.append((cut, Window(fitted[-past:], judged)))
    kept = tuple(window for cut, window in windows if (cut - windows[0][0]) % step == 0)
    if not kept:
        raise InputError(
            f"{len(covered)} covered months hold no window of {past} months with the next {horizon} covered; load more "
            "months, or shorten the past or the horizon."
        )
    return kept


def run_backtest(
    months: NDArray[np.int32],
    counts: NDArray[np.int64] | NDArray[np.float64],
    land: NDArray[np.float64],
    methods: Mapping[str, Method],
    *,
    windows: Sequence[Window],
    shares: Sequence[float] = SHARES,
) -> Backtest:
    """Judge each method in each window.

    Parameters
    ----------
    months
        Covered months, ascending. Shape (m,).
    counts
        What is to be foreseen: incidents or harm by area and covered month. Shape (u, m).
    land
        Area of each, above zero. Shape (u,).
    methods
        A function from window to one number an area (see `judge_prediction`) for each name.
    windows
        From `list_windows`.
    shares
        Shares of the land.

    Returns
    -------
    Backtest

    Raises
    ------
    InputError
        If shapes differ, there is no method or window, or a method gives no number for an area.
    """
    if counts.shape != (len(land), len(months)):
        raise InputError(f"The counts to foresee have shape {counts.shape}; give areas by covered months.")
    if not methods or not windows:
        raise InputError("A back-test needs at least one method and one window.")
    scores = np.full((len(methods), len(windows), len(shares), len(MEASURES)), np.nan)
    for place, window in enumerate(windows):
        came, before = counts[:, window.future].sum(axis=1), counts[:, window.past].sum(axis=1)
        for row, method in enumerate(methods.values()):
            found = judge_prediction(method(window), came, land, shares=shares, earlier=before)
            scores[row, place] = np.column_stack([getattr(found, measure) for measure in MEASURES])
    return Backtest(tuple(methods), months, tuple(windows), np.asarray(shares, dtype=np.float64), scores)


def summarise_backtest(
    backtest: Backtest, *, baseline: str, block: int | None = None, draws: int = DRAWS, seed: int = SEED
) -> pd.DataFrame:
    """Average over windows, with intervals, and hold every method against a baseline.

    Parameters
    ----------
    backtest
        From `run_backtest`.
    baseline
        Name of the method that others are held against.
    block
        Windows in a block of the bootstrap; three by default, or the horizon when that is longer, and never more than
        half the windows.
    draws, seed
        Of the bootstrap.

    Returns
    -------
    pandas.DataFrame
        One row a method, share and measure: ``method``, ``share``, ``measure``, ``windows`` (that had something to
        judge), ``mean``, ``low``, ``high`` (90 %), ``gain`` (mean difference from the baseline in the same windows),
        ``gain_low``, ``gain_high`` (90 %), ``better`` (share of windows in which the method did better).

    Raises
    ------
    InputError
        If the baseline is not among the methods.
    """
    import pandas as pd  # noqa: PLC0415 - slow to import, and ingest needs none of it

    if baseline not in backtest.methods:
        raise InputError(f"There is no method called “{baseline}”; choose one of {', '.join(backtest.methods)}.")
    size = len(backtest.windows)
    horizon = max(len(window.future) for window in backtest.windows)
    length = max(1, min(block or max(3, horizon), size // 2 or 1))
    chosen = draw_blocks(size, length, draws=draws, seed=seed)
    rows = []
    held_against = backtest.scores[backtest.methods.index(baseline)]
    for row, method in enumerate(backtest.methods):
        for column, share in enumerate(backtest.shares):
            for place, measure in enumerate(MEASURES):
                values = backtest.scores[row, :, column, place]
                gains = values - held_against[:, column, place]
                low, high = _find_interval(values, chosen)
                gain_low, gain_high = _find_interval(gains, chosen)
                known = np.isfinite(gains)
                rows.append(
                    {
                        "method": method,
                        "share": float(share),
                        "measure": measure,
                        "windows": int(np.isfinite(values).sum()),
                        "mean": _mean(values),
                        "low": low,
                        "high": high,
                        "gain": _mean(gains),
                        "gain_low": gain_low,
                        "gain_high": gain_high,
                        "better": float((gains[known] > 0).mean()) if known.any() else float("nan"),
                    }
                )
    return pd.DataFrame(rows)


def draw_blocks(size: int, length: int, *, draws: int, seed: int) -> NDArray[np.intp]:
    """Draw windows in overlapping blocks that wrap around, shape (draws, size)."""
    rng = np.random.default_rng(seed)
    blocks = -(-size // length)
    starts = rng.integers(0, size, (draws, blocks))
    chosen = (starts[:, :, None] + np.arange(length)) % size
    return np.asarray(chosen.reshape(draws, -1)[:, :size], dtype=np.intp)


def predict_recent(counts: NDArray[np.int64] | NDArray[np.float64], *, last: int | None = None) -> Method:
    """Expect what the last covered months had: the naive baseline.

    Parameters
    ----------
    counts
        By area and covered month. Shape (u, m).
    last
        How many months of the window's past; all by default.
    """

    def predict(window: Window) -> NDArray[np.float64]:
        past = window.past if last is None else window.past[-last:]
        return np.asarray(counts[:, past].sum(axis=1), dtype=np.float64)

    return predict


def predict_year_before(months: NDArray[np.int32], counts: NDArray[np.int64] | NDArray[np.float64]) -> Method:
    """Expect what the same calendar months had a year before; the whole past where none of them is in it."""

    def predict(window: Window) -> NDArray[np.float64]:
        fellow = window.past[np.isin(months[window.past], months[window.future] - MONTHS_A_YEAR)]
        chosen = fellow if len(fellow) else window.past
        return np.asarray(counts[:, chosen].sum(axis=1), dtype=np.float64)

    return predict


def predict_fading(counts: NDArray[np.int64] | NDArray[np.float64], *, half_life: float = 6.0) -> Method:
    """Expect the months of the past, each weighing half as much as one that is `half_life` covered months later."""

    def predict(window: Window) -> NDArray[np.float64]:
        age = np.arange(len(window.past))[::-1]
        return np.asarray(counts[:, window.past] @ 0.5 ** (age / half_life), dtype=np.float64)

    return predict


def _find_interval(values: NDArray[np.float64], chosen: NDArray[np.intp]) -> tuple[float, float]:
    drawn = values[chosen]
    known = np.isfinite(drawn)
    counted = known.sum(axis=1)
    means = np.where(known, drawn, 0.0).sum(axis=1)[counted > 0] / counted[counted > 0]
    if len(means) == 0:
        return float("nan"), float("nan")
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _mean(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
