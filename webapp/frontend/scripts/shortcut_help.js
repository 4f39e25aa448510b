// The help behind "?": the table of actions, as this reader has it on his keys, and only the pages that are there for him.
import { ACTIONS, GROUPS } from "./actions.js";
import { areOff, keyCaps, keysOf, turn } from "./shortcuts.js";

const help = () => document.getElementById("help");

function element(name, ...inside) {
  const made = document.createElement(name);
  made.append(...inside);
  return made;
}

function fill() {
  const sections = Object.entries(GROUPS).map(([group, title]) => {
    const rows = ACTIONS.filter((action) => action.group === group && keysOf(action).length && (group !== "go" || action.when()));
    return element("section", element("h3", title), element("dl", ...rows.map(row)));
  });
  help().querySelector("[data-help-columns]").replaceChildren(...sections);
  document.getElementById("keys-off").checked = areOff();
}

const row = (action) => element("div", element("dt", ...keysOf(action).flatMap(keyCaps)), element("dd", action.words));

document.addEventListener("desk:help", () => {
  if (!help()) return;
  fill();
  help().showModal();
});

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-help]")) document.dispatchEvent(new CustomEvent("desk:help"));
  if (target === help()) help().close(); // the backdrop
});

document.addEventListener("change", ({ target }) => target.id === "keys-off" && turn(target.checked));
