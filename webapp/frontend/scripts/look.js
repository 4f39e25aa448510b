// Light or dark, which panes are open: kept in cookies, so that the server draws the page right at once.
import { cookie } from "./session.js";

const root = document.documentElement;

export function remember(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
}

root.dataset.scripted = "";
remember("tz", Intl.DateTimeFormat().resolvedOptions().timeZone);

function choose(theme) {
  remember("theme", theme);
  if (theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = theme;
  show();
}

function show() {
  const current = cookie("theme") || "auto";
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === current));
  }
  const density = root.dataset.density ?? "comfortable";
  for (const button of document.querySelectorAll("[data-density-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.densityChoice === density));
  }
}

function pack(density) {
  remember("density", density);
  root.dataset.density = density;
  show();
}

export function switchTheme() {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  choose(dark ? "light" : "dark");
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-theme-choice]");
  if (button) choose(button.dataset.themeChoice);
  const density = target.closest("[data-density-choice]");
  if (density) pack(density.dataset.densityChoice);
});

// What only works with scripts is shown now that they run.
function reveal() {
  for (const part of document.querySelectorAll("[data-needs-script][hidden]")) part.hidden = false;
  show();
}

document.addEventListener("desk:start", reveal);
document.addEventListener("htmx:after:swap", reveal);
