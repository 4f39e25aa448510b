// Who else is on this ticket: a name, and whether a reply is being written.
import { _ } from "./words.js";

const shownIn = () => document.querySelector("[data-viewers]");
let known = { ticket: 0, people: [] };

export function present(ticket, people) {
  known = { ticket, people };
  show();
}

export function show() {
  const place = shownIn();
  if (!place) return;
  const open = Number(place.closest("[data-ticket]")?.dataset.ticket);
  place.replaceChildren(...(open === known.ticket ? known.people : []).map(badge));
}

function badge({ name, state }) {
  const mark = document.createElement("span");
  mark.className = `viewer${state === "typing" ? " is-typing" : ""}`;
  const letters = document.createElement("span");
  letters.className = "face face-small hue-1";
  letters.setAttribute("aria-hidden", "true");
  letters.textContent = name.slice(0, 1).toUpperCase();
  mark.append(letters, state === "typing" ? _("{name} is writing", { name }) : _("{name} is here", { name }));
  return mark;
}
