// Saved replies in the composer: "/" at the beginning of a word opens the list, what follows searches it.
import { ask } from "./session.js";
import { before, choose, fieldOf, insert, isField } from "./fields.js";
import { close, isOpen, offer } from "./picker.js";
import { openTalk } from "./requests.js";

const ASKED = /(?:^|\s)\/([^\n/]{0,40})$/;
const REST = 90; // ms after the last key

let timer = 0;
let asking = 0;
let dismissed = ""; // what stood there when somebody closed the list: it stays closed until that changes
const box = document.createElement("div");
box.className = "canned";

// What was typed after the slash; null where there is none before the caret.
const asked = (field) => ASKED.exec(before(field)?.slice(-60) ?? "")?.[1] ?? null;

document.addEventListener("input", ({ target }) => {
  if (!isField(target)) return;
  const words = asked(target);
  if (words === null || (!isOpen("canned") && dismissed && words.startsWith(dismissed))) return leave();
  dismissed = "";
  clearTimeout(timer);
  timer = setTimeout(search, isOpen("canned") ? REST : 0, target, words);
});

function leave() {
  asking += 1;
  clearTimeout(timer);
  if (isOpen("canned")) close();
}

async function search(field, words) {
  const mine = ++asking;
  const ticket = openTalk()?.dataset.ticket;
  try {
    const answer = await ask(`/tickets/${ticket}/saved-replies/?${new URLSearchParams({ q: words })}`, { headers: { "HX-Request": "true", Accept: "text/html" } });
    const text = await answer.text();
    if (mine === asking && answer.ok && field.isConnected && asked(field) !== null) show(field, text);
  } catch {
    leave(); // the desk cannot be reached: the slash is just a slash
  }
}

function show(field, text) {
  box.innerHTML = text;
  const preview = box.querySelector(".canned-preview");
  offer(field, field.closest("form").querySelector("[data-canned-place]"), box, {
    take: (option) => use(field, option),
    escape: () => (dismissed = asked(field) ?? ""),
    chose: (option) => (preview.textContent = option?.dataset.body ?? ""),
  });
}

// The reply takes the place of the slash and of what was typed after it.
function use(field, option) {
  const words = asked(field) ?? "";
  leave();
  choose(field, words.length + 1);
  insert(field, option.dataset.body);
  ask(`/saved-replies/${option.dataset.reply}/uses/`, { method: "POST", headers: { Accept: "application/json" } }).catch(() => {});
}

document.addEventListener("click", ({ target }) => {
  const form = target.closest?.("[data-canned-open]")?.closest("form");
  if (!form) return;
  dismissed = "";
  insert(fieldOf(form), "/", " ");
});

document.addEventListener("htmx:before:swap", () => isOpen() && !document.activeElement?.closest?.(".writing") && close());
