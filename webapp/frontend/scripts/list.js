// The list: which row is open, where the keys stand, and the filter above it.
import { openTalk } from "./requests.js";

export const rowLinks = () => [...document.querySelectorAll("#rows > .row-place:not(.is-filtered) > .row")];

const openRow = () => document.querySelector("#rows .row[aria-current]");

// Where j and k start: the focused row, else the open one.
function cursor(all) {
  const focused = all.indexOf(document.activeElement);
  return focused >= 0 ? focused : all.indexOf(openRow());
}

export function move(step) {
  const all = rowLinks();
  if (!all.length) return;
  const next = all[Math.min(Math.max(cursor(all) + step, 0), all.length - 1)];
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

export function openFocused() {
  const all = rowLinks();
  all[Math.max(cursor(all), 0)]?.click();
}

export function focusOpenRow() {
  (openRow() ?? rowLinks()[0])?.focus({ preventScroll: true });
}

export function markOpen(ticket) {
  for (const row of document.querySelectorAll("#rows .row")) {
    if (row.dataset.ticket === ticket) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

document.addEventListener("click", (event) => {
  const row = event.target.closest(".row");
  if (row && !event.ctrlKey && !event.metaKey && !event.shiftKey) markOpen(row.dataset.ticket);
});

// A refresh draws the rows anew: what was filtered stays so.
document.addEventListener("htmx:after:swap", () => {
  markOpen(openTalk()?.dataset.ticket);
  filter();
});

document.addEventListener("input", ({ target }) => {
  if (target.id === "find") filter();
});

function filter() {
  const words = (document.getElementById("find")?.value ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  for (const place of document.querySelectorAll("#rows > .row-place")) {
    const text = place.textContent.toLowerCase();
    place.classList.toggle("is-filtered", !words.every((word) => text.includes(word)));
  }
}
