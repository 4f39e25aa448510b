// Writing: tabs, drafts that save themselves, sending by key, and what happens when somebody else was faster.
import { ask } from "./session.js";
import { address } from "./chips.js";
import { fieldOf, textOf, toTheEnd } from "./fields.js";
import { beforeSending } from "./requests.js";
import { sync } from "./rich.js";
import { _ } from "./words.js";

const REST = 1500; // ms after the last key
const KEPT = ["body", "html", "to", "cc", "message"]; // what a draft remembers of its form
const composer = () => document.getElementById("composer");
const forms = () => [...document.querySelectorAll("#composer form[data-draft]")];

const waiting = new Map(); // form → timer
const under = new Map(); // form → promise
const saved = new WeakMap(); // form → what the server has

// 'reply', 'all', 'forward' or 'note'.
export function write(mode) {
  const box = composer();
  const form = document.getElementById(`${mode === "all" ? "reply" : mode}-form`);
  if (!box || !form?.dataset.draft) return;
  const tab = box.querySelector(`[data-compose=${mode}]`) ?? box.querySelector("[data-compose=reply]");
  const was = box.querySelector("[data-compose][aria-selected=true]");
  box.dataset.mode = mode === "all" ? "reply" : mode;
  for (const each of box.querySelectorAll("[data-compose]")) each.setAttribute("aria-selected", String(each === tab));
  for (const each of forms()) each.hidden = each !== form;
  if (tab !== was && ["reply", "all"].includes(mode)) address(form, tab.dataset.compose === "all");
  const toWhom = mode === "forward" && !form.querySelector(".chip") ? form.querySelector("[data-people=to] [data-chip-field]") : null;
  if (toWhom) toWhom.focus();
  else toTheEnd(fieldOf(form));
}

document.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-compose]");
  if (tab) {
    event.preventDefault();
    write(tab.dataset.compose);
  }
  if (event.target.closest("[data-read]")) haveRead();
});

document.addEventListener("input", ({ target }) => {
  const form = target.closest("form[data-draft]");
  if (!form) return;
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(save, REST, form));
  document.dispatchEvent(new CustomEvent("desk:typing"));
});

// What the server has is what it has just drawn.
function begin() {
  for (const form of forms()) if (!saved.has(form)) saved.set(form, String(wordsOf(form)));
}

function wordsOf(form) {
  sync(form);
  return new URLSearchParams([...new FormData(form)].filter(([name, value]) => KEPT.includes(name) && typeof value === "string"));
}

async function save(form) {
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  await under.get(form);
  const body = wordsOf(form);
  if (saved.get(form) === String(body)) return;
  const attempt = keep(form, body);
  under.set(form, attempt);
  await attempt;
  under.delete(form);
}

async function keep(form, body) {
  try {
    const answer = await ask(form.dataset.draft, {
      method: "PUT",
      body,
      headers: { Accept: "application/json" },
      keepalive: String(body).length < 20000, // so that leaving the page does not lose the last words
    });
    if (!answer.ok) throw new Error(answer.statusText);
    saved.set(form, String(body));
    state(textOf(fieldOf(form)).trim() ? _("saved {time}", { time: new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }) }) : "");
  } catch {
    state(_("not saved yet, still trying"), true);
    if (form.isConnected) waiting.set(form, setTimeout(save, 5000, form));
  }
}

function state(text, bad = false) {
  const place = document.querySelector("[data-saved]");
  if (!place) return;
  place.textContent = text;
  place.classList.toggle("is-bad", bad);
}

const saveAll = () => Promise.all(forms().map(save));

// Whoever comes straight back to a ticket finds the words he left there: they are on their way.
beforeSending.push((_source, changes) => !changes && Promise.all(under.values()));

// A draft that is saved while its message is sent would come back from the dead.
beforeSending.push(async (source, changes) => {
  if (!changes) return;
  const sent = source.closest?.("form[data-draft]");
  if (!sent) return;
  clearTimeout(waiting.get(sent));
  waiting.delete(sent);
  await under.get(sent);
  await Promise.all(forms().filter((form) => form !== sent).map(save));
});

document.addEventListener("htmx:before:swap", ({ detail }) => {
  if (detail.tasks.some((task) => ["conversation", "desk"].includes(task.target?.id) || task.target === document.body)) saveAll();
});
addEventListener("pagehide", saveAll);
document.addEventListener("visibilitychange", () => document.hidden && saveAll());

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form[data-draft]");
  if (!form || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  const done = event.shiftKey && form.querySelector("[data-send-done]");
  form.requestSubmit(done || form.querySelector("[data-send-anyway]") || form.querySelector("[data-send]"));
});

// Sent: the keys belong to the desk again. Refused: the caret stays in the text, as it does when anything else is answered.
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement?.closest?.("form[data-draft]");
  if (form && !form.isConnected && document.activeElement?.closest("#composer")) document.activeElement.blur();
  begin();
  noticeNews();
  if (ctx.sourceElement?.matches?.("[data-forward]")) write("forward");
});
begin();

// What the writer has seen. While nothing is written, that is all there is on the screen; once there is text,
// news are pointed out and only count as seen when the writer says so (or the server insists).
function noticeNews() {
  const seen = document.getElementById("seen");
  const thread = document.getElementById("thread-state");
  if (!seen || !thread || Number(thread.dataset.last) <= Number(seen.value)) return;
  const form = document.getElementById("reply-form");
  if (!textOf(fieldOf(form)).trim() || thread.dataset.mine === "yes") return void haveRead();
  const place = document.getElementById("reply-refused");
  if (place.querySelector("[role=alert], .came")) return;
  const came = document.createElement("div");
  came.className = "came";
  came.setAttribute("role", "status");
  came.innerHTML = `<span>${_("A new message has come while you write.")}</span><button type="button" class="button" data-read>${_("I have read it")}</button>`;
  place.replaceChildren(came);
}

function haveRead() {
  document.getElementById("seen").value = document.getElementById("thread-state").dataset.last;
  document.querySelector("#reply-refused .came")?.remove();
}
