// "14 m" grows older by itself, in the same words as the server's.
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function short(moment, now = new Date()) {
  const age = now - moment;
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  if (age < MINUTE) return "now";
  if (age < HOUR) return `${Math.floor(age / MINUTE)} m`;
  if (age < 12 * HOUR || moment >= midnight) return `${Math.floor(age / HOUR)} h`;
  if (midnight - moment < 6 * DAY) return moment.toLocaleDateString("en", { weekday: "short" });
  const day = `${moment.getDate()} ${moment.toLocaleDateString("en", { month: "short" })}`;
  return moment.getFullYear() === now.getFullYear() ? day : `${day} ${moment.getFullYear()}`;
}

function tick() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const text = short(new Date(time.dateTime));
    if (time.textContent !== text) time.textContent = text;
  }
}

setInterval(tick, 30_000);
