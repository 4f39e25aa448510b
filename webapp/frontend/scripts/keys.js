// Single keys, never while typing, and not where somebody has turned them off (WCAG 2.1.4). What they do: actions.js.
import { leave } from "./conversation.js";
import { closeMenus } from "./menus.js";
import { closeDrawer } from "./panes.js";
import { areOff, begunBy, doneBy, strokeOf } from "./shortcuts.js";

const NEXT = 1200; // ms in which a sequence goes on
const PERHAPS_MORE = 400; // ms until keys that may go on are taken for what they are

const MODIFIERS = new Set(["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock"]);

let typed = "";
let timer = 0;

const inDialog = () => document.querySelector("dialog[open]");
const isTyping = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") return escape(event);
  if (event.defaultPrevented || event.isComposing || MODIFIERS.has(event.key) || inDialog()) return;
  const stroke = strokeOf(event);
  const always = doneBy(stroke);
  if (always?.isAlwaysOn) return run(event, always);
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || areOff()) return;
  if (event.key === "Enter" && event.target.closest?.("a, button, summary, [tabindex='0']")) return;
  heard(event, typed && (begunBy(`${typed} ${stroke}`) || doneBy(`${typed} ${stroke}`)) ? `${typed} ${stroke}` : stroke);
});

function heard(event, keys) {
  clearTimeout(timer);
  typed = "";
  const action = doneBy(keys);
  if (!begunBy(keys)) return action && run(event, action);
  event.preventDefault();
  typed = keys;
  timer = setTimeout(() => {
    typed = "";
    action?.act();
  }, action ? PERHAPS_MORE : NEXT);
}

function run(event, action) {
  event.preventDefault();
  action.act();
}

// Escape leaves one thing at a time: a menu, the drawer, the text, the conversation.
function escape(event) {
  if (inDialog()) return;
  const menu = event.target.closest?.("details[open]")?.querySelector("summary");
  if (closeMenus()) return menu?.focus();
  if (closeDrawer()) return;
  if (isTyping(event.target)) return event.target.blur();
  if (areOff()) return;
  leave();
}
