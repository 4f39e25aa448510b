// Nothing moves under the pointer: the list keeps the row one looks at in its place, whatever arrives above it;
// the conversation stays at its end, or where one has scrolled to.
import { say } from "./notices.js";
import { _n } from "./words.js";

let before = null;

const scroller = () => document.getElementById("list-scroller");
const rows = () => [...document.querySelectorAll("#rows > .row-place")];
const stamp = (row) => row.querySelector("time")?.dateTime ?? "";
const place = (row) => row.getBoundingClientRect().top - scroller().getBoundingClientRect().top;

document.addEventListener("htmx:before:swap", ({ detail }) => {
  const touched = detail.tasks.some((task) => task.target?.id === "rows");
  before = touched && scroller() ? remember() : null;
});

document.addEventListener("htmx:after:swap", () => {
  if (!before) return;
  const was = before;
  before = null;
  restore(was);
});

function remember() {
  const all = rows();
  const view = document.getElementById("list").dataset.view;
  const hovered = all.filter((row) => row.matches(":hover"));
  const visible = scroller().scrollTop > 4 ? all.filter((row) => place(row) >= 0) : [];
  // Several, as the first of them may be the one that moves.
  const anchors = [...hovered, ...(hovered.length ? all.slice(all.indexOf(hovered[0]) + 1) : visible)].slice(0, 4);
  return {
    view,
    stamps: new Map(all.map((row) => [row.id, stamp(row)])),
    anchors: anchors.map((row) => ({ id: row.id, stamp: stamp(row), at: place(row) })),
  };
}

function restore(was) {
  if (document.getElementById("list").dataset.view !== was.view) return;
  const still = was.anchors.find(({ id, stamp: then }) => {
    const row = document.getElementById(id);
    return row && stamp(row) === then;
  });
  if (still) hold(document.getElementById(still.id), still.at);
  const fresh = rows().filter((row) => was.stamps.get(row.id) !== stamp(row));
  for (const row of fresh) row.classList.add("is-new");
  if (fresh.length) tell(fresh);
}

// Scroll so that `row` is where it was; a list too short to scroll gets room below.
function hold(row, at) {
  const list = scroller();
  const off = place(row) - at;
  if (Math.abs(off) < 1) return;
  const missing = list.scrollTop + off - (list.scrollHeight - list.clientHeight);
  if (missing > 0) {
    const inner = document.getElementById("rows");
    inner.style.paddingBottom = `${(parseFloat(inner.style.paddingBottom) || 0) + missing}px`;
  }
  list.scrollTop += off;
}

function tell(fresh) {
  const above = fresh.filter((row) => place(row) + row.offsetHeight / 2 < 0);
  const pill = document.getElementById("new-pill");
  const number = (pill.hidden ? 0 : Number(pill.dataset.number)) + above.length;
  if (above.length) {
    pill.dataset.number = number;
    pill.textContent = _n("↑ {number} new", "↑ {number} new", number);
    pill.hidden = false;
  }
  const first = fresh[0];
  say(`${first.querySelector(".row-who").textContent}: ${first.querySelector(".row-subject").textContent}`);
}

export function toTheTop() {
  const list = scroller();
  if (!list) return;
  list.scrollTop = 0;
  settle();
}

function settle() {
  document.getElementById("new-pill").hidden = true;
  document.getElementById("rows").style.paddingBottom = "";
}

document.addEventListener("click", ({ target }) => {
  if (target.closest("#new-pill")) toTheTop();
});

document.addEventListener(
  "scroll",
  ({ target }) => {
    if (target.id === "list-scroller" && target.scrollTop < 2) settle();
  },
  { capture: true, passive: true },
);
