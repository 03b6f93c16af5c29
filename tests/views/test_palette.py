"""Contrast and colour-blind safety of the palette."""

from __future__ import annotations

import numpy as np
import pytest

from hotspots.errors import InputError
from hotspots.terms import Phase
from hotspots.views import palette
from hotspots.views.cells_map import look_of_emerging
from hotspots.views.phases import PHASE_COLOURS
from hotspots.views.surface_map import CHANGE_COLOURS
from hotspots.views.theme import DARK, LIGHT, Theme

# Machado, Oliveira and Fernandes 2009, IEEE TVCG 15(6) 1291-1298, severity 1, linear RGB.
DEFICIENCIES: dict[str, list[list[float]]] = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "none": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
}


def to_lab(colour: str, matrix: list[list[float]]) -> np.ndarray:
    srgb = np.array([int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(matrix) @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    scaled = np.cbrt(xyz / np.array([0.9505, 1.0, 1.089]))
    return np.array([116 * scaled[1] - 16, 500 * (scaled[0] - scaled[1]), 200 * (scaled[1] - scaled[2])])


def test_known_contrast_ratios() -> None:
    assert palette.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert palette.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert palette.contrast("#FFFFFF", "#777777") == palette.contrast("#777777", "#FFFFFF")


@pytest.mark.parametrize("text", [palette.INK, palette.GREY_TEXT])
@pytest.mark.parametrize("ground", [palette.WHITE, palette.PANEL, palette.LAND, palette.SEA, palette.NO_DATA])
def test_text_can_be_read(text: str, ground: str) -> None:
    assert palette.contrast(text, ground) >= 4.5


@pytest.mark.parametrize("fill", [*palette.SEQUENTIAL, palette.NO_DATA, palette.CLUSTER, palette.INK])
def test_text_and_edges_on_every_fill(fill: str) -> None:
    assert palette.contrast(palette.text_on(fill), fill) >= 4.5
    assert palette.contrast(palette.line_on(fill), fill) >= 3


@pytest.mark.parametrize("fill", palette.SEQUENTIAL)
def test_cluster_outline_shows_on_every_class(fill: str) -> None:
    """Either the vermilion line or its white casing parts from the fill, and the two part from each other."""
    assert palette.contrast(palette.CLUSTER, palette.CASING) >= 3
    assert max(palette.contrast(palette.CLUSTER, fill), palette.contrast(palette.CASING, fill)) >= 3


def test_lines_on_white() -> None:
    for line in (palette.ACCENT, palette.ACCENT_DARK, palette.COMPARISON, palette.SLATE, palette.CLUSTER):
        assert palette.contrast(line, palette.WHITE) >= 3
        assert palette.contrast(line, palette.PANEL) >= 3


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_classes_part_for_every_kind_of_sight(deficiency: str) -> None:
    matrix = DEFICIENCIES[deficiency]
    seen = [to_lab(colour, matrix) for colour in palette.SEQUENTIAL]
    lightness = [lab[0] for lab in seen]
    steps = -np.diff(lightness)
    assert (steps >= 10).all(), "each class is clearly darker than the one before"
    assert steps.max() < 2.2 * steps.min(), "no step drowns the others"
    outline = to_lab(palette.CLUSTER, matrix)
    assert min(np.linalg.norm(outline - lab) for lab in seen) >= 25


def test_picking_keeps_order_and_ends() -> None:
    for k in range(1, palette.MAX_CLASSES + 1):
        colours = palette.pick_colours(k)
        assert len(set(colours)) == k
        assert [palette.luminance(colour) for colour in colours] == sorted(
            map(palette.luminance, colours), reverse=True
        )
    assert palette.pick_colours(5) == palette.SEQUENTIAL
    for k in (0, 6, -1):
        with pytest.raises(InputError, match="1 to 5 classes"):
            palette.pick_colours(k)


THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
GROUNDS = ("ground", "panel", "tint", "sea", "land", "ward", "chosen_ward", "no_data")
HOT_AND_COLD = (*palette.HOT, *palette.COLD, palette.NEITHER)


@THEMES
@pytest.mark.parametrize("text", ["ink", "grey_text", "accent_dark"])
def test_text_can_be_read_on_every_ground_of_a_theme(theme: Theme, text: str) -> None:
    for ground in GROUNDS:
        assert palette.contrast(getattr(theme, text), getattr(theme, ground)) >= 4.5, f"{text} on {ground}"


@THEMES
def test_text_on_strong_fills_can_be_read(theme: Theme) -> None:
    assert palette.contrast(theme.band_text, theme.band) >= 4.5, "the protective marking"
    assert palette.contrast(theme.badge_text, theme.cluster) >= 4.5
    for fill in (*palette.SEQUENTIAL, *HOT_AND_COLD, *PHASE_COLOURS.values()):
        assert palette.contrast(theme.text_on(fill), fill) >= 4.5


@THEMES
@pytest.mark.parametrize("line", ["slate", "accent", "comparison", "outline", "no_data_hatch"])
def test_lines_with_a_meaning_show_on_every_ground(theme: Theme, line: str) -> None:
    for ground in GROUNDS:
        assert palette.contrast(getattr(theme, line), getattr(theme, ground)) >= 3, f"{line} on {ground}"


@THEMES
def test_filled_shapes_part_from_their_ground(theme: Theme) -> None:
    """A fill that is too near to the ground has a rim that is not, and only such a fill has one."""
    for fill in (*palette.SEQUENTIAL, *HOT_AND_COLD, *CHANGE_COLOURS, *PHASE_COLOURS.values()):
        rim = theme.rim(fill)
        assert palette.contrast(rim, theme.ground) >= 3
        assert (rim == fill) == (palette.contrast(fill, theme.ground) >= 3)
    for fill in palette.SEQUENTIAL:  # wards on a map carry the edge that their neighbours' fills need
        assert max(palette.contrast(edge, theme.sea) for edge in (fill, palette.line_on(fill))) >= 3


@THEMES
def test_marks_and_clusters_show_on_every_class(theme: Theme) -> None:
    pairs = ((theme.mark, theme.mark_line), (theme.outline, theme.outline_casing))
    grounds = (*palette.SEQUENTIAL, theme.ground, theme.ward, theme.chosen_ward)
    for fill in grounds:
        for line, casing in ((theme.cluster, theme.casing), *pairs):
            assert max(palette.contrast(line, fill), palette.contrast(casing, fill)) >= 3
            assert palette.contrast(line, casing) >= 3
    for fill in HOT_AND_COLD:
        for line, casing in pairs:
            assert max(palette.contrast(line, fill), palette.contrast(casing, fill)) >= 3


def test_a_colour_with_a_meaning_is_the_same_in_both_looks() -> None:
    for name in ("cluster", "casing", "mark", "mark_line", "badge_text"):
        assert getattr(LIGHT, name) == getattr(DARK, name)
    assert DARK.is_dark
    assert not LIGHT.is_dark


def nearest(colours: list[str], matrix: list[list[float]]) -> float:
    """Return the least CIE 1976 distance of two of the colours, as somebody with this sight sees them."""
    seen = [to_lab(colour, matrix) for colour in colours]
    return min(float(np.linalg.norm(one - other)) for at, one in enumerate(seen) for other in seen[:at])


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_meanings_part_for_every_kind_of_sight(deficiency: str) -> None:
    """Measured: ramp 13.0, hot and cold 20.8, phases 16.0; emerging classes 7.6, which is why they carry letters."""
    matrix = DEFICIENCIES[deficiency]
    assert nearest(list(palette.SEQUENTIAL), matrix) >= 12
    assert nearest(list(HOT_AND_COLD), matrix) >= 20
    assert nearest(list(CHANGE_COLOURS), matrix) >= 20
    assert nearest(list(PHASE_COLOURS.values()), matrix) >= 15
    hot, cold = ([look_of_emerging(sign * code, "") for code in range(1, 9)] for sign in (1, -1))
    assert nearest([look.fill for look in hot], matrix) >= 7
    assert nearest([look.fill for look in cold], matrix) >= 7
    assert len({look.letter for look in (*hot, *cold)}) == 16, "what colours part but little, letters part"
    for one, other in zip(hot[:5], cold[:5], strict=True):
        assert nearest([one.fill, other.fill], matrix) >= 20, "hot is never taken for cold"


def test_every_phase_has_a_colour() -> None:
    assert set(PHASE_COLOURS) == {*Phase, None}
