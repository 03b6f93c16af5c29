"""What a picture carries, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hotspots.errors import InputError
from hotspots.views.pictures import Places, RankedRow

Maker = Callable[..., Any]


def test_map_refuses_what_does_not_fit(make_force: Maker) -> None:
    with pytest.raises(InputError, match="3 figures for 177 areas"):
        make_force(values=np.ones(3))
    with pytest.raises(InputError, match="no classes"):
        make_force(classes=None)
    with pytest.raises(InputError, match="no area with the code E99"):
        make_force(highlight=("E99",))
    with pytest.raises(InputError, match="extent of the map is empty"):
        make_force(extent=(1.0, 1.0, 1.0, 2.0))


def test_other_pictures_refuse_what_does_not_fit(make_ranking: Maker, make_trend: Maker) -> None:
    with pytest.raises(InputError, match="0 cells for 2 columns"):
        make_ranking(rows=(RankedRow(1, "Byker", 1.0),), columns=("a", "b"))
    with pytest.raises(InputError, match="no month"):
        make_trend(months=np.array([], dtype=int), values=np.array([]), comparison=None)
    with pytest.raises(InputError, match="another number of months"):
        make_trend(values=np.ones(2))
    with pytest.raises(InputError, match="follow each other"):
        make_trend(months=np.arange(0, 68, 2))
    with pytest.raises(InputError, match="different lengths"):
        Places(np.zeros(2), np.zeros(2), np.zeros(3))


def test_interval_in_words() -> None:
    assert RankedRow(4, "Byker", 1.0, 3, 8).interval == "3 to 8"
    assert RankedRow(1, "Byker", 1.0, 1, 1).interval == "1"
    assert RankedRow(1, "Byker", 1.0).interval == ""


def test_alt_text_tells_what_the_picture_shows(make_force: Maker, make_ranking: Maker, make_trend: Maker) -> None:
    text = make_force().alt
    assert "Where harm concentrates in Northumbria" in text
    assert "No data: 2 areas" in text
    assert "16 clusters outlined" in text
    assert "90% range" in make_ranking().alt
    assert "151 " in make_ranking(highlight=(make_ranking().rows[150].code,)).alt
    assert "No data: January 2022." in make_trend().alt


def test_alt_text_ends_a_sentence_once(make_force: Maker) -> None:
    alt = make_force(subtitle="Of 80 cells, none changed.").alt
    assert "Of 80 cells, none changed. " in alt
    assert ".." not in alt
