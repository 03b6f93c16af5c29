// The overview's ward map: Leaflet inside a Streamlit component.
//
// Geometry is fetched once and kept; each run of the page sends only class numbers, figures and cluster outlines.
// Zooming and panning never run the page; a click on an area sends its code. Text from data goes in by textContent only.

const standing = new WeakMap(); // component root -> what stands in it
const CHOSEN = "#0B0C0C";
const WARD_NAMES_FROM = 11.5;

export default async function draw({ data, parentElement, setTriggerValue }, base) {
  let state = standing.get(parentElement);
  if (!state) {
    state = { choose: () => {}, figures: new Map() };
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
  const holder = root.querySelector(".ward-map");
  holder.style.height = `${data.height}px`;
  const map = L.map(holder, { zoomSnap: 0.25, zoomDelta: 0.5, wheelPxPerZoomLevel: 120, minZoom: 6, maxZoom: 17 });
  map.attributionControl.setPrefix(false);
  L.control.scale({ imperial: true, maxWidth: 140 }).addTo(map);
  map.createPane("context").style.zIndex = 300;
  map.createPane("outlines").style.zIndex = 420;
  map.createPane("clusters").style.zIndex = 430;
  map.createPane("names").style.zIndex = 610;
  for (const pane of ["context", "outlines", "clusters", "names"]) map.getPane(pane).style.pointerEvents = "none";
  // Leaflet focuses the map on a press, and the page would scroll it into view, away from under the pointer. The browser
  // itself gives it focus on a press or a tab, without scrolling.
  holder.focus = () => {};
  const card = element("div", "card");
  card.hidden = true;
  holder.append(card);
  Object.assign(state, { map, holder, root, card });
  state.legend = addLegend(map);
  addFitButton(state);
  holder.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === holder) chooseAtCentre(state);
  });
  holder.addEventListener("mouseleave", () => unpoint(state));
  map.on("zoomend moveend", () => {
    const { lat, lng } = map.getCenter();
    holder.dataset.view = [map.getZoom(), lat.toFixed(4), lng.toFixed(4)].join("/");
    label(state);
  });
  state.watcher = new ResizeObserver(() => map.invalidateSize({ pan: false }));
  state.watcher.observe(holder);
}

async function place(state, base) {
  const { geometry, attribution } = state.data;
  state.geometry = geometry.version;
  unpoint(state);
  const shapes = geometry.shapes ?? (await (await fetch(base + geometry.path)).json());
  for (const layer of [state.context, state.wards, state.divides]) layer?.remove();
  state.authorities = shapes.authorities ?? [];
  state.neighbours = (shapes.context?.features ?? []).map((feature) => feature.properties);
  state.context = L.geoJSON(shapes.context ?? [], {
    pane: "context", interactive: false,
    style: { color: "#B1B4B6", weight: 1, fillColor: "#ECEEEF", fillOpacity: 1 },
  }).addTo(state.map);
  state.layers = new Map();
  state.wards = L.geoJSON(shapes, {
    attribution,
    style: { weight: 0.7, fillOpacity: 1 },
    onEachFeature: (feature, layer) => {
      state.layers.set(feature.id, layer);
      layer.on("add", () => { layer.getElement().dataset.code = feature.id; });
      layer.on("click", () => choose(state, feature.id));
      layer.on("mouseover", () => point(state, feature));
      layer.on("mousemove", ({ containerPoint }) => moveCard(state, containerPoint));
      layer.on("mouseout", () => unpoint(state, feature));
    },
  }).addTo(state.map);
  state.divides = L.geoJSON(shapes.divides ?? [], {
    pane: "outlines", interactive: false, style: { color: "#0B0C0C", weight: 1.1, opacity: 0.75 },
  }).addTo(state.map);
  state.force = state.wards.getBounds();
  state.map.setMinZoom(state.map.getBoundsZoom(state.force) - 1);
  state.map.setMaxBounds(state.force.pad(0.6));
  const start = findFocus(state);
  state.map.fitBounds(start, { padding: [6, 6], animate: false });
}

// Where the clusters and named areas lie: a force is mostly country, and harm is not. Whole territory when there is none.
function findFocus({ data, force }) {
  const marks = [...data.clusters.features, ...data.named.features];
  if (!marks.length) return force;
  if (marks.length === 1) return L.geoJSON(marks[0]).getBounds().pad(0.3);
  return L.latLngBounds(marks.map(({ properties }) => [properties.lat, properties.lon])).pad(0.12);
}

function refresh(state) {
  const { data, map } = state;
  state.holder.setAttribute("aria-label", data.description);
  state.holder.setAttribute("role", "application");
  for (const [code, layer] of state.layers) layer.setStyle(look(data, code));
  state.clusters?.remove();
  const casing = { pane: "clusters", interactive: false, style: { color: "#FFFFFF", weight: 4, fill: false } };
  const line = { pane: "clusters", interactive: false, style: { color: data.cluster_colour, weight: 1.75, fill: false } };
  state.clusters = L.layerGroup([L.geoJSON(data.clusters, casing), L.geoJSON(data.clusters, line)]).addTo(map);
  state.named?.remove();
  state.named = L.geoJSON(data.named, {
    pane: "outlines", interactive: false, style: { color: CHOSEN, weight: 1.5, dashArray: "5 3", fill: false },
  }).addTo(map);
  showChoice(state);
  drawLegend(state);
  label(state);
}

