// Choosing rows: by box, by key, a range with Shift, all of the list. What is chosen stays so while the list changes.
import { rowLinks } from "./list.js";
import { openTalk } from "./requests.js";
import { ask } from "./session.js";
import { _n } from "./words.js";

const picked = new Set();
let last = null; // where a range begins
let whole = 0; // how many tickets the whole list is, while all of it is chosen

const boxes = () => [...document.querySelectorAll("#rows [data-pick]")];
const everything = () => document.querySelector("[data-pick-everything]");
const wholeList = () => document.getElementById("pick-all");

function keep(box) {
  if (box.checked) picked.add(box.value);
  else picked.delete(box.value);
}

function pick(box, on, range) {
  const all = boxes();
  const from = range && last ? all.findIndex((each) => each.value === last) : -1;
  const to = all.indexOf(box);
  const chosen = from < 0 ? [box] : all.slice(Math.min(from, to), Math.max(from, to) + 1);
  for (const each of chosen) {
    each.checked = on;
    keep(each);
  }
  last = box.value;
  unpickWhole();
  say();
}

// By key: the row with the focus, else the open one, else the first.
export function pickFocused(range) {
  const row = document.activeElement?.closest?.(".row-place") ?? openRow() ?? rowLinks()[0]?.closest(".row-place");
  const box = row?.querySelector("[data-pick]");
  if (box) pick(box, range || !box.checked, range);
}

const openRow = () => document.querySelector(`#row-${openTalk()?.dataset.ticket ?? 0}`);

export function pickAll() {
  for (const box of boxes()) {
    box.checked = true;
    keep(box);
  }
  say();
}

function pickNone() {
  picked.clear();
  for (const box of boxes()) box.checked = false;
  unpickWhole();
  say();
}

function unpickWhole() {
  whole = 0;
  if (wholeList()) wholeList().value = "";
}

function say() {
  const place = document.getElementById("picked");
  if (place) place.textContent = _n("{number} ticket chosen", "{number} tickets chosen", whole || picked.size);
}

// All that match, also those that are not loaded: the desk says how many that is.
async function pickEverything() {
  pickAll();
  const { view } = document.getElementById("list").dataset;
  const answer = await ask(`/inbox/${view}/number/${location.search}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const { number, most } = await answer.json();
  whole = Math.min(number, most);
  wholeList().value = whole ? "yes" : "";
  say();
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-pick]");
  if (box) pick(box, box.checked, event.shiftKey);
  if (event.target.closest("[data-pick-none]")) pickNone();
  if (event.target.closest("[data-pick-everything]")) pickEverything();
});

// A refresh draws the rows anew: what was chosen stays so, and what has left the list is chosen no more.
document.addEventListener("htmx:after:swap", () => {
  if (!document.getElementById("bulk-form")) return;
  const there = new Set();
  for (const box of boxes()) {
    box.checked = picked.has(box.value);
    if (box.checked) there.add(box.value);
  }
  if (there.size !== picked.size) {
    picked.clear();
    for (const value of there) picked.add(value);
  }
  if (!wholeList()?.value) whole = 0; // the bar was drawn anew, with another list
  if (whole) pickAll();
  else say();
});

// What was asked for is on its way: the next choice begins from nothing. The form has been read by then.
document.addEventListener("htmx:after:request", ({ target }) => {
  if (target?.id === "bulk-form" || target?.closest?.("#bulk-form")) pickNone();
});

document.addEventListener("desk:narrowed", pickNone);

if (everything()) say();
