// The AI draft above the composer: asked for, growing, taken over sentence by sentence. Only the agent's own
// "Send" sends anything; here words move into a text field and nowhere else.
import { ask } from "./session.js";
import { fieldOf, formNamed, insert } from "./fields.js";
import { _ } from "./words.js";

const LOOK = 1000; // ms between two looks when no event says that there is more
const BUSY = new Set(["queued", "writing"]);

const place = () => document.getElementById("draft-place");
const ghost = () => place()?.querySelector(".ghost");
const field = () => fieldOf(formNamed("reply"));
const isBusy = (panel) => BUSY.has(panel?.dataset.state);

let timer = 0;
let asking = 0; // the newest question: an older answer is not shown any more

document.addEventListener("submit", (event) => {
  const form = event.target.closest?.("[data-draft-form]");
  if (!form) return;
  event.preventDefault();
  askFor(form);
});

async function askFor(form) {
  const body = new URLSearchParams(new FormData(form));
  const button = document.querySelector("[data-draft-ask]");
  button.disabled = true;
  try {
    await show(form.action, { method: "POST", body });
  } finally {
    button.disabled = false;
  }
  field()?.focus();
}

// Ask the desk and show its answer, unless somebody has asked again or left the ticket meanwhile.
async function show(url, options = {}) {
  const mine = ++asking;
  const where = place();
  clearTimeout(timer);
  try {
    const answer = await ask(url, { ...options, headers: { "HX-Request": "true", Accept: "text/html" } });
    const text = await answer.text();
    if (mine !== asking || !where.isConnected) return;
    if (answer.ok) put(where, text);
    else if (!options.method) where.replaceChildren();
  } catch {
    // The desk cannot be reached: the banner says so, and the next look may find it.
  }
  if (mine === asking) lookAgain();
}

// The new panel, with what was taken already still marked as taken.
function put(where, text) {
  const taken = new Set([...where.querySelectorAll(".is-taken")].map((one) => one.dataset.text));
  const scrolled = where.querySelector(".ghost-text")?.scrollTop ?? 0;
  const had = ghost()?.contains(document.activeElement);
  where.innerHTML = text;
  for (const one of where.querySelectorAll(".ghost-sentence")) one.classList.toggle("is-taken", taken.has(one.dataset.text));
  const words = where.querySelector(".ghost-text");
  if (words) words.scrollTop = isBusy(ghost()) ? words.scrollHeight : scrolled;
  if (had) ghost()?.focus();
}

function lookAgain() {
  clearTimeout(timer);
  if (isBusy(ghost())) timer = setTimeout(look, LOOK);
}

function look() {
  const panel = ghost();
  if (panel?.dataset.url && !panel.classList.contains("is-used")) show(panel.dataset.url);
}

// "draft.ready" carries ids alone; what there is to read comes over HTTP.
document.addEventListener("desk:draft", ({ detail }) => {
  if (String(detail.draft_id) === ghost()?.dataset.draftId) look();
});
// Somebody has written: the draft may not have read that.
document.addEventListener("desk:message", () => ghost()?.dataset.state === "ready" && look());
document.addEventListener("htmx:after:swap", lookAgain);
lookAgain();

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-draft-do]");
  if (!button) return;
  const acts = { all: takeAll, next: takeNext, reject, close: leave, use: () => take([], button.dataset.text) };
  acts[button.dataset.draftDo]();
});

const open = () => [...place().querySelectorAll(".ghost-sentence:not(.is-taken)")];

function takeAll() {
  const rest = open();
  if (rest.length) take(rest, joined(rest));
}

function takeNext() {
  const [next] = open();
  if (next) take([next], joined([next]));
}

const joined = (sentences) => sentences.map((one, number) => (number ? one.dataset.gap : "") + one.dataset.text).join("");

function take(sentences, text) {
  const gap = sentences[0]?.dataset.gap || "\n\n";
  for (const one of sentences) one.classList.add("is-taken");
  insert(field(), text, gap);
  tell("accept");
  if (!sentences.length || !open().length) used();
}

// All is in the text: what is left is what to look at before it is sent.
function used() {
  const doubts = ghost().querySelector("[data-doubts]");
  if (!doubts) return leave();
  const rest = document.createElement("section");
  rest.className = "ghost is-used";
  rest.setAttribute("aria-label", _("AI draft"));
  rest.innerHTML = `<header class="ghost-head"><button type="button" class="icon-button ghost-close" data-draft-do="close" aria-label="${_("Close")}">×</button></header>`;
  rest.firstChild.prepend(doubts);
  place().replaceChildren(rest);
}

function reject() {
  if (ghost()?.dataset.draftId) tell("reject");
  leave();
}

function leave() {
  asking += 1;
  clearTimeout(timer);
  place().replaceChildren();
  field()?.focus();
}

function tell(what) {
  const { url } = ghost().dataset;
  ask(url, { method: "POST", body: new URLSearchParams({ do: what }), headers: { Accept: "application/json" } }).catch(() => {});
}

// Keys, while the caret is in the reply and a draft lies above it. Before all others: Escape also leaves the text.
document.addEventListener(
  "keydown",
  (event) => {
    const panel = ghost();
    const here = event.target === field() || (panel?.contains(event.target) && !event.target.matches("input, textarea"));
    if (!panel || panel.classList.contains("is-used") || !here || document.querySelector(".canned")) return;
    const act = actOf(event, panel);
    if (!act) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  },
  true,
);

function actOf({ key, altKey, ctrlKey, metaKey, shiftKey, target }, panel) {
  if (ctrlKey || metaKey) return null;
  if (key === "Escape") return reject;
  if (panel.dataset.state !== "ready" || shiftKey || !open().length) return null;
  if (key === "Tab" && !altKey && target === field()) return takeAll;
  return key === "ArrowRight" && altKey ? takeNext : null;
}

// A sentence shows on what it rests.
function point({ target }) {
  const sentence = target.closest?.(".ghost-sentence");
  const named = new Set(sentence?.dataset.sources?.split(" ").filter(Boolean));
  for (const source of place()?.querySelectorAll(".ghost-source") ?? []) source.classList.toggle("is-named", named.has(source.dataset.source));
}
document.addEventListener("pointerover", point);
