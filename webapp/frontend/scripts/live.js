// The socket: it tells what has changed, by number; what it looks like is asked for over HTTP, where rights are kept.
import { openTalk, refreshSoon } from "./requests.js";
import { present, show } from "./presence.js";
import { renew } from "./session.js";
import { _ } from "./words.js";

const FIRST = 500;
const LONGEST = 15_000;
const PATIENCE = 1500; // a short gap is not worth a banner
const [NOT_SIGNED_IN, NO_RIGHT, NO_ROOM] = [4401, 4403, 1013];

let socket = null;
let isLive = false; // the desk has said that it listens for us
let lastEvent = 0;
let pause = FIRST;
let banner = 0;
let retry = 0;
let idle = 0;
let toldTyping = 0;

const currentTicket = () => Number(openTalk()?.dataset.ticket ?? 0);

function connect() {
  clearTimeout(retry);
  const since = lastEvent ? `?last_event_id=${lastEvent}` : "";
  socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/ws/inbox/${since}`);
  socket.onopen = connected;
  socket.onmessage = ({ data }) => heard(JSON.parse(data));
  socket.onclose = lost;
}

function connected() {
  pause = FIRST;
  clearTimeout(banner);
  banner = 0;
  const place = document.getElementById("link-state");
  if (place) place.hidden = true;
  say({ type: "hello" });
  tell("viewing");
}

// From here on the socket tells of everything: what happened between the drawing of the page and this moment is looked up.
function listening() {
  isLive = true;
  state("live", _("Live"));
  happened();
}

function heard(event) {
  if (event.type === "live") return listening();
  if (event.type === "presence") return present(event.ticket_id, event.people);
  if (event.id) lastEvent = event.id;
  if (event.type === "delivery.changed" && event.ticket_id !== currentTicket()) return;
  if (event.type === "draft.ready") return document.dispatchEvent(new CustomEvent("desk:draft", { detail: event }));
  if (event.type === "message.created" && event.ticket_id === currentTicket()) document.dispatchEvent(new CustomEvent("desk:message"));
  happened();
}

// The list and the ticket are drawn anew; a page of another kind hears of it and does what it likes.
function happened() {
  refreshSoon();
  document.dispatchEvent(new CustomEvent("desk:happened"));
}

async function lost({ code }) {
  socket = null;
  isLive = false;
  present(0, []);
  if (code === NO_RIGHT) return state("lost", _("No live updates for this account"));
  if (code === NO_ROOM) return lookAgainLater();
  state("lost", _("Reconnecting…"));
  banner ||= setTimeout(announce, PATIENCE);
  if (code === NOT_SIGNED_IN && (await renew()) === false) return document.dispatchEvent(new CustomEvent("desk:signed-out"));
  retry = setTimeout(connect, pause * (0.7 + Math.random() * 0.6));
  pause = Math.min(pause * 2, LONGEST);
}

// The desk has more windows open than it can tell of news: this one looks by itself, and asks for a place each time.
function lookAgainLater() {
  state("lost", _("Looks for news every 15 seconds"));
  refreshSoon();
  retry = setTimeout(connect, LONGEST * (0.7 + Math.random() * 0.6));
}

function announce() {
  const place = document.getElementById("link-state");
  if (!place) return;
  place.textContent = navigator.onLine ? _("Reconnecting… You can go on writing.") : _("You are offline. You can go on writing; it is kept in this window.");
  place.hidden = false;
}

function state(name, title) {
  const dot = document.querySelector("[data-connection]");
  if (!dot) return;
  dot.dataset.state = name;
  dot.title = title;
  dot.firstElementChild.textContent = title;
}

function tell(type) {
  const ticket = currentTicket();
  say(ticket ? { type, ticket_id: ticket } : { type: "left" });
}

function say(frame) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
}

document.addEventListener("desk:opened", () => tell("viewing"));
document.addEventListener("desk:left", () => tell("left"));
document.addEventListener("htmx:after:swap", () => {
  show();
  if (isLive) state("live", _("Live"));
});

document.addEventListener("desk:typing", () => {
  clearTimeout(idle);
  idle = setTimeout(() => {
    toldTyping = 0;
    tell("viewing");
  }, 5000);
  if (Date.now() - toldTyping < 3000) return;
  toldTyping = Date.now();
  tell("typing");
});

addEventListener("online", () => {
  pause = FIRST; // a try that began while the line was down is about to fail: the next one is not to wait for long
  if (!socket) connect();
  else refreshSoon();
});
addEventListener("offline", announce);

document.dispatchEvent(new CustomEvent("desk:start"));
if (document.querySelector("#list, [data-live-events]")) connect();
