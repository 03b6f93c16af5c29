// What the browser does for every page: keys for the search box, printing, the tour, and names for screen readers.
// Nothing here runs the page on the server. Text goes in by textContent only.

const SEEN = "hotspots-tour"; // in the browser's own storage: the tour offers itself once, not on every visit
const STEPS = [
  ["Five questions", "The menu asks them in order: where harm is, what was done, whether it worked, what to brief, and what the data are.", "[data-testid=stSidebarNav]"],
  ["Find anything", "Type a part of the name of any area or operation. Press / on any page to get here.", ".st-key-find"],
  ["Filters hold everywhere", "They stay from page to page and stand in the address. Bookmark it, and you come back to the same view.", "[data-testid=stSidebarUserContent]"],
  ["From the map to the page", "Choose a ward on the map or in the table: the other follows. Then open it, and go on from the links below each title.", "[data-testid=stBidiComponentIsolated], .stDataFrame"],
  ["Words and help", "A question mark beside a heading says what a word means. All of them, and this tour, stand under Help.", ".st-key-page-head [data-testid=stPageLink]"],
];

const LINE = "data-test-connection-state"; // Streamlit writes on the app how its line to the server stands

let standing;
let run; // asks the server for the page anew

export default function draw({ setTriggerValue }) {
  run = () => setTriggerValue("back", Date.now());
  if (standing) return () => {};
  standing = true;
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  addEventListener("beforeprint", writeTables);
  addEventListener("afterprint", removeTables);
  // The look changes without a new element: the app gets other classes.
  new MutationObserver(soon).observe(document.body, { childList: true, subtree: true, attributeFilter: ["class", LINE] });
  mend();
  offer();
  return () => {}; // Streamlit draws the component anew now and then; what it began holds as long as the tab
}

// --- keys and buttons ---------------------------------------------------------------------------------------------

function typing(target) {
  return target.closest?.("input, textarea, select, [contenteditable=true], [role=textbox]") || target.isContentEditable;
}

function onKey(event) {
  const find = (event.key === "/" && !typing(event.composedPath()[0])) || (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey));
  if (find) {
    const box = document.querySelector(".st-key-find input");
    if (!box) return;
    event.preventDefault();
    event.stopPropagation();
    box.focus();
    box.click();
  }
  if (event.key === "Escape" && document.querySelector(".hs-tour")) leave();
}

function onClick(event) {
  const button = event.target.closest?.("button.hs-print");
  if (!button) return;
  if (button.classList.contains("tour")) show(0);
  else window.print();
}

// --- paper ---------------------------------------------------------------------------------------------------------

// A table is a picture as wide as its place on the screen. Paper gets the rows in view as text, as wide as the paper,
// with no name cut short. What a cell says as it is written (27,999, not 27999) only the grid itself knows; where a later
// one should keep that elsewhere, its picture is printed as before.
function writeTables() {
  removeTables();
  for (const frame of document.querySelectorAll("[data-testid=stDataFrame]")) {
    const grid = findGrid(frame.querySelector("canvas"));
    const rows = [...frame.querySelectorAll("canvas table tbody tr")].map((row) => row.ariaRowIndex - 2);
    if (!grid || !rows.length) continue;
    const paper = element("table", "hs-paper");
    const head = paper.createTHead().insertRow();
    const body = paper.createTBody();
    const lines = rows.map(() => body.insertRow());
    grid.columns.forEach(({ title }, column) => {
      const cells = rows.map((row) => grid.getCellContent([column, row]));
      const side = cells.some((cell) => cell.contentAlign === "right") ? "num" : "";
      head.append(element("th", side, title));
      cells.forEach((cell, at) => lines[at].append(element("td", side, String(cell.displayData ?? cell.data ?? ""))));
    });
    frame.append(paper);
    frame.classList.add("hs-written");
  }
}

function findGrid(canvas) {
  let fiber = canvas?.[Object.keys(canvas).find((key) => key.startsWith("__reactFiber"))];
  for (let up = 0; fiber && up < 5; up += 1, fiber = fiber.return) {
    const props = fiber.memoizedProps;
    if (props?.getCellContent && props.columns) return props;
  }
}

