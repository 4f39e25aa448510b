// The panes: their widths by dragging, the sidebar and the person panel by key or button.
import { remember } from "./look.js";

const root = document.documentElement;

// Each divider: the pane whose width it changes, the variable that holds it, and between what it may be chosen.
const DIVIDERS = {
  sidebar: { pane: "sidebar", least: 168, most: 360 },
  list: { pane: "list", least: 260, most: 640 },
  person: { pane: "person", least: 200, most: 480 },
};

const kept = (name) => `postroom:${name}-width`;
const pane = (name) => document.getElementById(DIVIDERS[name].pane);
const isMirrored = () => document.dir === "rtl";
// 1 where a pane grows as its divider goes right. The person panel lies behind its divider: it grows the other way.
const grows = (name) => ((name === "person") === isMirrored() ? 1 : -1);

function setWidth(name, width) {
  const { least, most } = DIVIDERS[name];
  const whole = Math.round(Math.min(Math.max(width, least), most));
  root.style.setProperty(`--${name}-width`, `${whole}px`);
  localStorage.setItem(kept(name), whole);
  tell(name, whole);
}

function tell(name, now) {
  const divider = document.querySelector(`[data-divider="${name}"]`);
  divider?.setAttribute("aria-valuemin", DIVIDERS[name].least);
  divider?.setAttribute("aria-valuemax", DIVIDERS[name].most);
  divider?.setAttribute("aria-valuenow", now);
}

function settle() {
  for (const name of Object.keys(DIVIDERS)) if (pane(name)) tell(name, pane(name).offsetWidth);
}

for (const name of Object.keys(DIVIDERS)) {
  const width = Number(localStorage.getItem(kept(name)));
  if (width) setWidth(name, width);
}
document.addEventListener("desk:start", settle);
document.addEventListener("desk:opened", settle);

document.addEventListener("pointerdown", (event) => {
  const divider = event.target.closest?.("[data-divider]");
  if (!divider) return;
  event.preventDefault();
  const name = divider.dataset.divider;
  const [start, width] = [event.clientX, pane(name).offsetWidth];
  const drag = ({ clientX }) => setWidth(name, width + grows(name) * (clientX - start));
  divider.setPointerCapture(event.pointerId);
  divider.classList.add("is-dragged");
  divider.addEventListener("pointermove", drag);
  divider.addEventListener(
    "lostpointercapture",
    () => {
      divider.classList.remove("is-dragged");
      divider.removeEventListener("pointermove", drag);
    },
    { once: true },
  );
});

document.addEventListener("keydown", (event) => {
  const name = event.target.dataset?.divider;
  if (!name) return;
  const { least, most } = DIVIDERS[name];
  const now = pane(name).offsetWidth;
  const wanted = { ArrowLeft: now - 24 * grows(name), ArrowRight: now + 24 * grows(name), Home: least, End: most }[event.key];
  if (wanted === undefined) return;
  event.preventDefault();
  setWidth(name, wanted);
});

export function togglePane(name) {
  if (name === "sidebar" && matchMedia("(max-width: 1100px)").matches) return drawer();
  const narrow = name === "person" && matchMedia("(max-width: 1360px)").matches;
  const isOn = narrow ? root.dataset[name] === "on" : root.dataset[name] !== "off";
  root.dataset[name] = isOn ? "off" : "on";
  remember(name, root.dataset[name]);
}

function drawer(open) {
  const sidebar = document.getElementById("sidebar");
  sidebar?.classList.toggle("is-open", open);
  if (sidebar?.classList.contains("is-open")) sidebar.querySelector(".view-link")?.focus();
}

export const closeDrawer = () => {
  const was = document.querySelector("#sidebar.is-open");
  was?.classList.remove("is-open");
  return Boolean(was);
};

document.addEventListener("click", (event) => {
  const toggle = event.target.closest("[data-toggle]");
  if (toggle) togglePane(toggle.dataset.toggle);
  const button = event.target.closest("[data-drawer]");
  if (button) {
    event.preventDefault();
    if (button.dataset.drawer === "open" && !matchMedia("(max-width: 1100px)").matches) return togglePane("sidebar");
    return drawer(button.dataset.drawer === "open");
  }
  const inside = event.target.closest("#sidebar");
  if (!inside || event.target.closest(".view-link")) closeDrawer();
});
