// "14 m" grows older by itself, in the same words as the server's.
import { _ } from "./words.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const language = document.documentElement.lang;

export function short(moment, now = new Date()) {
  const age = now - moment;
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  if (age < MINUTE) return _("now");
  if (age < HOUR) return _("{number} m", { number: Math.floor(age / MINUTE) });
  if (age < 12 * HOUR || moment >= midnight) return _("{number} h", { number: Math.floor(age / HOUR) });
  if (midnight - moment < 6 * DAY) return moment.toLocaleDateString(language, { weekday: "short" });
  const month = moment.toLocaleDateString(language, { month: "short" });
  const day = _("{day} {month}", { day: moment.getDate(), month });
  return moment.getFullYear() === now.getFullYear() ? day : `${day} ${moment.getFullYear()}`;
}

function tick() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const text = short(new Date(time.dateTime));
    if (time.textContent !== text) time.textContent = text;
  }
}

setInterval(tick, 30_000);
