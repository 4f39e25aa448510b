// A page with a part marked `data-live` keeps that part up to date: it asks every few seconds, while somebody looks at it.
import htmx from "htmx.org/dist/htmx.esm.js";
import { ask } from "./session.js";

const EVERY = 5000;
const place = () => document.querySelector("[data-live]");

async function lookAgain() {
  const here = place();
  if (!here || document.hidden) return;
  const answer = await ask(here.dataset.live, { headers: { "HX-Request": "true", Accept: "text/html" } });
  if (!answer.ok || place() !== here) return;
  await htmx.swap({ text: await answer.text(), sourceElement: document.body, target: document.body, swap: "none" });
}

if (place()) {
  setInterval(() => lookAgain().catch(() => {}), EVERY); // offline: what stands there stays
  document.addEventListener("visibilitychange", () => lookAgain().catch(() => {}));
}
