// The sections of a briefing as a list that is put in order by dragging, or with a button for each step.
//
// What is left out stands in the list, struck through, so that it can be put back. Each change sends the codes that
// stay, in order. Text from data goes in by textContent only.

const standing = new WeakMap(); // component root -> its list

export default async function draw({ data, parentElement, setTriggerValue }, base) {
  let state = standing.get(parentElement);
  if (!state) {
    state = {};
    standing.set(parentElement, state);
    state.ready = begin(state, data, parentElement, base);
  }
  state.send = () => setTriggerValue("order", read(state).join(","));
  state.data = data;
  await state.ready;
  fill(state);
  return () => {
    state.sortable?.destroy();
    standing.delete(parentElement);
  };
}

async function begin(state, data, root, base) {
  const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: base + data.sheet });
  const styled = new Promise((done, fail) => Object.assign(sheet, { onload: done, onerror: fail }));
  root.appendChild(sheet);
  await Promise.all([styled, import(base + data.sortable)]);
  state.list = root.querySelector(".section-list");
  state.list.setAttribute("aria-label", data.label);
  state.said = root.querySelector(".said");
  state.sortable = globalThis.Sortable.create(state.list, {
    animation: 120,
    handle: ".grip",
    onEnd: ({ oldIndex, newIndex }) => {
      if (oldIndex !== newIndex) state.send();
    },
  });
}

function fill(state) {
  const focus = state.focus;
  state.focus = null;
  state.list.replaceChildren(...state.data.sections.map((section, place) => makeRow(state, section, place)));
  if (!focus) return;
  const row = [...state.list.children].find((each) => each.dataset.code === focus.code);
  const wanted = row?.querySelector(`button.${focus.button}`);
  (wanted && !wanted.disabled ? wanted : row?.querySelector("button:not(:disabled)"))?.focus();
}

function makeRow(state, section, place) {
  const row = element("li", section.shown ? "row" : "row out");
  row.dataset.code = section.code;
  const grip = element("span", "grip", "⠿");
  grip.setAttribute("aria-hidden", "true");
  grip.title = "Drag to move";
  const name = element("span", "name", section.label);
  const last = state.data.sections.length - 1;
  row.append(
    grip,
    name,
    makeButton(state, row, "up", "↑", `Move ${section.label} up`, place === 0),
    makeButton(state, row, "down", "↓", `Move ${section.label} down`, place === last),
    makeButton(
      state,
      row,
      "toggle",
      section.shown ? "Leave out" : "Put back",
      `${section.shown ? "Leave out" : "Put back"} ${section.label}`,
      false,
    ),
  );
  return row;
}

function makeButton(state, row, kind, text, label, disabled) {
  const button = element("button", kind, text);
  button.type = "button";
  button.disabled = disabled;
  button.setAttribute("aria-label", label);
  button.addEventListener("click", () => {
    if (kind === "up") row.previousElementSibling?.before(row);
    if (kind === "down") row.nextElementSibling?.after(row);
    if (kind === "toggle") row.classList.toggle("out");
    state.focus = { code: row.dataset.code, button: kind };
    const place = [...state.list.children].indexOf(row) + 1;
    state.said.textContent = `${label}: now ${place} of ${state.list.children.length}`;
    state.send();
  });
  return button;
}

function read(state) {
  return [...state.list.children].map((row) => (row.classList.contains("out") ? "-" : "") + row.dataset.code);
}

function element(tag, name, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}
