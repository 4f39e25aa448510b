// Saved replies in the composer: "/" at the beginning of a word opens the list, what follows searches it.
import { ask } from "./session.js";
import { insert } from "./insert.js";
import { openTalk } from "./requests.js";

const ASKED = /(?:^|\s)\/([^\n/]{0,40})$/;
const REST = 90; // ms after the last key

let timer = 0;
let asking = 0;
let dismissed = ""; // what stood there when somebody closed the list: it stays closed until that changes

const list = () => document.querySelector(".canned");
const options = () => [...document.querySelectorAll(".canned-option")];
const chosen = () => document.querySelector(".canned-option[aria-selected=true]");
const isField = (element) => element?.matches?.("#reply-body, #note-body");

// What was typed after the slash; null where there is none before the caret.
function asked(field) {
  const before = field.value.slice(Math.max(0, field.selectionStart - 60), field.selectionStart);
  return field.selectionStart === field.selectionEnd ? (ASKED.exec(before)?.[1] ?? null) : null;
}

document.addEventListener("input", ({ target }) => {
  if (!isField(target)) return;
  const words = asked(target);
  if (words === null || (list() === null && dismissed && words.startsWith(dismissed))) return close();
  dismissed = "";
  clearTimeout(timer);
  timer = setTimeout(search, list() ? REST : 0, target, words);
});

async function search(field, words) {
  const mine = ++asking;
  const ticket = openTalk()?.dataset.ticket;
  try {
    const answer = await ask(`/tickets/${ticket}/saved-replies/?${new URLSearchParams({ q: words })}`, { headers: { "HX-Request": "true", Accept: "text/html" } });
    const text = await answer.text();
    if (mine === asking && answer.ok && field.isConnected && asked(field) !== null) show(field, text);
  } catch {
    close(); // the desk cannot be reached: the slash is just a slash
  }
}

function show(field, text) {
  const place = field.previousElementSibling;
  const box = list() ?? document.createElement("div");
  box.className = "canned";
  box.innerHTML = text;
  if (box.parentElement !== place) place.replaceChildren(box);
  field.setAttribute("aria-controls", "canned-options");
  field.setAttribute("aria-expanded", "true");
  choose(options()[0]);
}

function choose(option) {
  for (const one of options()) one.setAttribute("aria-selected", String(one === option));
  const preview = document.querySelector(".canned-preview");
  if (!preview) return;
  preview.textContent = option?.dataset.body ?? "";
  option?.scrollIntoView({ block: "nearest" });
  const field = document.activeElement;
  if (isField(field)) field.setAttribute("aria-activedescendant", option?.id ?? "");
}

function close() {
  asking += 1;
  clearTimeout(timer);
  const box = list();
  if (!box) return false;
  const field = box.parentElement.nextElementSibling;
  for (const name of ["aria-controls", "aria-expanded", "aria-activedescendant"]) field.removeAttribute(name);
  box.remove();
  return true;
}

// The reply takes the place of the slash and of what was typed after it.
function use(option) {
  const field = list().parentElement.nextElementSibling;
  const words = asked(field) ?? "";
  close();
  const end = field.selectionStart;
  field.focus();
  field.setSelectionRange(end - words.length - 1, end);
  insert(field, option.dataset.body);
  ask(`/saved-replies/${option.dataset.reply}/uses/`, { method: "POST", headers: { Accept: "application/json" } }).catch(() => {});
}

function move(step) {
  const all = options();
  if (all.length) choose(all.at((all.indexOf(chosen()) + step) % all.length));
}

const KEYS = {
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  Enter: () => chosen() && use(chosen()),
  Tab: () => chosen() && use(chosen()),
  Escape: (field) => {
    dismissed = asked(field) ?? "";
    close();
  },
};

document.addEventListener(
  "keydown",
  (event) => {
    if (!list() || !isField(event.target) || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const act = KEYS[event.key];
    if (!act || (event.key !== "Escape" && !options().length)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act(event.target);
  },
  true,
);

document.addEventListener("pointerdown", (event) => {
  const option = event.target.closest?.(".canned-option");
  if (option) {
    event.preventDefault(); // the caret stays in the text
    use(option);
  } else if (list() && !event.target.closest?.(".canned")) close();
});

document.addEventListener("pointerover", ({ target }) => {
  const option = target.closest?.(".canned-option");
  if (option) choose(option);
});

document.addEventListener("click", ({ target }) => {
  if (!target.closest?.("[data-canned-open]")) return;
  const field = document.getElementById("reply-body");
  dismissed = "";
  field.focus();
  const before = field.value.slice(0, field.selectionStart);
  insert(field, before && !/\s$/.test(before) ? " /" : "/");
});

document.addEventListener("htmx:before:swap", () => list() && !document.activeElement?.closest?.(".writing") && close());
