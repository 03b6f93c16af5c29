// What the maps of the pages share: a Leaflet map inside a Streamlit component, over wards that are fetched once and
// kept. Each run of the page sends only what changed. Zooming and panning never run the page; a click on an area sends
// its code, and a snapshot the extent and the layers. Text from data goes in by textContent only.

export const INK = "#0B0C0C";
export const WARD_NAMES_FROM = 11.5;

const standing = new WeakMap(); // component root -> what stands in it

// Keeps one map alive over the runs of the page. `kind` says what is its own: selector, panes, begin, looks of the
// shapes, focus, refresh and leave.
export async function keep({ data, parentElement, setTriggerValue }, base, kind) {
  let state = standing.get(parentElement);
  if (!state) {
    state = { kind, off: new Set() };
    standing.set(parentElement, state);
    state.ready = begin(state, data, parentElement, base);
  }
  state.data = data;
  state.choose = (code) => setTriggerValue("chosen", code);
  await state.ready;
  if (state.geometry !== data.geometry.version) await place(state, base);
  kind.refresh(state);
  if (data.snapshot && state.snapshot) {
    state.snapshot.update(data.snapshot, (wish) => setTriggerValue("asked", wish), () => describeView(state));
  }
  return () => {
    state.watcher?.disconnect();
    kind.leave?.(state);
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
  const scripts = [import(base + data.leaflet + "leaflet.js"), import(base + data.labels_script)];
  if (data.snapshot) scripts.push(import(base + data.snapshot.script).then((module) => { state.taking = module; }));
  await Promise.all([...sheets, ...scripts]);
  const holder = root.querySelector(state.kind.selector);
  holder.style.height = `${data.height}px`;
  const map = L.map(holder, { zoomSnap: 0.25, zoomDelta: 0.5, wheelPxPerZoomLevel: 120, minZoom: 6, maxZoom: 17 });
  map.attributionControl.setPrefix(false);
  L.control.scale({ imperial: true, maxWidth: 140 }).addTo(map);
  for (const [name, level, isPointed] of state.kind.panes) {
    map.createPane(name).style.zIndex = level;
    if (!isPointed) map.getPane(name).style.pointerEvents = "none";
  }
  // Leaflet focuses the map on a press, and the page would scroll it into view, away from under the pointer.
  holder.focus = () => HTMLElement.prototype.focus.call(holder, { preventScroll: true });
  const card = element("div", "card");
  card.hidden = true;
  holder.append(card);
  Object.assign(state, { map, holder, root, card });
  state.legend = addLegend(map);
  addButtons(state, data);
  state.kind.begin(state);
  map.on("zoomend moveend", () => {
    const { lat, lng } = map.getCenter();
    holder.dataset.view = [map.getZoom(), lat.toFixed(4), lng.toFixed(4)].join("/");
    label(state);
  });
  state.watcher = new ResizeObserver(() => map.invalidateSize({ pan: false }));
  state.watcher.observe(holder);
}

// Outlines come as the first vertex of each ring and the steps from each to the next.
export function unpack({ scale, features }) {
  const unroll = (steps) => {
    const ring = [];
    for (let k = 0, x = 0, y = 0; k < steps.length; k += 2) ring.push([(x += steps[k]) / scale, (y += steps[k + 1]) / scale]);
    return ring;
  };
  return {
    type: "FeatureCollection",
    features: features.map(([properties, ...polygons]) => ({
      type: "Feature", id: properties.id, properties,
      geometry: { type: "MultiPolygon", coordinates: polygons.map((rings) => rings.map(unroll)) },
    })),
  };
}

// Puts the wards, their neighbours and the borders of authorities on the map, and the map where it begins.
async function place(state, base) {
  const { data: { geometry, attribution }, kind } = state;
  state.placed = false; // until the view is set, shapes have no place on the screen
  state.geometry = geometry.version;
  kind.clear?.(state);
  const shapes = geometry.shapes ?? (await (await fetch(base + geometry.path)).json());
  for (const layer of [state.context, state.wards, state.divides]) layer?.remove();
  state.authorities = shapes.authorities ?? [];
  const context = unpack(shapes.context);
  state.neighbours = context.features.map((feature) => feature.properties);
  state.context = L.geoJSON(context, {
    pane: "context", interactive: false, style: { color: "#B1B4B6", weight: 1, fillOpacity: 1, ...kind.looks.context },
  }).addTo(state.map);
  state.layers = new Map();
  state.wards = L.geoJSON(unpack(shapes), {
    attribution,
    style: { fillOpacity: 1, ...kind.looks.ward },
    onEachFeature: (feature, layer) => {
      state.layers.set(feature.id, layer);
      layer.on("add", () => { layer.getElement().dataset.code = feature.id; });
      layer.on("click", () => choose(state, feature.id));
      kind.attend(state, feature, layer);
    },
  }).addTo(state.map);
  state.divides = L.geoJSON(shapes.divides ?? [], {
    pane: "outlines", interactive: false, style: { color: INK, weight: 1.1, ...kind.looks.divide },
  }).addTo(state.map);
  state.force = state.wards.getBounds();
  state.map.setMinZoom(state.map.getBoundsZoom(state.force) - 1);
  state.map.setMaxBounds(state.force.pad(0.6));
  if (!kind.start?.(state)) state.map.fitBounds(kind.focus(state), { padding: [6, 6], animate: false });
  state.placed = true;
}

// --- layers --------------------------------------------------------------------------------------------------------

// Outlines of clusters or hot spots, vermilion on white so that they show on every colour, and the named areas.
export function drawOutlines(state, outlines, colour) {
  const { data, map, off } = state;
  state.clusters?.remove();
  const line = (style) => L.geoJSON(outlines, { pane: "clusters", interactive: false, style: { fill: false, ...style } });
  state.clusters = L.layerGroup([line({ color: "#FFFFFF", weight: 4 }), line({ color: colour, weight: 1.75 })]);
  if (!off.has("clusters")) state.clusters.addTo(map);
  state.named?.remove();
  state.named = L.geoJSON(data.named, {
    pane: "outlines", interactive: false, style: { color: INK, weight: 1.5, dashArray: "5 3", fill: false },
  });
  if (!off.has("areas")) state.named.addTo(map);
}

function toggle(state, layer) {
  const { off } = state;
  if (off.has(layer)) off.delete(layer);
  else off.add(layer);
  const group = layer === "areas" ? state.named : state.clusters;
  if (off.has(layer)) group?.remove();
  else group?.addTo(state.map);
  label(state);
}

function describeView({ map, off, taking }) {
  return { bounds: taking.boundsOf(map), layers: ["clusters", "areas"].filter((layer) => !off.has(layer)) };
}

export function choose(state, code) {
  if (code === state.data.chosen) return;
  state.data = { ...state.data, chosen: code };
  state.shown = code; // a click must not move the map under the pointer
  state.kind.showChoice(state);
  state.choose(code);
}

// The shape of the chosen ward or named area.
export function findChosen({ data: { chosen, named }, layers }) {
  return named.features.find((feature) => feature.id === chosen) ?? layers.get(chosen)?.feature;
}

// Drawn over the wards, in a pane that takes no part in pointing. The wards themselves never move in the page: a browser
// forgets the press and the leaving of a shape that is put in again.
export function ring(state, shape, weight) {
  return L.geoJSON(shape, { pane: "outlines", interactive: false, style: { color: INK, weight, fill: false } }).addTo(state.map);
}

// --- text ----------------------------------------------------------------------------------------------------------

export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// Beside the pointer, on whichever side there is room; above the legend, and never cut off.
export function moveCard({ card, map }, { x, y }) {
  const { x: width, y: height } = map.getSize();
  const left = x + 16 + card.offsetWidth < width ? x + 16 : Math.max(x - 16 - card.offsetWidth, 0);
  const top = Math.min(Math.max(y - card.offsetHeight / 2, 4), Math.max(height - card.offsetHeight - 4, 4));
  card.style.transform = `translate(${left}px, ${top}px)`;
}

export function listFigures(labels, values) {
  const list = element("dl");
  values.forEach((value, index) => list.append(element("dt", "", labels[index]), element("dd", "", value)));
  return list;
}

function addLegend(map) {
  const control = L.control({ position: "topright" });
  const box = element("div", "legend");
  control.onAdd = () => box;
  control.addTo(map);
  L.DomEvent.disableClickPropagation(box);
  return box;
}

// Rows of a legend: a mark, words and how many. A row with a layer is a switch that shows or hides it.
export function drawLegend(state, title, rows) {
  const marked = rows.map(({ mark, colour, ink, letter, text, count, layer }) => {
    const line = element(layer ? "button" : "div", layer ? "row toggle" : "row");
    const sign = element("i", `swatch ${mark}`, letter || undefined);
    if (mark === "fill") sign.style.background = colour;
    if (mark === "ring") sign.style.borderColor = colour;
    if (letter) sign.style.color = ink ?? INK;
    line.append(sign, element("span", "", text));
    if (count !== undefined && count !== "") line.append(element("span", "count", count));
    if (layer) {
      const show = () => line.setAttribute("aria-pressed", String(!state.off.has(layer)));
      Object.assign(line, { type: "button", title: "Show or hide" });
      line.addEventListener("click", () => { toggle(state, layer); show(); });
      show();
    }
    return line;
  });
  state.legend.replaceChildren(element("strong", "", title), ...marked);
}

function addButtons(state, data) {
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
    add(...state.kind.focusButton(data), () => state.kind.focus(state));
    if (data.snapshot) {
      state.snapshot = state.taking.makeSnapshot();
      bar.append(state.snapshot.box);
    }
    L.DomEvent.disableClickPropagation(bar);
    return bar;
  };
  control.addTo(state.map);
}

// Named areas first, then what the kind of map numbers, authorities and, when the map is close enough, wards.
export function label(state) {
  if (!state.placed) return;
  const { map, data, layers, authorities, neighbours, off, kind } = state;
  const of = (places, as) => places.map(({ lat, lon, name }) => ({ lat, lon, text: name, kind: as }));
  const named = off.has("areas") ? [] : of(data.named.features.map(({ properties }) => properties), "area");
  const wards = map.getZoom() < WARD_NAMES_FROM ? [] : [...layers.values()].filter((layer) => layer._map).map((layer) => {
    const { lat, lng } = layer.getCenter();
    return { lat, lon: lng, text: layer.feature.properties.name, kind: "ward" };
  });
  const marks = kind.marks(state).filter((mark) => mark.kind !== "number" || !off.has("clusters"));
  const all = [...named, ...marks, ...of(authorities, "authority"), ...of(neighbours, "neighbour"), ...wards];
  state.labels?.remove();
  state.labels = hotspotsLabels.place(map, all, "names");
}