function removeTables() {
  document.querySelectorAll(".hs-paper").forEach((paper) => paper.remove());
  document.querySelectorAll(".hs-written").forEach((frame) => frame.classList.remove("hs-written"));
}

// --- the line to the server ---------------------------------------------------------------------------------------

// A server that was started again does not know this visit. Streamlit would ask it for nothing until something is pressed,
// and that first press would be lost: it belongs to a page that the new server has not drawn.
let line = "CONNECTED";
function watchLine(app) {
  const now = app?.getAttribute(LINE) ?? line;
  if (now === "CONNECTED" && line !== now) run();
  line = now;
}

// --- what screen readers need, and Streamlit leaves out -------------------------------------------------------------

let waiting;
function soon() {
  waiting ??= requestAnimationFrame(() => {
    waiting = undefined;
    mend();
  });
}

function mend() {
  const app = document.querySelector(".stApp");
  watchLine(app);
  const look = app ? getComputedStyle(app).colorScheme : "light";
  if (document.documentElement.dataset.look !== look) {
    document.documentElement.dataset.look = look; // for menus and cards that stand beside the app, and for the maps
    document.documentElement.style.colorScheme = look;
  }
  // The menu is a list of blocks of list items: each block is a list of its own, named by its heading.
  for (const list of document.querySelectorAll("[data-testid=stSidebarNavItems]:not([role])")) list.setAttribute("role", "none");
  for (const block of document.querySelectorAll("[data-testid=stSidebarNavItems] > div:not([role])")) {
    const heading = block.querySelector("header");
    block.setAttribute("role", "list");
    block.setAttribute("aria-label", heading?.textContent.replace("expand_more", "").trim() ?? "Pages");
    heading?.setAttribute("role", "none");
    heading?.setAttribute("aria-hidden", "true");
  }
  // A chart says as a whole what it shows; marks without words of their own are not read out one by one.
  for (const mark of document.querySelectorAll("svg [role=graphics-symbol]:not([aria-label]):not([aria-hidden])")) mark.setAttribute("aria-hidden", "true");
}

// --- the tour -------------------------------------------------------------------------------------------------------

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function seen() {
  try {
    return localStorage.getItem(SEEN);
  } catch {
    return "no storage"; // where nothing can be kept, the tour would come on every visit: it stays under Help
  }
}

function leave() {
  document.querySelector(".hs-tour")?.remove();
  document.querySelector(".hs-tour-ring")?.remove();
  try {
    localStorage.setItem(SEEN, "seen");
  } catch {}
}

function offer() {
  if (seen() || document.querySelector(".hs-tour")) return;
  card("New here?", "Five short steps show the way through. They are kept under Help as well.", [
    ["Show me", () => show(0)],
    ["No, thank you", leave],
  ]);
}

function show(step) {
  const [title, text, selector] = STEPS[step];
  const target = [...document.querySelectorAll(selector)].find((part) => part.getBoundingClientRect().width > 40);
  target?.scrollIntoView({ block: "nearest" });
  const buttons = [[step + 1 < STEPS.length ? "Next" : "Done", () => (step + 1 < STEPS.length ? show(step + 1) : leave())]];
  if (step) buttons.push(["Back", () => show(step - 1)]);
  if (step + 1 < STEPS.length) buttons.push(["Leave", leave]);
  card(`${step + 1} of ${STEPS.length}: ${title}`, text, buttons).querySelector("button").focus();
  document.querySelector(".hs-tour-ring")?.remove();
  if (!target) return;
  const { left, top, width, height } = target.getBoundingClientRect();
  const ring = element("div", "hs-tour-ring");
  Object.assign(ring.style, { left: `${left - 4}px`, top: `${top - 4}px`, width: `${width + 8}px`, height: `${height + 8}px` });
  document.body.append(ring);
}

function card(title, text, buttons) {
  document.querySelector(".hs-tour")?.remove();
  const box = element("section", "hs-tour");
  box.setAttribute("aria-label", "Tour of the dashboard");
  box.append(element("h2", "", title), element("p", "", text));
  const row = element("div", "row");
  for (const [label, act] of buttons) {
    const button = element("button", "", label);
    button.type = "button";
    button.addEventListener("click", act);
    row.append(button);
  }
  box.append(row);
  document.body.append(box);
  return box;
}
