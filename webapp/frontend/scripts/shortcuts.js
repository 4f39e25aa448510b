// Which keys do what for this reader: the table's own, or those chosen on the account page. And how keys are written.
import { ACTIONS } from "./actions.js";
import { _ } from "./words.js";

const OFF = "postroom:keys-off";
const chosen = JSON.parse(document.getElementById("shortcuts")?.textContent ?? "{}");

export const keysOf = ({ id, keys }) => chosen[id] ?? keys;

export const areOff = () => Boolean(localStorage.getItem(OFF));
export const turn = (off) => (off ? localStorage.setItem(OFF, "yes") : localStorage.removeItem(OFF));

// A press as it is written in the table: "j", "Shift+d", "?", "Mod+k". On a layout without Latin letters, the key in that place.
export function strokeOf({ key, code, ctrlKey, metaKey, altKey, shiftKey }) {
  const isLetter = key.length === 1 && key.toLowerCase() !== key.toUpperCase();
  const letter = isLetter && key > "\x7f" && /^Key[A-Z]$/.test(code) ? code[3] : key;
  const held = [(ctrlKey || metaKey) && "Mod", altKey && "Alt", shiftKey && (isLetter || key.length > 1) && "Shift"];
  return [...held.filter(Boolean), isLetter ? letter.toLowerCase() : key].join("+");
}

// What the reader may do now, with `typed` as its keys, or as their beginning.
export const doneBy = (typed) => ACTIONS.find((action) => !action.isHandledElsewhere && keysOf(action).includes(typed) && action.when());
export const begunBy = (typed) => ACTIONS.some((action) => keysOf(action).some((keys) => keys.startsWith(`${typed} `)) && action.when());

const ON_A_MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const SIGNS = { Mod: ON_A_MAC ? "⌘" : _("Ctrl"), Shift: _("Shift"), Alt: "Alt", ArrowRight: "→", ArrowLeft: "←", Escape: _("Esc"), Enter: _("Enter") };

// "g i" as keyboard keys, for the eye.
export function keyCaps(keys) {
  return keys.split(/[ +](?=.)/).map((one) => {
    const cap = document.createElement("kbd");
    cap.textContent = SIGNS[one] ?? one;
    return cap;
  });
}

// Pairs of actions that are on the same keys, or of which one begins the other and would never be heard.
export function conflicts(choice) {
  const all = ACTIONS.filter((action) => !action.isHandledElsewhere).flatMap((action) => (choice[action.id] ?? action.keys).map((keys) => [keys, action]));
  return all.flatMap(([keys, one], at) => all.slice(at + 1).filter(([other, two]) => one !== two && other === keys).map(([, two]) => [one, two, keys]));
}
