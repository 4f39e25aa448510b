// Single keys, never while typing. The help dialog lists them; it can also turn them off (WCAG 2.1.4).
import { toTheTop } from "./anchors.js";
import { write } from "./composer.js";
import { leave } from "./conversation.js";
import { move, openFocused } from "./list.js";
import { switchTheme } from "./look.js";
import { closeMenus, openMenu } from "./menus.js";
import { closeDrawer, togglePane } from "./panes.js";

const OFF = "postroom:keys-off";
const help = () => document.getElementById("help");
const inDialog = () => document.querySelector("dialog[open]");
const click = (selector) => document.querySelector(selector)?.click();
const view = (name) => click(`#views [data-view="${name}"]`);

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  o: openFocused,
  Enter: openFocused,
  u: leave,
  r: () => write("reply"),
  R: () => write("all"),
  f: () => write("forward"),
  n: () => write("note"),
  e: () => click("[data-done]"),
  i: () => click("[data-take]"),
  z: () => click(document.querySelector("[data-undo-move]") ? "[data-undo-move]" : "[data-undo]"),
  a: () => openMenu("assignee-menu"),
  p: () => openMenu("priority-menu"),
  l: () => openMenu("tags-menu"),
  v: () => openMenu(moveMenu()?.id),
  y: () => click("[data-trace]"),
  "/": () => document.getElementById("find")?.focus(),
  "?": () => help()?.showModal(),
  "[": () => togglePane("sidebar"),
  "]": () => togglePane("person"),
  D: switchTheme,
};

// Of the mail that has the focus, else of the newest.
const moveMenu = () =>
  document.activeElement?.closest(".card")?.querySelector(".move-menu") ?? [...document.querySelectorAll(".move-menu")].at(-1);

const AFTER_G = {
  g: toTheTop,
  i: () => view("open"),
  m: () => view("mine"),
  u: () => view("unassigned"),
  w: () => view("waiting"),
  r: () => view("resolved"),
  a: () => view("closed"),
  f: () => click('.view-link[href="/mail/"]'),
  o: () => click('.view-link[href="/outbox/"]'),
};

let afterG = 0;

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") return escape(event);
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (isTyping(event.target) || localStorage.getItem(OFF) || inDialog()) return;
  if (event.key === "Enter" && event.target.closest?.("a, button, summary, [tabindex='0']")) return;
  const waits = Date.now() - afterG < 1200;
  afterG = 0;
  if (event.key === "g" && !waits) return void (afterG = Date.now());
  const act = waits ? AFTER_G[event.key] : KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

const isTyping = (target) => target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");

// Escape leaves one thing at a time: a menu, the drawer, the text, the conversation.
function escape(event) {
  if (inDialog()) return;
  const menu = event.target.closest?.("details[open]")?.querySelector("summary");
  if (closeMenus()) return menu?.focus();
  if (closeDrawer()) return;
  if (isTyping(event.target)) return event.target.blur();
  if (localStorage.getItem(OFF)) return;
  leave();
}

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-help]")) help().showModal();
  if (target === help()) help().close(); // the backdrop
});

document.addEventListener("change", ({ target }) => {
  if (target.id !== "keys-off") return;
  if (target.checked) localStorage.setItem(OFF, "yes");
  else localStorage.removeItem(OFF);
});

const box = document.getElementById("keys-off");
if (box) box.checked = Boolean(localStorage.getItem(OFF));
