"""What an area's folium map is made of: the map, its labels and its ground, every script served by ourselves.

Stock folium asks delivery networks for Leaflet, jQuery, Bootstrap and icon fonts, and a map without internet stays
blank. :class:`LocalMap` is the one place where those addresses are replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import folium
from branca.element import MacroElement
from folium.elements import JSCSSMixin
from jinja2 import Template

from hotspots.settings import LEAFLET
from hotspots.views.palette import INK, LAND, PANEL, RULE, WHITE
from hotspots.views.repaint import repaint_data

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FROM_FRAME = "../../"
"""From the frame in which streamlit-folium draws back to the address of the dashboard, whatever proxy it is behind."""


GROUNDS = {repaint_data(colour, dark=True): colour for colour in (WHITE, LAND, PANEL, RULE, INK)}
"""Colours of wards, neighbours and outlines on a dark screen, and what stands for each on paper."""


class LocalMap(folium.Map):
    """A folium map whose scripts and styles come from our own static folder, and which needs nothing but Leaflet."""

    default_js = [("leaflet", f"{FROM_FRAME}{LEAFLET}leaflet.js")]  # noqa: RUF012 - as folium declares it
    default_css = [("leaflet_css", f"{FROM_FRAME}{LEAFLET}leaflet.css")]  # noqa: RUF012 - as folium declares it


class LocalLabels(JSCSSMixin, MacroElement):
    """Names and numbers on a map that do not cover each other; text reaches the page as text, never as HTML.

    Stock folium makes a marker for each, and every marker asks for a picture that is then thrown away.

    Parameters
    ----------
    labels
        Most important first: ``lat``, ``lon``, ``text`` and ``kind`` (pin, own or ward).
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        hotspotsLabels.keep({{ this._parent.get_name() }}, {{ this.labels|tojson }});
        {% endmacro %}
        """
    )
    default_js = [("labels", f"{FROM_FRAME}app/static/map/labels.js")]  # noqa: RUF012 - as folium declares it
    default_css = [("labels_css", f"{FROM_FRAME}app/static/map/labels.css")]  # noqa: RUF012 - as folium declares it

    def __init__(self, labels: Sequence[dict[str, Any]]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # folium has no types
        self._name = "Labels"
        self.labels = list(labels)


class Plain(MacroElement):
    """Takes Leaflet's own advertisement out of the attribution and names the map for screen readers."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        {{ this._parent.get_name() }}.attributionControl.setPrefix(false);
        {{ this._parent.get_name() }}.getContainer().setAttribute("aria-label", {{ this.description|tojson }});
        {{ this._parent.get_name() }}.getContainer().style.background = {{ this.ground|tojson }};
        {% endmacro %}
        """
    )

    def __init__(self, description: str, *, ground: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # folium has no types
        self._name = "Plain"
        self.ground = ground
        self.description = description


class Paper(MacroElement):
    """Prints a dark map light: paper is white, and what stands on a canvas no style sheet reaches.

    Parameters
    ----------
    layers
        Those whose colours are of the page and not of a class; classes keep theirs, as the legend does.
    light
        What stands on paper for each colour of the dark screen.
    """

    # The canvas is drawn again at once: Leaflet waits for the next frame of the screen, too late for the printer.
    _template = Template(
        """
        {% macro script(this, kwargs) %}
        (function (map, layers, light) {
          const dark = Object.fromEntries(Object.entries(light).map(([screen, paper]) => [paper, screen]));
          const paint = (colours) => {
            layers.forEach((group) => group.eachLayer((shape) => shape.setStyle({
              color: colours[shape.options.color] ?? shape.options.color,
              fillColor: colours[shape.options.fillColor] ?? shape.options.fillColor,
            })));
            map.eachLayer((layer) => {
              if (layer instanceof L.Canvas) { L.Util.cancelAnimFrame(layer._redrawRequest); layer._redraw(); }
            });
          };
          window.addEventListener("beforeprint", () => paint(light));
          window.addEventListener("afterprint", () => paint(dark));
        })({{ this._parent.get_name() }}, [{{ this.names }}], {{ this.light|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, layers: Sequence[folium.GeoJson], light: Mapping[str, str] = GROUNDS) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # folium has no types
        self._name = "Paper"
        self.names = ", ".join(layer.get_name() for layer in layers)
        self.light = dict(light)
