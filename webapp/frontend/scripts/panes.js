// The panes: their widths by dragging, the sidebar and the person panel by key or button.
import { remember } from "./look.js";

const root = document.documentElement;
const LEAST = 260;
const MOST = 640;
const KEY = "postroom:list-width";
const forward = root.dir === "rtl" ? -1 : 1;

function setWidth(width) {
  const whole = Math.round(Math.min(Math.max(width, LEAST), MOST));
  root.style.setProperty("--list-width", `${whole}px`);
  localStorage.setItem(KEY, whole);
}

const kept = Number(localStorage.getItem(KEY));
if (kept) setWidth(kept);

document.addEventListener("pointerdown", (event) => {
  const divider = event.target.closest?.("[data-divider]");
  if (!divider) return;
  event.preventDefault();
  const edges = document.getElementById("list").getBoundingClientRect();
  const drag = ({ clientX }) => setWidth(forward < 0 ? edges.right - clientX : clientX - edges.left);
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
  const step = { ArrowLeft: -24, ArrowRight: 24 }[event.key];
  if (!step || !event.target.matches?.("[data-divider]")) return;
  event.preventDefault();
  setWidth(document.getElementById("list").offsetWidth + forward * step);
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
