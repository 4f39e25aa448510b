// A list to choose from beside a field in which one goes on typing: arrows choose, Enter or Tab takes, Escape closes.
let open = null; // {field, box, take, escape}

export const isOpen = (kind) => Boolean(open && (!kind || open.box.classList.contains(kind)));
const options = () => [...open.box.querySelectorAll("[role=option]")];
const chosen = () => open.box.querySelector("[role=option][aria-selected=true]");

// Show `box` in `place` for `field`. `take` gets the chosen option; `escape` hears that somebody closed it.
export function offer(field, place, box, { take, escape, chose }) {
  if (open?.box !== box) close();
  open = { field, box, take, escape, chose };
  if (box.parentElement !== place) place.append(box);
  field.setAttribute("aria-controls", box.querySelector("[role=listbox]").id);
  field.setAttribute("aria-expanded", "true");
  choose(options()[0]);
}

export function close() {
  if (!open) return false;
  const { field, box } = open;
  open = null;
  for (const name of ["aria-controls", "aria-activedescendant"]) field.removeAttribute(name);
  if (field.matches("[role=combobox]")) field.setAttribute("aria-expanded", "false");
  else field.removeAttribute("aria-expanded");
  box.remove();
  return true;
}

function choose(option) {
  for (const one of options()) one.setAttribute("aria-selected", String(one === option));
  option?.scrollIntoView({ block: "nearest" });
  open.field.setAttribute("aria-activedescendant", option?.id ?? "");
  open.chose?.(option);
}

function move(step) {
  const all = options();
  if (all.length) choose(all.at((all.indexOf(chosen()) + step) % all.length));
}

const KEYS = {
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  Enter: () => open.take(chosen()),
  Tab: () => open.take(chosen()),
  Escape: () => {
    open.escape?.();
    close();
  },
};

document.addEventListener(
  "keydown",
  (event) => {
    if (!open || event.target !== open.field || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const act = KEYS[event.key];
    if (!act || (event.key !== "Escape" && !chosen())) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  },
  true,
);

document.addEventListener("pointerdown", (event) => {
  const option = open && event.target.closest?.("[role=option]");
  if (option && open.box.contains(option)) {
    event.preventDefault(); // the caret stays in the text
    open.take(option);
  } else if (open && !open.box.contains(event.target)) close();
});

document.addEventListener("pointerover", ({ target }) => {
  const option = open && target.closest?.("[role=option]");
  if (option && open.box.contains(option)) choose(option);
});

// A plain list of {id, title, detail}; `data` is kept with each option.
export function listOf(kind, label, items) {
  const box = document.createElement("div");
  box.className = `picker ${kind}`;
  const list = box.appendChild(document.createElement("ul"));
  Object.assign(list, { id: `${kind}-options`, className: "canned-list" });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", label);
  for (const [number, item] of items.entries()) {
    const option = list.appendChild(document.createElement("li"));
    Object.assign(option, { id: `${kind}-${number}`, className: "canned-option" });
    option.setAttribute("role", "option");
    option.dataset.value = item.value;
    option.dataset.name = item.name ?? "";
    for (const [name, text] of [["canned-title", item.title], ["canned-opening", item.detail]]) {
      const line = option.appendChild(document.createElement("span"));
      line.className = name;
      line.textContent = text ?? "";
    }
  }
  return box;
}
