// What goes out by htmx, and the live refresh that follows events.
import htmx from "htmx.org/dist/htmx.esm.js";
import { ask, csrf } from "./session.js";

const SETTLE = 40; // ms: events that come together are answered by one refresh

// Others may have to finish first (a draft that is being saved): they say so here. They are told from where it is sent, and
// whether it changes anything.
export const beforeSending = [];

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  const changes = ctx.request.method !== "GET";
  if (changes && ctx.request.action.startsWith("/inbox/")) ctx.request.action += `?${whatIsShown()}`;
  ctx.fetch = async (url, options) => {
    await Promise.all(beforeSending.map((wait) => wait(ctx.sourceElement, changes)));
    return ask(url, options);
  };
});

// An answer whose parts name their own places is good for something also where a refresh has meanwhile drawn anew what it
// was sent from: htmx would drop it whole.
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.swap === "none" && !ctx.target?.isConnected) ctx.target = document.documentElement;
});

// Forms that are sent without htmx carry the token in a field, which may be older than the cookie by now.
document.addEventListener("submit", ({ target }) => {
  const field = target.elements?.csrf_token;
  if (field) field.value = csrf() || field.value;
});

export const openTalk = () => document.querySelector("#conversation > .talk");

function whatIsShown() {
  const shown = new URLSearchParams({ shown: document.querySelectorAll("#rows > .row-place").length });
  const thread = document.getElementById("thread-state");
  if (thread) shown.set("gaps", thread.dataset.gaps);
  // What narrows and sorts the list, as the address has it.
  const here = new URLSearchParams(location.search);
  for (const name of ["q", "order"]) if (here.get(name)) shown.set(name, here.get(name));
  return shown;
}

const REST = 300; // ms between two refreshes, and longer where they are slow: a thousand events of one bulk act are a few of them
let timer = 0;
let next = 0; // not before then
let running = false;
let again = false;

export function refreshSoon() {
  timer ||= setTimeout(run, Math.max(SETTLE, next - Date.now()));
}

async function run() {
  timer = 0;
  if (running) return void (again = true);
  running = true;
  const began = Date.now();
  try {
    await refresh();
  } catch {
    setTimeout(refreshSoon, 3000); // the desk cannot be reached: the banner says so, and this goes on trying
  } finally {
    running = false;
    next = Date.now() + Math.max(REST, 2 * (Date.now() - began));
    if (again) {
      again = false;
      refreshSoon();
    }
  }
}

const HELD = 10_000; // ms that an open menu holds a refresh back: it would close it under the reader's hand
let heldFrom = 0;

function menuIsOpen() {
  const isOpen = document.querySelector("#conversation details.menu[open]") !== null;
  heldFrom = isOpen ? heldFrom || Date.now() : 0;
  return isOpen && Date.now() - heldFrom < HELD;
}

async function refresh() {
  const list = document.getElementById("list");
  if (!list) return;
  if (menuIsOpen()) return void setTimeout(refreshSoon, REST);
  const view = list.dataset.view;
  const ticket = openTalk()?.dataset.ticket;
  const wanted = whatIsShown();
  const gaps = wanted.get("gaps");
  if (ticket) wanted.set("ticket", ticket);
  if (document.visibilityState === "visible") wanted.set("seen", "");
  const answer = await ask(`/inbox/${view}/live/?${wanted}`, { headers: { "HX-Request": "true", Accept: "text/html" } });
  if (answer.status >= 500) throw new Error(answer.statusText);
  if (!answer.ok) return;
  const text = await answer.text();
  // The reader may have moved on while this was on its way, or unfolded what it would fold again.
  const hasMoved = document.getElementById("list")?.dataset.view !== view || openTalk()?.dataset.ticket !== ticket;
  if (hasMoved || whatIsShown().get("gaps") !== gaps || menuIsOpen()) return refreshSoon();
  await htmx.swap({ text, sourceElement: document.body, target: document.body, swap: "none" });
}
