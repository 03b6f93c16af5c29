// A map of layers over the wards: an image (a density surface, the tested ground), cells, outlines and numbers. Maps on
// one page move together, so that two methods show the same ground.

const together = (globalThis.hotspotsTogether ??= new Set()); // all layer maps on the page
const LETTERS_FROM = 16; // pixels of a cell's side
const EDGES_FROM = 9;
let common; // static/map/leaflet_map.js

const KIND = {
  selector: ".layer-map",
  panes: [["context", 300], ["image", 405], ["cells", 410, true], ["outlines", 420], ["clusters", 430], ["names", 610]],
  looks: {
    context: { fillColor: "#E4E6E8" },
    ward: { weight: 0.6, color: "#B7BCC0", fillColor: "#FAFAFA" },
    divide: { opacity: 0.6 },
  },
  begin: (state) => state.map.on("move", () => moveTogether(state)).on("zoomend", () => edge(state)),
  attend: (state, { properties: { name, lad } }, layer) => hover(state, layer, () => [common.element("strong", "", name), common.element("span", "lad", lad)]),
  start,
  focus: ({ data, force }) => (data.focus.length ? L.latLngBounds(data.focus).pad(0.1) : force),
  focusButton: (data) => [data.focus_label ?? "Hot spots", "Show where most of it lies"],
  refresh,
  showChoice,
  marks,
  leave: (state) => together.delete(state),
};

export default function draw(component, base, shared) {
  common = shared;
  return common.keep(component, base, KIND);
}

// A map that joins another begins where that one is.
function start(state) {
  const other = [...together].find(({ map }) => map !== state.map);
  if (other) state.map.setView(other.map.getCenter(), other.map.getZoom(), { animate: false });
  together.add(state);
  return Boolean(other);
}

function moveTogether(state) {
  if (state.follows || !together.has(state)) return;
  for (const other of together) {
    if (other === state || !other.holder.isConnected) continue;
    other.follows = true;
    other.map.setView(state.map.getCenter(), state.map.getZoom(), { animate: false });
    other.follows = false;
  }
}

function refresh(state) {
  const { data, map } = state;
  state.holder.setAttribute("aria-label", data.description);
  state.holder.setAttribute("role", "application");
  state.image?.remove();
  state.image = undefined;
  if (data.image) {
    const { url, bounds, opacity, pixelated } = data.image;
    state.image = L.imageOverlay(url, bounds, { pane: "image", opacity, className: pixelated ? "pixelated" : "" }).addTo(map);
  }
  state.cells?.remove();
  state.cells = state.centres = undefined;
  if (data.cells) drawCells(state);
  edge(state);
  common.drawOutlines(state, data.outlines, data.outline_colour);
  showChoice(state);
  common.drawLegend(state, data.title, data.legend.map(({ mark, colour, label, count, letter }) => ({
    mark, colour, count, letter, text: label, ink: data.ink_on[colour],
    layer: mark === "ring" ? "clusters" : mark === "dashed" ? "areas" : undefined,
  })));
  common.label(state);
}

function drawCells(state) {
  const { cells } = state.data;
  const layers = cells.rings.map((ring, k) => {
    const look = cells.looks[cells.classes[k]];
    const corners = [];
    for (let at = 0, lat = 0, lon = 0; at < ring.length; at += 2) {
      lat += ring[at];
      lon += ring[at + 1];
      corners.push([lat / 1e5, lon / 1e5]);
    }
    const layer = L.polygon(corners, { pane: "cells", fillColor: look.fill, fillOpacity: 0.92, color: look.edge, weight: 0, stroke: false });
    layer.letter = look.letter;
    hover(state, layer, () => [
      common.element("strong", "", look.label),
      common.element("span", "lad", cells.places[cells.place[k]]),
      common.listFigures(cells.figure_labels, cells.figures[k]),
    ]);
    return layer;
  });
  state.cells = L.layerGroup(layers).addTo(state.map);
  state.centres = cells.letters ? layers.map((layer) => {
    const { lat, lng } = layer.getBounds().getCenter();
    return { lat, lon: lng, text: layer.letter, kind: "letter", layer };
  }) : [];
}

const width = (map, layer) => {
  const bounds = layer.getBounds();
  return map.latLngToLayerPoint(bounds.getNorthEast()).x - map.latLngToLayerPoint(bounds.getSouthWest()).x;
};

// An edge parts cells that are large on the screen and would hide those that are small.
function edge({ map, cells }) {
  const layers = cells?.getLayers() ?? [];
  if (!layers.length) return;
  const weight = width(map, layers[0]) < EDGES_FROM ? 0 : 0.7;
  if (layers[0].options.weight !== weight) layers.forEach((layer) => layer.setStyle({ weight, stroke: weight > 0 }));
}

function showChoice(state) {
  const { chosen } = state.data;
  state.ring?.remove();
  const shape = common.findChosen(state);
  state.ring = shape && common.ring(state, shape, 3);
  const first = state.shown === undefined;
  if (chosen === state.shown || (first && !chosen)) {
    state.shown = chosen;
    return;
  }
  state.shown = chosen;
  const bounds = state.ring?.getBounds();
  if (bounds) state.map.fitBounds(bounds, { padding: [40, 40], maxZoom: 13, animate: false });
}

function hover(state, layer, describe) {
  layer.on("mouseover", () => {
    state.card.replaceChildren(...describe());
    state.card.hidden = false;
  });
  layer.on("mousemove", ({ containerPoint }) => common.moveCard(state, containerPoint));
  layer.on("mouseout", () => { state.card.hidden = true; });
}

// Numbers, and the letters of cells that are large enough to hold one.
function marks({ map, data, centres }) {
  const numbers = data.numbers.map(([lat, lon, text]) => ({ lat, lon, text, kind: "number" }));
  return [...numbers, ...(centres ?? []).filter(({ layer }) => width(map, layer) >= LETTERS_FROM)];
}
