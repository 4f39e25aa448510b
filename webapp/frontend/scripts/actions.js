// Everything one can do at the desk by key: one table. The keys, the help behind "?" and the palette are made of it;
// every button of the inbox has its row here (a test looks). Whoever adds a button adds a row.
import { toTheTop } from "./anchors.js";
import { write } from "./composer.js";
import { leave } from "./conversation.js";
import { move, openFocused } from "./list.js";
import { switchTheme } from "./look.js";
import { openMenu } from "./menus.js";
import { copy } from "./notices.js";
import { togglePane } from "./panes.js";
import { pickAll, pickFocused } from "./picking.js";
import { openTalk } from "./requests.js";
import { _ } from "./words.js";

export const GROUPS = { move: _("Move"), go: _("Go to"), act: _("Act"), write: _("Write"), look: _("Look") };

const anywhere = () => true;
const inList = () => Boolean(document.getElementById("rows"));
const inTicket = () => Boolean(openTalk());
const isDesk = () => Boolean(document.getElementById("sidebar"));

// What presses a button: it can be done where the button is. The last of several counts, a mail's menu being the newest's.
const press = (at) => ({ at, when: () => Boolean(document.querySelector(at)), act: () => pressed([...document.querySelectorAll(at)].at(-1)) });

function pressed(button) {
  if (button.matches("details.menu > summary, .subject-edit > summary")) return openMenu(button.parentElement.id);
  button.click();
}

const go = (at) => ({ when: () => Boolean(document.querySelector(at)), act: () => document.querySelector(at).click() });
const page = (path) => go(`.view-link[href="${path}"]`);
const view = (name) => go(`#views [data-view="${name}"]`);
const does = (act, when = anywhere) => ({ act, when });
const elsewhere = (when = inTicket) => ({ when, isHandledElsewhere: true }); // by the field it belongs to; here to be read

// What is done to the chosen tickets while any are chosen, else to the open one.
const isPicked = () => Boolean(document.querySelector("[data-pick]:checked"));
const onPicked = (one, bulk) => ({ at: `${one}, ${bulk}`, when: () => Boolean(document.querySelector(isPicked() ? bulk : one)), act: () => pressed(document.querySelector(isPicked() ? bulk : one)) });

// The help and the palette are made of this table: they listen for being asked for.
const open = (what) => document.dispatchEvent(new CustomEvent(`desk:${what}`));

// Of the mail that has the focus, else of the newest.
const moveMenu = () => document.activeElement?.closest(".card")?.querySelector(".move-menu") ?? [...document.querySelectorAll(".move-menu")].at(-1);

