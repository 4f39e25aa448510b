// Merging: the dialog in which the other ticket is found and both are looked at. Splitting: ticking messages.
import { openTalk } from "./requests.js";

let wanted = false;

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-merge]")) wanted = true;
  if (target.id === "merge" && target.open) target.close(); // the backdrop
  if (target.closest("[data-split]")) openTalk()?.classList.toggle("is-splitting");
});

document.addEventListener("submit", ({ target }) => {
  if (target.matches("[data-merge]")) wanted = true;
  if (target.matches("[data-merge-do]")) document.getElementById("merge")?.close?.();
  if (target.id === "split-form") openTalk()?.classList.remove("is-splitting");
});

document.addEventListener("htmx:after:swap", () => {
  const dialog = document.querySelector("dialog#merge");
  if (!wanted || !dialog?.firstElementChild) return;
  wanted = false;
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("[autofocus], .button-main")?.focus();
});
