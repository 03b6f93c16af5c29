// A map of layers over the wards: an image (a density surface, the tested ground), cells, outlines and numbers.
//
// Shapes of wards are fetched once and kept; each run of the page sends only the layers. Zooming and panning never run
// the page. Maps on one page move together, so that two methods show the same ground. Text from data goes in by
// textContent only.

const standing = new WeakMap(); // component root -> what stands in it
const together = (globalThis.hotspotsTogether ??= new Set()); // all layer maps on the page
const INK = "#0B0C0C";
const WARD_NAMES_FROM = 11.5;
const LETTERS_FROM = 16; // pixels of a cell's side
const EDGES_FROM = 9;

export default async function draw({ data, parentElement, setTriggerValue }, base) {
  let state = standing.get(parentElement);
  if (!state) {
    state = {};
    standing.set(parentElement, state);
    state.ready = begin(state, data, parentElement, base);
  }
  state.data = data;
  state.choose = (code) => setTriggerValue("chosen", code);
  await state.ready;
  if (state.geometry !== data.geometry.version) await place(state, base);
  refresh(state);
  return () => {
    state.watcher?.disconnect();
    together.delete(state);
    state.map?.remove();
    standing.delete(parentElement);
  };
}

async function begin(state, data, root, base) {
  const sheets = [data.leaflet + "leaflet.css", ...data.sheets].map((path) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: base + path });
    const loaded = new Promise((done, fail) => Object.assign(link, { onload: done, onerror: fail }));
    root.appendChild(link);
    return loaded;
  });
  await Promise.all([...sheets, import(base + data.leaflet + "leaflet.js"), import(base + data.labels_script)]);
  const holder = root.querySelector(".layer-map");
  holder.style.height = `${data.height}px`;
  const map = L.map(holder, { zoomSnap: 0.25, zoomDelta: 0.5, wheelPxPerZoomLevel: 120, minZoom: 6, maxZoom: 17 });
  map.attributionControl.setPrefix(false);
  L.control.scale({ imperial: true, maxWidth: 140 }).addTo(map);
  for (const [name, level] of [["context", 300], ["image", 405], ["cells", 410], ["outlines", 420], ["clusters", 430], ["names", 610]]) {
    map.createPane(name).style.zIndex = level;
    if (name !== "cells") map.getPane(name).style.pointerEvents = "none";
  }
  holder.focus = () => HTMLElement.prototype.focus.call(holder, { preventScroll: true });
  const card = element("div", "card");
  card.hidden = true;
  holder.append(card);
  Object.assign(state, { map, holder, root, card });
  state.legend = addLegend(map);
  addFitButton(state);
  map.on("move", () => moveTogether(state));
  map.on("zoomend", () => edge(state));
  map.on("zoomend moveend", () => label(state));
  state.watcher = new ResizeObserver(() => map.invalidateSize({ pan: false }));
  state.watcher.observe(holder);
}

