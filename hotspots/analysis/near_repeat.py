"""Near repeat: whether another incident follows close by and soon after, by the Knox test.

Pairs of incidents are counted by distance and by time apart (Knox 1964, *Applied Statistics* 13(1) 25-29), and held
against what shuffling the dates among the incidents would give. Its expectation is exact: of the pairs at a distance,
the share of all pairs that are so far apart in time. Its p-value is drawn.

It needs the day and the exact place of each incident. Open police.uk data give the month and a snap point: they cannot
answer this question, and `knox` says so instead of answering.

Bands are half-open from below, and their labels say what they hold: with whole days, the band after "0 to 7 days" is
"8 to 14 days".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspots.analysis.dbscan import check_places
from hotspots.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

DISTANCE_BANDS = (0.0, 100.0, 200.0, 300.0, 400.0)
"""Default upper limits in metres; a limit of zero is the same place."""
TIME_BANDS = (7, 14, 21, 28)
"""Default upper limits in days."""
PERMUTATIONS = 999
SEED = 1829
MOST_PAIRS = 20_000_000
_AT_A_TIME = 4_000_000
_FEW = 10
_SLACK = 1e-9


@dataclass(frozen=True, eq=False)
class Knox:
    """Pairs of incidents by band.

    Attributes
    ----------
    distance_labels, time_labels
        What each band holds, in words.
    observed
        Pairs. Shape (distances, times).
    expected
        Mean number of pairs when dates are shuffled. Same shape.
    ratio
        Observed by expected; NaN where none is expected. Same shape.
    p
        Share of shuffles with at least as many pairs, the observed one counted among them: above 0 and up to 1, one
        cell for itself. Same shape.
    poisson_p
        Probability of at least as many pairs if their number were Poisson of the expected mean, an approximation.
        Same shape.
    poisson_p_above
        Probability of *more* pairs than observed, likewise: the figure that PySAL prints, too small for a p-value by
        the probability of the observed number itself. Same shape.
    incidents, permutations, seed
        What it rests on.
    """

    distance_labels: tuple[str, ...]
    time_labels: tuple[str, ...]
    observed: NDArray[np.int64]
    expected: NDArray[np.float64]
    ratio: NDArray[np.float64]
    p: NDArray[np.float64]
    poisson_p: NDArray[np.float64]
    poisson_p_above: NDArray[np.float64]
    incidents: int
    permutations: int
    seed: int

    def to_frame(self) -> pd.DataFrame:
        """List the bands: ``distance``, ``time``, ``pairs``, ``expected``, ``ratio``, ``p``, ``poisson_p``."""
        import pandas as pd  # noqa: PLC0415 - slow to import, and ingest needs none of it

        times = len(self.time_labels)
        columns = {
            "distance": np.repeat(np.array(self.distance_labels, dtype=object), times),
            "time": np.tile(np.array(self.time_labels, dtype=object), len(self.distance_labels)),
            "pairs": self.observed.ravel(),
            "expected": self.expected.ravel(),
            "ratio": self.ratio.ravel(),
            "p": self.p.ravel(),
            "poisson_p": self.poisson_p.ravel(),
        }
        return pd.DataFrame(columns)


def knox(
    x: ArrayLike,
    y: ArrayLike,
    day: ArrayLike,
    *,
    distance_bands: Sequence[float] = DISTANCE_BANDS,
    time_bands: Sequence[float] = TIME_BANDS,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> Knox:
    """Count pairs of incidents that are close in space and time.

    Parameters
    ----------
    x, y
        Exact places in British National Grid metres (EPSG:27700), one an incident. Shape (n,).
    day
        Date of each incident (``datetime64`` of days or finer; the time of day is dropped), or a number of days.
        Shape (n,).
    distance_bands
        Upper limits in metres, ascending. The first band begins at zero; a first limit of zero is the same place.
    time_bands
        Upper limits in days, ascending. The first band begins at zero.
    permutations
        Shuffles of the dates; 0 leaves `p` unknown.
    seed
        Of the shuffles.

    Returns
    -------
    Knox

    Raises
    ------
    InputError
        If the dates are months, a date or place is missing, bands do not ascend, or there are too many pairs.
    """
    east, north = check_places(x, y)
    days = _check_days(np.asarray(day), len(east))
    limits = _check_bands(distance_bands, "distance", "metres")
    spans = _check_bands(time_bands, "time", "days")
    if permutations < 0:
        raise InputError(f"{permutations} permutations are none; give 0 or more.")
    first, second, distance_band = _find_pairs(east, north, limits)
    n_distances, n_times = len(limits), len(spans)

    def count(dates: NDArray[np.float64]) -> NDArray[np.int64]:
        """Count the near pairs of each row of dates by band, shape (rows, distances, times)."""
        apart = np.abs(dates[:, first] - dates[:, second])
        band = np.searchsorted(spans + _SLACK, apart)
        rows = np.arange(len(dates))[:, None] * n_distances + distance_band
        flat = np.bincount((rows * (n_times + 1) + band).ravel(), minlength=len(dates) * n_distances * (n_times + 1))
        return np.asarray(flat.reshape(len(dates), n_distances, n_times + 1)[:, :, :n_times], dtype=np.int64)

    observed = count(days[None, :])[0]
    near = np.bincount(distance_band, minlength=n_distances)
    everywhere = len(days) * (len(days) - 1) // 2
    expected = near[:, None] * (_count_times(days, spans) / everywhere)
    reached = np.zeros(observed.shape, dtype=np.int64)
    rng = np.random.default_rng(seed)
    block = max(1, _AT_A_TIME // max(len(first), 1))
    for start in range(0, permutations, block):
        shuffled = rng.permuted(np.tile(days, (min(block, permutations - start), 1)), axis=1)
        reached += (count(shuffled) >= observed).sum(axis=0)
    from scipy.stats import poisson  # noqa: PLC0415 - loading an extract needs no statistics

    whole = np.equal(days, np.round(days)).all()
    return Knox(
        distance_labels=_label_bands(limits, "m", whole=False),
        time_labels=_label_bands(spans, "days", whole=bool(whole)),
        observed=observed,
        expected=expected,
        ratio=np.divide(observed, expected, out=np.full(expected.shape, np.nan), where=expected > 0),
        p=(1 + reached) / (1 + permutations) if permutations else np.full(expected.shape, np.nan),
        poisson_p=np.asarray(poisson.sf(observed - 1, expected)),
        poisson_p_above=np.asarray(poisson.sf(observed, expected)),
        incidents=len(days),
        permutations=permutations,
        seed=seed,
    )


def _check_days(day: NDArray[Any], size: int) -> NDArray[np.float64]:
    """Return days as numbers, and refuse months."""
    if day.shape != (size,):
        raise InputError(f"There are {day.size} dates for {size} incidents; give one an incident.")
    if size < 2:  # noqa: PLR2004 - one incident has no pair
        raise InputError("Near repeat needs at least two incidents; widen the selection.")
    if day.dtype.kind == "M":
        if np.datetime_data(day.dtype)[0] in ("M", "Y"):
            raise _refuse_months()
        if np.isnat(day).any():
            raise InputError(f"Incident {int(np.isnat(day).argmax()) + 1} has no date; leave it out.")
        dates = day.astype("datetime64[D]")
        of_month = (dates - dates.astype("datetime64[M]")).astype(np.int64)
        # Months read as dates all fall on one day of the month, whichever it is.
        if size >= _FEW and (of_month == of_month[0]).all():
            raise _refuse_months()
        return np.asarray(dates.astype(np.int64), dtype=np.float64)
    if day.dtype.kind not in "iuf" or not np.isfinite(day.astype(np.float64)).all():
        raise InputError("A date is missing or cannot be read; give the day of each incident.")
    return day.astype(np.float64)


def _refuse_months() -> InputError:
    return InputError(
        "These incidents carry a month and no day, as open police.uk data do: whether one follows another within days "
        "cannot be told from them; load an extract with dates and exact places."
    )


def _check_bands(limits: Sequence[float], what: str, unit: str) -> NDArray[np.float64]:
    bands = np.asarray(limits, dtype=np.float64)
    if bands.ndim != 1 or not len(bands) or not np.isfinite(bands).all() or bands[0] < 0 or (np.diff(bands) <= 0).any():
        raise InputError(f"The {what} bands must be ascending upper limits in {unit}, such as 100, 200, 300.")
    return bands


def _find_pairs(
    x: NDArray[np.float64], y: NDArray[np.float64], limits: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """List the pairs within the widest band, and the band of each."""
    from scipy.spatial import cKDTree  # noqa: PLC0415 - loading an extract needs no neighbours

    tree = cKDTree(np.column_stack([x, y]))
    widest = limits[-1] + _SLACK
    pairs = (int(tree.count_neighbors(tree, widest)) - len(x)) // 2
    if pairs > MOST_PAIRS:
        raise InputError(
            f"{pairs:,} pairs of incidents lie within {limits[-1]:g} m, too many to shuffle; choose fewer incidents or "
            "a shorter distance."
        )
    found = tree.query_pairs(widest, output_type="ndarray").astype(np.int64)
    first, second = found[:, 0], found[:, 1]
    apart = np.hypot(x[first] - x[second], y[first] - y[second])
    return first, second, np.searchsorted(limits + _SLACK, apart).astype(np.int64)


def _count_times(days: NDArray[np.float64], spans: NDArray[np.float64]) -> NDArray[np.int64]:
    """Count all pairs of incidents by their time apart, wherever they are. Shape (times,)."""
    ordered = np.sort(days)
    up_to = [
        int((np.searchsorted(ordered, ordered + span + _SLACK, side="right") - np.arange(len(days)) - 1).sum())
        for span in spans
    ]
    return np.diff(np.array([0, *up_to]))


def _label_bands(limits: NDArray[np.float64], unit: str, *, whole: bool) -> tuple[str, ...]:
    """Say what each band holds: whole days count on from the day after the last band, distances from above it."""
    labels = []
    lower = 0.0
    for place, upper in enumerate(limits):
        if upper == 0:
            labels.append("same place" if unit == "m" else "same day")
        elif place == 0:
            labels.append(f"0 to {upper:g} {unit}")
        elif whole:
            start = np.floor(lower) + 1
            labels.append(f"{upper:g} {unit}" if start == upper else f"{start:g} to {upper:g} {unit}")
        else:
            labels.append(f"above {lower:g} to {upper:g} {unit}")
        lower = upper
    return tuple(labels)
