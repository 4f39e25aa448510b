// Words for the reader: toasts that go by themselves, and what a screen reader is told.
import { _ } from "./words.js";

const STAY = 5000;

export function toast(text, bad = false) {
  const place = document.getElementById("toasts");
  if (!place) return;
  const note = document.createElement("p");
  note.className = bad ? "toast toast-bad" : "toast";
  note.textContent = text;
  place.append(note);
}

export function say(text) {
  const place = document.getElementById("news");
  if (place) place.textContent = text;
}

// Whoever puts a toast there, we or the server: each goes after a while, or at a click.
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) {
    for (const note of addedNodes) {
      if (note.matches?.(".toast")) setTimeout(() => note.remove(), stay(note));
    }
  }
}).observe(document.body, { childList: true, subtree: true });

function stay(note) {
  if (!note.dataset.stay) return note.matches(".toast-bad, :has(button)") ? STAY * 2 : STAY; // longer where there is something to decide
  countDown(note.querySelector("[data-seconds]"), Number(note.dataset.stay));
  return Number(note.dataset.stay) * 1000;
}

function countDown(place, seconds) {
  if (!place?.isConnected) return;
  place.textContent = seconds;
  if (seconds > 0) setTimeout(countDown, 1000, place, seconds - 1);
}

// The button in the toast presses the one under the message: there is one way to take a reply back.
document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-undo-toast]")) document.querySelector("[data-undo]")?.click();
  if (target.closest("[data-undo]")) document.querySelector(".toast[data-stay]")?.remove();
  // A form that is gone sends nothing: its own button is let through first.
  const note = target.closest(".toast");
  if (target.closest("[data-undo-move]")) setTimeout(() => note.remove());
  else note?.remove();
});

document.addEventListener("htmx:error", ({ detail }) => {
  if (detail.ctx?.request?.method === "GET") return toast(_("The desk cannot be reached just now."), true);
  toast(_("That did not get through: the desk cannot be reached. What you wrote is still here."), true);
});

document.addEventListener("desk:signed-out", () => {
  const place = document.getElementById("link-state");
  if (!place) return location.reload();
  place.innerHTML = `${_("You are signed out. What you wrote is still here.")} <a href="/signin" target="_blank">${_("Sign in in a new tab, then go on")}</a>`;
  place.hidden = false;
});

export async function copy(text) {
  await navigator.clipboard?.writeText(text);
  toast(_("{text} copied", { text }));
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-copy]");
  if (button) copy(button.dataset.copy);
});