const look = (data, code) => {
  const index = data.classes[code] ?? -1;
  return {
    fillColor: index < 0 ? data.no_data_colour : data.colours[index],
    color: index < 0 ? "#6F777B" : data.edges[index],
    weight: 0.7,
  };
};

function choose(state, code) {
  if (code === state.data.chosen) return;
  state.data = { ...state.data, chosen: code };
  state.shown = code; // a click must not move the map under the pointer
  showChoice(state);
  state.choose(code);
}

function chooseAtCentre(state) {
  const box = state.holder.getBoundingClientRect();
  const hit = state.root.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  for (const [code, layer] of state.layers) if (layer.getElement() === hit) choose(state, code);
}

// What is pointed at and what is chosen are drawn over the wards, in a pane that takes no part in pointing. The wards
// themselves never move in the page: a browser forgets the press and the leaving of a shape that is put in again.
function ring(state, shape, weight) {
  const style = { color: CHOSEN, weight, fill: false };
  return L.geoJSON(shape, { pane: "outlines", interactive: false, style }).addTo(state.map);
}

function point(state, feature) {
  unpoint(state);
  state.pointed = feature;
  state.hover = ring(state, feature, 2);
  state.card.replaceChildren(...describe(state, feature));
  state.card.hidden = false;
}

function unpoint(state, feature = state.pointed) {
  if (feature !== state.pointed) return;
  state.hover?.remove();
  state.hover = state.pointed = undefined;
  state.card.hidden = true;
}

function showChoice(state) {
  const { chosen, named } = state.data;
  state.ring?.remove();
  const shape = named.features.find((feature) => feature.id === chosen) ?? state.layers.get(chosen)?.feature;
  state.ring = shape && ring(state, shape, 3.5);
  if (chosen === state.shown) return;
  const bounds = state.ring?.getBounds();
  const first = state.shown === undefined;
  state.shown = chosen;
  if (bounds && !first && !state.map.getBounds().contains(bounds)) state.map.fitBounds(bounds, { padding: [60, 60], maxZoom: 12 });
}

// --- text ---------------------------------------------------------------------------------------------------------

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function describe(state, feature) {
  const { figures, figure_labels: labels, no_data_label: none } = state.data;
  const list = element("dl");
  const values = figures[feature.id] ?? [none];
  values.forEach((value, index) => list.append(element("dt", "", labels[index]), element("dd", "", value)));
  return [element("strong", "", feature.properties.name), element("span", "lad", feature.properties.lad), list];
}

// Beside the pointer, on whichever side there is room; above the legend, and never cut off.
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
  const row = (mark, text, note) => {
    const line = element("div", "row");
    line.append(mark, element("span", "", text));
    if (note !== undefined) line.append(element("span", "count", note));
    return line;
  };
  const swatch = (colour) => {
    const mark = element("i", "swatch");
    mark.style.background = colour;
    return mark;
  };
  legend.replaceChildren(element("strong", "", data.title));
  [...data.colours.keys()].reverse().forEach((k) => legend.append(row(swatch(data.colours[k]), data.labels[k], data.sizes[k])));
  if (data.unknown) legend.append(row(swatch(data.no_data_colour), data.no_data_label, data.unknown));
  const ring = element("i", "swatch ring");
  ring.style.borderColor = data.cluster_colour;
  if (data.clusters.features.length) legend.append(row(ring, data.cluster_label, data.clusters.features.length));
  if (data.named.features.length) legend.append(row(element("i", "swatch dashed"), data.named_label));
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
    add(state.data.focus_label ?? "Clusters", "Show where what is outlined lies", () => findFocus(state));
    L.DomEvent.disableClickPropagation(bar);
    return bar;
  };
  control.addTo(state.map);
}

// Named areas first, then clusters, authorities and, when the map is close enough, wards.
function label(state) {
  if (!state.layers) return;
  const { map, data, layers, authorities, neighbours } = state;
  const named = data.named.features.map(({ properties: { lat, lon, name } }) => ({ lat, lon, text: name, kind: "area" }));
  const numbers = data.clusters.features.map(({ properties: { lat, lon, cluster } }) => ({ lat, lon, text: String(cluster), kind: "number" }));
  const of = (places, kind) => places.map(({ lat, lon, name }) => ({ lat, lon, text: name, kind }));
  const wards = map.getZoom() < WARD_NAMES_FROM ? [] : [...layers.values()].filter((layer) => layer._map).map((layer) => {
    const { lat, lng } = layer.getCenter();
    return { lat, lon: lng, text: layer.feature.properties.name, kind: "ward" };
  });
  const all = [...named, ...numbers, ...of(authorities, "authority"), ...of(neighbours, "neighbour"), ...wards];
  state.labels?.remove();
  state.labels = hotspotsLabels.place(map, all, "names");
}
