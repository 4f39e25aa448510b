// The conversation: opening and leaving it, staying at its end, and mails in frames as tall as they are.
import { openTalk } from "./requests.js";
import { focusOpenRow, markOpen } from "./list.js";

const scroller = () => document.getElementById("thread-scroller");

let following = true; // the reader has not scrolled away from the end
let shown = null; // the conversation this was settled for

// The message that the address leads to.
const aim = () => (location.hash.startsWith("#m-") ? document.getElementById(location.hash.slice(1)) : null);

function toTheEnd() {
  const pane = scroller();
  if (pane && aim()) return aim().scrollIntoView({ block: "start" });
  const last = pane?.querySelector(".card:last-of-type");
  if (!pane) return;
  const end = pane.scrollHeight - pane.clientHeight;
  // A long last mail is read from its beginning.
  const top = last ? last.offsetTop - pane.offsetTop - 44 : end;
  pane.scrollTop = Math.min(end, Math.max(0, top));
}

const grown = new ResizeObserver(() => following && toTheEnd());

function settle() {
  const talk = openTalk();
  document.getElementById("desk")?.classList.toggle("has-ticket", Boolean(talk));
  for (const frame of document.querySelectorAll(".mail-frame")) fit(frame);
  if (talk && talk !== shown) {
    following = true;
    grown.disconnect();
    grown.observe(document.getElementById("thread"));
    toTheEnd();
    document.dispatchEvent(new CustomEvent("desk:opened", { detail: talk.dataset.ticket }));
  }
  if (!talk && shown) document.dispatchEvent(new CustomEvent("desk:left"));
  shown = talk;
}

for (const moved of ["wheel", "touchmove", "pointerdown", "keydown"]) {
  document.addEventListener(
    moved,
    (event) => {
      const pane = scroller();
      if (pane?.contains(event.target)) following = false;
    },
    { passive: true },
  );
}

document.addEventListener("htmx:before:swap", () => {
  const pane = scroller();
  if (pane && pane.scrollHeight - pane.clientHeight - pane.scrollTop < 60) following = true;
});
document.addEventListener("htmx:after:swap", settle);
document.addEventListener("desk:start", settle);
addEventListener("hashchange", () => aim()?.scrollIntoView({ block: "start" }));

// Back to the list. The address follows, so that a reload shows the same.
export function leave() {
  const talk = openTalk();
  if (!talk) return false;
  history.pushState({ htmx: true }, "", `/inbox/${talk.dataset.view}/`);
  document.getElementById("conversation").replaceChildren(document.getElementById("nothing-open").content.cloneNode(true));
  document.title = `${document.querySelector("#list h1").textContent} · Postroom`;
  focusOpenRow();
  settle();
  markOpen();
  return true;
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-back]")) return;
  event.preventDefault();
  leave();
});

// The frame has no scripts of its own, but is of our origin: so it can be measured from here.
const watched = new WeakSet();

function fit(frame) {
  const inside = frame.contentDocument;
  if (!inside?.body || inside.URL === "about:blank" || watched.has(inside)) return;
  watched.add(inside);
  const measure = () => {
    frame.style.height = `${Math.min(inside.body.offsetHeight, 20000)}px`;
    const over = inside.documentElement.scrollHeight; // never less than the frame is high, so only good for what sticks out of the body
    if (over > frame.offsetHeight) frame.style.height = `${Math.min(over, 20000)}px`;
  };
  new ResizeObserver(measure).observe(inside.body);
  measure();
  inside.addEventListener("keydown", (event) => {
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: event.key, shiftKey: event.shiftKey, bubbles: true }));
  });
}

document.addEventListener("load", ({ target }) => target.matches?.(".mail-frame") && fit(target), true);
