"""The style of the pages: what must be seen is seen, light and dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hotspots.ui import panels
from hotspots.views.palette import contrast
from hotspots.views.timeline import LABELS

CSS = (Path(panels.__file__).parent / "assets" / "page.css").read_text(encoding="utf-8")
COLOURS = {
    name: (light, dark) for name, light, dark in re.findall(r"--hs-([\w-]+): light-dark\((#\w+), (#\w+)\);", CSS)
}


def shade(name: str, look: int) -> str:
    colour = COLOURS[name][look]
    return colour if len(colour) > 4 else "#" + "".join(2 * digit for digit in colour[1:])


@pytest.mark.parametrize("look", [0, 1])
def test_a_button_that_cannot_be_pressed_yet_is_still_seen(look: int) -> None:
    box, label = re.findall(r"\[data-testid=\"stBaseButton-primary\"\][^{\n]*:disabled[^{\n]*\{([^}]*)\}", CSS)
    (edge,) = re.findall(r"border: 1px solid var\(--hs-([\w-]+)\)", box)
    (fill,) = re.findall(r"background: var\(--hs-([\w-]+)\)", box)
    (ink,) = re.findall(r"color: var\(--hs-([\w-]+)\)", label)
    assert contrast(shade(edge, look), shade("ground", look)) >= 3
    assert contrast(shade(edge, look), shade("panel", look)) >= 3
    assert contrast(shade(ink, look), shade(fill, look)) >= 4.5


def test_labels_of_statements_are_left_out_where_the_chart_is_too_narrow_for_them() -> None:
    style = (Path(panels.__file__).parent / "assets" / "operations.css").read_text(encoding="utf-8")
    assert f'@container chart (max-width: 480px) {{ [class*="{LABELS}_"] {{ display: none; }} }}' in style


def test_choices_wrap_on_a_narrow_screen_instead_of_hiding_behind_its_edge() -> None:
    narrow = CSS[CSS.index("@media (max-width: 1000px)") :]
    assert '.stButtonGroup [role="radiogroup"] { flex-wrap: wrap; overflow: visible;' in narrow
