// The palette (Ctrl+K): everything one can do here, every view, and the tickets, people and saved replies that fit what is typed.
import { ACTIONS } from "./actions.js";
import { write } from "./composer.js";
import { fieldOf, formNamed, insert } from "./fields.js";
import { openTalk } from "./requests.js";
import { ask } from "./session.js";
import { keyCaps, keysOf } from "./shortcuts.js";
import { _, _n } from "./words.js";

const REST = 130; // ms after the last key, until the desk is asked
const MOST = 40;

const palette = () => document.getElementById("palette");
const field = () => palette().querySelector("input");
const list = () => document.getElementById("palette-options");
const options = () => [...list().querySelectorAll("[role=option]")];
const chosen = () => list().querySelector("[aria-selected=true]");

let shown = new Map(); // option → what choosing it does
let found = []; // what the desk knows of the words typed
let asking = 0;
let timer = 0;

document.addEventListener("desk:palette", () => {
  if (!palette() || palette().open) return;
  field().value = "";
  found = [];
  palette().showModal();
  show();
});

// How well `words` fit what is typed: its letters in their order, best at the beginnings of words and side by side.
export function fit(words, typed) {
  let at = -1;
  let score = 0;
  const text = words.toLowerCase();
  for (const letter of typed.toLowerCase().replace(/\s+/g, "")) {
    const next = text.indexOf(letter, at + 1);
    if (next < 0) return 0;
    score += next === at + 1 ? 3 : /[\s/#-]/.test(text[next - 1] ?? " ") ? 2 : 1 / (next - at);
    at = next;
  }
  return score + 1 / words.length;
}

const here = () => [...ACTIONS.filter((action) => action.act && action.id !== "palette" && action.when()).map(asOption), ...views()];

const asOption = (action) => ({ words: action.words, keys: keysOf(action)[0], act: action.act });

function views() {
  const known = new Set(ACTIONS.filter(({ group }) => group === "go").map(({ words }) => words));
  return [...document.querySelectorAll("#sidebar .view-link")]
    .map((link) => ({ words: link.querySelector(".view-title").textContent, kind: _("View"), act: () => link.click() }))
    .filter(({ words }) => !known.has(words));
}

function show() {
  const typed = field().value.trim();
  const ranked = here()
    .map((one) => [typed ? fit(one.words, typed) : 1, one])
    .filter(([score]) => score > 0)
    .sort(([one], [other]) => (typed ? other - one : 0))
    .map(([, one]) => one);
  const all = [...ranked.slice(0, MOST), ...found];
  if (typed) all.push({ words: _("Search all tickets for “{words}”", { words: typed }), act: () => location.assign(`/search/?${new URLSearchParams({ q: typed })}`) });
  shown = new Map(all.map((one, number) => [optionOf(one, number), one]));
  list().replaceChildren(...shown.keys());
  choose(options()[0]);
  palette().querySelector("[role=status]").textContent = _n("{number} entry", "{number} entries", all.length);
}

function optionOf({ words, kind = "", keys }, number) {
  const option = document.createElement("li");
  option.className = "palette-option";
  option.id = `palette-${number}`;
  option.setAttribute("role", "option");
  const [title, hint] = [document.createElement("span"), document.createElement("span")];
  title.className = "palette-words";
  title.dir = "auto";
  title.textContent = words;
  hint.className = "palette-hint";
  hint.append(kind, ...(keys ? keyCaps(keys) : []));
  option.append(title, hint);
  return option;
}

function choose(option) {
  for (const one of options()) one.setAttribute("aria-selected", String(one === option));
  option?.scrollIntoView({ block: "nearest" });
  field().setAttribute("aria-activedescendant", option?.id ?? "");
}

function run(option) {
  const { act } = shown.get(option);
  palette().close();
  act();
}

async function look() {
  const typed = field().value.trim();
  const mine = ++asking;
  if (typed.length < 2) return;
  try {
    const answers = await Promise.all([known(typed), replies(typed)]);
    if (mine !== asking || !palette().open) return;
    found = answers.flat();
    show();
  } catch {
    // The desk cannot be reached: what can be done here is listed all the same.
  }
}

async function known(typed) {
  const answer = await ask(`/palette/?${new URLSearchParams({ q: typed })}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) return [];
  const { entries } = await answer.json();
  return entries.map(({ words, kind, url }) => ({ words, kind, act: () => location.assign(url) }));
}

// Saved replies, filled in for the open ticket: chosen, one stands in the reply.
async function replies(typed) {
  const ticket = openTalk()?.dataset.ticket;
  if (!ticket) return [];
  const answer = await ask(`/tickets/${ticket}/saved-replies/?${new URLSearchParams({ q: typed })}`, { headers: { "HX-Request": "true", Accept: "text/html" } });
  if (!answer.ok) return [];
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return [...page.querySelectorAll(".canned-option")].slice(0, 5).map((option) => ({
    words: option.querySelector(".canned-title").textContent,
    kind: _("Saved reply"),
    act: () => {
      write("reply");
      insert(fieldOf(formNamed("reply")), option.dataset.body);
    },
  }));
}

const KEYS = {
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  Enter: () => chosen() && run(chosen()),
};

function step(by) {
  const all = options();
  if (all.length) choose(all.at((all.indexOf(chosen()) + by) % all.length));
}

document.addEventListener("keydown", (event) => {
  if (!palette()?.open || event.isComposing || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

document.addEventListener("input", ({ target }) => {
  if (target !== palette()?.querySelector("input")) return;
  found = [];
  show();
  clearTimeout(timer);
  timer = setTimeout(look, REST);
});

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-palette]")) document.dispatchEvent(new CustomEvent("desk:palette"));
  if (target === palette()) palette().close(); // the backdrop
  const option = target.closest(".palette-option");
  if (option) run(option);
});
