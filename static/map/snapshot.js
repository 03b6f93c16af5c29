// Takes a picture of what a map or a chart shows. The page's own server draws it, with title, legend, sources and
// marking; what only the browser knows (extent and layers of a map) travels with the click, and the picture comes back
// with the page's next answer. Nothing runs before the click. Text from data goes in by textContent only.

const PATIENCE = 45_000; // milliseconds until a picture that did not come may be asked for again
const chosen = (globalThis.hotspotsSnapshot ??= { size: "slide", dark: false }); // as last chosen, for the whole visit
const standing = new WeakMap();

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// A button, one for size and look, and a line that says what happened. `offer` is what the server sends, `view` gives
// what only the browser knows, and `ask` sends the wish.
export function makeSnapshot() {
  const box = element("div", "snapshot");
  const shoot = Object.assign(element("button", "shoot", "Snapshot"), { type: "button" });
  const more = Object.assign(element("button", "more", "▾"), { type: "button", title: "Size and look of the picture" });
  more.setAttribute("aria-label", more.title);
  more.setAttribute("aria-haspopup", "true");
  const menu = element("form", "snapshot-menu");
  menu.popover = "auto";
  const said = element("span", "said");
  said.setAttribute("role", "status");
  const state = { asked: undefined, seen: undefined };
  const name = () => `${state.offer.sizes.find(([code]) => code === chosen.size)?.[1] ?? chosen.size}, ${chosen.dark ? "dark" : "light"}`;
  const entitle = () => {
    shoot.title = `Save a PNG of exactly this view: ${name()}`;
    shoot.setAttribute("aria-label", state.offer.label);
  };

  function choose(group, code, text, checked, keep) {
    const line = element("label");
    const radio = Object.assign(element("input"), { type: "radio", name: group, value: code, checked });
    radio.addEventListener("change", () => { keep(); entitle(); });
    line.append(radio, element("span", "", text));
    return line;
  }

  function fill() {
    const sizes = element("fieldset");
    sizes.append(element("legend", "", "Size"));
    for (const [code, text] of state.offer.sizes) sizes.append(choose("size", code, text, code === chosen.size, () => { chosen.size = code; }));
    const looks = element("fieldset");
    looks.append(element("legend", "", "Look"));
    for (const [dark, text] of [[false, "Light"], [true, "Dark"]]) looks.append(choose("look", String(dark), text, dark === chosen.dark, () => { chosen.dark = dark; }));
    const save = Object.assign(element("button", "save", "Save PNG"), { type: "submit" });
    menu.replaceChildren(sizes, looks, save);
  }

  function settle(text, wrong = false) {
    clearTimeout(state.waiting);
    state.asked = undefined;
    shoot.disabled = false;
    said.textContent = text;
    said.classList.toggle("wrong", wrong);
    if (!wrong) state.waiting = setTimeout(() => { said.textContent = ""; }, 8_000); // it would hide the map
  }

  function ask() {
    if (state.asked) return;
    state.asked = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
    shoot.disabled = true;
    said.classList.remove("wrong");
    said.textContent = "Drawing…";
    state.waiting = setTimeout(() => settle("No picture came; try again.", true), PATIENCE);
    state.ask({ id: state.asked, size: chosen.size, dark: chosen.dark, ...state.view() });
  }

  shoot.addEventListener("click", ask);
  more.addEventListener("click", () => {
    fill();
    menu.togglePopover();
    const at = more.getBoundingClientRect();
    menu.style.left = `${Math.max(Math.min(at.left, innerWidth - menu.offsetWidth - 8), 8)}px`;
    menu.style.top = `${Math.max(Math.min(at.bottom + 4, innerHeight - menu.offsetHeight - 8), 8)}px`;
    if (menu.matches(":popover-open")) menu.querySelector("input:checked")?.focus();
  });
  menu.addEventListener("submit", (event) => {
    event.preventDefault();
    menu.hidePopover();
    ask();
  });
  box.append(shoot, more, menu, said);

  function update(offer, send, view) {
    Object.assign(state, { offer, ask: send, view });
    entitle();
    const { answer } = offer;
    if (!answer || answer.id === state.seen || answer.id !== state.asked) return;
    state.seen = answer.id;
    if (answer.wrong) {
      settle(answer.wrong, true);
      return;
    }
    const bytes = Uint8Array.from(atob(answer.png), (character) => character.charCodeAt(0));
    const url = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
    const link = Object.assign(element("a"), { href: url, download: answer.name });
    box.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    settle(`Saved ${answer.name}`);
  }

  return { box, update };
}

// What a Leaflet map shows: south, west, north and east in degrees.
export function boundsOf(map) {
  const bounds = map.getBounds();
  return [bounds.getSouth(), bounds.getWest(), bounds.getNorth(), bounds.getEast()];
}

// The map that folium draws stands in a frame of our own address.
function viewOfFrame(title) {
  for (const frame of document.querySelectorAll("iframe")) {
    const map = frame.title.includes(title) ? frame.contentWindow?.map : undefined;
    if (map?.getBounds) return { bounds: boundsOf(map) };
  }
  return {};
}

// Beside a chart, a table or a map that is no component of ours.
export default async function draw({ data, parentElement, setTriggerValue }, base) {
  let snapshot = standing.get(parentElement);
  if (!snapshot) {
    snapshot = makeSnapshot();
    standing.set(parentElement, snapshot);
    const loaded = data.sheets.map((path) => new Promise((done, fail) => {
      const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: base + path, onload: done, onerror: fail });
      parentElement.appendChild(link);
    }));
    await Promise.all(loaded);
    parentElement.querySelector(".snapshot-root").append(snapshot.box);
  }
  snapshot.update(data.snapshot, (wish) => setTriggerValue("asked", wish), () => (data.frame ? viewOfFrame(data.frame) : {}));
  return () => standing.delete(parentElement);
}