async function place(state, base) {
  const { geometry, attribution } = state.data;
  state.placed = false; // until the view is set, shapes have no place on the screen
  state.geometry = geometry.version;
  const shapes = geometry.shapes ?? (await (await fetch(base + geometry.path)).json());
  for (const layer of [state.context, state.wards, state.divides]) layer?.remove();
  state.authorities = shapes.authorities ?? [];
  state.neighbours = (shapes.context?.features ?? []).map((feature) => feature.properties);
  state.context = L.geoJSON(shapes.context ?? [], {
    pane: "context", interactive: false, style: { color: "#B1B4B6", weight: 1, fillColor: "#E4E6E8", fillOpacity: 1 },
  }).addTo(state.map);
  state.layers = new Map();
  state.wards = L.geoJSON(shapes, {
    attribution,
    style: { weight: 0.6, color: "#B7BCC0", fillColor: "#FAFAFA", fillOpacity: 1 },
    onEachFeature: (feature, layer) => {
      state.layers.set(feature.id, layer);
      layer.on("add", () => { layer.getElement().dataset.code = feature.id; });
      layer.on("click", () => choose(state, feature.id));
      hover(state, layer, () => [element("strong", "", feature.properties.name), element("span", "lad", feature.properties.lad)]);
    },
  }).addTo(state.map);
  state.divides = L.geoJSON(shapes.divides ?? [], {
    pane: "outlines", interactive: false, style: { color: INK, weight: 1.1, opacity: 0.6 },
  }).addTo(state.map);
  state.force = state.wards.getBounds();
  state.map.setMinZoom(state.map.getBoundsZoom(state.force) - 1);
  state.map.setMaxBounds(state.force.pad(0.6));
  const other = [...together].find(({ map }) => map !== state.map);
  if (other) state.map.setView(other.map.getCenter(), other.map.getZoom(), { animate: false });
  else state.map.fitBounds(findFocus(state), { padding: [6, 6], animate: false });
  together.add(state);
  state.placed = true;
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

function findFocus({ data, force }) {
  return data.focus.length ? L.latLngBounds(data.focus).pad(0.1) : force;
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
  state.clusters?.remove();
  const casing = { pane: "clusters", interactive: false, style: { color: "#FFFFFF", weight: 4, fill: false } };
  const line = { pane: "clusters", interactive: false, style: { color: data.outline_colour, weight: 1.75, fill: false } };
  state.clusters = L.layerGroup([L.geoJSON(data.outlines, casing), L.geoJSON(data.outlines, line)]).addTo(map);
  state.named?.remove();
  state.named = L.geoJSON(data.named, {
    pane: "outlines", interactive: false, style: { color: INK, weight: 1.5, dashArray: "5 3", fill: false },
  }).addTo(map);
  showChoice(state);
  drawLegend(state);
  label(state);
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
    hover(state, layer, () => {
      const list = element("dl");
      cells.figures[k].forEach((value, index) => list.append(element("dt", "", cells.figure_labels[index]), element("dd", "", value)));
      return [element("strong", "", look.label), element("span", "lad", cells.places[cells.place[k]]), list];
    });
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

function choose(state, code) {
  if (code === state.data.chosen) return;
  state.data = { ...state.data, chosen: code };
  state.shown = code; // a click must not move the map under the pointer
  showChoice(state);
  state.choose(code);
}

function showChoice(state) {
  const { chosen, named } = state.data;
  state.ring?.remove();
  state.ring = undefined;
  const area = named.features.find((feature) => feature.id === chosen) ?? state.layers.get(chosen)?.feature;
  if (area) state.ring = L.geoJSON(area, { pane: "outlines", interactive: false, style: { color: INK, weight: 3, fill: false } }).addTo(state.map);
  const first = state.shown === undefined;
  if (chosen === state.shown || (first && !chosen)) {
    state.shown = chosen;
    return;
  }
  state.shown = chosen;
  const bounds = state.ring?.getBounds();
  if (bounds) state.map.fitBounds(bounds, { padding: [40, 40], maxZoom: 13, animate: false });
}

// --- text ---------------------------------------------------------------------------------------------------------

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function hover(state, layer, describe) {
  layer.on("mouseover", () => {
    state.card.replaceChildren(...describe());
    state.card.hidden = false;
  });
  layer.on("mousemove", ({ containerPoint }) => moveCard(state, containerPoint));
  layer.on("mouseout", () => { state.card.hidden = true; });
}

// Beside the pointer, on whichever side there is room, and never cut off.
function moveCard({ card, map }, { x, y }) {
  const { x: width, y: height } = map.getSize();
  const left = x + 16 + card.offsetWidth < width ? x + 16 : Math.max(x - 16 - card.offsetWidth, 0);
  const top = Math.min(Math.max(y - card.offsetHeight / 2, 4), Math.max(height - card.offsetHeight - 4, 4));
  card.style.transform = `translate(${left}px, ${top}px)`;
}

function addLegend(map) {
  const control = L.control({ position: "topright" });
  const box = element("div", "legend");
  control.onAdd = () => box;
  control.addTo(map);
  L.DomEvent.disableClickPropagation(box);
  return box;
}

function drawLegend({ legend, data }) {
  legend.replaceChildren(element("strong", "", data.title));
  for (const { mark, colour, label: text, count, letter } of data.legend) {
    const line = element("div", "row");
    const sign = element("i", `swatch ${mark}`, letter || undefined);
    if (mark === "fill") Object.assign(sign.style, { background: colour });
    if (mark === "ring") sign.style.borderColor = colour;
    if (letter) sign.style.color = data.ink_on[colour] ?? INK;
    line.append(sign, element("span", "", text));
    if (count) line.append(element("span", "count", count));
    legend.append(line);
  }
}

function addFitButton(state) {
  const control = L.control({ position: "topleft" });
  control.onAdd = () => {
    const bar = element("div", "leaflet-bar");
    const add = (text, title, bounds) => {
      const button = element("button", "fit", text);
      Object.assign(button, { type: "button", title });
      button.addEventListener("click", () => state.map.fitBounds(bounds(), { padding: [6, 6] }));
      bar.append(button);
    };
    add("Whole force", "Show every ward", () => state.force);
    add("Hot spots", "Show where most of it lies", () => findFocus(state));
    L.DomEvent.disableClickPropagation(bar);
    return bar;
  };
  control.addTo(state.map);
}

// Named areas first, then numbers, letters, authorities and, when the map is close enough, wards.
function label(state) {
  if (!state.placed) return;
  const { map, data, layers, authorities, neighbours } = state;
  const named = data.named.features.map(({ properties: { lat, lon, name } }) => ({ lat, lon, text: name, kind: "area" }));
  const numbers = data.numbers.map(([lat, lon, text]) => ({ lat, lon, text, kind: "number" }));
  const of = (places, kind) => places.map(({ lat, lon, name }) => ({ lat, lon, text: name, kind }));
  const wards = map.getZoom() < WARD_NAMES_FROM ? [] : [...layers.values()].map((layer) => {
    const { lat, lng } = layer.getCenter();
    return { lat, lon: lng, text: layer.feature.properties.name, kind: "ward" };
  });
  const letters = (state.centres ?? []).filter(({ layer }) => width(map, layer) >= LETTERS_FROM);
  const all = [...named, ...numbers, ...letters, ...of(authorities, "authority"), ...of(neighbours, "neighbour"), ...wards];
  state.labels?.remove();
  state.labels = hotspotsLabels.place(map, all, "names");
}
