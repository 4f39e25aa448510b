// The outbox page keeps itself up to date: it looks every few seconds, while somebody looks at it.
import htmx from "htmx.org/dist/htmx.esm.js";
import { ask } from "./session.js";

const EVERY = 5000;
const place = () => document.querySelector("[data-live]");

export async function refreshOutbox() {
  const here = place();
  if (!here || document.hidden) return;
  const answer = await ask(here.dataset.live, { headers: { "HX-Request": "true", Accept: "text/html" } });
  if (!answer.ok || place() !== here) return;
  await htmx.swap({ text: await answer.text(), sourceElement: document.body, target: document.body, swap: "none" });
}

if (place()) {
  setInterval(() => refreshOutbox().catch(() => {}), EVERY);
  document.addEventListener("visibilitychange", () => refreshOutbox().catch(() => {}));
}
