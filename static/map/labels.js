// Names and cluster numbers on a Leaflet map, most important first: one that would cover another moves aside or, where
// there is no room, waits until the map is closer. Used by the ward map and, through folium, by the area's map.
// Text goes in by textContent only.
(() => {
  const KINDS = { // width of a letter, fixed width, height, whether it may move aside
    number: [0, 19, 19, false],
    letter: [0, 14, 14, false],
    pin: [0, 19, 19, true],
    area: [8, 8, 18, true],
    authority: [7.4, 8, 17, true],
    neighbour: [7, 8, 17, false],
    own: [7.2, 8, 16, true],
    ward: [6.2, 6, 15, false],
  };
  const AROUND = [[0, -1], [1, 0], [-1, 0], [0, 1], [1, -1], [-1, -1], [1, 1], [-1, 1], [0, -2], [0, 2]];

  const overlaps = (a, b) => a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];

  function place(map, labels, pane) {
    const group = L.layerGroup();
    const view = map.getBounds();
    const size = map.getSize();
    const frame = map.getContainer().getBoundingClientRect();
    const taken = [...map.getContainer().querySelectorAll(".leaflet-control")].map((control) => {
      const { left, top, right, bottom } = control.getBoundingClientRect();
      return [left - frame.left, top - frame.top, right - frame.left, bottom - frame.top];
    });
    for (const { lat, lon, text, kind } of labels) {
      if (!view.contains([lat, lon])) continue;
      const [letter, fixed, height, moves] = KINDS[kind];
      const width = letter * text.length + fixed;
      const at = map.latLngToContainerPoint([lat, lon]);
      const steps = kind === "area" ? AROUND : moves ? [[0, 0], ...AROUND] : [[0, 0]];
      for (const [right, down] of steps) {
        const x = at.x + right * (width / 2 + (kind === "pin" ? 6 : 14));
        const y = at.y + down * (height / 2 + (kind === "pin" ? 6 : 12));
        const box = [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
        const cut = box[0] < 2 || box[1] < 2 || box[2] > size.x - 2 || box[3] > size.y - 2;
        if ((cut && fixed !== 19) || taken.some((other) => overlaps(box, other))) continue;
        taken.push(box);
        const span = document.createElement("span");
        span.className = kind;
        span.textContent = text;
        const iconAnchor = [width / 2 - (x - at.x), height / 2 - (y - at.y)];
        const icon = L.divIcon({ html: span, className: "map-label", iconSize: [width, height], iconAnchor });
        L.marker([lat, lon], { icon, pane, interactive: false, keyboard: false }).addTo(group);
        break;
      }
    }
    return group.addTo(map);
  }

  // Keeps the labels of a map in place whenever it moves.
  function keep(map, labels) {
    map.createPane("names").style.zIndex = 610;
    map.getPane("names").style.pointerEvents = "none";
    let group;
    const draw = () => {
      group?.remove();
      group = place(map, labels, "names");
    };
    map.on("zoomend moveend resize", draw);
    map.whenReady(draw);
  }

  globalThis.hotspotsLabels = { place, keep };
})();
