// Menus are <details>: they open without us. Here they also close, take the arrow keys, and can be filtered.

const open = () => [...document.querySelectorAll("details.menu[open], details.subject-edit[open]")];

export function closeMenus(except) {
  const all = open().filter((menu) => menu !== except);
  for (const menu of all) menu.open = false;
  return all.length > 0;
}

export function openMenu(id) {
  const menu = document.getElementById(id);
  if (!menu) return;
  closeMenus();
  menu.open = true;
}

document.addEventListener("click", ({ target }) => closeMenus(target.closest("details.menu, details.subject-edit")));

document.addEventListener(
  "toggle",
  ({ target, target: { open: isOpen } }) => {
    if (!isOpen || !target.matches?.("details.menu, details.subject-edit")) return;
    closeMenus(target);
    const field = target.querySelector("input:not([type=hidden], [type=datetime-local], [hidden])");
    (field ?? target.querySelector(".menu-item"))?.focus();
    field?.select();
  },
  true,
);

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu[open]");
  if (!menu || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll(".menu-item:not([hidden])")];
  const step = event.key === "ArrowDown" ? 1 : -1;
  items.at((items.indexOf(document.activeElement) + step) % items.length)?.focus();
});

document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-filter]")) return;
  for (const item of target.closest(".menu-body").querySelectorAll(".menu-item")) {
    item.hidden = !item.textContent.toLowerCase().includes(target.value.toLowerCase());
  }
});

// What was chosen closes the menu it was chosen from.
document.addEventListener("submit", ({ target }) => target.closest("details.menu, details.subject-edit") && setTimeout(closeMenus));
document.addEventListener("htmx:before:request", () => setTimeout(closeMenus));
