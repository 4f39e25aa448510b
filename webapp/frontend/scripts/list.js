// The list: which row is open, where the keys stand, and the filter above it.
import { openTalk, refreshSoon } from "./requests.js";

export const rowLinks = () => [...document.querySelectorAll("#rows > .row-place > .row")];

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
    if (row.dataset.ticket === ticket) {
      row.setAttribute("aria-current", "true");
      row.closest(".row-place").classList.remove("is-unread");
    }
    else row.removeAttribute("aria-current");
  }
}

document.addEventListener("click", (event) => {
  const row = event.target.closest(".row");
  if (row && !event.ctrlKey && !event.metaKey && !event.shiftKey) markOpen(row.dataset.ticket);
});

document.addEventListener("htmx:after:swap", () => {
  markOpen(openTalk()?.dataset.ticket);
  document.getElementById("rows")?.removeAttribute("aria-busy");
});

// What is typed above the list narrows it on the server, and stands in the address: a reload shows the same.
let typing = 0;

document.addEventListener("input", ({ target }) => {
  if (target.id !== "find" || !document.getElementById("list")) return;
  clearTimeout(typing);
  document.getElementById("rows").setAttribute("aria-busy", "true");
  typing = setTimeout(narrow, 250, target.value.trim());
});

function narrow(words) {
  document.dispatchEvent(new CustomEvent("desk:narrowed")); // what was chosen of the other list is chosen no more
  const address = new URL(location.href);
  if (words) address.searchParams.set("q", words);
  else address.searchParams.delete("q");
  history.replaceState(history.state, "", address);
  const keep = document.querySelector("[data-keep-view]");
  if (keep) keep.search = `?${new URLSearchParams({ from: document.getElementById("list").dataset.view, ...Object.fromEntries(address.searchParams) })}`;
  refreshSoon();
}
