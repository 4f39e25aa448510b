// Writing: tabs, drafts that save themselves, sending by key, and what happens when somebody else was faster.
import { ask } from "./session.js";
import { beforeSending } from "./requests.js";
import { _ } from "./words.js";

const REST = 1500; // ms after the last key
const composer = () => document.getElementById("composer");
const forms = () => [...document.querySelectorAll("#composer form[data-draft]")];
const words = (form) => form.elements.body;

const waiting = new Map(); // form → timer
const saving = new Map(); // form → promise
const saved = new WeakMap(); // form → text the server has

export function write(mode) {
  const box = composer();
  if (!box) return;
  box.dataset.mode = mode;
  for (const tab of box.querySelectorAll("[data-compose]")) tab.setAttribute("aria-selected", String(tab.dataset.compose === mode));
  for (const form of forms()) form.hidden = form.id !== `${mode}-form`;
  const field = document.getElementById(`${mode}-body`);
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
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

async function save(form) {
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  await saving.get(form);
  const body = words(form).value;
  if ((saved.get(form) ?? words(form).defaultValue) === body) return;
  const attempt = keep(form, body);
  saving.set(form, attempt);
  await attempt;
  saving.delete(form);
}

async function keep(form, body) {
  try {
    const answer = await ask(form.dataset.draft, {
      method: "PUT",
      body: new URLSearchParams({ body }),
      headers: { Accept: "application/json" },
      keepalive: body.length < 20000, // so that leaving the page does not lose the last words
    });
    if (!answer.ok) throw new Error(answer.statusText);
    saved.set(form, body);
    state(body.trim() ? _("saved {time}", { time: new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) }) : "");
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

export const saveAll = () => Promise.all(forms().map(save));

// A draft that is saved while its message is sent would come back from the dead.
beforeSending.push(async (source) => {
  const sent = source.closest?.("form[data-draft]");
  if (!sent) return;
  clearTimeout(waiting.get(sent));
  waiting.delete(sent);
  await saving.get(sent);
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
  form.requestSubmit(form.querySelector("[data-send]"));
});

// Sent: the keys belong to the desk again. Refused: the caret stays in the text.
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement?.closest?.("form[data-draft]");
  if (ctx.response && !form?.isConnected && document.activeElement?.closest("#composer")) document.activeElement.blur();
  noticeNews();
});

// What the writer has seen. While nothing is written, that is all there is on the screen; once there is text,
// news are pointed out and only count as seen when the writer says so (or the server insists).
function noticeNews() {
  const seen = document.getElementById("seen");
  const thread = document.getElementById("thread-state");
  if (!seen || !thread || Number(thread.dataset.last) <= Number(seen.value)) return;
  const form = document.getElementById("reply-form");
  if (!words(form).value.trim() || thread.dataset.mine === "yes") return void haveRead();
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
