// The account page's table of keys: each may be changed; two actions on the same keys are pointed out and not saved.
import { ACTIONS } from "./actions.js";
import { toast } from "./notices.js";
import { ask } from "./session.js";
import { conflicts, keysOf } from "./shortcuts.js";
import { _ } from "./words.js";

const form = document.querySelector("[data-shortcuts]");
const changeable = ACTIONS.filter((action) => !action.isHandledElsewhere);
const trouble = () => form.querySelector("[data-shortcut-trouble]");

if (form) form.querySelector("[data-shortcut-columns]").replaceChildren(...changeable.map((action) => row(action, keysOf(action))));

function row(action, keys) {
  const label = document.createElement("label");
  const words = document.createElement("span");
  words.textContent = action.words;
  const field = document.createElement("input");
  Object.assign(field, { name: action.id, value: keys.join(", "), maxLength: 60, autocomplete: "off", spellcheck: false });
  label.append(words, field);
  return label;
}

const read = (field) => [...new Set(field.value.split(",").map((keys) => keys.trim().replace(/\s+/g, " ")).filter(Boolean))];

const choice = () => Object.fromEntries(changeable.map((action) => [action.id, read(form.elements[action.id])]));

// Only what differs is kept, so that a better table reaches everybody who has not chosen otherwise.
const changed = (all) => Object.fromEntries(changeable.filter(({ id, keys }) => all[id].join() !== keys.join()).map(({ id }) => [id, all[id]]));

function check() {
  const found = conflicts(choice());
  const touched = new Set(found.flatMap(([one, other]) => [one.id, other.id]));
  for (const { id } of changeable) form.elements[id].toggleAttribute("aria-invalid", touched.has(id));
  trouble().hidden = !found.length;
  trouble().textContent = found.map(([one, other, keys]) => _("{keys} is both “{one}” and “{other}”.", { keys, one: one.words, other: other.words })).join(" ");
  return !found.length;
}

async function save(kept) {
  const answer = await ask(form.dataset.shortcuts, { method: "PUT", body: JSON.stringify(kept), headers: { "Content-Type": "application/json", Accept: "application/json" } });
  if (answer.ok) return location.reload();
  toast(_("That could not be saved."), true);
}

form?.addEventListener("input", check);
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  if (check()) save(changed(choice()));
});
form?.querySelector("[data-shortcut-reset]").addEventListener("click", () => save({}));
