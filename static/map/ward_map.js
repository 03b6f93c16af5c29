// The overview's ward map: each ward in the colour of its class, clusters and named areas over them. Classes and figures
// come in the order of the shapes.

let common; // static/map/leaflet_map.js

const KIND = {
  selector: ".ward-map",
  panes: [["context", 300], ["outlines", 420], ["clusters", 430], ["names", 610]],
  looks: { context: { fillColor: "#ECEEEF" }, ward: { weight: 0.7 }, divide: { opacity: 0.75 } },
  begin,
  attend,
  clear: (state) => unpoint(state),
  focus: findFocus,
  focusButton: (data) => [data.focus_label ?? "Clusters", "Show where what is outlined lies"],
  refresh,
  showChoice,
  marks: ({ data }) => data.clusters.features.map(({ properties: { lat, lon, cluster } }) => ({ lat, lon, text: String(cluster), kind: "number" })),
};

export default function draw(component, base, shared) {
  common = shared;
  const { parentElement, setTriggerValue } = component;
  return common.keep({ data: unpack(component.data), parentElement, setTriggerValue }, base, KIND);
}

function unpack({ view, ...rest }) {
  const data = JSON.parse(view);
  return { ...data, ...rest, clusters: common.unpack(data.clusters), named: common.unpack(data.named) };
}

function begin(state) {
  const { holder } = state;
  holder.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === holder) chooseAtCentre(state);
  });
  holder.addEventListener("mouseleave", () => unpoint(state));
}

function attend(state, feature, layer) {
  layer.on("mouseover", () => point(state, feature));
  layer.on("mousemove", ({ containerPoint }) => common.moveCard(state, containerPoint));
  layer.on("mouseout", () => unpoint(state, feature));
}

// Where the clusters and named areas lie: a force is mostly country, and harm is not. Whole territory when there is none.
function findFocus({ data, force }) {
  const marks = [...data.clusters.features, ...data.named.features];
  if (!marks.length) return force;
  if (marks.length === 1) return L.geoJSON(marks[0]).getBounds().pad(0.3);
  return L.latLngBounds(marks.map(({ properties }) => [properties.lat, properties.lon])).pad(0.12);
}

function refresh(state) {
  const { data } = state;
  state.holder.setAttribute("aria-label", data.description);
  state.holder.setAttribute("role", "application");
  let place = 0;
  for (const layer of state.layers.values()) layer.setStyle(look(data, data.classes[place++] ?? -1));
  common.drawOutlines(state, data.clusters, data.cluster_colour);
  showChoice(state);
  common.drawLegend(state, data.title, listLegend(data));
  common.label(state);
}

const look = (data, index) => ({
  fillColor: index < 0 ? data.no_data_colour : data.colours[index],
  color: index < 0 ? "#6F777B" : data.edges[index],
  weight: 0.7,
});

function chooseAtCentre(state) {
  const box = state.holder.getBoundingClientRect();
  const hit = state.root.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  for (const [code, layer] of state.layers) if (layer.getElement() === hit) common.choose(state, code);
}

function point(state, feature) {
  unpoint(state);
  state.pointed = feature;
  state.hover = common.ring(state, feature, 2);
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
  const { chosen } = state.data;
  state.ring?.remove();
  const shape = common.findChosen(state);
  state.ring = shape && common.ring(state, shape, 3.5);
  if (chosen === state.shown) return;
  const bounds = state.ring?.getBounds();
  const first = state.shown === undefined;
  state.shown = chosen;
  if (bounds && !first && !state.map.getBounds().contains(bounds)) state.map.fitBounds(bounds, { padding: [60, 60], maxZoom: 12 });
}

function describe({ data, layers }, feature) {
  const { figures, figure_labels: labels, no_data_label: none } = data;
  const { name, lad } = feature.properties;
  const place = [...layers.keys()].indexOf(feature.id);
  const known = figures.map((column) => column[place]);
  const list = common.listFigures(labels, known.some((figure) => figure != null) ? known : [none]);
  return [common.element("strong", "", name), common.element("span", "lad", lad), list];
}

function listLegend(data) {
  const rows = [...data.colours.keys()].reverse().filter((k) => data.sizes[k]).map((k) => ({ mark: "fill", colour: data.colours[k], text: data.labels[k], count: data.sizes[k] }));
  if (data.unknown) rows.push({ mark: "fill", colour: data.no_data_colour, text: data.no_data_label, count: data.unknown });
  const clusters = data.clusters.features.length;
  if (clusters) rows.push({ mark: "ring", colour: data.cluster_colour, text: data.cluster_label, count: clusters, layer: "clusters" });
  if (data.named.features.length) rows.push({ mark: "dashed", text: data.named_label, layer: "areas" });
  return rows;
}
