// Draws each chart of the reports page from the table that stands under it, and counts again while it is looked at.
import uPlot from "uplot";

const HEIGHT = 260;

function draw() {
  for (const place of document.querySelectorAll("[data-chart]")) chart(place, document.getElementById(place.dataset.chart));
}

function chart(place, table) {
  const heads = [...table.tHead.rows[0].cells].map((cell, column) => ({ cell, column })).filter(({ cell }) => cell.dataset.series);
  const rows = [...table.tBodies[0].rows];
  const days = rows.map((row) => Date.parse(row.dataset.day) / 1000);
  const values = heads.map(({ column }) => rows.map((row) => Number(row.cells[column].textContent)));
  const axis = { stroke: resolved("--ink-faint"), grid: { stroke: resolved("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  place.replaceChildren();
  new uPlot(
    {
      width: place.clientWidth,
      height: HEIGHT,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      scales: { backlog: { range: (_, low, high) => [0, Math.max(1, high * 1.1)] }, y: { range: (_, low, high) => [0, Math.max(1, high * 1.15)] } },
      axes: [{ ...axis, values: (_, days_) => days_.map(dayName) }, axis, { ...axis, scale: "backlog", side: 1, grid: { show: false } }],
      series: [
        { label: table.tHead.rows[0].cells[0].textContent, value: (_, seconds) => (seconds ? dayName(seconds) : "–") },
        ...heads.map(({ cell }, place_) => series(cell, resolved(cell.dataset.colour), place_)),
      ],
    },
    [days, ...values],
    place,
  );
}

const dayName = (seconds) => new Date(seconds * 1000).toLocaleDateString(document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang, { day: "numeric", month: "short", timeZone: "UTC" });

function series(cell, stroke, place) {
  if (cell.dataset.series === "line") return { label: cell.textContent, stroke, width: 2, scale: "backlog", points: { show: false } };
  return { label: cell.textContent, stroke, fill: stroke, paths: uPlot.paths.bars({ size: [0.38, 18], align: place ? 1 : -1, radius: 0.15 }), points: { show: false } };
}

// A custom property holds `light-dark(…)`: only an element that uses it knows which.
function resolved(name) {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

const FOCUSABLE = "a, summary, [tabindex]";

// What was unfolded stays so, and the focus stays where it was.
async function countAgain() {
  const report = document.getElementById("report");
  if (document.hidden) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || new URL(answer.url).pathname !== location.pathname) return; // signed out: what stands there stays
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("report");
  const open = [...report.querySelectorAll("details")].map((each) => each.open);
  [...fresh.querySelectorAll("details")].forEach((each, place) => (each.open = open[place] ?? false));
  const focused = [...report.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
  report.replaceChildren(...fresh.childNodes);
  draw();
  if (focused >= 0) report.querySelectorAll(FOCUSABLE)[focused]?.focus({ preventScroll: true });
}

const SOON = 1000; // ms: what happens together is counted together, and counting takes no more than half of the time
let timer = 0;
let next = 0; // not before then

function countSoon() {
  timer ||= setTimeout(count, Math.max(SOON, next - Date.now()));
}

async function count() {
  const began = Date.now();
  await countAgain().catch(() => {}); // offline: what stands there stays
  next = Date.now() + Math.max(SOON, Date.now() - began);
  timer = 0;
}

document.addEventListener("desk:happened", countSoon);
document.addEventListener("visibilitychange", countSoon);
setInterval(countSoon, Number(document.getElementById("report").dataset.countEvery) * 1000); // a day ends without an event
addEventListener("resize", () => requestAnimationFrame(draw));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
draw();
