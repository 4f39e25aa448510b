// Merging: the drawer closes when it is done. Splitting: ticking messages.
import { openTalk } from "./requests.js";

document.addEventListener("click", ({ target }) => target.closest("[data-split]") && openTalk()?.classList.toggle("is-splitting"));

document.addEventListener("submit", ({ target }) => {
  if (target.matches("[data-merge-do]")) document.getElementById("merge").close?.();
  if (target.id === "split-form") openTalk()?.classList.remove("is-splitting");
});
