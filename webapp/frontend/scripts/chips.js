// To and Cc as chips: typed and completed from people the desk knows, removed by a key or a click.
import { ask } from "./session.js";
import { close, isOpen, listOf, offer } from "./picker.js";
import { openTalk } from "./requests.js";
import { _ } from "./words.js";

const ADDRESS = /^[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]{2,}$/;
const REST = 120; // ms after the last key
const SEPARATE = /[,;\n]+|\s+(?=\S+@)/;

const lineOf = (element) => element.closest("[data-people]");
const chipsIn = (line) => [...line.querySelectorAll(".chip")];
const changed = (line) => line.dispatchEvent(new Event("input", { bubbles: true }));

function addChip(line, address, name = "") {
  const written = /<([^<>]+)>\s*$/.exec(address)?.[1] ?? address;
  const plain = written.trim();
  if (!plain || chipsIn(line.closest("[data-people-place]")).some((chip) => chip.dataset.address.toLowerCase() === plain.toLowerCase())) return;
  const chip = document.createElement("li");
  chip.className = ADDRESS.test(plain) ? "chip" : "chip chip-bad";
  chip.dataset.address = plain;
  chip.innerHTML = `<input type="hidden"><span class="chip-name"></span> <span class="chip-address"></span><button type="button" class="chip-remove" data-chip-remove>×</button>`;
  const [field, called, at, remove] = chip.children;
  Object.assign(field, { name: line.dataset.people, value: plain });
  called.textContent = name;
  if (!name) called.remove();
  at.textContent = plain;
  remove.setAttribute("aria-label", _("Remove {name}", { name: plain }));
  line.querySelector(".chip-entry").before(chip);
}

// What stands in the field becomes chips; whether there was anything.
function take(field) {
  const typed = field.value.split(SEPARATE).filter((one) => one.trim());
  field.value = "";
  for (const one of typed) addChip(lineOf(field), one);
  if (typed.length) changed(lineOf(field));
  return typed.length > 0;
}

function remove(chip) {
  const line = lineOf(chip);
  const next = chip.nextElementSibling.querySelector("[data-chip-remove], [data-chip-field]");
  chip.remove();
  next?.focus();
  changed(line);
}

let timer = 0;
let asking = 0;

document.addEventListener("input", ({ target }) => {
  if (!target.matches?.("[data-chip-field]")) return;
  if (/[,;]$/.test(target.value) && take(target)) return isOpen("people-list") && close();
  clearTimeout(timer);
  timer = setTimeout(complete, REST, target);
});

async function complete(field) {
  const mine = ++asking;
  const wanted = field.value.trim();
  if (!wanted) return isOpen("people-list") && close();
  try {
    const answer = await ask(`/tickets/${openTalk()?.dataset.ticket}/people/?${new URLSearchParams({ q: wanted })}`, { headers: { Accept: "application/json" } });
    if (mine !== asking || !answer.ok || field !== document.activeElement || field.value.trim() !== wanted) return;
    const { people } = await answer.json();
    if (!people.length) return isOpen("people-list") && close();
    const items = people.map(({ address, name }) => ({ value: address, name, title: name || address, detail: name && address }));
    offer(field, field.parentElement, listOf("people-list", field.getAttribute("aria-label"), items), { take: (option) => choose(field, option) });
  } catch {
    // The desk cannot be reached: what is typed counts all the same.
  }
}

function choose(field, option) {
  close();
  field.value = "";
  addChip(lineOf(field), option.dataset.value, option.dataset.name);
  changed(lineOf(field));
  field.focus();
}

document.addEventListener("keydown", (event) => {
  const field = event.target.closest?.("[data-chip-field]");
  const button = event.target.closest?.("[data-chip-remove]");
  if (field && event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
    event.preventDefault(); // and not send
    take(field);
  }
  if (field && event.key === "Backspace" && !field.value) lineOf(field).querySelector(".chip:nth-last-child(2) [data-chip-remove]")?.focus();
  if (button && ["Backspace", "Delete"].includes(event.key)) {
    event.preventDefault();
    remove(button.closest(".chip"));
  }
});

document.addEventListener("focusout", ({ target }) => {
  if (!target.matches?.("[data-chip-field]") || !target.isConnected) return;
  if (isOpen("people-list")) close();
  take(target);
});

document.addEventListener("click", ({ target }) => {
  const chip = target.closest?.("[data-chip-remove]")?.closest(".chip");
  if (chip) remove(chip);
  else if (target.matches?.("[data-chips]")) target.querySelector("[data-chip-field]").focus();
});

// Reply goes to whoever opened the ticket, reply to all also to the others who take part.
export function address(form, toAll) {
  const place = form.querySelector("[data-people-place]");
  const everybody = JSON.parse(place.dataset.everybody ?? "[]");
  if (everybody.length < 2) return;
  for (const chip of chipsIn(place)) if (!chip.matches(".chip-fixed")) chip.remove();
  if (toAll) for (const { address: at, name, place: where, is_fixed: fixed } of everybody) if (!fixed) addChip(place.querySelector(`[data-people=${where}]`), at, name);
  changed(place);
}
