// A page with a part marked `data-live` keeps that part up to date: it asks every few seconds, while somebody looks at it.
import htmx from "htmx.org/dist/htmx.esm.js";
import { ask } from "./session.js";

const EVERY = 5000;
const place = () => document.querySelector("[data-live]");

async function refresh() {
  const here = place();
  if (!here || document.hidden) return;
  const answer = await ask(here.dataset.live, { headers: { "HX-Request": "true", Accept: "text/html" } });
  if (!answer.ok || place() !== here) return;
  await htmx.swap({ text: await answer.text(), sourceElement: document.body, target: document.body, swap: "none" });
}

let next = 0; // not before then: what is slow to count is counted seldom

async function look() {
  const began = Date.now();
  if (began < next) return;
  next = Infinity;
  await refresh().catch(() => {}); // offline: what stands there stays
  next = Date.now() + 10 * (Date.now() - began);
}

if (place()) {
  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look);
}
