"""Text that fits its box, whatever it says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspots.views.sheet import drawing, open_sheet
from hotspots.views.typeset import clean, fit_lines, fit_title, measure


def test_measure_grows_with_text_size_and_weight() -> None:
    assert measure("", size=10) == 0
    assert measure("Ashington", size=20) == pytest.approx(2 * measure("Ashington", size=10))
    assert measure("Ashington", size=10, bold=True) > measure("Ashington", size=10)
    assert measure("iii", size=10) < measure("mmm", size=10)


def test_short_text_stays_as_it_is() -> None:
    assert fit_lines("Benwell", width=200, size=12) == (["Benwell"], 12)
    assert fit_lines("  ", width=200, size=12) == ([], 12)


def test_long_text_shrinks_then_folds_then_ends_in_an_ellipsis() -> None:
    text = "Where harm concentrates in Northumbria"
    full = measure(text, size=20)
    lines, size = fit_lines(text, width=full * 0.8, size=20, smallest=12)
    assert lines == [text]
    assert 12 <= size < 20
    lines, size = fit_lines(text, width=full * 0.6, size=20, max_lines=2)
    assert len(lines) == 2
    assert size == 20
    lines, size = fit_lines(text, width=full * 0.3, size=20)
    assert lines[0].endswith("…")
    assert measure(lines[0], size=size) <= full * 0.3


def test_characters_that_cannot_be_drawn_are_seen_not_lost() -> None:
    assert clean("a\n b\t c\u200b") == "a b c"
    assert clean("日") == "□"
    assert clean("Byker \u202eabc") == "Byker abc"
    assert clean("Cafe\u0301") == "Café"


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=120), st.floats(20, 400), st.integers(1, 3), st.booleans())
def test_every_line_fits(text: str, width: float, most: int, bold: bool) -> None:
    lines, size = fit_lines(text, width=width, size=11, bold=bold, max_lines=most, smallest=8)
    assert len(lines) <= most
    assert 8 <= size <= 11
    for line in lines:
        assert measure(line, size=size, bold=bold) <= width or len(line) <= 2


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=120), st.floats(60, 400))
def test_every_line_of_a_title_fits(text: str, width: float) -> None:
    lines, size = fit_title(text, width=width, size=20, smallest=12, on_one_line=15)
    assert len(lines) <= 2
    assert 12 <= size <= 20
    for line in lines:
        assert measure(line, size=size, bold=True) <= width or len(line) <= 2


def test_an_interval_stays_on_one_line() -> None:
    text = "no clear change on February 2022 (−23% to +30%)"
    full = measure(text, size=10)
    for share in (0.55, 0.7, 0.85, 0.95):
        lines, size = fit_lines(text, width=full * share, size=10, max_lines=3)
        assert size == 10
        assert lines[-1].endswith("(−23% to +30%)"), share
    narrow, _ = fit_lines(text, width=measure("(−23% to", size=10) + 1, size=10, max_lines=9)
    assert " ".join(narrow) == text, "a bracket wider than the line folds between its words"


def test_a_title_shrinks_to_one_line_or_folds_evenly() -> None:
    text = "Ashington, February 2023: no clear change on February 2022 (−23% to +30%)"
    full = measure(text, size=20, bold=True)
    lines, size = fit_title(text, width=full * 0.9, size=20, smallest=12, on_one_line=16)
    assert (lines, 16 <= size < 20) == ([text], True)
    lines, size = fit_title(text, width=full * 0.75, size=20, smallest=12, on_one_line=16)
    first, second = (measure(line, size=size, bold=True) for line in lines)
    assert size == 20
    assert 0.6 < first / second < 1.7
    assert " ".join(lines) == text


@pytest.mark.parametrize(
    "text", ["Read with care: July 2022, 1,234 cells", "Œuvre à Besançon", "شارع الملك فهد ١٢", "רחוב הרצל 12"]
)
@pytest.mark.parametrize("size", [7.5, 8.5, 23.0])
def test_text_is_drawn_as_wide_as_it_is_measured(text: str, size: float) -> None:
    with drawing():
        for paper in ("slide", "a4"):
            sheet = open_sheet(paper)
            sheet.add_text(20, 60, text, size=size)
            ((_text, box),) = sheet.list_text_boxes()
            # Ink ends a little before or after the last letter's room.
            assert box.width == pytest.approx(measure(text, size=size), abs=size * 0.2)


def test_right_to_left_letters_are_joined_before_they_are_measured() -> None:
    apart = sum(measure(letter, size=10) for letter in "محمد")
    assert apart - measure("محمد", size=10) > 0.3
    lines, _size = fit_lines("شارع الملك فهد " * 6, width=90, size=10, max_lines=9)
    assert len(lines) > 1
    assert all(measure(line, size=10) <= 90 for line in lines)