// The message before or after the one that has the focus, else from the last one on.
function toMessage(step) {
  const all = [...document.querySelectorAll("#thread .card")];
  const at = all.indexOf(document.activeElement?.closest(".card"));
  const next = all[Math.min(Math.max((at < 0 ? all.length - (step > 0 ? 1 : 0) : at) + step, 0), all.length - 1)];
  if (!next) return;
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

// [id, group, words, keys, how]. A key is a letter or a sign as it is typed; "Mod" is Ctrl, or Command on a Mac.
export const ACTIONS = [
  ["next", "move", _("Next ticket"), ["j"], does(() => move(1), inList)],
  ["previous", "move", _("Previous ticket"), ["k"], does(() => move(-1), inList)],
  ["open", "move", _("Open the ticket"), ["o", "Enter"], does(openFocused, inList)],
  ["back", "move", _("Back to the list"), ["u"], { ...press("[data-back]"), act: leave }],
  ["next-message", "move", _("Next message"), ["Shift+j"], does(() => toMessage(1), inTicket)],
  ["previous-message", "move", _("Previous message"), ["Shift+k"], does(() => toMessage(-1), inTicket)],
  ["pick", "move", _("Choose the ticket"), ["x"], { ...does(() => pickFocused(false), inList), at: "[data-pick]" }],
  ["pick-range", "move", _("Choose all up to it"), ["Shift+x"], does(() => pickFocused(true), inList)],
  ["pick-all", "move", _("Choose all that are shown"), ["* a"], does(pickAll, inList)],
  ["pick-everything", "move", _("Choose all of the list"), ["* *"], press("[data-pick-everything]")],
  ["pick-none", "move", _("Choose none"), ["* n"], press("[data-pick-none]")],
  ["newest", "move", _("To the newest"), ["g g"], { ...does(toTheTop, inList), at: "#new-pill" }],
  ["find", "move", _("Filter the list; Enter searches all"), ["/"], does(() => document.getElementById("find").focus(), () => Boolean(document.getElementById("find")))],

  ["go-inbox", "go", _("All open"), ["g i"], view("open")],
  ["go-mine", "go", _("Assigned to me"), ["g m"], view("mine")],
  ["go-unassigned", "go", _("Unassigned"), ["g u"], view("unassigned")],
  ["go-waiting", "go", _("Waiting on customer"), ["g w"], view("waiting")],
  ["go-resolved", "go", _("Resolved"), ["g r"], view("resolved")],
  ["go-closed", "go", _("Closed"), ["g a"], view("closed")],
  ["go-snoozed", "go", _("Snoozed"), ["g s"], view("snoozed")],
  ["go-followed", "go", _("Following"), ["g b"], view("followed")],
  ["go-flow", "go", _("Mail flow"), ["g f"], page("/mail/")],
  ["go-outbox", "go", _("Outbox"), ["g o"], page("/outbox/")],
  ["go-held", "go", _("Held mail"), ["g h"], page("/held/")],
  ["go-reports", "go", _("Reports"), ["g t"], page("/reports/")],
  ["go-saved-replies", "go", _("Saved replies"), ["g c"], page("/saved-replies/")],
  ["go-people", "go", _("People"), ["g p"], page("/admin/users/")],
  ["go-mailboxes", "go", _("Mailboxes"), ["g x"], page("/admin/mailboxes/")],
  ["go-account", "go", _("Account"), ["g y"], go('.menu-link[href="/account/"]')],

  ["reply", "act", _("Reply"), ["r"], { ...press("[data-compose=reply]"), act: () => write("reply") }],
  ["reply-all", "act", _("Reply to all"), ["Shift+r"], { ...press("[data-compose=all]"), act: () => write("all") }],
  ["forward", "act", _("Forward"), ["f"], { ...press("[data-compose=forward]"), act: () => write("forward") }],
  ["note", "act", _("Note for the team"), ["n"], { ...press("[data-compose=note]"), act: () => write("note") }],
  ["take", "act", _("Take it"), ["i"], press("[data-take]")],
  ["assign", "act", _("Assign…"), ["a"], onPicked("#assignee-menu > summary", "#bulk-assign > summary")],
  ["done", "act", _("Resolve, then close"), ["e"], press("[data-done]")],
  ["status", "act", _("Change the status…"), ["Shift+s"], onPicked("#status-menu > summary", "#bulk-status > summary")],
  ["waiting", "act", _("Wait for the customer"), ["w"], press('#status-menu [value="WAITING_ON_CUSTOMER"]')],
  ["reopen", "act", _("Reopen"), ["Shift+e"], press('#status-menu [value="IN_PROGRESS"]')],
  ["priority", "act", _("Priority…"), ["p"], onPicked("#priority-menu > summary", "#bulk-priority > summary")],
  ["tags", "act", _("Tags…"), ["l"], onPicked("#tags-menu > summary", "#bulk-tag > summary")],
  ["move-mail", "act", _("Move a mail…"), ["v"], { ...press(".move-menu > summary"), act: () => openMenu(moveMenu().id) }],
  ["card-menu", "act", _("More about this message"), ["Shift+i"], press(".card-menu > summary")],
  ["about-person", "act", _("Add somebody, or a note about the person"), ["Shift+p"], press(".panel-more > summary")],
  ["subject", "act", _("Change the subject"), ["Shift+t"], press(".subject-edit > summary")],
  ["undo", "act", _("Take the reply, the move back"), ["z"], press("[data-undo], [data-undo-move], [data-undo-toast]")],
  ["snooze", "act", _("Snooze…"), ["h"], onPicked("#snooze-menu > summary", "#bulk-snooze > summary")],
  ["follow", "act", _("Follow, or no more"), ["s"], press("[data-follow]")],
  ["merge", "act", _("Merge into another ticket…"), ["m"], { ...onPicked("[data-merge]", "#bulk-merge > summary"), at: "[data-merge]" }],
  ["unmerge", "act", _("Take the merge back"), [], press("[data-unmerge]")],
  ["split", "act", _("Split messages off…"), ["Shift+v"], press("button.menu-item[data-split]")],
  ["unread", "act", _("Leave it unread"), ["Shift+u"], press("[data-unread]")],
  ["more", "act", _("More"), [], press("#more-menu > summary")],
  ["bulk-undo", "act", _("Take the bulk work back"), ["Shift+z"], press("[data-undo-bulk]")],
  ["list-menu", "look", _("Order and look of the list"), ["Shift+l"], press("#list-menu > summary")],
  ["keep-view", "look", _("Save as a view…"), ["g v"], press("[data-keep-view]")],
  ["density", "look", _("Compact, or comfortable"), ["Shift+y"], { ...press('[data-density-choice][aria-pressed="false"]'), at: "[data-density-choice]" }],
  ["copy-reference", "act", _("Copy the reference"), ["."], press(".talk .ref")],
  ["copy-subject", "act", _("Copy the subject"), [". ."], does(() => copy(document.getElementById("subject").textContent.trim()), inTicket)],
  ["copy-link", "act", _("Copy the link"), [". . ."], does(() => copy(location.href), inTicket)],

  ["send", "write", _("Send"), ["Mod+Enter"], { ...elsewhere(), at: "[data-send]" }],
  ["send-and-resolve", "write", _("Send and resolve"), ["Mod+Shift+Enter"], { ...elsewhere(), at: "[data-send-done]" }],
  ["send-anyway", "write", _("Send as it is"), [], press("[data-send-anyway]")],
  ["send-menu", "write", _("More ways to send"), ["Shift+w"], press("#send-menu > summary")],
  ["saved-reply", "write", _("Saved replies"), ["Shift+c"], press("[data-canned-open]")],
  ["attach", "write", _("Attach files"), ["Shift+f"], press("form[data-draft]:not([hidden]) [data-attach]")],
  ["list", "write", _("List"), [], press("[data-tool=ul]")],
  ["numbered-list", "write", _("Numbered list"), [], press("[data-tool=ol]")],
  ["quote", "write", _("Quote"), [], press("[data-tool=quote]")],
  ["code", "write", _("Code"), [], press("[data-tool=code]")],
  ["bold", "write", _("Bold"), ["Mod+b"], { ...elsewhere(), at: "[data-tool=bold]" }],
  ["italic", "write", _("Italic"), ["Mod+i"], { ...elsewhere(), at: "[data-tool=italic]" }],
  ["link", "write", _("Link"), [], { ...elsewhere(), at: "[data-tool=link]" }],
  ["form", "write", _("Lists, quote, code"), [], { ...elsewhere(), at: "[data-tool]" }],
  ["remove", "write", _("Take away a recipient, a file"), ["Backspace"], { ...elsewhere(), at: ".chip-remove" }],
  ["plain-text", "write", _("Plain text, or rich text"), [], press("form[data-draft]:not([hidden]) [data-tool=plain]")],
  ["draft", "write", _("Have an answer drafted"), ["Shift+a"], press("[data-draft-ask]")],
  ["accept-draft", "write", _("Accept the AI draft"), ["Tab"], { ...elsewhere(), at: "[data-draft-do]" }],
  ["accept-sentence", "write", _("Accept its next sentence"), ["Alt+ArrowRight"], elsewhere()],
  ["leave-text", "write", _("Leave the text, it is kept"), ["Escape"], elsewhere()],

  ["palette", "look", _("Find anything"), ["Mod+k"], { ...does(() => open("palette"), isDesk), at: "[data-palette]", isAlwaysOn: true }],
  ["why", "look", _("Why is it here?"), ["y"], press("[data-trace]")],
  ["sidebar", "look", _("Views"), ["["], { ...does(() => togglePane("sidebar"), isDesk), at: "[data-drawer]" }],
  ["person", "look", _("About the customer"), ["]"], { ...does(() => togglePane("person"), inTicket), at: "[data-toggle=person]" }],
  ["at-work", "look", _("Online or away"), ["Shift+o"], press(".at-work-switch")],
  ["menu", "look", _("The menu with your name"), ["Shift+m"], press(".sidebar-foot .me")],
  ["theme", "look", _("Light or dark"), ["Shift+d"], { ...does(switchTheme), at: "[data-theme-choice]" }],
  ["help", "look", _("Keyboard shortcuts"), ["?"], { ...does(() => open("help"), isDesk), at: "[data-help]" }],
  ["sign-out", "look", _("Sign out"), [], press('form[action="/signout"] button')],
].map(([id, group, words, keys, how]) => ({ id, group, words, keys, ...how }));
